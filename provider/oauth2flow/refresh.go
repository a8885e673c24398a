package oauth2flow

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
)

// refreshMargin is how long before its expiry a token is refreshed: longer than
// a request and the difference between two clocks.
const refreshMargin = 30 * time.Second

// refreshWindow is how long the result of a refresh is kept in memory, for
// those who read the old token from their store just before the new one was
// stored.
const refreshWindow = time.Minute

// refreshes lets the refreshes of one token share one call: a refresh token
// that rotates is accepted once, and some providers revoke everything when it
// comes again (RFC 9700 section 4.14.2).
type refreshes struct {
	mu     sync.Mutex
	byKey  map[[sha256.Size]byte]*refresh
	ending []*refresh // by the time they are forgotten
}

type refresh struct {
	key    [sha256.Size]byte
	done   chan struct{}
	token  provider.Token
	err    error
	forget time.Time
}

func newRefreshes() *refreshes {
	return &refreshes{byKey: make(map[[sha256.Size]byte]*refresh)}
}

// begin returns the refresh of tok, and whether the caller has to do it. Whoever
// brings the access token that the last one ended with, or comes when that has
// ended, wants another: refresh tokens that do not rotate stay the same.
func (s *refreshes) begin(tok provider.Token) (r *refresh, leader bool) {
	key := sha256.Sum256([]byte(tok.Refresh.Reveal()))
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ending) > 0 && time.Now().After(s.ending[0].forget) {
		if old := s.ending[0]; s.byKey[old.key] == old {
			delete(s.byKey, old.key)
		}
		s.ending = s.ending[1:]
	}
	if r, ok := s.byKey[key]; ok {
		underWay := r.forget.IsZero()
		if underWay || !equal(r.token.Access.Reveal(), tok.Access.Reveal()) && !(ended(r.token) && equal(r.token.Refresh.Reveal(), tok.Refresh.Reveal())) {
			return r, false
		}
	}
	r = &refresh{key: key, done: make(chan struct{}), err: errors.New("oauth2flow: the refresh was aborted")}
	s.byKey[key] = r
	return r, true
}

// ended reports whether tok is of no use any more.
func ended(tok provider.Token) bool { return !tok.Expiry.IsZero() && time.Until(tok.Expiry) <= 0 }

// finish lets the waiting go on. A success is kept for a while; after a failure
// the next one tries again.
func (s *refreshes) finish(r *refresh) {
	s.mu.Lock()
	if r.err == nil {
		r.forget = time.Now().Add(refreshWindow)
		s.ending = append(s.ending, r)
	} else {
		delete(s.byKey, r.key)
	}
	s.mu.Unlock()
	close(r.done)
}

// forget drops the results that tok is, or that were got with it: it is revoked,
// and whoever comes late with an old token is not to get it.
func (s *refreshes) forget(tok provider.Token) {
	key := sha256.Sum256([]byte(tok.Refresh.Reveal()))
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.byKey, func(_ [sha256.Size]byte, r *refresh) bool {
		underWay := r.forget.IsZero()
		return !underWay && (r.key == key || equal(r.token.Refresh.Reveal(), tok.Refresh.Reveal()) || equal(r.token.Access.Reveal(), tok.Access.Reveal()))
	})
}

// Refresh implements [provider.Refresher] (RFC 6749 section 6). The caller's
// going away does not stop the call: the refresh token would be lost, for
// others who share the call too. So the one who makes it gets its result, and
// only those who wait for it give up with their contexts.
func (f *Flow) Refresh(ctx context.Context, tok provider.Token) (provider.Token, error) {
	if tok.Refresh.IsZero() {
		return provider.Token{}, f.call.Fail(provider.Error{Op: provider.OpRefresh, Kind: provider.ErrTokenInvalid, Reason: "there is no refresh token"})
	}
	if err := ctx.Err(); err != nil {
		return provider.Token{}, err
	}
	r, leader := f.refreshes.begin(tok)
	if leader {
		func() {
			defer f.refreshes.finish(r)
			r.token, r.err = f.refresh(context.WithoutCancel(ctx), tok)
		}()
	} else {
		select {
		case <-r.done:
		case <-ctx.Done():
			return provider.Token{}, ctx.Err()
		}
		if r.err == nil && ended(r.token) && !equal(r.token.Refresh.Reveal(), tok.Refresh.Reveal()) {
			return f.Refresh(ctx, r.token)
		}
	}
	fresh := r.token
	fresh.Extra = maps.Clone(fresh.Extra) // each caller's token is its own
	return fresh, r.err
}

