package openid_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/openid"
	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// callback is for attempts without an app: nobody is there.
const callback = "http://127.0.0.1:9/auth/op/callback"

// attempt starts with f, and has person approve.
func attempt(t *testing.T, f provider.Flow, person openid.Person) (provider.Handshake, *url.URL) {
	t.Helper()
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callback})
	require.NoError(t, err)
	return hs, openid.NewBrowser(t).Approve(authURL, callback, person)
}

// TestStolenAndForgedCallbacks: what somebody brings who has seen or chosen a
// callback must get them nothing.
func TestStolenAndForgedCallbacks(t *testing.T) {
	t.Parallel()
	for _, r := range roads() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			s := r.start(t, callback)
			f := r.flow(t, s)
			victim, attacker := openid.People()[0], openid.People()[1]
			refused := func(t *testing.T, hs provider.Handshake, query url.Values, kind error) {
				t.Helper()
				tok, err := f.HandleCallback(t.Context(), hs, query)
				require.ErrorIs(t, err, kind)
				assert.True(t, tok.IsZero())
				noSecrets(t, err.Error(), query.Get("code"), query.Get("state"), hs.Secret.Reveal(), s.App.Secret)
			}

			t.Run("wrong verifier", func(t *testing.T) {
				hs, back := attempt(t, f, victim)
				hs.Secret = provider.NewSecret(rand.Text() + rand.Text())
				refused(t, hs, back.Query(), provider.ErrExpired)
			})
			t.Run("code used twice", func(t *testing.T) {
				hs, back := attempt(t, f, victim)
				_, err := f.HandleCallback(t.Context(), hs, back.Query())
				require.NoError(t, err)
				refused(t, hs, back.Query(), provider.ErrExpired)
			})
			t.Run("callback of another attempt", func(t *testing.T) {
				hs, _ := attempt(t, f, victim)
				_, back := attempt(t, f, attacker)
				refused(t, hs, back.Query(), provider.ErrMismatch)
			})
			t.Run("code of another attempt", func(t *testing.T) {
				// Login CSRF and code injection (RFC 9700 sections 4.5 and 4.7): the
				// state is right, so that the challenge has to do it.
				hs, back := attempt(t, f, victim)
				_, stolen := attempt(t, f, attacker)
				query := back.Query()
				query.Set("code", stolen.Query().Get("code"))
				refused(t, hs, query, provider.ErrExpired)
			})
			t.Run("made-up code", func(t *testing.T) {
				hs, back := attempt(t, f, victim)
				query := back.Query()
				query.Set("code", rand.Text())
				refused(t, hs, query, provider.ErrExpired)
			})
			t.Run("another callback URL", func(t *testing.T) {
				hs, back := attempt(t, f, victim)
				hs.CallbackURL += "x"
				refused(t, hs, back.Query(), provider.ErrExpired)
			})
			t.Run("code of another app", func(t *testing.T) {
				other := *s
				other.App = s.Other
				hs, back := attempt(t, r.flow(t, &other), victim)
				refused(t, hs, back.Query(), provider.ErrExpired)
			})
		})
	}
}

func TestForeignIssuers(t *testing.T) {
	t.Parallel()
	for _, name := range openid.OpenID() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openid.Start(t, name, callback)
			f := openID(t, s)
			hs, back := attempt(t, f, openid.People()[0])
			query := back.Query()
			names := query.Has("iss")
			query.Set("iss", "https://evil.example")
			_, err := f.HandleCallback(t.Context(), hs, query)
			require.ErrorIs(t, err, provider.ErrMismatch)
			query.Del("iss")
			_, err = f.HandleCallback(t.Context(), hs, query)
			if names {
				require.ErrorIs(t, err, provider.ErrMismatch, "the metadata say that there is one")
				query.Set("iss", s.URL)
				_, err = f.HandleCallback(t.Context(), hs, query)
			}
			require.NoError(t, err, "the code was spent on a refused callback")
		})
	}
}

// TestProvidersAreNotMixedUp: one app, several providers; a browser brings
// what one gave to the callback of another (RFC 9700 section 4.4).
func TestProvidersAreNotMixedUp(t *testing.T) {
	t.Parallel()
	names := openid.OpenID()
	a := serve(t, func(callback func(string) string) map[string]provider.Flow {
		flows := map[string]provider.Flow{}
		for _, name := range names {
			flows[name] = openID(t, openid.Start(t, name, callback(name)))
		}
		return flows
	})
	person := openid.People()[0]
	for _, from := range names {
		for _, to := range names {
			if from == to {
				continue
			}
			b := openid.NewBrowser(t)
			back := b.Approve(a.start(t, b, from), a.url, person)
			waiting := b.Approve(a.start(t, b, to), a.url, person)

			t.Run("the callback of "+from+" at "+to, func(t *testing.T) {
				b.Send(http.MethodGet, a.url+"/auth/"+to+"/callback?"+back.RawQuery, nil)
				outcome, _ := a.outcome()
				assert.Equal(t, oauthreg.Mismatch, outcome)
			})
			t.Run("the code of "+from+" with the state of "+to, func(t *testing.T) {
				b.Send(http.MethodGet, replace(waiting, "code", back.Query().Get("code")), nil)
				outcome, err := a.outcome()
				assert.Equal(t, oauthreg.Expired, outcome)
				require.ErrorIs(t, err, provider.ErrExpired)
			})
			t.Run(from+" itself is not disturbed", func(t *testing.T) {
				b.Send(http.MethodGet, back.String(), nil)
				outcome, err := a.outcome()
				require.NoError(t, err)
				assert.Equal(t, oauthreg.NewUser, outcome)
			})
		}
	}
	assert.Empty(t, a.signIns)
}

// TestACallbackInAnotherBrowser: a callback sent to somebody as a link.
func TestACallbackInAnotherBrowser(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ road, _ *openid.Server, a *app) {
		mine, theirs := openid.NewBrowser(t), openid.NewBrowser(t)
		back := mine.Approve(a.start(t, mine, "op"), a.url, openid.People()[1])
		theirs.Send(http.MethodGet, back.String(), nil)
		outcome, _ := a.outcome()
		assert.Equal(t, oauthreg.Mismatch, outcome)
		a.start(t, theirs, "op")
		theirs.Send(http.MethodGet, back.String(), nil)
		outcome, _ = a.outcome()
		assert.Equal(t, oauthreg.Mismatch, outcome)
		mine.Send(http.MethodGet, back.String(), nil)
		outcome, err := a.outcome()
		require.NoError(t, err)
		assert.Equal(t, oauthreg.NewUser, outcome)
	})
}
