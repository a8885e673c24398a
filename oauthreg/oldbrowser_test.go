package oauthreg_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// formOrigin is the Origin that a browser sends with a form of page p (Fetch, "append
// a request `Origin` header"): "null" under no-referrer. One without Sec-Fetch-Site
// (Safari before 16.4) says nothing else about where the form came from.
func formOrigin(p page) string {
	if p.header.Get("Referrer-Policy") == "no-referrer" {
		return "null"
	}
	return site
}

// The library's own pages in a browser that sends no Sec-Fetch-Site.
func TestOwnPagesInAnOldBrowser(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	b := a.browser()
	start := b.get("/auth/fake/start")
	require.Contains(t, start.body, `<form method="post" action="?">`)
	p := b.post("/auth/fake/start", url.Values{"next": {"/"}}, fromSite(formOrigin(start), ""))
	assert.Equal(t, http.StatusSeeOther, p.status, "the start page's own button is refused: %v", a.last().Err)
	failure := b.get("/auth/fake/callback?a=1&a=2")
	require.Contains(t, failure.body, `action="/auth/fake/start"`)
	p = b.post("/auth/fake/start", nil, fromSite(formOrigin(failure), ""))
	assert.Equal(t, http.StatusSeeOther, p.status, "the button \"Start again\" is refused")
	p = b.post("/auth/fake/start", nil, fromSite("null", ""))
	assert.Equal(t, http.StatusForbidden, p.status, "who does not say where the form came from")
}

func TestConfirmPageInAnOldBrowser(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		p := b.get("/connect")
		id := hiddenID.FindStringSubmatch(p.body)[1]
		p = b.post("/connect", url.Values{"oauthreg_pending": {id}, "answer": {"connect"}}, fromSite(formOrigin(p), ""))
		assert.Equal(t, http.StatusSeeOther, p.status)
	})
}
