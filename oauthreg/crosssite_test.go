package oauthreg_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/oauthreg"
)

func TestStartByTheFormOfAnotherSiteIsForbidden(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, origin, fetchSite string
	}{
		{"cross-site", "https://evil.example", "cross-site"},
		{"cross-site without an origin", "", "cross-site"},
		{"another host of the domain", "https://blog.example.com", "same-site"},
		{"origin alone", "https://evil.example", ""},
		{"another port", site + ":8443", ""},
		{"another scheme", "http://app.example.com.evil.example", ""},
		{"opaque origin, an old browser", "null", ""},
		{"opaque origin", "null", "cross-site"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				b := a.browser()
				callback := a.approved(b, ada, "")
				before := b.clone()
				for _, edit := range []func(*http.Request){func(*http.Request) {}, withoutCookies} {
					p := b.post("/auth/fake/start", url.Values{"next": {"/"}}, fromSite(row.origin, row.fetchSite), edit)
					assert.Equal(t, http.StatusForbidden, p.status)
					assert.Equal(t, oauthreg.CrossOrigin, a.last().Outcome)
					assert.Empty(t, p.location)
					assert.Empty(t, p.cookies, "nothing is stored")
				}
				assert.Equal(t, calls{auth: 1}, a.flow.count(), "the browser's own start alone")
				assert.Equal(t, before.jar, b.jar)
				assert.Equal(t, "/signup", b.get(callback).location, "its own attempt is intact")
			})
		})
	}
}

func TestStartPassesFromTheAppItself(t *testing.T) {
	t.Parallel()
	trusting := func(cfg *oauthreg.Config) { cfg.TrustedOrigins = []string{"https://www.example.com"} }
	for _, row := range []struct {
		name, origin, fetchSite, host string
	}{
		{"own page", site, "same-origin", ""},
		{"own page with no-referrer", "null", "same-origin", ""},
		{"typed in", "", "none", ""},
		{"a browser without Sec-Fetch-Site", site, "", ""},
		{"behind a proxy that renames the host", site, "", "10.0.0.7:8080"},
		{"a trusted front end", "https://www.example.com", "same-site", ""},
		// No browser sends neither; such a request has no cookies to abuse.
		{"no browser", "", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newCookieStore(t), trusting)
			p := a.browser().post("/auth/fake/start", nil, fromSite(row.origin, row.fetchSite), func(r *http.Request) {
				if row.host != "" {
					r.Host = row.host
				}
			})
			assert.Equal(t, http.StatusSeeOther, p.status)
			assert.Equal(t, calls{auth: 1}, a.flow.count())
		})
	}
}
