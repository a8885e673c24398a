package oauthreg_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// site is where the app of these tests lies, as its browsers see it.
const site = "https://app.example.com"

// browser keeps cookies as browsers do for one host, follows no redirect by
// itself, and can be copied: a copy is the browser as it was, whose later
// cookies the original does not get.
type browser struct {
	t       testing.TB
	handler http.Handler
	jar     []jarCookie // the oldest first, which is the order of sending
}

type jarCookie struct {
	name, value string
	expires     time.Time // zero for a session cookie
}

// page is an answer, read to its end.
type page struct {
	status   int
	header   http.Header
	body     string
	cookies  []*http.Cookie
	location string
}

// clone returns a copy with cookies of its own.
func (b *browser) clone() *browser {
	copied := *b
	copied.jar = slices.Clone(b.jar)
	return &copied
}

// get opens a page of the app: a path, or a URL at [site].
func (b *browser) get(target string, edits ...func(*http.Request)) page {
	b.t.Helper()
	return b.do(httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, absolute(target), nil), edits...)
}

// post sends a form of the app's own page.
func (b *browser) post(target string, form url.Values, edits ...func(*http.Request)) page {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, absolute(target), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	fromSite(site, "same-origin")(r)
	return b.do(r, edits...)
}

func (b *browser) do(r *http.Request, edits ...func(*http.Request)) page {
	b.t.Helper()
	b.addCookies(r)
	for _, edit := range edits {
		edit(r)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	resp := w.Result()
	p := page{
		status: resp.StatusCode, header: resp.Header, body: w.Body.String(),
		cookies: resp.Cookies(), location: resp.Header.Get("Location"),
	}
	b.keep(p.cookies)
	return p
}

func (b *browser) addCookies(r *http.Request) {
	now := time.Now()
	b.jar = slices.DeleteFunc(b.jar, func(c jarCookie) bool { return !c.expires.IsZero() && !now.Before(c.expires) })
	for _, c := range b.jar {
		r.AddCookie(&http.Cookie{Name: c.name, Value: c.value})
	}
}

// keep is RFC 6265bis section 5.7 as far as one https host needs it. A cookie
// that real browsers would drop fails the test.
func (b *browser) keep(cookies []*http.Cookie) {
	b.t.Helper()
	names := map[string]bool{}
	for _, c := range cookies {
		assert.False(b.t, names[c.Name], "the answer sets %s twice", c.Name)
		names[c.Name] = true
		assert.True(b.t, strings.HasPrefix(c.Name, "__Host-"), "%s could be planted by another host", c.Name)
		assert.True(b.t, c.Secure && c.HttpOnly && c.Path == "/" && c.Domain == "", "attributes of %s", c.Name)
		assert.Equal(b.t, http.SameSiteLaxMode, c.SameSite, "SameSite of %s", c.Name)
		assert.LessOrEqual(b.t, len(c.Name)+len(c.Value), 4096, "browsers drop %s", c.Name)
		kept := jarCookie{name: c.Name, value: c.Value}
		if c.MaxAge > 0 {
			kept.expires = time.Now().Add(time.Duration(c.MaxAge) * time.Second)
		}
		i := slices.IndexFunc(b.jar, func(old jarCookie) bool { return old.name == c.Name })
		switch {
		case c.MaxAge < 0 && i >= 0:
			b.jar = slices.Delete(b.jar, i, i+1)
		case c.MaxAge < 0:
		case i >= 0:
			b.jar[i] = kept
		default:
			b.jar = append(b.jar, kept)
		}
	}
}

// cookie returns the value of a cookie, or "".
func (b *browser) cookie(name string) string {
	for _, c := range b.jar {
		if c.name == name {
			return c.value
		}
	}
	return ""
}

// cookieNames returns the names of the cookies that begin with prefix.
func (b *browser) cookieNames(prefix string) []string {
	var names []string
	for _, c := range b.jar {
		if strings.HasPrefix(c.name, prefix) {
			names = append(names, c.name)
		}
	}
	return names
}

// user is who is signed in, or "".
func (b *browser) user() string { return b.cookie(sessionCookie) }

func absolute(target string) string {
	if strings.HasPrefix(target, "/") {
		return site + target
	}
	return target
}

// fromSite says which site's page made the request.
func fromSite(origin, fetchSite string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del("Origin")
		r.Header.Del("Sec-Fetch-Site")
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if fetchSite != "" {
			r.Header.Set("Sec-Fetch-Site", fetchSite)
		}
	}
}

func withContext(ctx context.Context) func(*http.Request) {
	return func(r *http.Request) { *r = *r.WithContext(ctx) }
}

func withoutCookies(r *http.Request) { r.Header.Del("Cookie") }
