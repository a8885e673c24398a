package oauthreg

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/oauthreg/go/provider"
)

// exchangeWindow is how long the result of an exchange is kept in memory: long
// enough for a double click, a reload, or a line that dropped while the answer
// was under way. A browser that has received its answer does not come back for
// it (slot.settled).
const exchangeWindow = time.Minute

// exchanges makes sure that a verifier is traded once, however often the
// callback comes: later ones wait for the first and share what it got.
type exchanges struct {
	mu     sync.Mutex
	byKey  map[string]*exchange
	ending []*exchange // by the time they are forgotten
}

// exchange is one trade. Its fields are written before done is closed.
type exchange struct {
	key     string
	attempt attempt
	done    chan struct{}
	token   provider.Token
	err     error
	forget  time.Time

	mu         sync.Mutex // guards what follows
	fetched    bool
	profile    provider.Profile
	profileErr error
}

func newExchanges() *exchanges { return &exchanges{byKey: make(map[string]*exchange)} }

// find returns the exchange of key, finished or not.
func (e *exchanges) find(key string) (*exchange, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sweep(time.Now())
	x, ok := e.byKey[key]
	return x, ok
}

// begin returns the exchange of key, and whether the caller has to do it.
func (e *exchanges) begin(key string, a attempt) (x *exchange, leader bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sweep(time.Now())
	if x, ok := e.byKey[key]; ok {
		return x, false
	}
	x = &exchange{key: key, attempt: a, done: make(chan struct{}), err: errAborted}
	e.byKey[key] = x
	return x, true
}

// open reports whether x got nothing that later requests should share: what
// they find may be better.
func (x *exchange) open() bool {
	return errors.Is(x.err, errTaken) || errors.Is(x.err, errRelay) || errors.Is(x.err, errAborted) || errors.Is(x.err, provider.ErrMismatch)
}

var errAborted = errors.New("oauthreg: the exchange was aborted")

// finish lets the waiting go on, and keeps x for a while unless it was dropped.
func (e *exchanges) finish(x *exchange) {
	e.mu.Lock()
	if e.byKey[x.key] == x {
		x.forget = time.Now().Add(exchangeWindow)
		e.ending = append(e.ending, x)
	}
	e.mu.Unlock()
	close(x.done)
}

// drop forgets x, and not one that has come in its place.
func (e *exchanges) drop(x *exchange) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.byKey[x.key] == x {
		delete(e.byKey, x.key)
	}
}

// dropKey forgets the exchange of key, whichever it is.
func (e *exchanges) dropKey(key string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.byKey, key)
}

// sweep forgets what is over. Every exchange stays equally long, so that only
// the front has to be looked at.
func (e *exchanges) sweep(now time.Time) {
	for len(e.ending) > 0 && now.After(e.ending[0].forget) {
		x := e.ending[0]
		e.ending[0] = nil
		e.ending = e.ending[1:]
		if e.byKey[x.key] == x {
			delete(e.byKey, x.key)
		}
	}
}

// wait returns when the exchange is finished or ctx is.
func (x *exchange) wait(ctx context.Context) error {
	select {
	case <-x.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fetchProfile asks for the profile, once for all who share x: the going away
// of one of them does not stop it.
func (g *Registrar) fetchProfile(ctx context.Context, name string, x *exchange) (provider.Profile, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.fetched {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeTimeout)
		defer cancel()
		began := time.Now()
		x.profile, x.profileErr = g.cfg.Flows[name].FetchProfile(ctx, x.token)
		if x.profileErr == nil {
			x.profileErr = provider.CheckIdentity(x.token, x.profile)
		}
		x.fetched = true
		g.called(ctx, name, provider.OpProfile, began, x.profileErr)
		if err := x.profile.Incomplete; err != nil && x.profileErr == nil {
			g.log.Warn("oauthreg: something beyond the profile could not be fetched, going on without it", "provider", name, "error", err)
		}
	}
	return x.profile, x.profileErr
}
