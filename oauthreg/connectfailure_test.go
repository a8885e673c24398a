package oauthreg_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// Who pressed "connect" on the settings page and did not succeed is back there,
// and not at the page for signing in; and the app is told which of both it was.
func TestWhoDidNotConnectReturnsToTheButton(t *testing.T) {
	t.Parallel()
	carol := provider.Profile{ID: "3141", Username: "carol"}
	down := func(context.Context) error { return &provider.Error{Kind: provider.ErrUnavailable} }
	connect := url.Values{"intent": {oauthreg.IntentConnect}, "next": {"/settings?tab=2"}}
	for _, row := range []struct {
		name   string
		road   func(a *app, b *browser) page
		want   oauthreg.Outcome
		signIn bool // back to the page for signing in
	}{
		{"denied", func(a *app, b *browser) page {
			return b.get("/auth/fake/callback?" + a.flow.deny(b.post("/auth/fake/start", connect).location))
		}, oauthreg.Denied, false},
		{"denied, opened again", func(a *app, b *browser) page {
			callback := "/auth/fake/callback?" + a.flow.deny(b.post("/auth/fake/start", connect).location)
			b.get(callback)
			return b.get(callback)
		}, oauthreg.Replayed, false},
		{"somebody else's", func(a *app, b *browser) page { return b.get(a.connecting(b, bob)) }, oauthreg.AccountInUse, false},
		{"the start fails", func(a *app, b *browser) page {
			a.flow.onAuth = func(ctx context.Context, _ provider.AuthRequest) error { return down(ctx) }
			return b.post("/auth/fake/start", connect)
		}, oauthreg.Unavailable, false},
		{"the exchange fails", func(a *app, b *browser) page {
			a.flow.onExchange = down
			return b.get(a.connecting(b, carol))
		}, oauthreg.Unavailable, false},
		{"the app says no", func(a *app, b *browser) page { return b.get(a.connecting(b, carol)) }, oauthreg.Barred, false},
		{"signed out meanwhile", func(a *app, b *browser) page {
			callback := a.connecting(b, carol)
			b.post("/signout", nil)
			return b.get(callback)
		}, oauthreg.SignInFirst, true},
		{"a sign-up that was denied", func(a *app, b *browser) page {
			return b.get("/auth/fake/callback?" + a.flow.deny(b.post("/auth/fake/start", nil).location))
		}, oauthreg.Denied, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
				cfg.FailureURL, cfg.ConnectFailureURL = "/sign-in", "/settings"
				cfg.AllowConnect = func(context.Context, tokenstore.Account) error { return oauthreg.ErrBarred }
			})
			a.signUp(bob)
			a.signUp(ada)
			b := a.browser()
			b.get(a.approved(b, ada, ""))
			p := row.road(a, b)
			assert.Equal(t, http.StatusSeeOther, p.status)
			require.Equal(t, row.want, a.last().Outcome)
			assert.Equal(t, row.signIn, strings.HasPrefix(p.location, "/sign-in?error="), p.location)
			assert.Equal(t, !row.signIn, strings.HasPrefix(p.location, "/settings?error="), p.location)
			if row.want != oauthreg.Replayed {
				assert.Equal(t, row.name != "a sign-up that was denied", a.last().Connecting)
			}
		})
	}
}

// The start page would have them sign up, as somebody new.
func TestWhoDoesNotConnectReturnsToNextWhereNoPageIsSet(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	const back = "/settings?error=denied&provider=fake"
	p := b.post("/auth/fake/start", url.Values{"intent": {oauthreg.IntentConnect}, "next": {"/settings"}})
	assert.Equal(t, back, b.get("/auth/fake/callback?"+a.flow.deny(p.location)).location)
	a.flow.onAuth = func(context.Context, provider.AuthRequest) error { return provider.ErrUnavailable }
	p = b.post("/auth/fake/start", url.Values{"intent": {oauthreg.IntentConnect}, "next": {"/settings"}})
	assert.Equal(t, "/settings?error=unavailable&provider=fake", p.location)
	p = b.post("/auth/fake/start", url.Values{"next": {"/settings"}})
	assert.Equal(t, "/auth/fake/start?error=unavailable&provider=fake", p.location, "a sign-up returns to its start")
}

func TestConnectFailureURLIsFailureURLUnlessItIsSet(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) { cfg.FailureURL = "/sign-in" })
	a.signUp(bob)
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	p := b.get(a.connecting(b, bob))
	assert.Equal(t, "/sign-in?error=account_in_use&provider=fake", p.location)
	assert.True(t, a.last().Connecting)
	require.Equal(t, oauthreg.AlreadyLinked, func() oauthreg.Outcome { b.get(a.connecting(b, ada)); return a.last().Outcome }())
	assert.True(t, a.last().Connecting)
}
