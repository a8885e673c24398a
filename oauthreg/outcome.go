package oauthreg

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// Outcome is how a start or a callback ended. The set is closed, the codes are
// stable: they appear in URLs (?error=CODE) and are the keys of translations. The
// list begins at [NewUser].
type Outcome string

// The outcomes.
const (
	// NewUser: somebody unknown approved; a pending sign-up waits for the form.
	NewUser Outcome = "new"
	// Returning: somebody known approved and is signed in.
	Returning Outcome = "returning"
	// Linked: a user who is signed in has connected the identity.
	Linked Outcome = "linked"
	// AlreadyLinked: it was theirs before; its token is refreshed.
	AlreadyLinked Outcome = "already_linked"
	// LinkedByEmail: the identity became that of the user who has its e-mail
	// address, and they are signed in ([Config.TrustEmailOf]).
	LinkedByEmail Outcome = "linked_by_email"
	// Replayed: the callback came before, and ends where it did then.
	Replayed Outcome = "replayed"

	// Denied: the person declined at the provider.
	Denied Outcome = "denied"
	// NotStarted: somebody opened the callback without coming from a provider.
	NotStarted Outcome = "not_started"
	// Mismatch: the callback belongs to no attempt of this browser: started
	// elsewhere, at another provider, or its cookie is gone.
	Mismatch Outcome = "mismatch"
	// Expired: the attempt is too old, or the provider says it was used.
	Expired Outcome = "expired"
	// Malformed: no provider sends a request like this one (400).
	Malformed Outcome = "malformed"
	// CrossOrigin: the page of another site tried to start a sign-up (403).
	CrossOrigin Outcome = "cross_origin"
	// UnknownProvider: there is no provider of this name (404).
	UnknownProvider Outcome = "unknown_provider"
	// TooMany: the app's Limit asks for patience (429).
	TooMany Outcome = "too_many"
	// RateLimited: the provider wants to be asked later.
	RateLimited Outcome = "rate_limited"
	// Unavailable: the provider cannot be reached, or is out of order.
	Unavailable Outcome = "unavailable"
	// Misconfigured: the provider refuses the app. The log says what to change.
	Misconfigured Outcome = "misconfigured"
	// AccountUnusable: the person's account at the provider is suspended.
	AccountUnusable Outcome = "account_unusable"
	// AccountInUse: the identity that a user wanted to connect belongs to another
	// user. Nothing is changed.
	AccountInUse Outcome = "account_in_use"
	// SignInFirst: to connect an identity, the user who started has to be signed
	// in, at the start and at the callback.
	SignInFirst Outcome = "sign_in_first"
	// EmailInUse: a user of the app has the e-mail address of this unknown person.
	// They are sent to [Config.SignInURL]; once signed in there as that user, the
	// identity that waits can become theirs ([Registrar.ConnectPending]).
	EmailInUse Outcome = "email_in_use"
	// SignUpClosed: the app lets nobody new in ([ErrSignUpClosed]).
	SignUpClosed Outcome = "sign_up_closed"
	// Barred: one of the app's hooks does not let the person in ([ErrBarred]).
	Barred Outcome = "barred"
	// Internal: something of the app's own broke, such as a store.
	Internal Outcome = "internal"
)

// ErrBarred is for [Config.SignIn], [Config.AllowSignUp] and
// [Config.AllowConnect] to wrap when they keep somebody out.
var ErrBarred = errors.New("oauthreg: the user may not sign in")

// Result is what [Config.OnOutcome] gets to see.
type Result struct {
	// Outcome is how it ended.
	Outcome Outcome
	// Provider is the name in [Config.Flows], or "" for [UnknownProvider].
	Provider string
	// Err is the cause of a failure, for logs, not for people.
	Err error
	// Connecting tells that the person wanted to connect another identity
	// ([IntentConnect]), where that is known: not if no attempt was found.
	Connecting bool
	// Account is set for [Returning], [Linked], [AlreadyLinked] and
	// [LinkedByEmail].
	Account tokenstore.Account
	// Location is where the default answer redirects to, or "" if it is a page. If
	// the request asks for JSON, it is a member of the answer.
	Location string
	// Status is the default answer's HTTP status: 303 with a Location, unless the
	// request asks for JSON.
	Status int

	retryAfter time.Duration // how long to wait, if that is known
}

