package twitter

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/oauthreg/go/provider"
)

// entry is one thing that goes wrong at X, how to recognise it, and what to
// tell the developer.
type entry struct {
	op      provider.Op // "" for any
	status  int         // 0 for any
	code    string
	phrases []string // lower case; any one of them
	markup  bool     // an HTML page

	kind    error // nil: as the status says
	reason  string
	hint    string
	hintFor func(provider.Refusal) string // in place of hint
}

const (
	keysHint = `use the "API Key" and "API Key Secret" (OAuth 1.0a) of the app, not the OAuth 2.0 Client ID and Client Secret; ` +
		`check for stray blanks, and that the keys were not regenerated in the X console`
	clientIDHint = `this looks like an OAuth 2.0 Client ID; use the "API Key" from "Keys and tokens" in the X console`
	noURLHint    = `the X app has no callback URL, so X allows it the PIN flow only; ` +
		`set up "User authentication settings" with a callback URL in the X console`
	pinURLHint = `X wants a callback URL in the app's settings for the PIN flow too, and does not use it; ` +
		`set up "User authentication settings" with any callback URL in the X console`
	pinHint       = `ask for the PIN that X shows, which is about seven digits; after a few wrong ones start again`
	projectHint   = `attach the app to a project in the X console, and check the project's plan`
	signInHint    = `the app's access level does not include signing in; ` + projectHint
	suspendedHint = `the X app is suspended or has no plan; look at the X console and at its owner's e-mail`
	levelHint     = `the app's access level does not include this call; take the profile from another source (Config.Profile), or go without`
	creditsHint   = `signing in works, but the profile costs credits; add some at console.x.com, or set Config.Profile to TokenAnswer`
	againHint     = `the person has to sign in with X again`
	personHint    = `the person has to visit x.com first`
	laterHint     = `try again later`
)

// sharedTable lists what means the same whichever OAuth the call is made with.
var sharedTable = []entry{
	// Limits.
	{code: "88", kind: provider.ErrRateLimited},
	{code: "226", kind: provider.ErrRateLimited, reason: "X takes the request for automated"},

	// The person's account.
	{code: "64", kind: provider.ErrAccountUnusable, reason: "the account is suspended", hint: personHint},
	{code: "63", kind: provider.ErrAccountUnusable, reason: "the account is suspended", hint: personHint},
	{code: "326", kind: provider.ErrAccountUnusable, reason: "the account is locked", hint: personHint},
	{code: "50", kind: provider.ErrAccountUnusable, reason: "the account is not there", hint: personHint},

	// X itself.
	{code: "130", kind: provider.ErrUnavailable, reason: "X is over capacity", hint: laterHint},
	{code: "131", kind: provider.ErrUnavailable, reason: "X had an internal error", hint: laterHint},
	{markup: true, status: 403, kind: provider.ErrUnavailable,
		reason: "a web page came in place of an answer: X's front door blocks this server", hint: "check whether X blocks this server's address"},
	{status: 403, phrases: []string{"error code: 10"}, kind: provider.ErrUnavailable, // Cloudflare's 1010, 1020, ... in plain text
		reason: "X's front door blocks this server", hint: "check whether X blocks this server's address"},
	{markup: true, phrases: []string{"over capacity"}, kind: provider.ErrUnavailable, reason: "X is over capacity", hint: laterHint},
}

