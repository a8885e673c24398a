package oauthreg_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/oauthreg"
)

func TestLimitKeepsAStartFromCosting(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		wait   time.Duration
		err    error
		want   oauthreg.Outcome // "" if the start goes on
		status int
		retry  string
	}{
		{"free", 0, nil, "", http.StatusSeeOther, ""},
		{"in the past", -time.Second, nil, "", http.StatusSeeOther, ""},
		{"a minute", time.Minute, nil, oauthreg.TooMany, http.StatusTooManyRequests, "60"},
		{"less than a second", time.Millisecond, nil, oauthreg.TooMany, http.StatusTooManyRequests, "1"},
		{"a broken limiter", 0, errors.New("down"), oauthreg.Internal, http.StatusSeeOther, ""},
		{"a broken limiter that says wait", time.Minute, errors.New("down"), oauthreg.Internal, http.StatusSeeOther, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
				cfg.Limit = func(r *http.Request, name string) (time.Duration, error) {
					asked = append(asked, name+" "+r.RemoteAddr)
					return row.wait, row.err
				}
			})
			b := a.browser()
			b.get("/auth/fake/start")
			assert.Empty(t, asked, "looking at the page costs nothing")
			p := b.post("/auth/fake/start", url.Values{})
			assert.Equal(t, row.status, p.status)
			assert.Equal(t, row.retry, p.header.Get("Retry-After"))
			// The address is the connection's, whatever headers say.
			assert.Equal(t, []string{"fake 192.0.2.1:1234"}, asked)
			if row.want == "" {
				assert.Equal(t, 1, a.flow.count().auth)
				return
			}
			assert.Equal(t, row.want, a.last().Outcome)
			assert.Zero(t, a.flow.count().auth, "the provider is not asked")
			assert.Empty(t, b.cookieNames(attemptCookies), "nothing is kept")
		})
	}
}

// The page of another site must not use up what a person may do.
func TestLimitCountsOnlyWhatThePersonDid(t *testing.T) {
	t.Parallel()
	asked := 0
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
		cfg.Limit = func(*http.Request, string) (time.Duration, error) { asked++; return 0, nil }
	})
	b := a.browser()
	b.post("/auth/fake/start", nil, fromSite("https://evil.example", "cross-site"))
	b.post("/auth/nobody/start", nil)
	assert.Zero(t, asked)
}
