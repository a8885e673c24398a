package oauthreg_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

func TestCallbackOfSomebodyNewLeadsToTheForm(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		p := b.get(a.approved(b, ada, "/inbox"))
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Equal(t, "/signup", p.location, "a URL without anything of the handshake")
		assert.Equal(t, oauthreg.Result{
			Outcome: oauthreg.NewUser, Provider: "fake", Location: "/signup", Status: http.StatusSeeOther,
		}, a.last())
		assert.Equal(t, calls{1, 1, 1}, a.flow.count())
		assert.Empty(t, b.user(), "nobody is signed in before the form")
		assert.Empty(t, a.owner(ada), "nothing is written before the form")

		view := a.form(b)
		assert.Equal(t, "/inbox", view.Next)
		assert.Equal(t, ada.ID, view.Subject)
		assert.False(t, view.Partial)
		assert.Equal(t, string(ada.Raw), string(view.Raw))
		assert.Empty(t, view.Missing)
	})
}

func TestCallbackOfSomebodyKnownSignsInWithoutAForm(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		user := a.signUp(ada)
		before, _, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: ada.ID})
		require.NoError(t, err)
		first := a.flow.count()

		renamed := ada
		renamed.Username = "ada_renamed"
		b := a.browser()
		p := b.get(a.approved(b, renamed, "/inbox"))
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Equal(t, "/inbox", p.location)
		assert.Equal(t, user, b.user())
		assert.Equal(t, oauthreg.Returning, a.last().Outcome)
		assert.Equal(t, user, a.last().Account.UserID)
		assert.Equal(t, calls{first.auth + 1, first.exchange + 1, first.profile}, a.flow.count(), "the token answer says who it is")

		after, _, err := a.accounts.Find(t.Context(), before.Identity)
		require.NoError(t, err)
		assert.NotEqual(t, before.Token.Access.Reveal(), after.Token.Access.Reveal(), "the new token is kept")
		assert.Equal(t, after.Token.Access.Reveal(), a.signIns[len(a.signIns)-1].Token.Access.Reveal())
		assert.Equal(t, "ada_renamed", after.Username)
		assert.Equal(t, http.StatusConflict, b.get("/signup").status, "no sign-up waits")
		assert.Equal(t, 1, a.userCount())
	})
}

// A person is who their ID says, never who their handle says: handles change
// hands.
func TestCallbackWithTheHandleOfAnotherIsSomebodyNew(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	a.signUp(ada)
	b := a.browser()
	impostor := bob
	impostor.Username, impostor.Email, impostor.EmailVerified = ada.Username, ada.Email, true
	view := a.toForm(b, impostor)
	assert.Equal(t, bob.ID, view.Subject)
	assert.Empty(t, b.user())
}

func TestCallbackOpenedDirectlyLeadsToTheStart(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		for _, target := range []string{"/auth/fake/callback", "/auth/fake/callback?", "/auth/fake/callback?&"} {
			a.assertFailed(t, b.get(target), oauthreg.NotStarted)
		}
		p := b.get(a.last().Location)
		assert.Equal(t, http.StatusOK, p.status)
		assert.Contains(t, p.body, "To sign up with Fake Inc., please start here.")
		assert.Equal(t, calls{}, a.flow.count())
	})
}

func TestCallbackOfAnotherBrowserIsTurnedAwayBeforeAnyCall(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		attacker := a.browser()
		stolen := a.approved(attacker, bob, "") // a valid token and verifier
		for name, victim := range map[string]*browser{"empty jar": a.browser(), "jar with an attempt": a.browser()} {
			own := ""
			if name != "empty jar" {
				own = a.approved(victim, ada, "")
			}
			jar := victim.clone().jar
			calls := a.flow.count()
			a.assertFailed(t, victim.get(stolen), oauthreg.Mismatch)
			assert.Equal(t, calls, a.flow.count(), name)
			assert.Equal(t, jar, victim.jar, name)
			if own != "" {
				assert.Equal(t, "/signup", victim.get(own).location, "its own attempt is intact")
				assert.Equal(t, ada.ID, a.form(victim).Subject)
			}
		}
		assert.Equal(t, "/signup", attacker.get(stolen).location)
	})
}

