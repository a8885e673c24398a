package oauth2flow_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

func TestConcurrentRefreshesShareOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		s.extra = map[string]any{"kept": "k"}
		f := s.flow(s.inProcess, func(c *oauth2flow.Config) { c.ExtraMembers = []string{"kept"} })
		s.takes("/token", time.Second)
		old := s.token()
		results := make([]provider.Token, 32)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				tok, err := f.Refresh(t.Context(), old)
				assert.NoError(t, err)
				results[i] = tok
				tok.Extra["mine"] = provider.NewSecret(strconv.Itoa(i)) // a caller's token is the caller's
			})
		}
		wg.Wait()
		assert.Len(t, s.made("/token"), 1)
		for i, tok := range results {
			assert.Equal(t, results[0].Access.Reveal(), tok.Access.Reveal())
			assert.Equal(t, results[0].Refresh.Reveal(), tok.Refresh.Reveal())
			assert.Equal(t, strconv.Itoa(i), tok.Extra["mine"].Reveal())
		}
		_, err := f.FetchProfile(t.Context(), results[7])
		require.NoError(t, err, "the family lives")
	})
}

// Who read the old token just before the new one was stored gets the new one
// too; who comes much later is what reuse looks like.
func TestLaterRefreshSharesTheResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		old := s.token()
		first, err := f.Refresh(t.Context(), old)
		require.NoError(t, err)
		for range 3 {
			time.Sleep(20 * time.Second)
			again, err := f.Refresh(t.Context(), old)
			require.NoError(t, err)
			assert.Equal(t, first.Access.Reveal(), again.Access.Reveal())
		}
		assert.Len(t, s.made("/token"), 1)
		time.Sleep(time.Second)
		_, err = f.Refresh(t.Context(), old)
		requireError(t, err, provider.ErrTokenInvalid, provider.OpRefresh)
		assert.Len(t, s.made("/token"), 2)
	})
}

// A provider whose refresh tokens last gets the same one each time. Who brings
// it with the result of the last refresh wants another.
func TestRefreshAgainWithALastingRefreshToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		s.keepRefresh = true
		s.lifetime = time.Hour
		f := s.flow(s.inProcess)
		old := s.token()
		first, err := f.Refresh(t.Context(), old)
		require.NoError(t, err)
		again, err := f.Refresh(t.Context(), old)
		require.NoError(t, err)
		assert.Equal(t, first.Access.Reveal(), again.Access.Reveal(), "the same question, the same answer")

		time.Sleep(15 * time.Second)
		second, err := f.Refresh(t.Context(), first)
		require.NoError(t, err)
		assert.NotEqual(t, first.Access.Reveal(), second.Access.Reveal())
		late, err := f.Refresh(t.Context(), old)
		require.NoError(t, err)
		assert.Equal(t, second.Access.Reveal(), late.Access.Reveal(), "the newest there is")
		assert.Len(t, s.made("/token"), 2)

		// The first result's minute does not end the second's.
		time.Sleep(46 * time.Second)
		late, err = f.Refresh(t.Context(), first)
		require.NoError(t, err)
		assert.Equal(t, second.Access.Reveal(), late.Access.Reveal())
		assert.Len(t, s.made("/token"), 2)
		time.Sleep(15 * time.Second)
		_, err = f.Refresh(t.Context(), first)
		require.NoError(t, err)
		assert.Len(t, s.made("/token"), 3)
	})
}

func TestDifferentRefreshesAreNotShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		s.takes("/token", time.Second)
		start := time.Now()
		results := make([]provider.Token, 8)
		var wg sync.WaitGroup
		for i := range results {
			old := s.token()
			old.Subject = strconv.Itoa(1000 + i)
			wg.Go(func() {
				var err error
				results[i], err = f.Refresh(t.Context(), old)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		assert.Equal(t, time.Second, time.Since(start), "nobody waits for a stranger")
		seen := map[string]bool{}
		for i, tok := range results {
			assert.Equal(t, strconv.Itoa(1000+i), tok.Subject)
			seen[tok.Access.Reveal()] = true
		}
		assert.Len(t, seen, len(results))
	})
}

