package openid_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/openid"
	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
	"github.com/oauthreg/go/tokenstore"
)

// each runs test for every road, with an app and a provider of its own, which
// the app calls "op".
func each(t *testing.T, test func(t *testing.T, r road, s *openid.Server, a *app)) {
	t.Helper()
	for _, r := range roads() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			var s *openid.Server
			a := serve(t, func(callback func(string) string) map[string]provider.Flow {
				s = r.start(t, callback("op"))
				return map[string]provider.Flow{"op": r.flow(t, s)}
			})
			test(t, r, s, a)
		})
	}
}

func TestSignUpAndReturn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ road, _ *openid.Server, a *app) {
		for _, person := range openid.People() {
			b := openid.NewBrowser(t)
			account := a.signUp(t, b, "op", person)
			p := a.pending.Profile
			assert.False(t, a.pending.Partial)
			assert.Equal(t, person.ID, p.ID)
			assert.Equal(t, person.Username, p.Username)
			assert.Equal(t, person.GivenName, p.GivenName)
			assert.Equal(t, person.FamilyName, p.FamilyName)
			assert.Equal(t, person.GivenName+" "+person.FamilyName, p.Name)
			assert.Equal(t, person.Email, p.Email)
			assert.Equal(t, person.EmailVerified, p.EmailVerified)
			assert.True(t, json.Valid(p.Raw))
			assert.False(t, account.Token.Refresh.IsZero())
			assert.WithinDuration(t, time.Now().Add(time.Hour), account.Token.Expiry, time.Hour)

			// The same person again, in the same browser and in another one.
			for _, b := range []*openid.Browser{b, openid.NewBrowser(t)} {
				before := len(a.signIns)
				back := b.Approve(a.start(t, b, "op"), a.url, person)
				_, location, _ := b.Send(http.MethodGet, back.String(), nil)
				outcome, err := a.outcome()
				require.NoError(t, err)
				assert.Equal(t, oauthreg.Returning, outcome)
				assert.Equal(t, "/", location.Path)
				require.Len(t, a.signIns, before+1)
				assert.Equal(t, "user-of-"+person.Username, a.signIns[before].UserID)
			}
		}
	})
}

func TestDenied(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ road, _ *openid.Server, a *app) {
		b, person := openid.NewBrowser(t), openid.People()[0]
		back := b.Deny(a.start(t, b, "op"), a.url, person)
		b.Send(http.MethodGet, back.String(), nil)
		outcome, err := a.outcome()
		assert.Equal(t, oauthreg.Denied, outcome)
		require.ErrorIs(t, err, provider.ErrDenied)
		status, _, _ := b.Send(http.MethodGet, a.url+"/signup", nil)
		assert.Equal(t, http.StatusConflict, status, "a sign-up is waiting")
		a.signUp(t, b, "op", person) // thought better of it
	})
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r road, s *openid.Server, a *app) {
		first := a.signUp(t, openid.NewBrowser(t), "op", openid.People()[0]).Token
		latest := first
		for range 3 {
			// Each time in another process: none remembers what another got.
			refresher, ok := r.flow(t, s).(provider.Refresher)
			require.True(t, ok)
			fresh, err := refresher.Refresh(t.Context(), latest)
			require.NoError(t, err)
			assert.NotEqual(t, latest.Access.Reveal(), fresh.Access.Reveal())
			assert.NotEqual(t, latest.Refresh.Reveal(), fresh.Refresh.Reveal())
			assert.Equal(t, first.Subject, fresh.Subject)
			p, err := r.flow(t, s).FetchProfile(t.Context(), fresh)
			require.NoError(t, err)
			assert.Equal(t, openid.People()[0].ID, p.ID)
			latest = fresh
		}
		refresher, ok := r.flow(t, s).(provider.Refresher)
		require.True(t, ok)
		_, err := refresher.Refresh(t.Context(), first)
		require.ErrorIs(t, err, provider.ErrTokenInvalid)
		noSecrets(t, err.Error(), first.Refresh.Reveal(), latest.Refresh.Reveal(), s.App.Secret)
	})
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r road, s *openid.Server, a *app) {
		tok := a.signUp(t, openid.NewBrowser(t), "op", openid.People()[0]).Token
		f := r.flow(t, s)
		_, err := f.FetchProfile(t.Context(), tok)
		require.NoError(t, err)
		revoker, ok := f.(provider.Revoker)
		require.True(t, ok)
		require.NoError(t, revoker.Revoke(t.Context(), tok))
		if err := revoker.Revoke(t.Context(), tok); !errors.Is(err, provider.ErrTokenInvalid) {
			require.NoError(t, err)
		}
		refresher, ok := f.(provider.Refresher)
		require.True(t, ok)
		_, err = refresher.Refresh(t.Context(), tok)
		require.ErrorIs(t, err, provider.ErrTokenInvalid)
		_, err = f.FetchProfile(t.Context(), tok)
		if s.Name == "zitadel" {
			// Its answer to a dead token is 403, which says that a living one is not
			// enough (RFC 6750 section 3.1).
			require.ErrorIs(t, err, provider.ErrRefused)
			return
		}
		require.ErrorIs(t, err, provider.ErrTokenInvalid)
	})
}

