package oauthreg_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
)

// backend is a server that keeps values, and remembers all it was ever given.
type backend struct {
	mu     sync.Mutex
	values map[string]sharedValue
	seen   []string
	fail   func(op string) error // may be nil
	before func(op string)       // may be nil; called without the lock
	loose  bool                  // Take leaves the value
}

func (b *backend) reach(op string) {
	if b.before != nil {
		b.before(op)
	}
}

var _ sessionstore.Backend = (*backend)(nil)

func (b *backend) broken(op string) error {
	if b.fail == nil {
		return nil
	}
	return b.fail(op)
}

func (b *backend) Put(_ context.Context, key string, value []byte, ttl time.Duration) error {
	b.reach("put")
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.broken("put"); err != nil {
		return err
	}
	b.values[key] = sharedValue{bytes.Clone(value), time.Now().Add(ttl)}
	b.seen = append(b.seen, key, string(value))
	return nil
}

func (b *backend) Get(_ context.Context, key string) ([]byte, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.broken("get"); err != nil {
		return nil, false, err
	}
	v, ok := b.values[key]
	if !ok || !time.Now().Before(v.expires) {
		return nil, false, nil
	}
	return bytes.Clone(v.data), true, nil
}

func (b *backend) Take(ctx context.Context, key string) ([]byte, bool, error) {
	data, found, err := b.Get(ctx, key)
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, still := b.values[key]; !still && err == nil {
		return nil, false, nil
	}
	if !b.loose {
		delete(b.values, key)
	}
	return data, found, err
}

// instances returns n instances of one app: what they share is the backend,
// the accounts and the provider.
func instances(t testing.TB, n int, b *backend, changes ...func(*oauthreg.Config)) []*app {
	t.Helper()
	var all []*app
	for i := range n {
		sessions, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: b, BaseURL: site})
		require.NoError(t, err)
		a := newApp(t, sessions, append(changes, func(cfg *oauthreg.Config) {
			if i > 0 {
				cfg.Flows, cfg.Accounts = map[string]provider.Flow{"fake": all[0].flow, "other": all[0].other}, all[0].accounts
			}
		})...)
		if i > 0 {
			a.flow, a.other, a.accounts = all[0].flow, all[0].other, all[0].accounts
		}
		a.lastUser = 1000 * i
		all = append(all, a)
	}
	return all
}

func newBackend() *backend { return &backend{values: map[string]sharedValue{}} }

// at is b talking to another instance from now on.
func (b *browser) at(a *app) *browser {
	b.handler = a.handler
	return b
}

func TestAPersonIsBouncedBetweenInstances(t *testing.T) {
	t.Parallel()
	two := instances(t, 2, newBackend())
	one, other := two[0], two[1]
	b := one.browser()
	location := one.start(b, "/inbox")
	callback := "/auth/fake/callback?" + one.flow.approve(location, ada)
	require.Equal(t, "/signup", b.at(other).get(callback).location)
	b.at(one)
	view := one.form(b)
	p := b.at(other).post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
	require.Equal(t, "/inbox", p.location, p.body)
	assert.Equal(t, "user-1001", b.user())
	assert.Equal(t, "user-1001", one.owner(ada))
	// The callback again, at the one that knows nothing of it.
	assert.Equal(t, "/signup", b.at(one).get(callback).location)
	assert.Equal(t, oauthreg.Replayed, one.last().Outcome)
	assert.Equal(t, calls{1, 1, 1}, one.flow.count())
}

