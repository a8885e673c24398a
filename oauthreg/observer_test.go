package oauthreg_test

import (
	"context"
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
	"github.com/oauthreg/go/tokenstore"
)

// witness writes down what it is told.
type witness struct {
	mu   sync.Mutex
	seen []string
	all  strings.Builder
}

func (w *witness) write(ctx context.Context, line string, any any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if who, ok := ctx.Value(whoKey{}).(string); ok {
		line += " for " + who
	}
	w.seen = append(w.seen, line)
	fmt.Fprintf(&w.all, "%+v\n", any)
}

type whoKey struct{}

func (w *witness) Stepped(ctx context.Context, s oauthreg.Step) {
	w.write(ctx, fmt.Sprintf("%s %s %q %s", s.Name, s.Provider, s.Outcome, s.Duration), s)
}

func (w *witness) Called(ctx context.Context, c oauthreg.Call) {
	w.write(ctx, fmt.Sprintf("call %s %s %q %d %s", c.Provider, c.Op, c.Outcome, c.Status, c.Duration), c)
}

// lines returns what was seen since the last time.
func (w *witness) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = nil
	return seen
}

func observed(w *witness) func(*oauthreg.Config) {
	return func(cfg *oauthreg.Config) { cfg.Observer = w }
}

func TestObserverSeesEveryStepAndCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &witness{}
		a := newApp(t, newCookieStore(t), observed(w))
		takes := func(d time.Duration) func(context.Context) error {
			return func(context.Context) error { time.Sleep(d); return nil }
		}
		a.flow.onAuth = func(context.Context, provider.AuthRequest) error { time.Sleep(time.Second); return nil }
		a.flow.onExchange, a.flow.onProfile = takes(2*time.Second), takes(3*time.Second)

		b := a.browser()
		callback := a.approved(b, ada, "")
		assert.Equal(t, []string{`call fake request token "" 0 1s`, `start fake "" 1s`}, w.lines())
		b.get(callback, func(r *http.Request) { *r = *r.WithContext(context.WithValue(r.Context(), whoKey{}, "ada")) })
		assert.Equal(t, []string{
			`call fake access token "" 0 2s for ada`, `call fake profile "" 0 3s for ada`, `callback fake "new" 5s for ada`,
		}, w.lines(), "with the request's own context")
		view := a.form(b)
		b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
		assert.Equal(t, []string{`complete fake "" 0s`}, w.lines())
		b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
		b.get("/auth/fake/callback")
		assert.Equal(t, []string{`callback fake "not_started" 0s`}, w.lines())

		a.flow.onExchange = func(context.Context) error {
			return &provider.Error{Provider: "fake", Op: provider.OpAccessToken, Kind: provider.ErrUnavailable, Status: 503}
		}
		b.get(a.approved(b, ada, ""))
		assert.Equal(t, []string{
			`call fake request token "" 0 1s`, `start fake "" 1s`,
			`call fake access token "unavailable" 503 0s`, `callback fake "unavailable" 0s`,
		}, w.lines())
		b.get("/auth/fake/callback?" + a.flow.deny(a.start(b, "")))
		assert.Equal(t, []string{`call fake request token "" 0 1s`, `start fake "" 1s`, `callback fake "denied" 0s`}, w.lines(),
			"nobody is called when the person declines")
		b.post("/auth/fake/start", nil, fromSite("https://evil.example", "cross-site"))
		assert.Equal(t, []string{`start fake "cross_origin" 0s`}, w.lines())
	})
}

func TestObserverSeesTheLifeOfAnAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &witness{}
		a := newApp(t, newCookieStore(t), observed(w))
		user := a.signUp(ada)
		w.lines()
		b := a.browser()
		_, err := a.connectWaiting(b)
		require.ErrorIs(t, err, oauthreg.ErrNoPending)
		assert.Equal(t, []string{`connect_pending  "expired" 0s`}, w.lines())
		_, err = a.reg.Disconnect(t.Context(), user, tokenstore.Identity{Provider: "fake", Subject: ada.ID})
		require.ErrorIs(t, err, oauthreg.ErrLastWayIn)
		assert.Equal(t, []string{`disconnect fake "barred" 0s`}, w.lines())
	})
}

// What an observer is told may be printed whole.
func TestObserverIsToldNoSecret(t *testing.T) {
	t.Parallel()
	w := &witness{}
	a := newApp(t, newMemoryStore(t), observed(w))
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	a.flow.onExchange = func(context.Context) error { return a.flow.fail(provider.OpAccessToken, provider.ErrRefused) }
	b.get(a.approved(b, bob, ""))
	require.NotEmpty(t, w.lines())
	for _, secret := range a.flow.secrets {
		assert.NotContains(t, w.all.String(), secret)
	}
}
