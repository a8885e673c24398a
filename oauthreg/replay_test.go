package oauthreg_test

import (
	"context"
	"net/http"
	"net/url"
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

func TestReplayedCallbackEndsWhereItDidWithoutACall(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "/inbox")
		require.Equal(t, "/signup", b.get(callback).location)
		for range 3 {
			p := b.get(callback)
			assert.Equal(t, http.StatusSeeOther, p.status)
			assert.Equal(t, "/signup", p.location)
			assert.Equal(t, oauthreg.Replayed, a.last().Outcome)
		}
		assert.Equal(t, ada.ID, a.form(b).Subject, "the sign-up waits as before")
		assert.Equal(t, calls{1, 1, 1}, a.flow.count())
	})
}

func TestReplayAfterTheFormDoesNotSignInAgain(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "")
		b.get(callback)
		require.Equal(t, http.StatusSeeOther, b.post("/signup", nil).status)
		require.Len(t, a.signIns, 1)
		assert.Equal(t, "/signup", b.get(callback).location)
		assert.Equal(t, oauthreg.Replayed, a.last().Outcome)
		assert.Equal(t, http.StatusConflict, b.get("/signup").status)
		assert.Len(t, a.signIns, 1)
	})
}

// The browser shows one of several answers, and nobody knows which: so each,
// with its own cookies alone, must lead to the end.
func TestConcurrentReplayAsksOnceAndEveryAnswerIsWhole(t *testing.T) {
	t.Parallel()
	const requests = 32
	for _, row := range []struct {
		name  string
		known bool
	}{{"somebody new", false}, {"somebody known", true}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				user := ""
				if row.known {
					user = a.signUp(ada)
				}
				before := a.flow.count()
				b := a.browser()
				callback := a.approved(b, ada, "/inbox")
				answers := make([]*browser, requests)
				pages := make([]page, requests)
				var wg sync.WaitGroup
				for i := range requests {
					answers[i] = b.clone()
					wg.Go(func() { pages[i] = answers[i].get(callback) })
				}
				wg.Wait()
				assert.Equal(t, before.exchange+1, a.flow.count().exchange)
				assert.LessOrEqual(t, a.flow.count().profile, before.profile+1)
				for i, own := range answers {
					require.Equal(t, http.StatusSeeOther, pages[i].status)
					if row.known {
						assert.Equal(t, "/inbox", pages[i].location)
						assert.Equal(t, user, own.user())
						continue
					}
					assert.Equal(t, "/signup", pages[i].location)
					assert.Equal(t, ada.ID, a.form(own).Subject, "answer %d", i)
				}
				own := answers[requests-1]
				assert.Equal(t, pages[0].location, own.get(callback).location, "and the next time is a replay")
				assert.Equal(t, oauthreg.Replayed, a.last().Outcome)
			})
		})
	}
}

func TestCallbackWhoseAnswerWasLostIsAnsweredAgain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		known bool
	}{{"somebody new", false}, {"somebody known", true}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				user := ""
				if row.known {
					user = a.signUp(ada)
				}
				asked := a.flow.count().exchange
				b := a.browser()
				callback := a.approved(b, ada, "/inbox")
				b.clone().get(callback) // the answer goes to nobody
				p := b.get(callback)    // the old cookies
				assert.Equal(t, http.StatusSeeOther, p.status)
				if row.known {
					assert.Equal(t, "/inbox", p.location)
					assert.Equal(t, user, b.user())
				} else {
					assert.Equal(t, "/signup", p.location)
					assert.Equal(t, ada.ID, a.form(b).Subject)
				}
				assert.Equal(t, asked+1, a.flow.count().exchange)
			})
		})
	}
}

// The person presses stop, or the line drops, while the provider is asked: the
// verifier is spent, so what it bought must not be.
func TestCallbackWhoseClientWentAwayIsFinishedForTheNextRequest(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, kind.new(t))
				release := make(chan struct{})
				var asked error
				a.flow.onExchange = func(ctx context.Context) error {
					<-release
					asked = ctx.Err()
					return nil
				}
				b := a.browser()
				callback := a.approved(b, ada, "")
				ctx, leave := context.WithCancel(t.Context())
				gone, waiting := b.clone(), b.clone()
				var second page
				var wg sync.WaitGroup
				wg.Go(func() { gone.get(callback, withContext(ctx)) })
				synctest.Wait()
				wg.Go(func() { second = waiting.get(callback) })
				synctest.Wait()
				leave()
				synctest.Wait()
				close(release)
				wg.Wait()

				assert.NoError(t, asked, "the going away does not reach the provider")
				assert.Equal(t, "/signup", second.location)
				assert.Equal(t, ada.ID, a.form(waiting).Subject)
				assert.Equal(t, "/signup", b.get(callback).location, "a reload with the old cookies")
				assert.Equal(t, ada.ID, a.form(b).Subject)
				assert.Equal(t, 1, a.flow.count().exchange)
			})
		})
	}
}

