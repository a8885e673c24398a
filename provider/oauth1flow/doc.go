// Package oauth1flow is a [provider.Flow] for any OAuth 1.0a provider (RFC
// 5849), made from a [Config]: the app's key and secret, three endpoints, and
// how to read the profile.
//
//	flow, err := oauth1flow.New(oauth1flow.Config{
//		Name:           "discogs",
//		ConsumerKey:    key,
//		ConsumerSecret: provider.NewSecret(secret),
//		Endpoint:       discogs.Endpoint, // of github.com/dghubble/oauth1/discogs
//		ProfileURL:     "https://api.discogs.com/oauth/identity",
//		ParseProfile:   parse,
//	})
//
// # Security
//
//   - The provider must confirm the callback (RFC 5849 section 2.1): OAuth 1.0
//     without the "a" is refused, since it lets an attacker finish a stranger's
//     handshake.
//   - The callback's token is compared, in constant time, before any call.
//   - Endpoints are https, except on loopback. Redirects are not followed: a
//     signed request goes where it was addressed or nowhere.
//   - Each call is bounded in time and in bytes. The exchange of a verifier is
//     never repeated.
//   - Tokens answer by their body, never by their content type; a member that
//     comes twice is refused.
package oauth1flow
