package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

// recordTTL is how long attempts and sign-ups wait.
const recordTTL = time.Minute

// sabotage makes the app wrong, to see that it is noticed. The zero sabotage
// does not.
type sabotage struct {
	accounts func(tokenstore.Store) tokenstore.Store
	backend  func(sessionstore.Backend) sessionstore.Backend
	handler  func(*users, http.Handler) http.Handler
}

// world is everything there is in a run.
type world struct {
	settings settings
	sabotage sabotage

	people    []identity
	standIn   *standIn
	accounts  tokenstore.Store
	users     *users
	backend   *sessionstore.MemoryBackend
	keys      *seal.Keyring
	instances []*instance

	tickets  tickets
	ledger   ledger
	tally    tally
	latency  latencies
	requests atomic.Int64
	signUps  atomic.Int64
	kills    atomic.Int64
}

// latencies are those of requests that nothing was done to. Callbacks are of
// two kinds: start and new come with a form, returning with an account.
type latencies struct {
	start, callback, form, returning histogram
}

// arrival is where to count a callback that led to where.
func (l *latencies) arrival(where string) *histogram {
	if where == accountPath {
		return &l.returning
	}
	return &l.callback
}

func newWorld(s settings, wrong sabotage) (*world, error) {
	w := &world{settings: s, sabotage: wrong, users: newUsers(), accounts: tokenstore.NewMemory()}
	for n := range s.people * selves {
		w.people = append(w.people, identityOf(n))
	}
	if wrong.accounts != nil {
		w.accounts = wrong.accounts(w.accounts)
	}
	var backendErr, keysErr, standInErr error
	w.backend, backendErr = sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	w.keys, keysErr = seal.Parse(seal.NewKey())
	w.standIn, standInErr = newStandIn(w.people, origin+"/auth/"+providerName+"/callback")
	if err := errors.Join(backendErr, keysErr, standInErr); err != nil {
		return nil, err
	}
	for range s.instances {
		life, err := w.newLife()
		if err != nil {
			w.close()
			return nil, err
		}
		i := &instance{}
		i.current.Store(life)
		w.instances = append(w.instances, i)
	}
	return w, nil
}

// newLife starts an instance, with a Registrar that remembers nothing.
func (w *world) newLife() (*incarnation, error) {
	sessions, err := w.newSessions()
	if err != nil {
		return nil, err
	}
	flow, err := w.standIn.flow()
	if err != nil {
		return nil, err
	}
	a, err := newApp(flow, sessions, w.accounts, w.users)
	if err != nil {
		return nil, err
	}
	handler := a.handler()
	if w.sabotage.handler != nil {
		handler = w.sabotage.handler(w.users, handler)
	}
	return newIncarnation(w.tickets.check(handler))
}

func (w *world) newSessions() (sessionstore.Store, error) {
	if w.settings.sessions == inCookie {
		return sessionstore.NewCookie(sessionstore.CookieConfig{Keys: w.keys, BaseURL: origin})
	}
	var backend sessionstore.Backend = w.backend
	if w.sabotage.backend != nil {
		backend = w.sabotage.backend(backend)
	}
	return sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: origin})
}

// killer kills an instance now and then, and starts it again.
func (w *world) killer(ctx context.Context) {
	if w.settings.kill == 0 {
		return
	}
	rng := rand.New(rand.NewPCG(w.settings.seed, 1<<32))
	tick := time.NewTicker(w.settings.kill)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		i := w.instances[rng.IntN(len(w.instances))]
		i.current.Load().kill()
		w.kills.Add(1)
		life, err := w.newLife()
		if err != nil {
			w.ledger.surprise(w.people[0], "an instance did not come back: %v", err)
			return
		}
		i.current.Store(life)
	}
}

// hurry is how long somebody waits at most before they lose their connection:
// about twice as long as a callback takes, so that it is lost at any point.
func (w *world) hurry() time.Duration {
	return 2*w.latency.callback.percentile(50) + 2*time.Millisecond
}

func (w *world) close() {
	for _, i := range w.instances {
		i.current.Load().kill()
	}
	w.standIn.close()
	_ = w.backend.Close() // always nil
}

// audit compares what was promised with what is there.
func (w *world) audit() error {
	return w.ledger.audit(w.people, w.users.all(), func(who identity) (string, error) {
		id := tokenstore.Identity{Provider: providerName, Subject: who.subject}
		a, _, err := w.accounts.Find(context.Background(), id)
		return a.UserID, err
	})
}

const progressEvery = 5 * time.Second

// run is a whole run. It ends early, and in order, with ctx.
func run(ctx context.Context, s settings, wrong sabotage, out io.Writer) (*report, error) {
	before := measure()
	w, err := newWorld(s, wrong)
	if err != nil {
		return nil, err
	}
	_, _ = fmt.Fprintf(out, "%d people, %d instances, sessions in %s, for %s, kill every %s, seed %d\n",
		s.people, s.instances, s.sessions, s.duration, s.kill, s.seed)
	r := &report{world: w}
	r.memory.before, r.memory.start = before, measure()

	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.duration)
	defer cancel()
	if s.failFast {
		w.ledger.onFault = cancel
	}
	var people, others sync.WaitGroup
	for n := range s.people {
		people.Go(func() { newPerson(w, n).live(ctx) })
	}
	others.Go(func() { w.killer(ctx) })
	others.Go(func() { w.sayProgress(ctx, out, begun) })
	others.Go(func() {
		select {
		case <-ctx.Done():
		case <-time.After(s.duration / 2):
			r.memory.middle, r.visitsAtMiddle = steady(), w.standIn.visits.Load()
		}
	})
	<-ctx.Done()
	r.elapsed, r.requests, r.signUps = time.Since(begun), w.requests.Load(), w.signUps.Load()
	r.memory.end, r.visitsAtEnd = steady(), w.standIn.visits.Load()
	people.Wait()
	others.Wait()

	if err := w.audit(); err != nil {
		w.ledger.surprise(w.people[0], "the account store cannot be read: %v", err)
	}
	r.kept = w.backend.Stats()
	w.close()
	r.memory.settled = settle(before)
	r.judgeMemory()
	return r, nil
}

func (w *world) sayProgress(ctx context.Context, out io.Writer, begun time.Time) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_, counts := w.ledger.found()
		faults := 0
		for _, n := range counts {
			faults += n
		}
		elapsed := time.Since(begun)
		_, _ = fmt.Fprintf(out, "%4.0fs  %7d sign-ups (%.0f/s)  %8d requests (%.0f/s)  %3d kills  %d faults\n",
			elapsed.Seconds(), w.signUps.Load(), float64(w.signUps.Load())/elapsed.Seconds(),
			w.requests.Load(), float64(w.requests.Load())/elapsed.Seconds(), w.kills.Load(), faults)
	}
}
