package oauthreg_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// Where people are sent, what the provider is told and how cookies are set
// follows from the configuration, never from what a request says of its host.
func TestForwardedHeadersChangeNothing(t *testing.T) {
	t.Parallel()
	header := func(pairs ...string) func(*http.Request) {
		return func(r *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Set(pairs[i], pairs[i+1])
			}
		}
	}
	for name, edit := range map[string]func(*http.Request){
		"Host":              func(r *http.Request) { r.Host = "evil.example" },
		"Host with markup":  func(r *http.Request) { r.Host = `evil.example"><script>` },
		"no Host":           func(r *http.Request) { r.Host = "" },
		"absolute target":   func(r *http.Request) { r.URL.Scheme, r.URL.Host = "http", "evil.example" },
		"X-Forwarded":       header("X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "http", "X-Forwarded-Port", "81", "X-Forwarded-Prefix", "/evil.example", "X-Forwarded-For", "203.0.113.9"),
		"X-Forwarded twice": header("X-Forwarded-Host", "app.example.com, evil.example"),
		"Forwarded":         header("Forwarded", `for=203.0.113.9;host=evil.example;proto=http`),
		"rewriting":         header("X-Original-URL", "//evil.example", "X-Rewrite-URL", "//evil.example", "X-Original-Host", "evil.example", "X-Host", "evil.example"),
		"addresses":         header("X-Real-Ip", "203.0.113.9", "True-Client-Ip", "203.0.113.9", "X-Client-Ip", "203.0.113.9", "Cf-Connecting-Ip", "203.0.113.9"),
		"TLS or not":        header("Front-End-Https", "off", "X-Forwarded-Ssl", "off", "X-Url-Scheme", "http"),
		"Referer":           header("Referer", "https://evil.example/"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var callbackURL, address string
			limit := func(cfg *oauthreg.Config) {
				cfg.Limit = func(r *http.Request, _ string) (time.Duration, error) { address = r.RemoteAddr; return 0, nil }
			}
			for _, kind := range storeKinds {
				a := newApp(t, kind.new(t), limit)
				a.flow.onAuth = func(_ context.Context, req provider.AuthRequest) error { callbackURL = req.CallbackURL; return nil }
				b := a.browser() // which checks the attributes of every cookie
				start := b.post("/auth/fake/start", nil, edit)
				require.Equal(t, http.StatusSeeOther, start.status)
				assert.True(t, strings.HasPrefix(start.location, "https://fake.example/authorize?token="))
				assert.Equal(t, site+"/auth/fake/callback", callbackURL)
				assert.Equal(t, "192.0.2.1:1234", address, "of the connection")

				assert.Equal(t, "/auth/fake/start?error=not_started&provider=fake", b.get("/auth/fake/callback", edit).location)
				for _, target := range []string{"/auth/fake/start", "/auth/fake/callback?a=1&a=2"} {
					assert.NotContains(t, b.get(target, edit).body, "evil")
				}
				assert.Equal(t, "/signup", b.get("/auth/fake/callback?"+a.flow.approve(start.location, ada), edit).location)
				assert.Equal(t, "/", b.post("/signup", nil, edit).location)
				for _, c := range b.jar {
					assert.True(t, strings.HasPrefix(c.name, "__Host-"), c.name)
				}
			}
		})
	}
}

// Nor is a page of another site taken for one of the app's by such a header.
func TestForwardedHeadersMakeNoOrigin(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	for _, fetchSite := range []string{"", "cross-site", "same-site"} {
		for _, name := range []string{"X-Forwarded-Host", "X-Original-Host", "X-Host", "Forwarded"} {
			p := a.browser().post("/auth/fake/start", nil, fromSite("https://evil.example", fetchSite), func(r *http.Request) {
				r.Header.Set(name, "evil.example")
			})
			assert.Equal(t, http.StatusForbidden, p.status, "%s, %s", name, fetchSite)
		}
	}
	assert.Zero(t, a.flow.count().auth)
}