// table lists what is known of OAuth 1.0a, the special before the general.
// Sources: https://docs.x.com/fundamentals/authentication/api-reference,
// https://docs.x.com/x-api/fundamentals/response-codes-and-errors, and reports
// in the issue trackers of other clients.
var table = []entry{
	// Refusals of the app.
	{code: "415", phrases: []string{"callback url not approved", "callback url has been locked"}, kind: provider.ErrRefused,
		reason: "X does not know the callback URL", hintFor: callbackHint},
	{code: "417", phrases: []string{"desktop applications only support"}, kind: provider.ErrRefused,
		reason: "X takes the app for a desktop application", hintFor: desktopHint},
	{code: "416", kind: provider.ErrRefused, reason: "the app is suspended", hint: suspendedHint},
	{code: "135", phrases: []string{"timestamp out of bounds"}, kind: provider.ErrRefused,
		reason: "the timestamp of the signature is out of bounds", hintFor: clockHint},
	{phrases: []string{"client-not-enrolled", "attached to a project"}, kind: provider.ErrRefused,
		reason: "the app belongs to no project", hint: projectHint},
	{op: provider.OpRequestToken, code: "453", kind: provider.ErrRefused,
		reason: "signing in is not in the app's access level", hint: signInHint},
	{code: "453", kind: provider.ErrRefused, reason: "the call is not in the app's access level", hint: levelHint},
	{phrases: []string{"missing required oauth2 scopes", "unsupported-authentication"}, kind: provider.ErrRefused,
		reason: "the token may not make this call", hint: "remove confirmed_email from Config.UserFields if it is there"},
	{phrases: []string{"invalid-request", "invalid request\n"}, kind: provider.ErrRefused,
		reason: "X does not understand the request", hint: "check the names in Config.UserFields"},
	{code: "215", kind: provider.ErrRefused, reason: "X saw no usable Authorization header",
		hint: "check for a proxy that removes Authorization on the way to X"},
	{phrases: []string{"reverse auth credentials are invalid"}, kind: provider.ErrProtocol,
		reason: "the request token did not reach X", hint: "check for a proxy that changes requests on the way to X"},

	// Plans.
	{phrases: []string{"creditsdepleted", "does not have any credits"}, kind: provider.ErrNoCredits,
		reason: "the X project has no API credits", hint: creditsHint},
	{status: 402, kind: provider.ErrNoCredits, reason: "the X project has no API credits", hint: creditsHint},

	// Handshakes that came too late or twice.
	{op: provider.OpAccessToken, code: "89", kind: provider.ErrExpired},
	{op: provider.OpAccessToken, phrases: []string{
		"invalid request token", "invalid / expired token", "invalid oauth_verifier", "request token missing",
	}, kind: provider.ErrExpired, reason: "the request token or its verifier was used already or is too old"},

	// Tokens and keys. X says 32 for both.
	{op: provider.OpRequestToken, code: "32", phrases: []string{
		"could not authenticate you", "failed to validate oauth signature",
	}, kind: provider.ErrRefused, reason: "X cannot verify the app's keys", hint: keysHint},
	{op: provider.OpRequestToken, code: "89", kind: provider.ErrRefused, reason: "X cannot verify the app's keys", hint: keysHint},
	{op: provider.OpAccessToken, code: "32", phrases: []string{
		"could not authenticate you", "failed to validate oauth signature",
	}, kind: provider.ErrExpired, reason: "X cannot verify the request token"},
	// Of a token that is dead X says 89: to say so of 32 too would be to say that
	// one is dead which was not revoked.
	{op: provider.OpRevoke, code: "32", phrases: []string{"could not authenticate you"}, kind: provider.ErrRefused,
		reason: "X cannot verify the app's keys", hint: keysHint},
	{code: "32", phrases: []string{"could not authenticate you"}, kind: provider.ErrTokenInvalid,
		reason: "X cannot verify the token, or the app's keys changed", hint: againHint},
	{code: "89", phrases: []string{"invalid or expired token"}, kind: provider.ErrTokenInvalid,
		reason: "the person or X has revoked the token", hint: againHint},
	{code: "99", kind: provider.ErrRefused, reason: "X cannot verify the app's keys", hint: keysHint},
	{code: "87", kind: provider.ErrRefused, hint: levelHint},
	{code: "220", kind: provider.ErrRefused, hint: levelHint},
	{code: "261", kind: provider.ErrRefused, reason: "the app may not do this", hint: suspendedHint},
	{code: "34", kind: provider.ErrRefused, reason: "X does not know this address", hint: "check Config.BaseURL"},
	{code: "68", kind: provider.ErrRefused, reason: "X has retired this call", hint: "update this library, or choose another Config.Profile"},
	{code: "251", kind: provider.ErrRefused, reason: "X has retired this call", hint: "update this library, or choose another Config.Profile"},
	{code: "92", kind: provider.ErrRefused, reason: "X requires https", hint: "check Config.BaseURL"},
	{op: provider.OpRequestToken, status: 401, kind: provider.ErrRefused, reason: "X cannot verify the app's keys", hint: keysHint},
}

// callbackHint names the URL: it is the developer's own, and has to be copied
// to the letter.
func callbackHint(r provider.Refusal) string {
	if r.CallbackURL == outOfBand {
		return pinURLHint
	}
	if u, err := url.Parse(r.CallbackURL); err == nil && u.Hostname() == "localhost" {
		u.Host = strings.Replace(u.Host, "localhost", "127.0.0.1", 1)
		return fmt.Sprintf("X asks for 127.0.0.1 in place of localhost, in BaseURL and in the browser too; then add exactly %q, not %q, to "+
			"the app's callback URLs in the X console: scheme, host, port, path and trailing slash count", u, r.CallbackURL)
	}
	return fmt.Sprintf("add exactly %q to the app's callback URLs in the X console: scheme, host, port, path and "+
		"trailing slash count, at most 10 are allowed, and 127.0.0.1 is accepted where localhost is not", r.CallbackURL)
}

// desktopHint is for an app without a callback URL.
func desktopHint(r provider.Refusal) string {
	if r.CallbackURL == outOfBand {
		return pinURLHint
	}
	return noURLHint
}

// clockHint says how far off this machine's clock is, if X's answer tells.
func clockHint(r provider.Refusal) string {
	switch skew := clockSkew(r); {
	case skew >= time.Second:
		return fmt.Sprintf("this machine's clock is %.0f s ahead of X; synchronise it (NTP)", skew.Seconds())
	case skew <= -time.Second:
		return fmt.Sprintf("this machine's clock is %.0f s behind X; synchronise it (NTP)", -skew.Seconds())
	}
	return "this machine's clock seems wrong; synchronise it (NTP)"
}
