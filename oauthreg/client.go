package oauthreg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// refreshMargin is how long before its expiry a token is refreshed: longer than
// a request and the difference between two clocks, and longer than a Flow's own
// margin, so that the account store always sees the new token; and shorter than
// the minute that some providers' tokens live.
const refreshMargin = 40 * time.Second

// ErrNoAccount is returned for an identity that no user has, or whose provider
// is not in [Config.Flows].
var ErrNoAccount = errors.New("oauthreg: there is no account to call the provider with")

// Client returns an HTTP client that calls the provider in the person's name,
// with the token in [Config.Accounts]. Make one whenever it is needed, or keep
// it; it is safe for concurrent use. It follows no redirects, and sends the
// authorization to the provider's own hosts only: it is made by the Flow, which
// has to be a [provider.Clienter], or the error is [errors.ErrUnsupported].
//
// If the Flow is a [provider.Refresher], a token that expires within 40 seconds
// is refreshed first, and stored before it is used; while the provider is not to
// be had, it serves to its end. Many providers accept a refresh token once, and
// take a second use for theft, so one account is refreshed by one process at a
// time: under a lease, if the account store is a [tokenstore.Leaser]. The others
// wait, and use what it stored. The lease lasts a minute, so the Flow's limit for
// one call has to stay below 30 seconds. Over a store that is no Leaser, refreshes
// are serialised within one Registrar only.
//
// A refresh that is under way goes on when the request that asked for it ends.
// If the new token cannot be stored, the requests that wait for it fail; it is
// kept in memory by the Registrar, and stored when the next one comes. A sign-in
// that comes meanwhile wins, and an identity that was disconnected stays so. A
// client goes on with the token it has until that expires, though.
//
// Errors here and of requests: [ErrNoAccount]; [tokenstore.ErrUnreadable] and
// [provider.ErrTokenInvalid], upon which the person has to sign in again;
// [provider.ErrIdentity] if the provider answers for somebody else; those of the
// store and of the Flow. Requests return them in a [*net/url.Error]. What the API
// answers is a response, also if it is 401: so shows a token of X, which does not
// expire, that the person has revoked.
func (g *Registrar) Client(ctx context.Context, id tokenstore.Identity) (*http.Client, error) {
	flow, ok := g.cfg.Flows[id.Provider]
	if !ok {
		return nil, fmt.Errorf("%w: Config.Flows has no such provider", ErrNoAccount)
	}
	clienter, ok := flow.(provider.Clienter)
	if !ok {
		return nil, fmt.Errorf("oauthreg: the provider %s makes no clients, its Flow is not a provider.Clienter: %w", id.Provider, errors.ErrUnsupported)
	}
	a, err := g.readable(ctx, id)
	if err != nil {
		return nil, err
	}
	t := &accountTransport{registrar: g, clienter: clienter, id: id}
	first, err := t.use(ctx, a.Token)
	if err != nil {
		return nil, err
	}
	outer := *first // with the Flow's own policy for redirects
	outer.Transport = t
	return &outer, nil
}

// readable returns the account of id with its token.
func (g *Registrar) readable(ctx context.Context, id tokenstore.Identity) (tokenstore.Account, error) {
	a, found, err := g.cfg.Accounts.Find(ctx, id)
	switch {
	case err != nil:
		return tokenstore.Account{}, err
	case !found:
		return tokenstore.Account{}, ErrNoAccount
	case a.Identity != id:
		return tokenstore.Account{}, errors.New("oauthreg: the account store returned the account of another identity; it must compare byte for byte")
	case a.Token.Subject == "":
		// The identity was proven when it was linked. A refresh is held to it.
		a.Token.Subject = id.Subject
	case a.Token.Subject != id.Subject:
		return tokenstore.Account{}, fmt.Errorf("oauthreg: the stored token is of another person than the account: %w", provider.ErrIdentity)
	}
	return a, nil
}

// accountTransport authorizes each request with the current token of an account.
type accountTransport struct {
	registrar *Registrar
	clienter  provider.Clienter
	id        tokenstore.Identity

	mu     sync.Mutex
	token  provider.Token
	client *http.Client // the Flow's, for token
}

// RoundTrip implements [http.RoundTripper].
func (t *accountTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	client, err := t.current(req.Context())
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // what a RoundTripper owes its caller also on errors
		}
		return nil, err
	}
	if client.Transport == nil {
		return http.DefaultTransport.RoundTrip(req)
	}
	return client.Transport.RoundTrip(req)
}

// current returns the Flow's client for a token that is good for a request.
func (t *accountTransport) current(ctx context.Context) (*http.Client, error) {
	t.mu.Lock()
	tok, client := t.token, t.client
	t.mu.Unlock()
	if !t.registrar.due(t.id.Provider, tok) {
		return client, nil
	}
	fresh, err := t.registrar.renew(ctx, t.id)
	if err != nil {
		return nil, err
	}
	return t.use(ctx, fresh)
}

// use returns the Flow's client for tok, and keeps it for later requests.
func (t *accountTransport) use(ctx context.Context, tok provider.Token) (*http.Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client != nil && sameToken(t.token, tok) {
		t.token = tok // its expiry may be another
		return t.client, nil
	}
	client, err := t.clienter.Client(ctx, tok)
	if err != nil {
		return nil, err
	}
	t.token, t.client = tok, client
	return client, nil
}
