package oauthreg_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/oauthreg"
)

// The page with the button says why the last attempt failed, in its URL, and its
// form gives that URL as next.
func TestNoticeTwice(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	a.signUp(ada)
	b := a.browser()
	signedInAs(b, "user-1")
	p := b.post("/auth/fake/start", url.Values{"intent": {"connect"}, "next": {"/settings?tab=x&error=account_in_use&provider=other"}})
	p = b.get("/auth/fake/callback?" + a.flow.deny(p.location))
	r := httptest.NewRequest(http.MethodGet, p.location, nil)
	o, name := a.reg.Failure(r)
	assert.Equal(t, oauthreg.Denied, o, p.location)
	assert.Equal(t, "fake", name)
	assert.Equal(t, "/settings?tab=x&error=denied&provider=fake", p.location, "what else the page has stays")
}
