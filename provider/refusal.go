package provider

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Refusal is a provider's answer with a status that is not a success, bounded.
// Header and Body are the provider's; nothing of them may go into the text of
// an error.
type Refusal struct {
	// Op is the call that was refused.
	Op Op

	// Status, Header and Body are the answer's. Body is at most 1 MiB.
	Status int
	Header http.Header
	Body   []byte

	// ReceivedAt is when the answer was there, by this machine's clock.
	ReceivedAt time.Time

	// CallbackURL is what was sent, for a request token.
	CallbackURL string
}

// Diagnosis says what r means by its status, Retry-After, and the word of the
// OAuth Problem Reporting extension, for providers about which no more is
// known. Op, Status and Kind are always set, Provider never.
func (r Refusal) Diagnosis() Error {
	e := Error{Op: r.Op, Status: r.Status, Kind: r.kind(), RetryAt: r.retryAt()}
	if problem, err := url.ParseQuery(strings.TrimSpace(string(r.Body))); err == nil {
		e.Code = CodeWord(problem.Get("oauth_problem"))
	}
	if e.Code == "" {
		e.Code = r.bearerError()
	}
	if e.Code == "insufficient_scope" {
		e.Hint = "the token lacks a scope that this call needs: add it to the Flow's Scopes, and have the person approve again"
	}
	return e
}

// bearerError is the code of a refused bearer token (RFC 6750 section 3). A
// challenge of another scheme in front of it on the same line hides it.
func (r Refusal) bearerError() string {
	for _, challenge := range r.Header.Values("WWW-Authenticate") {
		scheme, params, _ := strings.Cut(challenge, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			continue
		}
		quoted := false
		for param := range strings.FieldsFuncSeq(params, func(c rune) bool {
			quoted = quoted != (c == '"')
			return c == ',' && !quoted
		}) {
			name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
			if strings.EqualFold(name, "error") {
				return CodeWord(strings.Trim(value, `"`))
			}
		}
	}
	return ""
}

func (r Refusal) kind() error {
	switch s := r.Status; {
	case s == http.StatusTooManyRequests:
		return ErrRateLimited
	case s == http.StatusPaymentRequired:
		return ErrNoCredits
	case s >= 500 || s == http.StatusRequestTimeout:
		return ErrUnavailable
	case s < 400:
		// A redirect is not followed: what was signed is for this address.
		return ErrProtocol
	case r.Op == OpAccessToken && (s == http.StatusBadRequest || s == http.StatusUnauthorized || s == http.StatusForbidden):
		// The handshake was begun with the same credentials moments ago, so what
		// is wrong now is its age or its second use.
		return ErrExpired
	case s == http.StatusUnauthorized && r.Op != OpRequestToken:
		return ErrTokenInvalid
	}
	return ErrRefused
}

// retryAt reads Retry-After (RFC 9110 section 10.2.3), in seconds or as a date.
func (r Refusal) retryAt() time.Time {
	text := r.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return r.ReceivedAt.Add(time.Duration(seconds) * time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return at
	}
	return time.Time{}
}

// CodeWord returns code if it is a short word of ASCII letters, digits, "_",
// "-" and ".", and "" otherwise: a provider's error code goes into logs, where
// it must be no more than that.
func CodeWord(code string) string {
	odd := strings.ContainsFunc(code, func(r rune) bool {
		return r != '_' && r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if odd || len(code) > 64 {
		return ""
	}
	return code
}
