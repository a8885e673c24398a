package provider

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The kinds of failure that callers branch on, with [errors.Is].
var (
	// ErrDenied: the person declined at the provider. Not a fault of anybody's.
	ErrDenied = errors.New("the person declined")

	// ErrMismatch: the callback does not belong to this handshake, or lacks
	// what the protocol requires of it.
	ErrMismatch = errors.New("the callback does not belong to this handshake")

	// ErrExpired: the handshake was used before or is too old; start again.
	ErrExpired = errors.New("the handshake was used already or is too old")

	// ErrRefused: the provider does not accept this app or this request. A
	// developer must change something; [Error.Hint] says what, if known.
	ErrRefused = errors.New("the provider refuses the app's request")

	// ErrTokenInvalid: the access token is dead, revoked or was never valid.
	ErrTokenInvalid = errors.New("the access token is not valid")

	// ErrRateLimited: too many calls; [Error.RetryAt] says until when.
	ErrRateLimited = errors.New("the provider's rate limit is reached")

	// ErrNoCredits: the app's plan at the provider does not pay for the call.
	ErrNoCredits = errors.New("the app has no credits left at the provider")

	// ErrAccountUnusable: the person's account at the provider is suspended or
	// locked; only the person can change that.
	ErrAccountUnusable = errors.New("the person's account at the provider is suspended or locked")

	// ErrUnavailable: the provider cannot be reached, is too slow, or is broken.
	ErrUnavailable = errors.New("the provider is unavailable")

	// ErrProtocol: the provider's answer is not what the protocol says.
	ErrProtocol = errors.New("the provider's answer is not understood")

	// ErrIdentity: the provider did not say, or contradicted itself about, who
	// the person is. Nobody may be signed in on such an answer.
	ErrIdentity = errors.New("the person's identity is not certain")
)

// Op names a call to the provider: in an [Error] the one that failed.
type Op string

// The calls of a sign-up and after.
const (
	OpRequestToken Op = "request token"
	OpCallback     Op = "callback"
	OpAccessToken  Op = "access token"
	OpProfile      Op = "profile"
	OpRefresh      Op = "refresh"
	OpRevoke       Op = "revoke"
	OpClient       Op = "api call"
)

// Error is what a [Flow] returns, found with [errors.AsType]. Its text holds
// no secret and nothing of the provider's body; it is for developers and logs,
// not for the person signing up.
type Error struct {
	// Provider is the Flow's name for itself, such as "twitter".
	Provider string

	// Op is the call that failed.
	Op Op

	// Kind is one of this package's Err values. errors.Is finds it.
	Kind error

	// Status is the HTTP status of the provider's answer, 0 if there was none.
	Status int

	// Code is the provider's own error code, such as "415", if it gave one.
	Code string

	// Reason says in this library's words what was wrong.
	Reason string

	// Hint tells the developer what to change, if that is known.
	Hint string

	// RetryAt is when a rate limit ends. It is zero if the provider did not say.
	RetryAt time.Time

	// RequestID is the provider's own name for the failed request, for a
	// question to its support. It is "" if the provider gave none.
	RequestID string

	// Err is the cause, if another error is.
	Err error
}

// Error returns one line: provider, call, kind, status, code, reason, hint.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Provider != "" {
		b.WriteString(e.Provider + ": ")
	}
	if e.Op != "" {
		b.WriteString(string(e.Op) + ": ")
	}
	if e.Kind != nil {
		b.WriteString(e.Kind.Error())
	} else {
		b.WriteString("failed")
	}
	var facts []string
	if e.Status != 0 {
		facts = append(facts, fmt.Sprintf("HTTP %d", e.Status))
	}
	if e.Code != "" {
		facts = append(facts, "code "+e.Code)
	}
	if e.RequestID != "" {
		facts = append(facts, "request "+e.RequestID)
	}
	if len(facts) > 0 {
		b.WriteString(" (" + strings.Join(facts, ", ") + ")")
	}
	if e.Reason != "" {
		b.WriteString(": " + e.Reason)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the kind and the cause, so that errors.Is finds both.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Kind != nil {
		errs = append(errs, e.Kind)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}