// refresh makes the call.
func (f *Flow) refresh(ctx context.Context, tok provider.Token) (provider.Token, error) {
	ctx, cancel := f.call.Bound(ctx)
	defer cancel()
	client, answer := f.tokenClient()
	source := f.oauth("").TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client), &oauth2.Token{RefreshToken: tok.Refresh.Reveal()})
	read, err := source.Token()
	if err != nil {
		return provider.Token{}, f.tokenError(ctx, provider.OpRefresh, answer.status, err)
	}
	fresh, err := f.token(provider.OpRefresh, read, answer)
	if err != nil {
		return provider.Token{}, err
	}
	if f.cfg.Identify != nil {
		// The answer to a refresh need not name the person, and has no nonce; who
		// it names must be the same (OpenID Connect Core section 12.2).
		subject, _, err := f.cfg.Identify(ctx, provider.Handshake{}, answer.member)
		switch {
		case err != nil:
			return provider.Token{}, f.unidentified(provider.OpRefresh, err)
		case subject != "" && !equal(subject, tok.Subject):
			return provider.Token{}, f.call.Fail(provider.Error{Op: provider.OpRefresh, Kind: provider.ErrIdentity, Status: http.StatusOK, Reason: "the answer is about another person"})
		}
	}
	fresh.Subject, fresh.Username = tok.Subject, tok.Username
	if fresh.Scope == "" {
		fresh.Scope = tok.Scope
	}
	if len(tok.Extra) > 0 {
		sent := fresh.Extra
		fresh.Extra = maps.Clone(tok.Extra)
		maps.Copy(fresh.Extra, sent)
	}
	return fresh, nil
}

// RefreshingClient implements [provider.Refresher]. A token without expiry is
// taken to last. The context that save gets has the values of the request's, and
// [Config.Timeout] in place of its end.
func (f *Flow) RefreshingClient(_ context.Context, tok provider.Token, save func(context.Context, provider.Token) error) (*http.Client, error) {
	if tok.IsZero() {
		return nil, f.noToken(provider.OpClient)
	}
	if save == nil {
		return nil, errors.New("oauth2flow: RefreshingClient needs a function that stores the new token; the old one is used up")
	}
	lock := make(chan struct{}, 1) // a mutex that a context can give up on
	saved := true
	return f.client(func(ctx context.Context) (provider.Token, error) {
		select {
		case lock <- struct{}{}:
			defer func() { <-lock }()
		case <-ctx.Done():
			return provider.Token{}, ctx.Err()
		}
		left := time.Until(tok.Expiry)
		due := !tok.Expiry.IsZero() && left <= refreshMargin
		if due && (left <= 0 || !tok.Refresh.IsZero()) { // without a refresh token it serves to its end
			fresh, err := f.Refresh(ctx, tok)
			switch {
			case err == nil:
				// Whatever becomes of saving it: the old one is used up.
				tok, saved = fresh, false
			case left <= 0 || !errors.Is(err, provider.ErrUnavailable) && !errors.Is(err, provider.ErrRateLimited):
				return provider.Token{}, err
			}
		}
		if !saved {
			// Also for a caller who has gone: the new one is nowhere else.
			bounded, cancel := f.call.Bound(context.WithoutCancel(ctx))
			defer cancel()
			if err := save(bounded, tok); err != nil {
				return provider.Token{}, err
			}
			saved = true
		}
		return tok, nil
	}), nil
}