// 32 callbacks of one attempt at once, at two instances: the verifier is traded
// once, and every answer is whole by itself.
func TestOneExchangeForAllInstances(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{false, true} {
		two := instances(t, 2, newBackend())
		user := ""
		if known {
			user = two[0].signUp(ada)
		}
		before := two[0].flow.count().exchange
		b := two[0].browser()
		callback := two[0].approved(b, ada, "/inbox")
		two[0].flow.onExchange = func(context.Context) error { time.Sleep(100 * time.Millisecond); return nil }
		copies := make([]*browser, 32)
		var wg sync.WaitGroup
		for i := range copies {
			copies[i] = b.clone().at(two[i%2])
			wg.Go(func() {
				p := copies[i].get(callback)
				assert.Equal(t, http.StatusSeeOther, p.status)
				if known {
					assert.Equal(t, "/inbox", p.location)
				} else {
					assert.Equal(t, "/signup", p.location)
				}
			})
		}
		wg.Wait()
		assert.Equal(t, 1, two[0].flow.count().exchange-before)
		for i, c := range copies {
			if known {
				assert.Equal(t, user, c.user(), i)
			} else {
				assert.Equal(t, ada.ID, two[0].form(c).Subject, i)
			}
		}
		if known {
			continue
		}
		// All the forms are sent at once, to both.
		for i, c := range copies {
			view := two[0].form(c)
			wg.Go(func() {
				p := c.at(two[(i/2)%2]).post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
				assert.Equal(t, http.StatusSeeOther, p.status, p.body)
			})
		}
		wg.Wait()
		owner := two[0].owner(ada)
		assert.NotEmpty(t, owner)
		for i, c := range copies {
			assert.Equal(t, owner, c.user(), i)
		}
		assert.Equal(t, 1, two[0].userCount()+two[1].userCount())
	}
}

// Both have seen the attempt, and one of them is too late to take it.
func TestTheOneWhoComesTooLateEndsLikeTheOther(t *testing.T) {
	t.Parallel()
	shared := newBackend()
	two := instances(t, 2, shared)
	b := two[0].browser()
	callback := two[0].approved(b, ada, "")
	late := false
	shared.before = func(string) {
		// The first write is the announcement, before the attempt is taken.
		if !late {
			late = true
			assert.Equal(t, "/signup", b.clone().at(two[0]).get(callback).location)
		}
	}
	assert.Equal(t, "/signup", b.at(two[1]).get(callback).location)
	assert.Equal(t, oauthreg.NewUser, two[1].last().Outcome, "%v", two[1].last().Err)
	assert.Equal(t, 1, two[0].flow.count().exchange)
}

// The instance that traded the verifier is killed before its answer is out: the
// reload at another one goes on with what it got.
func TestAnotherInstanceGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		two := instances(t, 2, newBackend())
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		b.clone().get(callback) // nobody sees the answer
		assert.Equal(t, "/signup", b.at(two[1]).get(callback).location)
		assert.Equal(t, ada.ID, two[1].form(b).Subject)
		assert.Equal(t, 1, two[0].flow.count().exchange)
		for _, line := range two[1].logs.lines(0) {
			assert.NotContains(t, line, "expired")
		}

		// What it got is kept for a minute.
		late := two[0].browser()
		callback = two[0].approved(late, bob, "")
		late.clone().get(callback)
		time.Sleep(time.Minute + time.Second)
		late.at(two[1]).get(callback)
		assert.Equal(t, oauthreg.Expired, two[1].last().Outcome)
	})
}

// An instance that dies while it trades falls silent, and leaves others waiting
// no longer than that takes to tell.
func TestNobodyWaitsForTheDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newBackend()
		two := instances(t, 2, shared)
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		dead := make(chan struct{})
		two[0].flow.onExchange = func(context.Context) error { <-dead; return errors.New("killed") }
		var wg sync.WaitGroup
		wg.Go(func() { b.clone().get(callback) })
		time.Sleep(5 * time.Second)
		shared.mu.Lock()
		shared.fail = func(op string) error {
			if op == "put" {
				return errors.New("the dead do not write")
			}
			return nil
		}
		shared.mu.Unlock()
		began := time.Now()
		p := b.at(two[1]).get(callback)
		assert.Equal(t, oauthreg.Expired, two[1].last().Outcome)
		assert.Contains(t, p.location, "error=expired")
		assert.Less(t, time.Since(began), 10*time.Second)
		close(dead)
		wg.Wait()
	})
}

// Whoever waits may have less time than an exchange may take.
func TestWhoWaitsForAnotherInstanceLeavesOnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		two := instances(t, 2, newBackend())
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		two[0].flow.onExchange = func(context.Context) error { time.Sleep(20 * time.Second); return nil }
		var wg sync.WaitGroup
		wg.Go(func() { b.clone().get(callback) })
		time.Sleep(time.Second)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		b.clone().at(two[1]).get(callback, withContext(ctx))
		assert.Equal(t, oauthreg.Unavailable, two[1].last().Outcome)
		assert.Equal(t, 3*time.Second, time.Since(began))
		// A living one is waited for as long as it takes.
		assert.Equal(t, "/signup", b.at(two[1]).get(callback).location)
		assert.GreaterOrEqual(t, time.Since(began), 18*time.Second)
		wg.Wait()
	})
}

