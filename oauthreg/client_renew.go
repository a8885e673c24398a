package oauthreg

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// What happens under a lease takes less than the lease, with some room for
// clocks that differ: at most to read, to store what waits, and then to read, to
// refresh and to store.
const (
	leaseTime      = time.Minute
	readTimeout    = 5 * time.Second
	refreshTimeout = 25 * time.Second
	saveTimeout    = 10 * time.Second
)

// leasePoll is how often those look who wait for another process.
const leasePoll = 150 * time.Millisecond

// errAbandoned tells that the account changed hands or went away during a
// refresh.
var errAbandoned = fmt.Errorf("%w any more", ErrNoAccount)

// due reports whether tok, of the provider of that name, is to be replaced before
// it is used. What cannot be refreshed serves to its end.
func (g *Registrar) due(name string, tok provider.Token) bool {
	left := time.Until(tok.Expiry)
	switch {
	case tok.Expiry.IsZero() || left > refreshMargin:
		return false
	case left <= 0:
		return true
	}
	_, ok := g.cfg.Flows[name].(provider.Refresher)
	return ok && !tok.Refresh.IsZero()
}

// renew returns the token to use in place of one that is due: what somebody else
// has stored since, or a new one. Those who ask at once for one account share
// what happens; ctx bounds how long this one waits.
func (g *Registrar) renew(ctx context.Context, id tokenstore.Identity) (provider.Token, error) {
	x, leader := g.exchanges.begin(recordID("renew", id.Provider, id.Subject), attempt{})
	if leader {
		go func() {
			defer g.exchanges.finish(x)
			defer g.exchanges.drop(x) // only those who wait already share it
			ctx := context.WithoutCancel(ctx)
			g.guard("a refresh", func() {
				if x.token, x.err = g.renewLeased(ctx, id); errors.Is(x.err, ErrNoAccount) {
					g.giveUp(ctx, id)
				}
			})
		}()
	}
	if err := x.wait(ctx); err != nil {
		return provider.Token{}, err
	}
	return x.token, x.err
}

// renewLeased renews under the lease, if the store has leases.
func (g *Registrar) renewLeased(ctx context.Context, id tokenstore.Identity) (provider.Token, error) {
	leaser, ok := g.cfg.Accounts.(tokenstore.Leaser)
	if !ok {
		return g.renewAlone(ctx, id)
	}
	holder := rand.Text()
	for deadline := time.Now().Add(leaseTime + readTimeout); ; {
		reserved, err := lease(ctx, leaser, id, holder)
		switch {
		case errors.Is(err, errors.ErrUnsupported): // sealed, over a store without
			return g.renewAlone(ctx, id)
		case errors.Is(err, tokenstore.ErrNotFound):
			return provider.Token{}, ErrNoAccount
		case err != nil:
			return provider.Token{}, err
		case reserved:
			defer g.endLease(ctx, leaser, id, holder)
			return g.renewAlone(ctx, id)
		case time.Now().After(deadline):
			return provider.Token{}, &provider.Error{
				Provider: id.Provider, Op: provider.OpRefresh, Kind: provider.ErrUnavailable,
				Reason: "other processes have been refreshing the token for longer than a lease lasts",
			}
		}
		time.Sleep(leasePoll)
		a, err := g.read(ctx, id)
		if err != nil {
			return provider.Token{}, err
		}
		if !g.due(id.Provider, a.Token) {
			return a.Token, nil
		}
	}
}

func lease(ctx context.Context, leaser tokenstore.Leaser, id tokenstore.Identity, holder string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return leaser.Lease(ctx, id, holder, leaseTime)
}

func (g *Registrar) endLease(ctx context.Context, leaser tokenstore.Leaser, id tokenstore.Identity, holder string) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if err := leaser.Release(ctx, id, holder); err != nil {
		// It ends by itself; until then others wait.
		g.log.Warn("oauthreg: the lease of an account was not released", "provider", id.Provider, "error", err)
	}
}

func (g *Registrar) read(ctx context.Context, id tokenstore.Identity) (tokenstore.Account, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return g.readable(ctx, id)
}

// renewAlone renews while nobody else does. The account is read again: it may
// have been refreshed just before.
func (g *Registrar) renewAlone(ctx context.Context, id tokenstore.Identity) (provider.Token, error) {
	a, err := g.read(ctx, id)
	if err != nil {
		return provider.Token{}, err
	}
	if !g.due(id.Provider, a.Token) {
		return a.Token, nil
	}
	fresh, waited := g.traded.find(id, a.Token)
	if !waited {
		if fresh, err = g.refresh(ctx, a); err != nil {
			return g.replacedMeanwhile(ctx, a, err)
		}
		g.traded.keep(id, a.Token, fresh) // until it is stored
	}
	stored, err := g.store(ctx, a, fresh)
	switch {
	case errors.Is(err, ErrNoAccount):
		return provider.Token{}, err
	case err != nil:
		g.log.Error("oauthreg: a refreshed token was not stored; it is kept in memory until the next request", "provider", id.Provider, "error", err)
		return provider.Token{}, fmt.Errorf("oauthreg: the refreshed token could not be stored, and is kept in memory until the next request: %w", err)
	}
	g.traded.take(id)
	g.log.Info("oauthreg: token refreshed", "provider", id.Provider)
	if waited && g.due(id.Provider, stored) {
		return g.renewAlone(ctx, id) // it has waited in memory for too long
	}
	return stored, nil
}

