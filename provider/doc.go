// Package provider is the vocabulary that every sign-up provider shares: the
// three-method Flow, what it hands over (Handshake, Token, Profile),
// and the kinds of error it may return.
//
// It imports nothing else of this library, so that a provider written
// elsewhere needs this package alone:
//
//	type Flow interface {
//		AuthURL(ctx, AuthRequest) (authURL string, hs Handshake, err error)
//		HandleCallback(ctx, Handshake, url.Values) (Token, error)
//		FetchProfile(ctx, Token) (Profile, error)
//	}
//
// # Which name for which need
//
//   - To offer X, use package twitter; another well-known provider, package
//     providers; an OpenID Provider, module provider/oidcflow.
//   - To offer any other, fill in the configuration of provider/oauth1flow or
//     provider/oauth2flow.
//   - To add a provider of another kind, implement [Flow]. Package oauthreg
//     owns everything around it: binding to the browser, single use, expiry,
//     cookies, pages and stores.
//   - To call the provider later on, ask a Flow for its optional powers with a
//     type assertion: [Clienter], [Refresher], [Revoker], [Labeler].
//   - To store or send a [Token] or a [Handshake], use [EncodeToken] and
//     [EncodeHandshake]. Their secrets refuse every other way out.
//   - To branch on what went wrong, use [errors.Is] with the kinds
//     ([ErrDenied], [ErrUnavailable], ...) and [errors.AsType] with [*Error].
//
// # Errors
//
// A Flow returns [*Error], whose Kind is one of the Err values of this
// package, or an error of the context. What the person can do decides which it
// is: [ErrDenied] is no fault, [ErrMismatch] and [ErrExpired] ask for a new
// start, [ErrRateLimited] and [ErrUnavailable] for patience, [ErrRefused] and
// [ErrNoCredits] for a developer, who is told by Hint; upon [ErrIdentity]
// nobody may be signed in. Constructors return every fault at once, as
// [*ConfigError] values.
//
// # Security
//
// A [Secret] prints as "[redacted]" or not at all, whatever holds it and
// whatever prints it. [Error] texts contain neither secrets nor anything the
// provider wrote in the body of its answer.
package provider
