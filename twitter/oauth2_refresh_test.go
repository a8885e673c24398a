package twitter_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

func TestOAuth2RefreshRotates(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newOAuth2(t, x, oauth2Scopes("offline.access"))
	first := oauth2SignUp(t, x, f, "")
	second, err := f.Refresh(t.Context(), first)
	require.NoError(t, err)
	assert.NotEqual(t, first.Refresh.Reveal(), second.Refresh.Reveal())
	assert.Equal(t, first.Scope, second.Scope)

	// Another process of the app, which does not know of the first refresh.
	_, err = newOAuth2(t, x, oauth2Scopes("offline.access")).Refresh(t.Context(), first)
	e := oauth2Error(t, err, provider.ErrTokenInvalid, provider.OpRefresh, first.Refresh.Reveal(), second.Refresh.Reveal())
	assert.Equal(t, "invalid_request", e.Code)
	assert.Contains(t, e.Hint, "sign in with X again")

	third, err := f.Refresh(t.Context(), second)
	require.NoError(t, err)
	p, err := f.FetchProfile(t.Context(), third)
	require.NoError(t, err)
	assert.Equal(t, "9007199254740881", p.ID)

	made := x.Calls(twittertest.OAuth2Token)
	_, err = f.Refresh(t.Context(), oauth2SignUp(t, x, newOAuth2(t, x), ""))
	oauth2Error(t, err, provider.ErrTokenInvalid, provider.OpRefresh)
	assert.Equal(t, made+1, x.Calls(twittertest.OAuth2Token), "without offline.access nothing is asked")

	wrong := newOAuth2(t, x, func(c *twitter.OAuth2Config) { c.ClientSecret = provider.NewSecret("another-secret") })
	_, err = wrong.Refresh(t.Context(), third)
	oauth2Error(t, err, provider.ErrRefused, provider.OpRefresh, third.Refresh.Reveal(), "another-secret")
}

func TestOAuth2RefreshIsShared(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newOAuth2(t, x, oauth2Scopes("offline.access"))
	tok := oauth2SignUp(t, x, f, "")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			_, err := f.Refresh(t.Context(), tok)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, 2, x.Calls(twittertest.OAuth2Token), "one for the code, one for them all")
}

func TestOAuth2Lifetimes(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	synctest.Test(t, func(t *testing.T) {
		f := newOAuth2(t, x, oauth2Scopes("offline.access"))
		slow, slowQuery := oauth2Approve(t, x, f, "")
		hs, query := oauth2Approve(t, x, f, "")
		time.Sleep(30 * time.Second)
		tok, err := f.HandleCallback(t.Context(), hs, query)
		require.NoError(t, err)
		time.Sleep(time.Second)
		_, err = f.HandleCallback(t.Context(), slow, slowQuery)
		oauth2Error(t, err, provider.ErrExpired, provider.OpAccessToken, slowQuery.Get("code"))

		var saved []provider.Token
		client, err := f.RefreshingClient(t.Context(), tok, func(_ context.Context, fresh provider.Token) error {
			saved = append(saved, fresh)
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, oauth2Get(t, client, x.URL()+"/2/users/me"))
		assert.Empty(t, saved)

		time.Sleep(2 * time.Hour)
		_, err = f.FetchProfile(t.Context(), tok)
		e := oauth2Error(t, err, provider.ErrTokenInvalid, provider.OpProfile, tok.Access.Reveal())
		assert.Contains(t, e.Hint, "refresh the token")
		assert.Equal(t, http.StatusOK, oauth2Get(t, client, x.URL()+"/2/users/me"))
		require.Len(t, saved, 1)

		time.Sleep(2 * time.Hour)
		assert.Equal(t, http.StatusOK, oauth2Get(t, client, x.URL()+"/2/users/me"))
		assert.Len(t, saved, 2, "with the token that came of the first refresh")
	})
}

func TestOAuth2Revoke(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	for name, f := range map[string]*twitter.OAuth2Flow{"access token": newOAuth2(t, x), "refresh token": newOAuth2(t, x, oauth2Scopes("offline.access"))} {
		tok := oauth2SignUp(t, x, f, "")
		require.NoError(t, f.Revoke(t.Context(), tok), name)
		_, err := f.FetchProfile(t.Context(), tok)
		oauth2Error(t, err, provider.ErrTokenInvalid, provider.OpProfile, tok.Access.Reveal())
		if !tok.Refresh.IsZero() {
			_, err = f.Refresh(t.Context(), tok)
			oauth2Error(t, err, provider.ErrTokenInvalid, provider.OpRefresh, tok.Refresh.Reveal())
		}
		require.NoError(t, f.Revoke(t.Context(), tok), "as good as before")
	}
	err := newOAuth2(t, x).Revoke(t.Context(), provider.Token{})
	oauth2Error(t, err, provider.ErrTokenInvalid, provider.OpRevoke)
}
