package oauth2flow_test

import (
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Flows made from one Config with different options, in use at once, do not
// see one another's options. Run with -race.
func TestDifferentFlowsInParallel(t *testing.T) {
	t.Parallel()
	const flows, rounds = 6, 5
	shared := &http.Client{}
	params := url.Values{"common": {"1"}}
	var wg sync.WaitGroup
	for i := range flows {
		s := newServer(t)
		s.auth = clientAuth(i % 3)
		f := s.flow(func(c *oauth2flow.Config) {
			c.HTTPClient, c.AuthorizeParams = shared, params
			c.Scopes = []string{"s" + strconv.Itoa(i)}
		})
		// Two goroutines a flow, since each flow is shared too.
		for range 2 {
			wg.Go(func() {
				for range rounds {
					authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
					assert.NoError(t, err)
					u, err := url.Parse(authURL)
					assert.NoError(t, err)
					assert.Equal(t, "s"+strconv.Itoa(i), u.Query().Get("scope"))
					tok, err := f.HandleCallback(t.Context(), hs, s.approve(authURL))
					assert.NoError(t, err)
					tok, err = f.Refresh(t.Context(), tok)
					assert.NoError(t, err)
					profile, err := f.FetchProfile(t.Context(), tok)
					assert.NoError(t, err)
					assert.Equal(t, ada, profile.ID)
					assert.NoError(t, f.Revoke(t.Context(), tok))
				}
			})
		}
		t.Cleanup(func() { assert.Len(t, s.made("/token"), 4*rounds) })
	}
	wg.Wait()
}

// The first calls of a new Flow may be of any kind and come at once. Run with
// -race.
func TestFirstCallsAtOnce(t *testing.T) {
	t.Parallel()
	for range 10 {
		s := newServer(t)
		f := s.flow()
		old := s.token()
		hs, query := s.start(f)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := f.Refresh(t.Context(), old)
			assert.NoError(t, err)
		})
		wg.Go(func() {
			_, err := f.HandleCallback(t.Context(), hs, query)
			assert.NoError(t, err)
		})
		wg.Go(func() {
			_, err := f.FetchProfile(t.Context(), s.token())
			assert.NoError(t, err)
		})
		wg.Go(func() {
			_, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
			assert.NoError(t, err)
		})
		wg.Wait()
		require.Len(t, s.made("/token"), 2)
	}
}
