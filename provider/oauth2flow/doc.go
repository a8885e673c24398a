// Package oauth2flow is a provider.Flow for any OAuth 2.0 provider (RFC 6749),
// made from a Config: the app's credentials, the endpoints, the scopes, and
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
// # Which name for which need
//
//   - For a well-known provider, start from a configuration of package
//     providers; for X, use package twitter; for OpenID Connect, where an
//     id_token says who it is, module provider/oidcflow.
//   - To read the profile, name its members in a [Mapping]; where that is not
//     enough, set [Config.ParseProfile], and [Config.Complement] for what
//     other calls tell.
//   - To turn a provider's own error codes into hints, set [Config.Diagnose]
//     to a function that starts from [Diagnose].
//   - To call the provider later, use [Flow.Client], or
//     [Flow.RefreshingClient] for tokens that end; to end one, [Flow.Revoke]
//     with [Config.RevokeURL].
//
// # Errors
//
// [New] returns every fault at once, as [*provider.ConfigError] values. The
// methods return [*provider.Error] with the kinds of package provider, and
// errors of the context as they are. A refusal is read by the error codes of
// RFC 6749 section 5.2 and by its status: invalid_grant is
// [provider.ErrExpired] for a code and [provider.ErrTokenInvalid] for a
// refresh token, upon which the person has to sign in again. 401 at the token
// and revocation endpoints is about the client, [provider.ErrRefused], where the
// code does not say otherwise. Without a RevokeURL, Revoke is
// [errors.ErrUnsupported].
//
// # Security
//
// What RFC 9700 asks of a client:
//
//   - authorization code with PKCE, S256, unless DangerouslyWithoutPKCE leaves
//     it out; state is random for each attempt, bound to the browser by package
//     oauthreg, and compared in constant time before any call;
//   - the issuer in the callback (RFC 9207) must be the configured one; it is
//     ignored where none is configured;
//   - the code is traded once, with one way of client authentication (no
//     second try with another), and the same redirect URI;
//   - endpoints are https except on loopback; redirects are not followed;
//     answers are bounded in time and bytes;
//   - nothing that the provider wrote in an error reaches an error's text but
//     its error code, if that is a plain word.
package oauth2flow