func TestAClientCallsInThePersonsName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r road, s *openid.Server, a *app) {
		tok := a.signUp(t, openid.NewBrowser(t), "op", openid.People()[0]).Token
		tok.Expiry = time.Now().Add(-time.Minute)
		f := r.flow(t, s)
		refresher, ok := f.(provider.Refresher)
		require.True(t, ok)
		var saved []provider.Token
		client, err := refresher.RefreshingClient(t.Context(), tok, func(_ context.Context, fresh provider.Token) error {
			saved = append(saved, fresh)
			return a.accounts.Link(t.Context(), tokenstore.Account{
				Identity: tokenstore.Identity{Provider: "op", Subject: openid.People()[0].ID}, UserID: "user-of-jane", Token: fresh,
			})
		})
		require.NoError(t, err)
		target := s.URL + map[string]string{"oidcprovider": "/me"}[s.Name]
		if s.Name != "oidcprovider" {
			target += "/userinfo"
		}
		for range 2 {
			res, err := client.Get(target)
			require.NoError(t, err)
			var answer struct{ Sub string }
			require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
			require.NoError(t, res.Body.Close())
			assert.Equal(t, openid.People()[0].ID, answer.Sub)
		}
		require.Len(t, saved, 1)
		account, _, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "op", Subject: openid.People()[0].ID})
		require.NoError(t, err)
		assert.Equal(t, saved[0].Access.Reveal(), account.Token.Access.Reveal())
	})
}

func TestAPublicClient(t *testing.T) {
	t.Parallel()
	for _, name := range openid.OpenID() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openid.Start(t, name, callback)
			f := openID(t, s, refreshable, func(c *oidcflow.Config) {
				c.ClientID, c.ClientSecret = s.Public.ID, provider.Secret{}
			})
			hs, back := attempt(t, f, openid.People()[1])
			tok, err := f.HandleCallback(t.Context(), hs, back.Query())
			require.NoError(t, err)
			fresh, err := f.Refresh(t.Context(), tok)
			require.NoError(t, err)
			p, err := f.FetchProfile(t.Context(), fresh)
			require.NoError(t, err)
			assert.Equal(t, openid.People()[1].ID, p.ID)
		})
	}
}

func TestWhatIsMisconfigured(t *testing.T) {
	t.Parallel()
	for _, name := range openid.OpenID() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openid.Start(t, name, callback)
			t.Run("issuer with a slash", func(t *testing.T) {
				f := openID(t, s, func(c *oidcflow.Config) { c.Issuer += "/" })
				_, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callback})
				require.ErrorIs(t, err, provider.ErrProtocol)
			})
			t.Run("issuer with a path", func(t *testing.T) {
				f := openID(t, s, func(c *oidcflow.Config) { c.Issuer += "/nowhere" })
				_, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callback})
				require.ErrorIs(t, err, provider.ErrRefused)
			})
			t.Run("secret", func(t *testing.T) {
				f := openID(t, s, func(c *oidcflow.Config) { c.ClientSecret = provider.NewSecret(s.Other.Secret) })
				hs, back := attempt(t, f, openid.People()[0])
				_, err := f.HandleCallback(t.Context(), hs, back.Query())
				require.ErrorIs(t, err, provider.ErrRefused)
				noSecrets(t, err.Error(), s.Other.Secret, back.Query().Get("code"))
			})
		})
	}
}
