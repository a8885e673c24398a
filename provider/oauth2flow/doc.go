// Package oauth2flow is a [provider.Flow] for any OAuth 2.0 provider (RFC 6749),
// made from a [Config]: the app's credentials, the endpoints, the scopes, and
// how to read the profile.
//
//	cfg := oauth2flow.Config{
//		Name:       "example",
//		ClientID:   id, ClientSecret: provider.NewSecret(secret),
//		Endpoint:   oauth2.Endpoint{AuthURL: "https://...", TokenURL: "https://..."},
//		Scopes:     []string{"profile", "email"},
//		ProfileURL: "https://api.example.com/me",
//		Mapping:    oauth2flow.Mapping{ID: "id", Name: "display_name", Email: "email"},
//	}
//	flow, err := oauth2flow.New(cfg)
//
// Configurations of well-known providers are in package providers. For OpenID
// Connect, where an id_token says who it is, see module provider/oidcflow.
//
// # Security
//
// What RFC 9700 asks of a client:
//
//   - authorization code with PKCE, S256, always; state is random for each
//     attempt, bound to the browser by package oauthreg, and compared in
//     constant time before any call;
//   - the issuer in the callback (RFC 9207) must be the configured one; it is
//     ignored where none is configured;
//   - the code is traded once, with one way of client authentication (no
//     second try with another), and the same redirect URI;
//   - endpoints are https except on loopback; redirects are not followed;
//     answers are bounded in time and bytes;
//   - nothing that the provider wrote in an error reaches an error's text but
//     its error code, if that is a plain word.
package oauth2flow