// The method is the request's own. Frameworks that let a header or a field say
// otherwise turn a link into a POST.
func TestMethodsAreNotOverridden(t *testing.T) {
	t.Parallel()
	names := []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-Method"}
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "")
		jar := b.clone().jar
		for _, row := range []struct {
			method, target, claims string
			status                 int
		}{
			{http.MethodGet, "/auth/fake/start?_method=POST&method=POST", http.MethodPost, http.StatusOK},
			{http.MethodHead, "/auth/fake/start?_method=POST", http.MethodPost, http.StatusOK},
			{http.MethodOptions, "/auth/fake/start?_method=POST", http.MethodPost, http.StatusMethodNotAllowed},
			{http.MethodPut, "/auth/fake/start", http.MethodPost, http.StatusMethodNotAllowed},
			{"post", "/auth/fake/start", http.MethodPost, http.StatusMethodNotAllowed},
			{http.MethodPost, callback + "&_method=GET", http.MethodGet, http.StatusMethodNotAllowed},
			{http.MethodPut, callback, http.MethodGet, http.StatusMethodNotAllowed},
			{http.MethodHead, callback, http.MethodGet, http.StatusMethodNotAllowed},
			{http.MethodOptions, callback, http.MethodGet, http.StatusMethodNotAllowed},
			{http.MethodTrace, callback, http.MethodGet, http.StatusMethodNotAllowed},
			{"get", callback, http.MethodGet, http.StatusMethodNotAllowed},
			{"", callback, http.MethodGet, http.StatusMethodNotAllowed},
		} {
			p := b.get(row.target, func(r *http.Request) {
				r.Method = row.method
				for _, name := range names {
					r.Header.Set(name, row.claims)
				}
			})
			assert.Equal(t, row.status, p.status, "%s %s", row.method, row.target)
			assert.Empty(t, p.location)
		}
		// A callback in the body of a form, as "response_mode=form_post" makes it.
		_, query, _ := strings.Cut(callback, "?")
		form, err := url.ParseQuery(query)
		require.NoError(t, err)
		assert.Equal(t, http.StatusMethodNotAllowed, b.post("/auth/fake/callback", form).status)

		assert.Equal(t, jar, b.jar)
		assert.Equal(t, calls{auth: 1}, a.flow.count())
		assert.Equal(t, "/signup", b.get(callback).location, "the attempt is intact")
	})
}

// Of a parameter that comes twice one value is used, checked like any other,
// and never a mixture.
func TestParametersThatComeTwice(t *testing.T) {
	t.Parallel()
	t.Run("next", func(t *testing.T) {
		t.Parallel()
		a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) { cfg.DefaultNext = "/home" })
		a.signUp(ada)
		for _, row := range []struct {
			query string
			form  url.Values
			want  string
		}{
			{"", url.Values{"next": {"/a", "//evil.example"}}, "/a"},
			{"", url.Values{"next": {"//evil.example", "/a"}}, "/home"},
			{"", url.Values{"next": {"", "//evil.example"}}, "/home"},
			{"?next=//evil.example", url.Values{"next": {"/a"}}, "/a"},
			{"?next=/a", url.Values{"next": {"//evil.example"}}, "/home"},
			{"?next=//evil.example&next=/a", nil, "/home"},
		} {
			b := a.browser()
			p := b.post("/auth/fake/start"+row.query, row.form)
			p = b.get("/auth/fake/callback?" + a.flow.approve(p.location, ada))
			assert.Equal(t, row.want, p.location, "%s %v", row.query, row.form)
		}
	})
	t.Run("intent", func(t *testing.T) {
		t.Parallel()
		for _, row := range []struct {
			intents []string
			linked  bool
		}{{[]string{"connect", ""}, true}, {[]string{"", "connect"}, false}} {
			a := newApp(t, newMemoryStore(t))
			a.signUp(ada)
			b := a.browser()
			b.get(a.approved(b, ada, ""))
			p := b.post("/auth/fake/start", url.Values{"intent": row.intents})
			b.get("/auth/fake/callback?" + a.flow.approve(p.location, cyd))
			assert.Equal(t, row.linked, a.owner(cyd) != "", "%q", row.intents)
		}
	})
	t.Run("the sign-up a form is for", func(t *testing.T) {
		t.Parallel()
		onEveryStore(t, func(t *testing.T, a *app) {
			b := a.browser()
			ofAda, ofBob := a.toForm(b, ada), a.toForm(b, bob)
			b.post("/signup?"+oauthreg.PendingField+"="+ofBob.ID, url.Values{oauthreg.PendingField: {ofAda.ID, ofBob.ID}})
			assert.Equal(t, b.user(), a.owner(ada))
			assert.Empty(t, a.owner(bob))
		})
	})
}

// A link that shows the start page carries no intent into it.
func TestALinkDoesNotConnect(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	const link = "/auth/fake/start?intent=connect"
	p := b.press(link, b.get(link))
	b.get("/auth/fake/callback?" + a.flow.approve(p.location, bob))
	assert.Equal(t, oauthreg.NewUser, a.last().Outcome)
	assert.Empty(t, a.owner(bob))
}