func TestAFailureIsSharedToo(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		kind error
		want oauthreg.Outcome
	}{
		{provider.ErrExpired, oauthreg.Expired}, {provider.ErrUnavailable, oauthreg.Unavailable},
		{provider.ErrRateLimited, oauthreg.RateLimited}, {provider.ErrRefused, oauthreg.Misconfigured},
		{errors.New("odd"), oauthreg.Internal},
	} {
		synctest.Test(t, func(t *testing.T) {
			two := instances(t, 2, newBackend())
			b := two[0].browser()
			callback := two[0].approved(b, ada, "")
			release := make(chan struct{})
			two[0].flow.onExchange = func(context.Context) error { <-release; return two[0].flow.fail(provider.OpAccessToken, row.kind) }
			var wg sync.WaitGroup
			wg.Go(func() { b.clone().get(callback) })
			synctest.Wait()
			wg.Go(func() { b.clone().at(two[1]).get(callback) })
			time.Sleep(time.Second)
			close(release)
			wg.Wait()
			assert.Equal(t, row.want, two[0].last().Outcome)
			assert.Equal(t, row.want, two[1].last().Outcome, "%v", two[1].last().Err)
			assert.Equal(t, 1, two[0].flow.count().exchange)
		})
	}
}

// A store whose Take lets two win: the provider refuses one of them, and both
// end with what the other got.
func TestAStoreThatGivesAnAttemptTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newBackend()
		shared.loose = true
		two := instances(t, 2, shared)
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		first := true
		two[0].flow.onExchange = func(context.Context) error {
			// The first to come gets through, the second is refused a second later.
			if first {
				first = false
				return nil
			}
			time.Sleep(time.Second)
			return two[0].flow.fail(provider.OpAccessToken, provider.ErrExpired)
		}
		release := make(chan struct{})
		two[0].flow.onProfile = func(context.Context) error { <-release; return nil }
		var wg sync.WaitGroup
		wg.Go(func() { assert.Equal(t, "/signup", b.clone().get(callback).location) })
		synctest.Wait()
		wg.Go(func() { assert.Equal(t, "/signup", b.clone().at(two[1]).get(callback).location) })
		time.Sleep(2 * time.Second)
		close(release)
		wg.Wait()
		assert.Equal(t, oauthreg.NewUser, two[1].last().Outcome)
	})
}

// A callback that lacks something is no end: the real one still comes, to
// whichever instance.
func TestAMismatchIsNoEndForOtherInstances(t *testing.T) {
	t.Parallel()
	two := instances(t, 2, newBackend())
	b := two[0].browser()
	callback := two[0].approved(b, ada, "")
	broken, _, _ := strings.Cut(callback, "&verifier")
	b.get(broken)
	assert.Equal(t, oauthreg.Malformed, two[0].last().Outcome)
	assert.Equal(t, "/signup", b.at(two[1]).get(callback).location)
}

// Nor does anybody wait for an exchange that has been given back.
func TestNobodyWaitsForAMismatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newBackend()
		two := instances(t, 2, shared)
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		broken, _, _ := strings.Cut(callback, "&verifier")
		var wg sync.WaitGroup
		var waited time.Duration
		puts := 0
		shared.before = func(string) {
			// The second write gives the attempt back.
			if puts++; puts != 2 {
				return
			}
			wg.Go(func() {
				began := time.Now()
				b.clone().at(two[1]).get(broken)
				waited = time.Since(began)
			})
			time.Sleep(time.Second)
		}
		b.clone().get(broken)
		wg.Wait()
		assert.Less(t, waited, 2*time.Second)
	})
}

