package oauthreg_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// connecting starts with the intent to connect and returns the callback that
// person's approval leads to.
func (a *app) connecting(b *browser, person provider.Profile) string {
	a.t.Helper()
	p := b.post("/auth/fake/start", url.Values{"intent": {oauthreg.IntentConnect}, "next": {"/settings"}})
	require.Equal(a.t, http.StatusSeeOther, p.status, p.body)
	return "/auth/fake/callback?" + a.flow.approve(p.location, person)
}

func TestASignedInUserConnectsASecondIdentity(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		user := a.signUp(ada)
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		signIns := len(a.signIns)

		p := b.get(a.connecting(b, bob))
		assert.Equal(t, "/settings", p.location)
		assert.Equal(t, oauthreg.Linked, a.last().Outcome)
		assert.Equal(t, user, a.owner(bob))
		assert.Len(t, a.signIns, signIns, "connecting signs nobody in")
		accounts, err := a.accounts.ListByUser(t.Context(), user)
		require.NoError(t, err)
		assert.Len(t, accounts, 2, "one user may have several identities of one provider")

		p = b.get(a.connecting(b, bob))
		assert.Equal(t, "/settings", p.location)
		assert.Equal(t, oauthreg.AlreadyLinked, a.last().Outcome)

		// Both lead to the same user from now on.
		other := a.browser()
		other.get(a.approved(other, bob, ""))
		assert.Equal(t, oauthreg.Returning, a.last().Outcome)
		assert.Equal(t, user, a.last().Account.UserID)
	})
}

func TestConnectingNeverMovesAnIdentity(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		a.signUp(bob)
		owner := a.owner(bob)
		a.signUp(ada)
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		before, _, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: bob.ID})
		require.NoError(t, err)
		b.get(a.connecting(b, bob))
		assert.Equal(t, oauthreg.AccountInUse, a.last().Outcome)
		after, _, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: bob.ID})
		require.NoError(t, err)
		assert.Equal(t, before, after)
		assert.Equal(t, owner, a.owner(bob))
	})
}

// The intent is what was sealed in at the start: being signed in connects
// nothing, and neither does another user's being signed in by the callback.
func TestOnlyTheUserWhoStartedConnects(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		a.signUp(ada)
		for name, change := range map[string]func(b *browser){
			"signed out meanwhile": func(b *browser) { b.post("/signout", nil) },
			"somebody else signed in since": func(b *browser) {
				b.keep([]*http.Cookie{{
					Name: sessionCookie, Value: "user-other", Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
				}})
			},
		} {
			b := a.browser()
			b.get(a.approved(b, ada, ""))
			callback := a.connecting(b, bob)
			change(b)
			b.get(callback)
			assert.Equal(t, oauthreg.SignInFirst, a.last().Outcome, name)
			assert.Empty(t, a.owner(bob), name)
		}
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		b.get(a.approved(b, bob, ""))
		assert.Equal(t, oauthreg.NewUser, a.last().Outcome, "without the intent it is a sign-up")
		assert.Empty(t, a.owner(bob))
	})
}

func TestAStartThatCannotConnectIsRefusedBeforeAnyCall(t *testing.T) {
	t.Parallel()
	connect := url.Values{"intent": {oauthreg.IntentConnect}}
	for _, tt := range []struct {
		name   string
		change func(*oauthreg.Config)
		form   url.Values
		want   oauthreg.Outcome
	}{
		{"nobody signed in", func(*oauthreg.Config) {}, connect, oauthreg.SignInFirst},
		{"an unknown intent", func(*oauthreg.Config) {}, url.Values{"intent": {"own"}}, oauthreg.Malformed},
		{"the app cannot tell who is signed in", func(cfg *oauthreg.Config) { cfg.CurrentUser = nil }, connect, oauthreg.Malformed},
		{"the app's session store is down", func(cfg *oauthreg.Config) {
			cfg.CurrentUser = func(*http.Request) (string, error) { return "", errors.New("down") }
		}, connect, oauthreg.Internal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newMemoryStore(t), tt.change)
			p := a.browser().post("/auth/fake/start", tt.form)
			assert.Equal(t, tt.want, a.last().Outcome)
			assert.Empty(t, p.cookies)
			assert.Zero(t, a.flow.count())
		})
	}
}