// failure is how an outcome that is one is told.
type failure struct {
	// page is the status of its page, 0 if the browser is redirected. problem is
	// the status of its JSON form.
	page, problem int
	title, text   string
}

// failures are the outcomes that are one, with their English texts.
var failures = map[Outcome]failure{
	Denied: {0, http.StatusForbidden, "Sign-up cancelled",
		"You cancelled at {provider}. Nothing was changed, and you can try again."},
	NotStarted: {0, http.StatusBadRequest, "Sign-up not started",
		"To sign up with {provider}, please start here."},
	Mismatch: {0, http.StatusForbidden, "Not started in this browser",
		"The sign-up with {provider} was not started in this browser, or too long ago. Please start again."},
	Expired: {0, http.StatusGone, "Sign-up expired",
		"The sign-up with {provider} took too long or was used before. Please start again."},
	RateLimited: {0, http.StatusServiceUnavailable, "Provider busy",
		"{provider} is receiving too many requests right now. Please try again in a few minutes."},
	Unavailable: {0, http.StatusServiceUnavailable, "Provider unavailable",
		"{provider} cannot be reached right now. Please try again in a few minutes."},
	Misconfigured: {0, http.StatusInternalServerError, "Sign-up not working",
		"Sign-up with {provider} does not work at the moment. Please try again later."},
	AccountUnusable: {0, http.StatusForbidden, "Account suspended",
		"{provider} says that your account there is suspended or locked. Please visit {provider} first."},
	AccountInUse: {0, http.StatusConflict, "Account in use",
		"This {provider} account is connected to somebody else's account here. Nothing was changed."},
	SignInFirst: {0, http.StatusForbidden, "Sign in first",
		"Please sign in before you connect {provider}."},
	EmailInUse: {0, http.StatusConflict, "E-mail address in use",
		"Somebody with the e-mail address of your {provider} account is registered here. If that is you, please sign in; then you can connect {provider}."},
	SignUpClosed: {0, http.StatusForbidden, "Sign-up closed",
		"We are not taking new sign-ups at the moment."},
	Barred: {0, http.StatusForbidden, "Sign-in refused",
		"You cannot sign in with this {provider} account at the moment."},
	Internal: {0, http.StatusInternalServerError, "Something went wrong",
		"Something went wrong on our side while talking to {provider}. Please try again."},
	Malformed: {http.StatusBadRequest, http.StatusBadRequest, "This link does not work",
		"This is nothing that {provider} or our own pages send. Please start again."},
	TooMany: {http.StatusTooManyRequests, http.StatusTooManyRequests, "Too many attempts",
		"That was a lot of attempts. Please wait a moment and try again."},
	CrossOrigin: {http.StatusForbidden, http.StatusForbidden, "Started from another site",
		"The sign-up with {provider} has to be started from this site."},
	UnknownProvider: {http.StatusNotFound, http.StatusNotFound, "No such sign-up",
		"There is no provider of this name here."},
}

// outcomeOf maps an error of a Flow to the outcome it means.
func outcomeOf(err error) Outcome {
	if relayed, ok := errors.AsType[*relayedError](err); ok {
		return relayed.outcome
	}
	for _, m := range []struct {
		kind    error
		outcome Outcome
	}{
		{provider.ErrDenied, Denied},
		{provider.ErrExpired, Expired},
		{provider.ErrMismatch, Malformed},
		{provider.ErrRateLimited, RateLimited},
		{provider.ErrRefused, Misconfigured},
		{provider.ErrNoCredits, Misconfigured},
		{provider.ErrAccountUnusable, AccountUnusable},
		{provider.ErrTokenInvalid, Expired},
		{provider.ErrUnavailable, Unavailable},
		{provider.ErrProtocol, Unavailable},
		{provider.ErrIdentity, Unavailable},
		{context.DeadlineExceeded, Unavailable},
		{context.Canceled, Unavailable},
	} {
		if errors.Is(err, m.kind) {
			return m.outcome
		}
	}
	return Internal
}
