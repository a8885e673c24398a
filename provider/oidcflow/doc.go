// Package oidcflow is a provider.Flow for any OpenID Connect provider: its
// issuer and the app's credentials are all it takes, the endpoints are
// discovered (OpenID Connect Discovery 1.0).
//
//	flow, err := oidcflow.New(oidcflow.Config{
//		Issuer:       "https://accounts.example.com",
//		ClientID:     id,
//		ClientSecret: provider.NewSecret(secret),
//	})
//
// It is a module of its own, so that apps without OpenID Connect compile
// neither go-oidc nor go-jose.
//
// # Which name for which need
//
//   - [Config].Issuer, ClientID and ClientSecret are enough for most
//     providers; the rest follows from their metadata.
//   - For another set of data, set [Config].Scopes, with "openid" among them.
//   - To sign people out at the provider too, keep the id_token with
//     [Config].KeepIDToken.
//   - To call the provider later, use [Flow.Client], or
//     [Flow.RefreshingClient] for tokens that end; to end one, [Flow.Revoke].
//
// # Errors
//
// [New] returns every fault at once, as [*provider.ConfigError] values, and
// makes no call. What is wrong with the provider's metadata shows with the
// first attempt, as a [*provider.Error] whose Op is [OpDiscovery]. Whatever is
// wrong with an id_token is [provider.ErrIdentity]: nobody is signed in. All
// else is as in package oauth2flow.
//
// # Security
//
// All that package oauth2flow does, it does here: PKCE, state, one exchange,
// bounded calls without redirects. On top of it:
//
//   - The person who signs up is the one that the id_token names: signed by a
//     key of the issuer, with an asymmetric algorithm that the issuer announces,
//     for this client (aud, azp), not expired, with the nonce of this very
//     handshake, and with the access token it came with if it names one
//     (at_hash). Never the e-mail address, never a name: see [provider.Profile].
//   - A profile whose sub is another is refused (Core section 5.3.2), and so is
//     an id_token about another person that comes with a refresh (section 12.2).
//   - Metadata must be of the configured issuer to the letter, name https
//     endpoints, and not be those of a provider without PKCE S256 (RFC 9700
//     section 2.1.1). Where they announce an "iss" in the callback, one without
//     is refused (RFC 9207 section 2.4).
//   - Discovery and keys belong to no single request: nothing in a request's
//     context reaches them, and its end does not stop what others wait for.
//
// A max_age in AuthorizeParams is passed on, the auth_time that answers it is
// not checked.
package oidcflow
