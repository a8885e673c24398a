package oauthreg_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/tokenstore"
)

var errHook = errors.New("the hook is broken")

// decisions are what a hook can say, and what comes of it.
var decisions = []struct {
	name string
	err  error
	want oauthreg.Outcome
}{
	{"closed", fmt.Errorf("full: %w", oauthreg.ErrSignUpClosed), oauthreg.SignUpClosed},
	{"barred", fmt.Errorf("on the list: %w", oauthreg.ErrBarred), oauthreg.Barred},
	{"broken", errHook, oauthreg.Internal},
}

func TestNobodyRegistersWhomTheAppDoesNotAllow(t *testing.T) {
	t.Parallel()
	for _, row := range decisions {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				b := a.browser()
				p := b.get(a.approved(b, ada, ""))
				assert.Equal(t, row.want, a.last().Outcome)
				require.ErrorIs(t, a.last().Err, row.err)
				assert.Equal(t, http.StatusSeeOther, p.status)
				assert.Contains(t, p.location, "error="+string(row.want))
				assert.Equal(t, http.StatusConflict, b.get("/signup").status, "nothing waits for a form")
				assert.Empty(t, a.owner(ada))
				assert.Empty(t, b.user())
			}, func(cfg *oauthreg.Config) {
				cfg.AllowSignUp = func(_ context.Context, p *oauthreg.Pending) error {
					assert.Equal(t, "fake", p.Provider)
					assert.Equal(t, "ada@example.com", p.Profile.Email)
					return row.err
				}
			})
		})
	}
}

// Whoever has an account is let in while sign-up is closed, and may connect.
func TestClosedSignUpIsOpenForThoseWhoReturn(t *testing.T) {
	t.Parallel()
	closed := false
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
		cfg.AllowSignUp = func(context.Context, *oauthreg.Pending) error {
			if closed {
				return oauthreg.ErrSignUpClosed
			}
			return nil
		}
	})
	user := a.signUp(ada)
	closed = true
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	assert.Equal(t, oauthreg.Returning, a.last().Outcome)
	b.get(a.connecting(b, bob))
	assert.Equal(t, oauthreg.Linked, a.last().Outcome)
	assert.Equal(t, user, a.owner(bob))
}

// Sign-up may close while somebody fills in the form.
func TestCompleteAsksAgain(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		var verdict error
		a := newApp(t, kind.new(t), func(cfg *oauthreg.Config) {
			cfg.AllowSignUp = func(context.Context, *oauthreg.Pending) error { return verdict }
		})
		b := a.browser()
		view := a.toForm(b, ada)
		verdict = oauthreg.ErrSignUpClosed
		p := b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
		assert.Contains(t, p.body, "sign-up is closed")
		assert.Empty(t, a.owner(ada))
		assert.Empty(t, b.user())
		assert.Zero(t, a.userCount())

		// Not for an identity that has been linked meanwhile, by the app's own
		// transaction or in another tab: that is signing in.
		require.NoError(t, a.accounts.Link(t.Context(), tokenstore.Account{
			Identity: tokenstore.Identity{Provider: "fake", Subject: ada.ID}, UserID: "user-elsewhere",
		}))
		p = b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
		assert.Equal(t, http.StatusSeeOther, p.status, p.body)
		assert.Equal(t, "user-elsewhere", b.user())
	}
}

func TestConnectingNeedsTheAppsConsent(t *testing.T) {
	t.Parallel()
	for _, row := range decisions {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
				cfg.AllowConnect = func(_ context.Context, account tokenstore.Account) error {
					assert.Equal(t, tokenstore.Identity{Provider: "fake", Subject: bob.ID}, account.Identity)
					assert.Equal(t, "user-1", account.UserID)
					return row.err
				}
			})
			a.signUp(ada)
			b := a.browser()
			b.get(a.approved(b, ada, ""))
			p := b.get(a.connecting(b, bob))
			assert.Equal(t, row.want, a.last().Outcome)
			assert.Contains(t, p.location, "error="+string(row.want))
			assert.Empty(t, a.owner(bob))
			// What is theirs already is no new connection.
			b.get(a.connecting(b, ada))
			assert.Equal(t, oauthreg.AlreadyLinked, a.last().Outcome)
		})
	}
}

// Sign-up that is closed cannot be entered by an address in use either: the
// person may connect, and the posted form is asked about before it makes a
// user, also where the app links in its own transaction.
func TestClosedSignUpHasNoBackDoor(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}}
	a := newApp(t, newMemoryStore(t), withDirectory(d), func(cfg *oauthreg.Config) {
		cfg.AllowSignUp = func(context.Context, *oauthreg.Pending) error { return oauthreg.ErrSignUpClosed }
	})
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	require.Equal(t, oauthreg.EmailInUse, a.last().Outcome)
	view := a.form(b)
	b.handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		p, err := a.reg.Pending(r)
		require.ErrorIs(t, err, oauthreg.ErrSignUpClosed)
		assert.Nil(t, p)
	})
	b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}, "email": {"ada@other.example"}})
	b.handler = a.handler
	b.jar = append(b.jar, jarCookie{name: sessionCookie, value: "user-ada"})
	_, err := a.connectWaiting(b)
	require.NoError(t, err)
	assert.Equal(t, "user-ada", a.owner(ada))
}