// giveUp revokes what is kept for an identity that nobody has: nobody has a use
// for it, and nobody shall.
func (g *Registrar) giveUp(ctx context.Context, id tokenstore.Identity) {
	if fresh, found := g.traded.take(id); found {
		_ = g.revoked(ctx, ownAccount{Account: tokenstore.Account{Identity: id, Token: fresh}})
	}
}

// replacedMeanwhile returns the token that a sign-in, or another process, has
// stored while that of a could not be refreshed: providers end a grant when the
// person grants anew. Otherwise it is err.
func (g *Registrar) replacedMeanwhile(ctx context.Context, a tokenstore.Account, err error) (provider.Token, error) {
	now, readErr := g.read(ctx, a.Identity)
	if readErr == nil && !sameToken(now.Token, a.Token) && !g.due(a.Provider, now.Token) {
		return now.Token, nil
	}
	g.log.Warn("oauthreg: a token was not refreshed", "provider", a.Provider, "error", err)
	if readErr == nil && sameToken(now.Token, a.Token) && time.Until(a.Token.Expiry) > 0 &&
		(errors.Is(err, provider.ErrUnavailable) || errors.Is(err, provider.ErrRateLimited)) {
		return a.Token, nil // it serves to its end
	}
	return provider.Token{}, err
}

// refresh trades the token of a.
func (g *Registrar) refresh(ctx context.Context, a tokenstore.Account) (provider.Token, error) {
	refresher, ok := g.cfg.Flows[a.Provider].(provider.Refresher)
	if !ok {
		return provider.Token{}, &provider.Error{
			Provider: a.Provider, Op: provider.OpRefresh, Kind: provider.ErrTokenInvalid,
			Reason: "the token has expired and the Flow is not a provider.Refresher", Hint: "the person has to sign in again",
		}
	}
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	began := time.Now()
	fresh, err := refresher.Refresh(ctx, a.Token)
	g.guard("an Observer", func() { g.called(ctx, a.Provider, provider.OpRefresh, began, err) })
	if err != nil {
		return provider.Token{}, err
	}
	if fresh.Subject == "" {
		fresh.Subject = a.Subject
	}
	reject := func(kind error, reason string) (provider.Token, error) {
		return provider.Token{}, &provider.Error{Provider: a.Provider, Op: provider.OpRefresh, Kind: kind, Reason: reason}
	}
	switch {
	case fresh.IsZero():
		return reject(provider.ErrProtocol, "the Flow returned a token without access")
	case fresh.Subject != a.Subject:
		return reject(provider.ErrIdentity, "the refreshed token is of another person")
	}
	// What the answer does not renew stays (RFC 6749 section 6).
	if fresh.Refresh.IsZero() {
		fresh.Refresh = a.Token.Refresh
	}
	if fresh.Secret.IsZero() {
		fresh.Secret = a.Token.Secret
	}
	return fresh, nil
}

// store puts fresh in place of the token of a, unless that has been replaced by
// a sign-in since, and returns what is stored. An account that is gone, or is
// another user's now, is not brought back.
func (g *Registrar) store(ctx context.Context, a tokenstore.Account, fresh provider.Token) (provider.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	stored := fresh
	var gone error
	refused := false // by a store that says it has another token than it shows
	err := saved(ctx, func(ctx context.Context) error {
		now, err := g.readable(ctx, a.Identity)
		switch {
		case errors.Is(err, ErrNoAccount), err == nil && now.UserID != a.UserID:
			gone = errAbandoned
			return nil
		case err != nil:
			return err
		case !sameToken(now.Token, a.Token):
			stored = now.Token // also if it is fresh: an answer of the store was lost
			return nil
		}
		err = g.put(ctx, now, fresh, refused)
		refused = errors.Is(err, errChanged)
		return err
	})
	switch {
	case gone != nil:
		return provider.Token{}, gone
	case errors.Is(err, tokenstore.ErrTaken):
		return provider.Token{}, errAbandoned
	case err != nil:
		return provider.Token{}, err
	}
	return stored, nil
}

// errChanged tells that the account is not what it was when it was read, so that
// it is read again.
var errChanged = errors.New("oauthreg: the account changed while its token was being stored")

// put stores fresh for now, as it was just read. Only a store that can compare
// and write in one step keeps an account from coming back that somebody
// disconnects in between. It compares bytes: a token that something else wrote,
// in another spelling, is never equal, and must not be lost for that.
func (g *Registrar) put(ctx context.Context, now tokenstore.Account, fresh provider.Token, refused bool) error {
	if store, ok := g.cfg.Accounts.(tokenstore.Rewriter); ok && !refused {
		replaced, err := store.Replace(ctx, now.Identity, now.Token, fresh)
		switch {
		case errors.Is(err, errors.ErrUnsupported): // sealed, over a store without
		case err != nil:
			return err
		case !replaced:
			return errChanged
		default:
			return nil
		}
	}
	return g.cfg.Accounts.Link(ctx, tokenstore.Account{Identity: now.Identity, UserID: now.UserID, Token: fresh})
}

// sameToken compares what authorizes.
func sameToken(a, b provider.Token) bool {
	same := func(a, b provider.Secret) int {
		return subtle.ConstantTimeCompare([]byte(a.Reveal()), []byte(b.Reveal()))
	}
	return same(a.Access, b.Access)&same(a.Secret, b.Secret)&same(a.Refresh, b.Refresh) == 1
}
