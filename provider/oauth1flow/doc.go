// Package oauth1flow is a provider.Flow for any OAuth 1.0a provider (RFC
// 5849), made from a Config: the app's key and secret, three endpoints, and
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
// # Which name for which need
//
//   - For a well-known provider, start from a configuration of package
//     providers; for X, use package twitter.
//   - Where the token answer says who approved, set [Config.Identify]: then a
//     sign-up goes on when the profile cannot be had. Where it does not, set
//     [Config.ProfileURL] and [Config.ParseProfile].
//   - To turn a provider's own error codes into hints, set [Config.Diagnose].
//   - To call the provider later, use [Flow.Client]; to end a token,
//     [Flow.Revoke] with [Config.RevokeURL].
//
// # Errors
//
// [New] returns every fault at once, as [*provider.ConfigError] values. The
// methods return [*provider.Error] with the kinds of package provider, and
// errors of the context as they are. A refusal is read by its status and by
// the OAuth Problem Reporting extension, or by [Config.Diagnose]. In the
// exchange of the verifier, 400, 401 and 403 are [provider.ErrExpired]: the
// credentials were good a moment before. Without a RevokeURL, Revoke is
// [errors.ErrUnsupported].
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