// The binding must not rest on the store: here the victim has the attacker's
// session of the store, but not the attacker's binding cookie, and the other
// way round.
func TestCallbackNeedsBothTheStoreAndTheBindingCookie(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, kind.new(t))
			attacker := a.browser()
			callback := a.approved(attacker, bob, "")
			binder := attacker.cookieNames(attemptCookies)[0]

			victim := a.browser()
			for _, c := range attacker.jar {
				if c.name != binder {
					victim.jar = append(victim.jar, c)
				}
			}
			a.assertFailed(t, victim.get(callback), oauthreg.Mismatch)

			// A binding cookie of the right name with a value of one's own.
			victim.jar = append(victim.jar, jarCookie{name: binder, value: "w.mb0k1c3x.ABCDEFGHIJKLMNOPQRSTUVWXYZ"})
			a.assertFailed(t, victim.get(callback), oauthreg.Expired)
			// Where records lie in a backend, the binding cookie is all that leads there.
			if kind.name == "cookie" {
				victim.jar = []jarCookie{{name: binder, value: attacker.cookie(binder)}}
				a.assertFailed(t, victim.get(callback), oauthreg.Expired)
			}
			assert.Zero(t, a.flow.count().exchange)
		})
	}
}

func TestCallbackAtAnotherProviderIsTurnedAwayBeforeAnyCall(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "")
		p := b.get(strings.Replace(callback, "/fake/", "/other/", 1))
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Equal(t, "/auth/other/start?error=mismatch&provider=other", p.location)
		assert.Zero(t, a.flow.count().exchange)
		assert.Equal(t, calls{}, a.other.count())
		assert.Equal(t, "/signup", b.get(callback).location, "the attempt is intact")
	})
}

func TestCallbackOfSomebodyWhoDeclined(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		authURL := a.start(b, "")
		denied := "/auth/fake/callback?" + a.flow.deny(authURL)
		a.assertFailed(t, b.get(denied), oauthreg.Denied)
		assert.Equal(t, calls{auth: 1}, a.flow.count(), "no call is needed to hear no")
		assert.Contains(t, b.get(a.last().Location).body, "You cancelled at Fake Inc.")

		b.get("/auth/fake/callback?" + a.flow.approve(authURL, ada))
		assert.Equal(t, oauthreg.Replayed, a.last().Outcome, "the attempt is used up")
		assert.Zero(t, a.flow.count().exchange)
	})
}

func TestCallbackWithTheDenialOfAnotherChangesNothing(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		stranger, b := a.browser(), a.browser()
		foreign := a.flow.deny(a.start(stranger, ""))
		callback := a.approved(b, ada, "")
		a.assertFailed(t, b.get("/auth/fake/callback?"+foreign), oauthreg.Mismatch)
		a.assertFailed(t, b.get("/auth/fake/callback?denied=made-up"), oauthreg.Mismatch)

		// Beside the browser's own token it is malformed; that too costs nothing.
		p := b.get(callback + "&" + foreign)
		assert.Equal(t, http.StatusBadRequest, p.status)
		assert.Equal(t, oauthreg.Malformed, a.last().Outcome)
		assert.Equal(t, "/signup", b.get(callback).location)
	})
}

func TestCallbackOfAFailedExchange(t *testing.T) {
	t.Parallel()
	for _, row := range failureKinds {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				a.flow.onExchange = func(context.Context) error {
					return &provider.Error{Provider: "fake", Op: provider.OpAccessToken, Kind: row.kind}
				}
				b := a.browser()
				callback := a.approved(b, ada, "")
				a.assertFailed(t, b.get(callback), row.want)
				assert.ErrorIs(t, a.last().Err, row.kind)
				assert.Equal(t, http.StatusConflict, b.get("/signup").status)

				a.flow.onExchange = nil
				p := b.get(callback)
				assert.Equal(t, http.StatusSeeOther, p.status)
				assert.Equal(t, "/auth/fake/start?error="+string(row.want)+"&provider=fake", p.location, "the same end again")
				assert.Equal(t, 1, a.flow.count().exchange, "a verifier is traded once whatever came of it")
			})
		})
	}
}

func TestCallbackOfAFlowWithoutAToken(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	a.flow.editToken = func(tok *provider.Token) { *tok = provider.Token{Subject: tok.Subject} }
	b := a.browser()
	a.assertFailed(t, b.get(a.approved(b, ada, "")), oauthreg.Unavailable)
	assert.ErrorIs(t, a.last().Err, provider.ErrProtocol)
}

// A flow that panics must not leave the others waiting for ever.
func TestCallbackOfAFlowThatPanics(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	a.flow.onExchange = func(context.Context) error { panic(errors.New("flow")) }
	b := a.browser()
	callback := a.approved(b, ada, "")
	before := b.clone()
	assert.Panics(t, func() { b.get(callback) })
	a.assertFailed(t, before.get(callback), oauthreg.Internal)
	assert.Equal(t, 1, a.flow.count().exchange)
}
