package provider

import "time"

// Token is the right to call the provider in a person's name, with what the
// token answer said of that person. It is not encoded by encoding/json: use
// [EncodeToken], and seal the result.
type Token struct {
	// Access is the access token: the key of the pair in OAuth 1.0a.
	Access Secret

	// Secret is the token secret of OAuth 1.0a. It is zero for bearer tokens.
	Secret Secret

	// Refresh is the refresh token of OAuth 2.0, if there is one.
	Refresh Secret

	// Expiry is when Access stops working. Zero means that the provider did not
	// say, or that it never does (OAuth 1.0a).
	Expiry time.Time

	// Scope is what the provider granted, separated by blanks (RFC 6749 section
	// 3.3), if it said so.
	Scope string

	// Subject is the provider's ID of the person, when the token answer named
	// it (X: user_id). It proves who approved without a call for the profile.
	// It is a string also where the provider's IDs are numbers.
	Subject string

	// Username is the handle that came with Subject (X: screen_name). People
	// change it; show it, never look anyone up by it.
	Username string

	// Extra holds the other members of the token answer, by name. They are
	// Secrets because some providers put credentials there.
	Extra map[string]Secret
}

// IsZero reports whether there is no access token.
func (t Token) IsZero() bool { return t.Access.IsZero() }