// A failure is shared by those who waited for it, and not kept.
func TestFailedRefreshIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		old := s.token()
		s.script("/token", func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			body(http.StatusServiceUnavailable, marker)(w, r)
		})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				tok, err := f.Refresh(t.Context(), old)
				requireError(t, err, provider.ErrUnavailable, provider.OpRefresh)
				assert.Empty(t, tok)
			})
		}
		wg.Wait()
		assert.Len(t, s.made("/token"), 1)
		_, err := f.Refresh(t.Context(), old)
		require.NoError(t, err)
		assert.Len(t, s.made("/token"), 2)
	})
}

// By the time the one who asked first goes away the refresh token may be used
// up. The answer is for him all the same, and for all who wait.
func TestRefreshSurvivesTheOneWhoAsked(t *testing.T) {
	t.Parallel()
	for range 20 { // what a select chooses is left to chance
		synctest.Test(t, func(t *testing.T) {
			s := newFake(t)
			f := s.flow(s.inProcess)
			s.takes("/token", 2*time.Second)
			old := s.token()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var first, second provider.Token
			var wg sync.WaitGroup
			wg.Go(func() {
				var err error
				first, err = f.Refresh(ctx, old)
				assert.NoError(t, err, "he waited for it, so he gets it")
			})
			wg.Go(func() {
				time.Sleep(500 * time.Millisecond)
				var err error
				second, err = f.Refresh(t.Context(), old)
				assert.NoError(t, err)
			})
			wg.Wait()
			assert.Equal(t, first.Access.Reveal(), second.Access.Reveal())
			assert.Len(t, s.made("/token"), 1)
		})
	}
}

// Who only waits for another's call can go at any time.
func TestWaitingForARefreshEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		s.takes("/token", 3*time.Second)
		old := s.token()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := f.Refresh(t.Context(), old)
			assert.NoError(t, err)
		})
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := f.Refresh(ctx, old)
		requireContextError(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		wg.Wait()
		assert.Len(t, s.made("/token"), 1)
	})
}

// What is kept in memory for those who come late may have ended meanwhile.
func TestRefreshHandsOutNothingThatHasEnded(t *testing.T) {
	t.Parallel()
	for _, lasting := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newFake(t)
			s.keepRefresh, s.lifetime = lasting, 40*time.Second
			f := s.flow(s.inProcess)
			old := s.token()
			_, err := f.Refresh(t.Context(), old)
			require.NoError(t, err)
			time.Sleep(50 * time.Second)
			late, err := f.Refresh(t.Context(), old)
			require.NoError(t, err)
			assert.True(t, late.Expiry.After(time.Now()))
			assert.Len(t, s.made("/token"), 2)
			_, err = f.FetchProfile(t.Context(), late)
			require.NoError(t, err)
		})
	}
}

// A token that is good for a while serves, also when no other is to be had.
func TestRefreshingClientWhileTheTokenEndpointIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		client, err := f.RefreshingClient(t.Context(), s.token(), func(context.Context, provider.Token) error { return nil })
		require.NoError(t, err)
		call := func() (int, error) {
			res, err := client.Get(s.url + "/me")
			if err != nil {
				return 0, err
			}
			return res.StatusCode, res.Body.Close()
		}
		s.answer("/token", body(http.StatusServiceUnavailable, ""))
		time.Sleep(time.Hour - 20*time.Second)
		status, err := call()
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
		assert.Len(t, s.made("/token"), 1, "it was tried")
		s.answer("/token", refusal(http.StatusBadRequest, "invalid_grant"))
		_, err = call()
		requireError(t, err, provider.ErrTokenInvalid, provider.OpRefresh) // that is no outage
		s.answer("/token", body(http.StatusServiceUnavailable, ""))
		time.Sleep(20 * time.Second)
		_, err = call()
		requireError(t, err, provider.ErrUnavailable, provider.OpRefresh)
	})
}

// Also those who have nothing but the refresh token share a call.
func TestConcurrentRefreshesWithoutAnAccessToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		s.takes("/token", time.Second)
		old := s.token()
		old.Access = provider.Secret{}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				_, err := f.Refresh(t.Context(), old)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		assert.Len(t, s.made("/token"), 1)
	})
}
