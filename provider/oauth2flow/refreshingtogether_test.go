package oauth2flow_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

func TestRefreshingClientConcurrently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		s.takes("/token", time.Second)
		tok := s.token()
		tok.Expiry = time.Now()
		c, store := refreshing(t, f, tok)
		store.takes = time.Second
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				status, err := post(t.Context(), c, s.url+"/posts")
				assert.NoError(t, err)
				assert.Equal(t, http.StatusOK, status)
			})
		}
		wg.Wait()
		assert.Len(t, s.made("/token"), 1)
		assert.Len(t, store.saved(), 1)
		assert.Len(t, s.made("/posts"), 32)
	})
}

// Two clients for one stored token, as two requests to the app make them.
func TestTwoRefreshingClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		s.takes("/token", time.Second)
		tok := s.token()
		tok.Expiry = time.Now()
		var wg sync.WaitGroup
		for range 2 {
			c, _ := refreshing(t, f, tok)
			wg.Go(func() {
				status, err := post(t.Context(), c, s.url+"/posts")
				assert.NoError(t, err)
				assert.Equal(t, http.StatusOK, status, "the family lives")
			})
		}
		wg.Wait()
		assert.Len(t, s.made("/token"), 1)
	})
}

// Whoever goes while the token is refreshed does not take it along: the old one
// is used up, so the new one is saved.
func TestRefreshingClientSavesForOneWhoWent(t *testing.T) {
	t.Parallel()
	for range 20 { // what a select chooses is left to chance
		synctest.Test(t, func(t *testing.T) {
			s := newFake(t)
			f := s.flow(s.inProcess)
			s.takes("/token", 2*time.Second)
			tok := s.token()
			tok.Expiry = time.Now()
			c, store := refreshing(t, f, tok)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := post(ctx, c, s.url+"/posts")
			requireContextError(t, err, context.DeadlineExceeded)
			assert.Empty(t, s.made("/posts"))
			require.Len(t, store.saved(), 1)
			_, err = f.FetchProfile(t.Context(), store.saved()[0])
			require.NoError(t, err)
		})
	}
}

// A store that hangs does not hold up a request for longer than that waits.
func TestRefreshingClientWaitsNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		tok := s.token()
		tok.Expiry = time.Now()
		c, store := refreshing(t, f, tok)
		store.takes = 4 * time.Second
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := post(t.Context(), c, s.url+"/posts")
			assert.NoError(t, err)
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := post(ctx, c, s.url+"/posts")
		requireContextError(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		wg.Wait()
	})
}

// The bound on save is the Flow's, since the request's does not hold for it.
func TestRefreshingClientBoundsSave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		tok := s.token()
		tok.Expiry = time.Now()
		start := time.Now()
		c, err := s.flow(s.inProcess).RefreshingClient(t.Context(), tok, func(ctx context.Context, _ provider.Token) error {
			<-ctx.Done()
			return errors.New("no room")
		})
		require.NoError(t, err)
		_, err = post(t.Context(), c, s.url+"/posts")
		require.ErrorContains(t, err, "no room")
		assert.Equal(t, s.config().Timeout, time.Since(start))
	})
}

func TestRefreshingClientRefreshFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		tok := s.token()
		tok.Expiry = time.Now()
		c, store := refreshing(t, f, tok)
		s.script("/token", body(http.StatusServiceUnavailable, marker))
		_, err := post(t.Context(), c, s.url+"/posts")
		requireError(t, err, provider.ErrUnavailable, provider.OpRefresh)
		assert.Empty(t, s.made("/posts"))
		assert.Empty(t, store.saved())
		_, err = post(t.Context(), c, s.url+"/posts")
		require.NoError(t, err, "the next request tries again")

		tok.Refresh = provider.Secret{}
		c, _ = refreshing(t, f, tok)
		_, err = post(t.Context(), c, s.url+"/posts")
		requireError(t, err, provider.ErrTokenInvalid, provider.OpRefresh)
	})
}

// Tokens that live shorter than the margin are used all the same.
func TestRefreshingClientWithShortLivedTokens(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newFake(t)
			s.lifetime, s.keepRefresh = 20*time.Second, keep
			c, _ := refreshing(t, s.flow(s.inProcess), s.token())
			for range 10 {
				status, err := post(t.Context(), c, s.url+"/posts")
				require.NoError(t, err)
				assert.Equal(t, http.StatusOK, status)
				time.Sleep(7 * time.Second)
			}
		})
	}
}

// Nothing is refreshed for a request that may not be sent.
func TestRefreshingClientRefusesOtherHosts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tok := s.token()
	tok.Expiry = time.Now()
	c, store := refreshing(t, s.flow(), tok)
	_, err := post(t.Context(), c, "https://evil.example/")
	requireError(t, err, provider.ErrRefused, provider.OpClient)
	assert.Empty(t, s.made(""))
	assert.Empty(t, store.saved())
}

func TestRefreshingClientNeedsSave(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c, err := s.flow().RefreshingClient(t.Context(), s.token(), nil)
	require.ErrorContains(t, err, "RefreshingClient")
	assert.Nil(t, c)
}
