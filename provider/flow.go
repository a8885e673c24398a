package provider

import (
	"context"
	"net/http"
	"net/url"
)

// Flow is the handshake of one provider with one set of app credentials.
//
// A Flow holds nothing about a person: all that must survive the redirect is
// in the [Handshake]. It sees no cookie, no ResponseWriter and no store. That
// a callback comes from the browser that started, comes once and comes in
// time is checked by whoever calls the Flow (package oauthreg), once for all
// providers.
//
// Every method is safe for concurrent use, honours ctx, and bounds its calls
// in time and in bytes also when ctx does not. Errors carry one of this
// package's kinds; the errors of ctx itself are passed through.
type Flow interface {
	// AuthURL prepares one attempt: it returns the URL at the provider to send
	// the browser to, and the Handshake to keep for this browser until the
	// provider sends it back. For OAuth 1.0a this asks the provider for
	// temporary credentials (RFC 5849 section 2.1).
	AuthURL(ctx context.Context, req AuthRequest) (authURL string, hs Handshake, err error)

	// HandleCallback checks that query, the parameters of the callback, answers
	// hs, and trades what it brought for an access token. A query that does not
	// belong to hs is [ErrMismatch], a person who declined is [ErrDenied]; both
	// are found without a call to the provider. HandleCallback is not to be
	// retried: the provider may have honoured the first request whatever became
	// of its answer.
	HandleCallback(ctx context.Context, hs Handshake, query url.Values) (Token, error)

	// FetchProfile asks the provider who tok belongs to. The Profile's ID is
	// never empty, and equals tok.Subject where the token answer named one.
	FetchProfile(ctx context.Context, tok Token) (Profile, error)
}

// AuthRequest says how one attempt is to be started.
type AuthRequest struct {
	// CallbackURL is the absolute URL the provider sends the browser back to.
	// Providers compare it with the registered ones byte for byte. Required.
	CallbackURL string
}

// Handshake is what must be remembered of one attempt between AuthURL and
// HandleCallback. Keep it where only the browser that started can bring it
// back, and use it once: whoever can replace it can make a person finish
// somebody else's sign-up (RFC 5849 section 4.13, RFC 9700 section 4.7).
type Handshake struct {
	// ID is the value that the provider will send back, in one of the
	// callback's parameters: the request token of OAuth 1.0a, the state of
	// OAuth 2.0. It is unguessable, and unique for each attempt.
	ID string

	// Secret belongs to ID and never leaves the server, except sealed: the
	// request token's secret of OAuth 1.0a, the code verifier of PKCE (RFC 7636).
	// It may be zero.
	Secret Secret

	// CallbackURL is the AuthRequest's, where the protocol has to repeat it with
	// the exchange (OAuth 2.0: redirect_uri). It may be empty.
	CallbackURL string
}

// Clienter is an optional power of a [Flow]: calling the provider's API later
// on, in the person's name.
type Clienter interface {
	// Client returns an HTTP client that authorizes each request with tok. It
	// does not follow redirects, and refuses to send the authorization to a
	// host that is not the provider's. ctx bounds the set-up only; each request
	// is bounded by its own context.
	Client(ctx context.Context, tok Token) (*http.Client, error)
}

// Refresher is an optional power of a [Flow] whose access tokens expire.
type Refresher interface {
	// Refresh trades the refresh token of tok for a new Token, which takes the
	// place of tok: many providers accept a refresh token once. Store the result
	// before using it. Concurrent calls with one refresh token share one call to
	// the provider. A Token without a refresh token, or whose refresh token is
	// dead, is [ErrTokenInvalid]: the person has to sign in again. The identity
	// stays: a provider that answers for another person is [ErrIdentity].
	Refresh(ctx context.Context, tok Token) (Token, error)

	// RefreshingClient is Client for a token that may expire during the client's
	// life: it refreshes first when the token is about to, and hands every new
	// Token to save before using it. When save fails, so does the request. The
	// client is safe for concurrent use and calls save from one goroutine at a
	// time.
	RefreshingClient(ctx context.Context, tok Token, save func(context.Context, Token) error) (*http.Client, error)
}

// Revoker is an optional power of a [Flow]: making a token useless.
type Revoker interface {
	// Revoke asks the provider to invalidate tok. [ErrTokenInvalid] means it
	// was invalid already, which is as good.
	Revoke(ctx context.Context, tok Token) error
}

// Labeler is an optional power of a [Flow]: knowing what people call the provider,
// for pages. An app may call it something else.
type Labeler interface {
	// Label returns it, such as "X". It is plain text.
	Label() string
}
