package oauth2flow_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// shelf is where the app under test stores the one token it has.
type shelf struct {
	mu     sync.Mutex
	fail   error
	takes  time.Duration
	tokens []provider.Token
	busy   atomic.Bool
	t      *testing.T
}

func (s *shelf) save(ctx context.Context, tok provider.Token) error {
	if s.busy.Swap(true) {
		s.t.Error("save is called while it runs")
	}
	defer s.busy.Store(false)
	time.Sleep(s.takes)
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.tokens = append(s.tokens, tok)
	return nil
}

func (s *shelf) saved() []provider.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

// refreshing is a client for a token, in a bubble.
func refreshing(t *testing.T, f *oauth2flow.Flow, tok provider.Token) (*http.Client, *shelf) {
	t.Helper()
	store := &shelf{t: t}
	c, err := f.RefreshingClient(t.Context(), tok, store.save)
	require.NoError(t, err)
	return c, store
}

// post sends a body, and returns the status.
func post(ctx context.Context, c *http.Client, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("text=1"))
	if err != nil {
		return 0, err
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

func TestRefreshingClient(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		left    time.Duration // of the token's life, when the client is used
		saves   int
		eternal bool
	}{
		{"plenty of time", 31 * time.Second, 0, false},
		{"about to expire", 30 * time.Second, 1, false},
		{"expired", -time.Hour, 1, false},
		{"no expiry known", 0, 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newFake(t)
				f := s.flow(s.inProcess)
				tok := s.token()
				tok.Expiry = time.Now().Add(row.left)
				if row.eternal {
					tok.Expiry = time.Time{}
				}
				c, store := refreshing(t, f, tok)
				for range 3 {
					status, err := post(t.Context(), c, s.url+"/posts")
					require.NoError(t, err)
					assert.Equal(t, http.StatusOK, status)
				}
				require.Len(t, store.saved(), row.saves)
				assert.Len(t, s.made("/token"), row.saves)
				want := tok
				if row.saves > 0 {
					want = store.saved()[0]
				}
				for _, call := range s.made("/posts") {
					assert.Equal(t, "Bearer "+want.Access.Reveal(), call.header.Get("Authorization"))
				}
			})
		})
	}
}

// A short-lived token without a refresh token serves to its end.
func TestRefreshingClientWithoutRefreshToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		tok := s.token()
		tok.Refresh, tok.Expiry = provider.Secret{}, time.Now().Add(10*time.Second)
		c, store := refreshing(t, s.flow(s.inProcess), tok)
		status, err := post(t.Context(), c, s.url+"/posts")
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
		time.Sleep(11 * time.Second)
		_, err = post(t.Context(), c, s.url+"/posts")
		assert.ErrorIs(t, err, provider.ErrTokenInvalid)
		assert.Empty(t, store.saved())
	})
}

// A token that rotates again and again is saved each time, before it is used.
func TestRefreshingClientSavesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		var store *shelf
		s.answer("/posts", func(w http.ResponseWriter, r *http.Request) {
			saved := store.saved()
			if assert.NotEmpty(t, saved) {
				assert.Equal(t, "Bearer "+saved[len(saved)-1].Access.Reveal(), r.Header.Get("Authorization"))
			}
		})
		tok := s.token()
		tok.Expiry = time.Now()
		var c *http.Client
		c, store = refreshing(t, f, tok)
		for i := range 5 {
			_, err := post(t.Context(), c, s.url+"/posts")
			require.NoError(t, err)
			assert.Len(t, store.saved(), i+1)
			time.Sleep(s.lifetime)
		}
		assert.Len(t, s.made("/token"), 5)
		assert.Equal(t, ada, store.saved()[4].Subject)
	})
}

// When save fails, so does the request, and nothing is sent. The token is not
// refreshed again, since that would spend another; it is saved before it is used.
func TestRefreshingClientSaveFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		tok := s.token()
		tok.Expiry = time.Now()
		c, store := refreshing(t, f, tok)
		store.fail = errors.New("the database is away")
		for range 3 {
			_, err := post(t.Context(), c, s.url+"/posts")
			require.ErrorIs(t, err, store.fail)
		}
		assert.Len(t, s.made("/token"), 1)
		assert.Empty(t, s.made("/posts"))

		store.fail = nil
		_, err := post(t.Context(), c, s.url+"/posts")
		require.NoError(t, err)
		assert.Len(t, s.made("/token"), 1)
		require.Len(t, store.saved(), 1)
		assert.Equal(t, "Bearer "+store.saved()[0].Access.Reveal(), s.made("/posts")[0].header.Get("Authorization"))
		_, err = post(t.Context(), c, s.url+"/posts")
		require.NoError(t, err)
		assert.Len(t, store.saved(), 1, "saved once")

		// A token that could not be saved before it expired is still what the next
		// one comes from.
		store.fail = errors.New("the database is away again")
		time.Sleep(s.lifetime)
		_, err = post(t.Context(), c, s.url+"/posts")
		require.ErrorIs(t, err, store.fail)
		time.Sleep(s.lifetime)
		store.fail = nil
		_, err = post(t.Context(), c, s.url+"/posts")
		require.NoError(t, err)
		assert.Len(t, s.made("/token"), 3)
	})
}
