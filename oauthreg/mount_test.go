package oauthreg_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

var formAction = regexp.MustCompile(`<form method="post"(?: action="([^"]*)")?>`)

// press sends the form of p, which was shown at target, as a browser does: the
// action is resolved against the page's own URL.
func (b *browser) press(target string, p page) page {
	b.t.Helper()
	m := formAction.FindStringSubmatch(p.body)
	require.NotNil(b.t, m, p.body)
	at, err := url.Parse(absolute(target))
	require.NoError(b.t, err)
	action, err := at.Parse(html.UnescapeString(m[1]))
	require.NoError(b.t, err)
	assert.Equal(b.t, "app.example.com", action.Host, "the form goes to the app")
	form := url.Values{}
	if m := nextInput.FindStringSubmatch(p.body); m != nil {
		form.Set("next", html.UnescapeString(m[1]))
	}
	return b.post(action.String(), form)
}

func TestHandlerWhereverItIsMounted(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, base, prefix string
		mount              func(reg *oauthreg.Registrar) http.Handler
	}{
		{"at its path", "/auth", "/auth", func(reg *oauthreg.Registrar) http.Handler { return reg.Handler() }},
		{"behind StripPrefix", "/auth", "/auth", func(reg *oauthreg.Registrar) http.Handler {
			return http.StripPrefix("/auth", reg.Handler())
		}},
		{"behind StripPrefix with the slash", "/auth", "/auth", func(reg *oauthreg.Registrar) http.Handler {
			return http.StripPrefix("/auth/", reg.Handler())
		}},
		{"behind a proxy that cuts the path", "/app/auth", "/app/auth", func(reg *oauthreg.Registrar) http.Handler {
			return http.StripPrefix("/app", http.StripPrefix("/auth", reg.Handler()))
		}},
		{"behind StripPrefix, with a path that is the provider's name", "/fake", "/fake", func(reg *oauthreg.Registrar) http.Handler {
			return http.StripPrefix("/fake", reg.Handler())
		}},
		{"at a path that is the provider's name", "/fake", "/fake", func(reg *oauthreg.Registrar) http.Handler { return reg.Handler() }},
		{"at the root", "", "", func(reg *oauthreg.Registrar) http.Handler { return reg.Handler() }},
		{"with a slash at the end", "/auth/", "/auth", func(reg *oauthreg.Registrar) http.Handler { return reg.Handler() }},
		{"on a router of another kind", "/login", "/login", func(reg *oauthreg.Registrar) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/login/fake/start", reg.Start("fake"))
			mux.Handle("/login/fake/callback", reg.Callback("fake"))
			return mux
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.BaseURL = site + row.base })
			forms := a.handler
			mounted := row.mount(a.reg)
			a.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/signup" {
					forms.ServeHTTP(w, r)
					return
				}
				mounted.ServeHTTP(w, r)
			})
			assert.Equal(t, site+row.prefix+"/fake/callback", a.reg.CallbackURL("fake"))

			b := a.browser()
			start := row.prefix + "/fake/start?next=/inbox"
			p := b.press(start, b.get(start))
			require.Equal(t, http.StatusSeeOther, p.status, p.body)
			require.Equal(t, "https", p.location[:5])
			callback := row.prefix + "/fake/callback?"
			assert.Equal(t, "/signup", b.get(callback+a.flow.approve(p.location, ada)).location)
			assert.Equal(t, "/inbox", a.form(b).Next)

			// The page after a failure leads back too.
			p = b.get(callback + "a=1&a=2")
			require.Equal(t, http.StatusBadRequest, p.status)
			assert.Equal(t, http.StatusSeeOther, b.press(callback, p).status)
			p = b.get(callback)
			require.Equal(t, http.StatusSeeOther, p.status)
			assert.Equal(t, http.StatusOK, b.get(p.location).status)
		})
	}
}

// A start under a path of the app's own choice: the page posts to where it is.
func TestStartUnderAnotherPath(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	b := a.browser()
	for _, path := range []string{"/join/x", "/", "//evil.example/join", "/a%2Fb", "/ä?error=denied&provider=fake"} {
		b.handler = a.reg.Start("fake")
		p := b.press(path, b.do(rawRequest(t, path)))
		assert.Equal(t, http.StatusSeeOther, p.status, path)
	}
	b.handler = a.reg.Start("nobody")
	assert.Equal(t, http.StatusNotFound, b.get("/").status)
	b.handler = a.reg.Callback("nobody")
	assert.Equal(t, http.StatusNotFound, b.get("/").status)
}

// rawRequest keeps a path that a URL would read otherwise.
func rawRequest(t *testing.T, path string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+path, nil)
	return r
}