// Whoever waits for somebody else's exchange may leave.
func TestCallbackThatWaitsEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, newMemoryStore(t))
		release := make(chan struct{})
		a.flow.onExchange = func(context.Context) error { <-release; return nil }
		b := a.browser()
		callback := a.approved(b, ada, "")
		first, second := b.clone(), b.clone()
		ctx, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { first.get(callback) })
		synctest.Wait()
		wg.Go(func() { second.get(callback, withContext(ctx)) })
		synctest.Wait()
		leave()
		synctest.Wait()
		a.assertFailed(t, page{status: http.StatusSeeOther, location: a.last().Location}, oauthreg.Unavailable)
		assert.ErrorIs(t, a.last().Err, context.Canceled)
		close(release)
		wg.Wait()
		assert.Equal(t, ada.ID, a.form(first).Subject)
	})
}

// One malformed request must not take the attempt from a good one, whichever
// comes first, and however many come at once.
func TestMalformedCallbacksAtOnceLeaveTheAttemptIntact(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		authURL := a.start(b, "")
		for range 20 {
			var wg sync.WaitGroup
			last := b.clone()
			wg.Go(func() { last.get("/auth/fake/callback?token=" + tokenOf(authURL)) })
			for range 15 {
				own := b.clone()
				wg.Go(func() { own.get("/auth/fake/callback?token=" + tokenOf(authURL)) })
			}
			wg.Wait()
			b.jar = last.jar
		}
		for _, res := range a.results {
			// One that came while another was looked at may be told to start again.
			require.Contains(t, []oauthreg.Outcome{oauthreg.Malformed, oauthreg.Expired}, res.Outcome)
		}
		assert.Equal(t, "/signup", b.get("/auth/fake/callback?"+a.flow.approve(authURL, ada)).location)
	})
}

// A second verifier for the same token is another question: the first answer
// stands, and no second is asked for.
func TestCallbackWithAnotherVerifierIsNotTradedAgain(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		authURL := a.start(b, "")
		first := "/auth/fake/callback?" + a.flow.approve(authURL, ada)
		require.Equal(t, "/signup", b.get(first).location)
		b.get("/auth/fake/callback?" + url.Values{"token": {tokenOf(authURL)}, "verifier": {"another"}}.Encode())
		assert.Equal(t, oauthreg.Replayed, a.last().Outcome)
		assert.Equal(t, 1, a.flow.count().exchange)
		assert.Equal(t, ada.ID, a.form(b).Subject)
	})
}

// A store that its process shares with others: another one has taken the
// attempt between the look and the taking.
func TestCallbackThatAnotherProcessTookIsExpired(t *testing.T) {
	t.Parallel()
	lost := &losingStore{sharedStore: &sharedStore{values: map[string]sharedValue{}}}
	a := newApp(t, lost)
	b := a.browser()
	callback := a.approved(b, ada, "")
	lost.lose = true
	a.assertFailed(t, b.get(callback), oauthreg.Expired)
	assert.Zero(t, a.flow.count().exchange)
	lost.lose = false
	b.get(callback)
	assert.NotEqual(t, oauthreg.Replayed, a.last().Outcome, "the end is for the other process to write")
}

type losingStore struct {
	*sharedStore

	lose bool
}

func (s *losingStore) Take(w http.ResponseWriter, r *http.Request, key string) ([]byte, bool, error) {
	data, found, err := s.sharedStore.Take(w, r, key)
	return data, found && !s.lose, err
}

// leavingBackend has the browser go away that the first Take is for.
type leavingBackend struct {
	sessionstore.Backend

	leave func() // nil for any further
	fail  error
}

func (b *leavingBackend) Take(ctx context.Context, key string) ([]byte, bool, error) {
	if leave := b.leave; leave != nil {
		b.leave = nil
		leave()
		if err := ctx.Err(); err != nil { // as a driver does, perhaps with the row gone
			_, _, _ = b.Backend.Take(context.WithoutCancel(ctx), key)
			return nil, false, err
		}
	}
	if b.fail != nil {
		return nil, false, b.fail
	}
	return b.Backend.Take(ctx, key)
}

