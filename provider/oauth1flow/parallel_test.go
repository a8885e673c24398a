package oauth1flow_test

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// Flows made from one Config with different options, in use at once, do not
// see one another's options. Run with -race.
func TestDifferentFlowsInParallel(t *testing.T) {
	t.Parallel()
	const flows, rounds = 6, 5
	shared := &http.Client{}
	var wg sync.WaitGroup
	for i := range flows {
		p := newProvider(t)
		f := p.flow(func(c *oauth1flow.Config) {
			c.HTTPClient = shared
			c.RequestTokenParams = url.Values{"n": {strconv.Itoa(i)}}
			c.AuthorizeParams = url.Values{"n": {strconv.Itoa(i)}}
			if i%2 == 1 {
				c.SignatureMethod = oauth1flow.HMACSHA256
				p.method = hmacSHA256
			}
		})
		// Two goroutines a flow, since each flow is shared too.
		for range 2 {
			wg.Go(func() {
				for range rounds {
					authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
					assert.NoError(t, err)
					assert.Equal(t, p.url+"/authorize?n="+strconv.Itoa(i)+"&oauth_token="+url.QueryEscape(requestToken), authURL)
					tok, err := f.HandleCallback(t.Context(), hs, approved())
					assert.NoError(t, err)
					profile, err := f.FetchProfile(t.Context(), tok)
					assert.NoError(t, err)
					assert.Equal(t, "71", profile.ID)
				}
			})
		}
		t.Cleanup(func() {
			calls := p.made("/request_token")
			require.Len(t, calls, 2*rounds)
			for _, c := range calls {
				assert.Equal(t, []pair{{"n", strconv.Itoa(i)}}, c.query)
			}
		})
	}
	wg.Wait()
}

// One Flow, many people at once, with nothing between them that would hide an
// unguarded write from the race detector.
func TestOneFlowInParallel(t *testing.T) {
	t.Parallel()
	answer := map[string]string{
		"/request_token": good(operations[0]), "/access_token": good(operations[1]), "/profile": good(operations[2]), "/revoke": "",
	}
	p := fakeProvider{t: t, url: "https://api.fake.example"}
	f := p.flow(func(c *oauth1flow.Config) {
		c.RequestTokenParams, c.AuthorizeParams = url.Values{"a": {"b"}}, url.Values{"a": {"b"}}
		c.Header = http.Header{"User-Agent": {"app"}}
		c.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer[r.URL.Path]))}, nil
		})}
	})
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			<-begin
			for _, o := range operations {
				assert.NoError(t, o.run(t.Context(), f))
			}
		})
	}
	close(begin)
	wg.Wait()
}