// Whoever waits for another instance waits for all who ask here: the going
// away of one does not take it from the others.
func TestOneWhoLeavesDoesNotTakeTheResultAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		two := instances(t, 2, newBackend())
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		release := make(chan struct{})
		two[0].flow.onExchange = func(context.Context) error { <-release; return nil }
		var wg sync.WaitGroup
		wg.Go(func() { b.clone().get(callback) })
		synctest.Wait()
		ctx, leave := context.WithCancel(t.Context())
		wg.Go(func() { b.clone().at(two[1]).get(callback, withContext(ctx)) })
		time.Sleep(time.Second)
		stays := b.clone().at(two[1])
		wg.Go(func() { assert.Equal(t, "/signup", stays.get(callback).location) })
		time.Sleep(time.Second)
		leave()
		time.Sleep(time.Second)
		close(release)
		wg.Wait()
	})
}

// Whoever reads the database learns neither tokens nor binders, and what moves
// or alters records gets nobody in.
func TestTheBackendLearnsNothing(t *testing.T) {
	t.Parallel()
	shared := newBackend()
	two := instances(t, 2, shared)
	b := two[0].browser()
	callback := two[0].approved(b, ada, "")
	before := b.clone()
	b.get(callback)
	all := strings.Join(shared.seen, "\n")
	require.NotEmpty(t, all)
	for _, secret := range two[0].flow.secrets {
		assert.NotContains(t, all, secret)
	}
	for _, c := range append(before.jar, b.jar...) {
		for part := range strings.SplitSeq(c.value, ".") {
			if len(part) > 12 {
				assert.NotContains(t, all, part, c.name)
			}
		}
	}
	shared.mu.Lock()
	for key, v := range shared.values {
		if len(v.data) > 0 {
			v.data[len(v.data)-1] ^= 1
			shared.values[key] = v
		}
	}
	shared.mu.Unlock()
	before.at(two[1]).get(callback)
	assert.Equal(t, oauthreg.Expired, two[1].last().Outcome)
	assert.NotContains(t, two[1].logs.String(), "cannot be read", "what does not open is not there")
}

// Signing out leaves nothing behind that an old callback could use.
func TestForgetReachesTheOtherInstances(t *testing.T) {
	t.Parallel()
	two := instances(t, 2, newBackend())
	two[0].signUp(ada)
	b := two[0].browser()
	callback := two[0].approved(b, ada, "")
	before := b.clone()
	b.get(callback)
	require.NotEmpty(t, b.user())
	b.post("/signout", url.Values{"forget": {"1"}})
	p := before.at(two[1]).get(callback)
	assert.Equal(t, oauthreg.Expired, two[1].last().Outcome)
	assert.Contains(t, p.location, "error=expired")
	assert.Empty(t, before.user())
}

// A backend that is down is told from one that has nothing, at each step, and
// nothing is lost that it still has.
func TestABackendThatIsDown(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"put", "get"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			shared := newBackend()
			down := false
			shared.fail = func(o string) error {
				if down && o == op {
					return errors.New("the backend is down")
				}
				return nil
			}
			two := instances(t, 2, shared)
			b := two[0].browser()
			callback := two[0].approved(b, ada, "")
			down = true
			p := b.get(callback)
			assert.Equal(t, oauthreg.Internal, two[0].last().Outcome)
			assert.Equal(t, http.StatusSeeOther, p.status)
			assert.Zero(t, two[0].flow.count().exchange, "the verifier is not spent")
			down = false
			assert.Equal(t, "/signup", b.at(two[1]).get(callback).location)
		})
	}
	// While waiting for another instance.
	synctest.Test(t, func(t *testing.T) {
		shared := newBackend()
		two := instances(t, 2, shared)
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		release := make(chan struct{})
		two[0].flow.onExchange = func(context.Context) error { <-release; return nil }
		var wg sync.WaitGroup
		wg.Go(func() { b.clone().get(callback) })
		synctest.Wait()
		waiting := b.clone().at(two[1])
		wg.Go(func() { waiting.get(callback) })
		time.Sleep(time.Second)
		shared.mu.Lock()
		shared.fail = func(string) error { return fmt.Errorf("the backend is down: %w", context.DeadlineExceeded) }
		shared.mu.Unlock()
		time.Sleep(time.Second)
		assert.Equal(t, oauthreg.Internal, two[1].last().Outcome)
		shared.mu.Lock()
		shared.fail = nil
		shared.mu.Unlock()
		close(release)
		wg.Wait()
		assert.Equal(t, "/signup", waiting.get(callback).location, "a reload finds what the other got")
	})
}