// A browser cancels the first of two clicks, while the attempt is being taken. The
// second is alive, and what it shows is what the person sees.
func TestSecondClickSurvivesTheFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
		require.NoError(t, err)
		backend := &leavingBackend{Backend: memory}
		store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: site})
		require.NoError(t, err)
		a := newApp(t, store)
		b := a.browser()
		callback := a.approved(b, ada, "")
		ctx, cancel := context.WithCancel(t.Context())
		second, done := b.clone(), make(chan page, 1)
		backend.leave = func() {
			go func() { done <- second.get(callback) }()
			synctest.Wait()
			cancel()
		}
		b.clone().get(callback, func(r *http.Request) { *r = *r.WithContext(ctx) })
		p := <-done
		assert.Equal(t, "/signup", p.location)
		assert.Equal(t, 1, a.flow.count().exchange)
	})
}

// What keeps an attempt from being taken is told to who waits for it, too.
func TestWhoWaitsIsToldWhyAnAttemptWasNotTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
		require.NoError(t, err)
		backend := &leavingBackend{Backend: memory, fail: errStore}
		store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: site})
		require.NoError(t, err)
		a := newApp(t, store)
		b := a.browser()
		callback := a.approved(b, ada, "")
		second, done := b.clone(), make(chan page, 1)
		backend.leave = func() {
			go func() { done <- second.get(callback) }()
			synctest.Wait()
		}
		b.clone().get(callback)
		<-done
		for _, res := range a.results {
			assert.Equal(t, oauthreg.Internal, res.Outcome)
			assert.ErrorIs(t, res.Err, errStore)
		}
		assert.Len(t, a.results, 2)
		backend.fail = nil
		assert.Equal(t, "/signup", b.get(callback).location, "the attempt is still there")
	})
}

// panickingBackend is a store of the app's with a bug.
type panickingBackend struct {
	sessionstore.Backend

	panics bool
	gets   int // how many of them go well before one panics, if it is positive
}

func (b *panickingBackend) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if b.gets > 0 {
		if b.gets--; b.gets == 0 {
			panic("a bug in the app's store")
		}
	}
	return b.Backend.Get(ctx, key)
}

func (b *panickingBackend) Take(ctx context.Context, key string) ([]byte, bool, error) {
	if b.panics {
		panic("a bug in the app's store")
	}
	return b.Backend.Take(ctx, key)
}

// net/http ends a request whose handler panics. No other request is to wait for
// what it was about.
func TestNobodyWaitsForARequestThatPanicked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
		require.NoError(t, err)
		backend := &panickingBackend{Backend: memory}
		store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: site})
		require.NoError(t, err)
		a := newApp(t, store)
		b := a.browser()
		callback := a.approved(b, ada, "")
		backend.panics = true
		assert.Panics(t, func() { b.clone().get(callback) })
		backend.panics = false
		b.clone().get(callback)
		assert.Equal(t, oauthreg.Internal, a.last().Outcome)
		time.Sleep(2 * time.Minute)
		assert.Equal(t, "/signup", b.get(callback).location, "the attempt is still there")
	})
}

// What waits for another instance is nobody's handler: a panic there is told, and
// whoever comes next looks again.
func TestAPanicWhileWaitingForAnotherInstance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
		require.NoError(t, err)
		backend := &panickingBackend{Backend: memory}
		instance := func(b sessionstore.Backend, changes ...func(*oauthreg.Config)) *app {
			store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: b, BaseURL: site})
			require.NoError(t, err)
			return newApp(t, store, changes...)
		}
		one := instance(&panickingBackend{Backend: memory})
		two := instance(backend, func(cfg *oauthreg.Config) {
			cfg.Flows, cfg.Accounts = map[string]provider.Flow{"fake": one.flow}, one.accounts
		})
		b := one.browser()
		callback := one.approved(b, ada, "")
		other := b.clone()
		other.handler = two.handler
		one.flow.onExchange = func(context.Context) error { time.Sleep(time.Second); return nil }
		done := make(chan page, 1)
		go func() { done <- b.clone().get(callback) }()
		synctest.Wait()
		backend.gets = 2 // the attempt is looked for, and then the result
		other.clone().get(callback)
		assert.Equal(t, oauthreg.Internal, two.last().Outcome)
		assert.Contains(t, two.logs.String(), "a bug in the app's store")
		assert.Equal(t, "/signup", (<-done).location)
		assert.Equal(t, "/signup", other.get(callback).location)
	})
}
