package oauthreg_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

// assertPrivate checks what every answer of a handshake carries.
func assertPrivate(t testing.TB, what string, p page) {
	t.Helper()
	assert.Equal(t, "no-store", p.header.Get("Cache-Control"), what)
	policy := "no-referrer"
	if strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
		policy = "strict-origin" // so that their forms say where they come from
	}
	assert.Equal(t, policy, p.header.Get("Referrer-Policy"), what)
	assert.Equal(t, "nosniff", p.header.Get("X-Content-Type-Options"), what)
}

func TestEveryAnswerIsPrivate(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		pages := map[string]page{
			"start page":       b.get("/auth/fake/start"),
			"start":            b.post("/auth/fake/start", nil),
			"cross-site start": b.post("/auth/fake/start", nil, fromSite("https://evil.example", "cross-site")),
			"unknown provider": b.get("/auth/nobody/start"),
			"not started":      b.get("/auth/fake/callback"),
			"malformed":        b.get("/auth/fake/callback?a=1&a=2"),
			"mismatch":         b.get("/auth/fake/callback?token=x"),
			"method":           b.post("/auth/fake/callback", nil),
			"new user":         b.get(a.approved(b, ada, "")),
		}
		pages["complete"] = b.post("/signup", nil)
		callback := a.approved(b, ada, "")
		pages["returning"] = b.get(callback)
		pages["replayed"] = b.get(callback)
		for what, p := range pages {
			assertPrivate(t, what, p)
		}
	})
}

func TestEveryPageIsHardened(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	b := a.browser()
	nonces := map[string]bool{}
	for what, p := range map[string]page{
		"start":     b.get("/auth/fake/start"),
		"again":     b.get("/auth/fake/start?error=denied&provider=fake"),
		"failure":   b.get("/auth/fake/callback?a=1&a=2"),
		"not found": b.get("/auth/nobody/start"),
	} {
		assert.Equal(t, "text/html; charset=utf-8", p.header.Get("Content-Type"), what)
		assert.Equal(t, "DENY", p.header.Get("X-Frame-Options"), what)
		csp := p.header.Get("Content-Security-Policy")
		assert.Contains(t, csp, "default-src 'none'", what)
		assert.Contains(t, csp, "frame-ancestors 'none'", what)
		assert.Contains(t, csp, "base-uri 'none'", what)
		// Chromium and WebKit apply form-action to where the answer redirects, and
		// that is the provider.
		assert.NotContains(t, csp, "form-action", what)
		nonce := regexp.MustCompile(`'nonce-([A-Z0-9]+)'`).FindStringSubmatch(csp)
		require.Len(t, nonce, 2, what)
		assert.Contains(t, p.body, `<style nonce="`+nonce[1]+`">`, what)
		assert.False(t, nonces[nonce[1]], "a nonce is used once")
		nonces[nonce[1]] = true
		assert.Contains(t, p.body, `<html lang="en" dir="ltr">`)
		assert.NotContains(t, p.body, "<script")
		assert.NotContains(t, p.body, "https://", "nothing is loaded from elsewhere")
	}
}

func TestMethodsThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "")
		jar := b.clone().jar
		for _, row := range []struct{ target, allow string }{
			{callback, "GET"},
			{"/auth/fake/start", "GET, HEAD, POST"},
		} {
			for _, method := range []string{http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch, "BREW"} {
				if strings.Contains(row.allow, method) {
					continue
				}
				p := b.get(row.target, func(r *http.Request) { r.Method = method })
				assert.Equal(t, http.StatusMethodNotAllowed, p.status, method)
				assert.Equal(t, row.allow, p.header.Get("Allow"), method)
				assertPrivate(t, method, p)
			}
		}
		assert.Equal(t, jar, b.jar)
		assert.Zero(t, a.flow.count().exchange, "whoever only looks does not use it up")
		assert.Equal(t, "/signup", b.get(callback).location)
		assert.Equal(t, []oauthreg.Outcome{oauthreg.NewUser}, a.outcomes())
	})
}

// Links in chats are looked at by machines before people see them.
func TestCallbackByHEADDoesNotUseItUp(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "")
		p := b.get(callback, func(r *http.Request) { r.Method = http.MethodHead })
		assert.Equal(t, http.StatusMethodNotAllowed, p.status)
		assert.Empty(t, p.cookies)
		assert.Equal(t, "/signup", b.get(callback).location)
	})
}
