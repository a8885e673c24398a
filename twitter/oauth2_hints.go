package twitter

import "github.com/oauthreg/go/provider"

const (
	publicHint = `this flow has no ClientSecret; X wants one of a Web App, Automated App or Bot: ` +
		`set OAuth2Config.ClientSecret, or change the type of the app in the X console`
	confidentialHint = `use the "Client ID" and "Client Secret" of OAuth 2.0 from "Keys and tokens" in the X console; ` +
		`check for stray blanks, and that the secret was not regenerated; a Native App or Single Page App has no secret: leave OAuth2Config.ClientSecret empty`
	notAClientIDHint = `; the ClientID does not look like X's: is it the "API Key" of OAuth 1.0a?`

	codeHint     = `a code is good once and for 30 seconds: check that nothing repeats or delays the callback`
	redirectHint = `the callback URL of the exchange must be that of the start, to the letter: ` +
		`check that all instances of the app have the same base URL`
	verifierHint = `the code belongs to another handshake: somebody has put it into this callback, or the app mixes up handshakes`
	proxyHint    = `check for a proxy that changes requests on the way to X`
	scopesHint   = `add the scope to OAuth2Config.Scopes (for the e-mail address: users.email, with "Request email from users" ` +
		`turned on for the app), and let the person approve again`
	forbiddenHint = `check that the app is attached to a project, and that the token's scope has users.read and tweet.read`
	fieldsHint    = `check the names in OAuth2Config.UserFields`
	userTokenHint = `the token is not one that a person approved over OAuth 2.0, or the call is not open to those`
	paidHint      = `over OAuth 2.0 only this call tells who the person is, and it costs credits: add some at console.x.com, ` +
		`or sign people up over OAuth 1.0a (twitter.New), whose token names them`
	expiredHint = `refresh the token, or let the person sign in with X again`
)

// diagnoseOAuth2 returns a function that says what a refusal by X's OAuth 2.0
// side means.
func diagnoseOAuth2(entries []entry) func(provider.Refusal) provider.Error {
	return func(r provider.Refusal) provider.Error {
		complaint := readComplaint(r.Body)
		d := explain(r.Diagnosis(), complaint, r, sharedTable, entries)
		if d.Code == "" {
			d.Code = complaint.word
		}
		return d
	}
}

// clientHint is for a client that X does not let in.
func (c *OAuth2Config) clientHint() string {
	hint := publicHint
	if !c.ClientSecret.IsZero() {
		hint = confidentialHint
	}
	if !looksLikeClientID(c.ClientID) {
		hint += notAClientIDHint
	}
	return hint
}

// oauth2Table lists what is known of OAuth 2.0, the special before the general.
// The token endpoints say "invalid_request" for nearly everything: the
// description tells. Sources:
// https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code,
// https://docs.x.com/x-api/fundamentals/response-codes-and-errors, and reports
// in the issue trackers of other clients.
func oauth2Table(clientHint string) []entry {
	const unknownClient = "X does not accept the client's ID, secret, or way of sending them"
	return []entry{
		// Refusals of the app at the token endpoints.
		{phrases: []string{"missing valid authorization header", "invalid_client", "unauthorized_client"}, kind: provider.ErrRefused,
			reason: unknownClient, hint: clientHint},
		{op: provider.OpAccessToken, phrases: []string{"redirect uri did not match"}, kind: provider.ErrRefused,
			reason: "the callback URL is not the one that the code was issued for", hint: redirectHint},
		{phrases: []string{"missing required parameter"}, kind: provider.ErrRefused,
			reason: "a parameter did not reach X", hint: proxyHint},
		{phrases: []string{"unsupported_grant_type", "invalid_scope"}, kind: provider.ErrRefused},

		// Codes and tokens that are no good any more.
		{op: provider.OpAccessToken, phrases: []string{"code verifier did not match"}, kind: provider.ErrExpired,
			reason: "the code verifier does not fit the code", hint: verifierHint},
		{op: provider.OpAccessToken, phrases: []string{"authorization code was invalid", "invalid_grant"}, kind: provider.ErrExpired,
			reason: "the code was used already or is too old", hint: codeHint},
		{op: provider.OpRefresh, phrases: []string{"token was invalid", "invalid_grant"}, kind: provider.ErrTokenInvalid,
			reason: "the refresh token was used already or is revoked", hint: againHint},
		{op: provider.OpRevoke, phrases: []string{"token was invalid"}, kind: provider.ErrTokenInvalid,
			reason: "the token was invalid already"},

		// Refusals of the app by the API.
		{phrases: []string{"client-not-enrolled", "attached to a project"}, kind: provider.ErrRefused,
			reason: "the app belongs to no project", hint: projectHint},
		{code: "416", kind: provider.ErrRefused, reason: "the app is suspended", hint: suspendedHint},
		{phrases: []string{"missing required oauth2 scopes"}, kind: provider.ErrRefused,
			reason: "the token lacks a scope for this call", hint: scopesHint},
		{phrases: []string{"unsupported-authentication", "unsupported authentication"}, kind: provider.ErrRefused,
			reason: "X does not take this kind of token for this call", hint: userTokenHint},
		{op: provider.OpProfile, phrases: []string{"invalid-request", "invalid request\n"}, kind: provider.ErrRefused,
			reason: "X does not understand the request", hint: fieldsHint},
		{phrases: []string{"creditsdepleted", "does not have any credits"}, kind: provider.ErrNoCredits,
			reason: "the X project has no API credits", hint: paidHint},
		{status: 402, kind: provider.ErrNoCredits, reason: "the X project has no API credits", hint: paidHint},

		// What only the status tells.
		{op: provider.OpAccessToken, status: 401, kind: provider.ErrRefused, reason: unknownClient, hint: clientHint},
		{op: provider.OpRefresh, status: 401, kind: provider.ErrRefused, reason: unknownClient, hint: clientHint},
		{op: provider.OpRevoke, status: 401, kind: provider.ErrRefused, reason: unknownClient, hint: clientHint},
		{op: provider.OpProfile, status: 401, kind: provider.ErrTokenInvalid,
			reason: "the token has expired, or the person or X has revoked it", hint: expiredHint},
		{op: provider.OpProfile, status: 403, kind: provider.ErrRefused,
			reason: "X forbids the call and does not say why", hint: forbiddenHint},
	}
}
