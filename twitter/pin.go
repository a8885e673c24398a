package twitter

import (
	"context"
	"net/url"
	"strings"
	"unicode"

	"github.com/oauthreg/go/provider"
)

// outOfBand is the callback of an app that has none to give (RFC 5849 section
// 2.1).
const outOfBand = "oob"

// StartPIN is AuthURL for a program that no browser can be sent back to, such as
// one in a terminal: X shows the person a PIN in place of calling back. Show the
// person authURL, keep hs, and give both hs and what the person types in to
// [Flow.FinishPIN]. hs may be stored meanwhile, sealed, with
// [provider.EncodeHandshake].
//
// X always shows its page in this flow (/oauth/authorize), whatever
// [Config].AlwaysAsk says. It wants a callback URL in the app's settings here
// too, and does not use it.
//
// Nobody hears of a person who declines: X shows them a page, and that is all.
// Wait as long as the person does, and let them give up.
//
// This is for a program that the person runs. On a web site it would let a
// stranger send the link to somebody, ask for the PIN, and be that person: there
// is no browser to bind the handshake to. And a consumer secret inside a program
// that others have is no secret (RFC 5849 section 4.6): each of them should use
// keys of their own.
//
// https://docs.x.com/fundamentals/authentication/oauth-1-0a/pin-based-oauth
func (f *Flow) StartPIN(ctx context.Context) (authURL string, hs provider.Handshake, err error) {
	authURL, hs, err = f.pin.AuthURL(ctx, provider.AuthRequest{CallbackURL: outOfBand})
	return authURL, hs, explained(err)
}

// FinishPIN is HandleCallback for what the person typed in: it trades the PIN of
// [Flow.StartPIN] for an access token, in one request that is never repeated.
//
// A PIN is a string, since it may begin with zeros. Blanks of all kinds, hyphens
// and "PIN:" in front are dropped, and the digits of other scripts read.
//
//   - What cannot be a PIN, and an empty one, is [provider.ErrMismatch] without
//     any call: Status is 0. Ask again.
//   - A PIN that X does not accept is [provider.ErrMismatch] with X's Status. Ask
//     again; but X does not document how often a request token may be tried, so
//     start again after a few times.
//   - A request token that was used, declined or is too old is
//     [provider.ErrExpired]. Start again.
//
// A PIN and its request token are good for one access token. If X sent the
// browser to the app's callback URL after all, give that URL's query to
// [Flow.HandleCallback] in place of a PIN.
func (f *Flow) FinishPIN(ctx context.Context, hs provider.Handshake, pin string) (provider.Token, error) {
	digits, reason := cleanPIN(pin)
	if reason != "" {
		return provider.Token{}, &provider.Error{
			Provider: Name, Op: provider.OpCallback, Kind: provider.ErrMismatch, Reason: reason, Hint: pinHint,
		}
	}
	return identified(f.pin.HandleCallback(ctx, hs, url.Values{"oauth_token": {hs.ID}, "oauth_verifier": {digits}}))
}

// X's PINs have seven digits, but X does not promise that.
const (
	minPIN = 4
	maxPIN = 16
)

// cleanPIN returns the digits of what somebody typed or pasted. reason is "" if
// it can be a PIN; it does not quote it.
func cleanPIN(typed string) (digits, reason string) {
	if len(typed) > 1<<10 {
		return "", "what was typed is far too long for a PIN"
	}
	drop := func(r rune) rune {
		// Zero-width and direction marks (Cf) come along when copying from a page.
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Pd) {
			return -1
		}
		return asciiDigit(r)
	}
	digits = strings.Map(drop, typed)
	if label := len("PIN"); len(digits) >= label && strings.EqualFold(digits[:label], "PIN") {
		digits = strings.TrimPrefix(digits[label:], ":")
	}
	switch {
	case digits == "":
		return "", "the PIN is empty"
	case strings.Trim(digits, "0123456789") != "":
		return "", "what was typed is not a PIN: there is more than digits in it"
	case len(digits) < minPIN:
		return "", "what was typed is not a PIN: it is too short"
	case len(digits) > maxPIN:
		return "", "what was typed is not a PIN: it is too long"
	}
	return digits, ""
}

// asciiDigit is the digit that keyboards for Arabic, Persian, Devanagari,
// Bengali and Japanese write in a way of their own.
func asciiDigit(r rune) rune {
	for _, zero := range "٠۰०০０" {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	return r
}

// diagnosePIN is diagnose where a verifier was typed in by hand: a wrong one is
// a slip, not an old callback.
func diagnosePIN(r provider.Refusal) provider.Error {
	d := diagnose(r)
	if r.Op == provider.OpAccessToken && readComplaint(r.Body).says("invalid oauth_verifier") {
		d.Kind = provider.ErrMismatch
		d.Reason, d.Hint = "X does not accept this PIN", pinHint
	}
	return d
}
