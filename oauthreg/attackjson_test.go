package oauthreg_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// An endpoint may be a PUT, a PATCH or a DELETE: which sign-up it is for counts
// there too, and so does whether the app lets anybody in.
func TestEveryMethodThatChangesSaysWhichSignUpItIsFor(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			closed := false
			a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
				cfg.AllowSignUp = func(context.Context, *oauthreg.Pending) error {
					if closed {
						return oauthreg.ErrSignUpClosed
					}
					return nil
				}
			})
			b := a.browser()
			b.get(a.approved(b, ada, ""))
			adas := a.form(b).ID
			b.get(a.approved(b, bob, "")) // in another tab, later
			request := func(header string) *http.Request {
				r := httptest.NewRequestWithContext(t.Context(), method, site+"/api/signup", strings.NewReader(`{}`))
				r.Header.Set("Content-Type", "application/json")
				if header != "" {
					r.Header.Set(oauthreg.PendingHeader, header)
				}
				fromSite(site, "same-origin")(r)
				b.addCookies(r)
				return r
			}
			_, err := a.reg.Pending(request(""))
			assert.ErrorIs(t, err, oauthreg.ErrNoPending, "it does not say which")
			p, err := a.reg.Pending(request(adas))
			require.NoError(t, err)
			assert.Equal(t, ada.ID, p.Identity().Subject)

			cross := request(adas)
			fromSite("https://evil.example", "cross-site")(cross)
			_, err = a.reg.Pending(cross)
			require.Error(t, err)

			done, err := a.reg.Complete(httptest.NewRecorder(), request(adas), "user-1")
			require.NoError(t, err)
			assert.Equal(t, ada.ID, done.Account.Subject)

			closed = true
			_, err = a.reg.Pending(request(a.form(b).ID))
			assert.ErrorIs(t, err, oauthreg.ErrSignUpClosed)
		})
	}
}

// What a page of another site can send without asking first is a form, or text
// that looks like JSON: neither starts anything, nor says which sign-up it is for.
func TestSimpleCrossSiteRequestsDoNothing(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, origin, fetchSite string }{
		{"a browser of today", "https://evil.example", "cross-site"},
		{"a sibling", "https://evil.example.com", "same-site"},
		{"a sandboxed frame", "null", "cross-site"},
		{"an old browser", "https://evil.example", ""},
		{"an old browser's frame", "null", ""},
		{"a value nobody knows", "https://evil.example", "x"},
	} {
		for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""} {
			for _, accept := range []string{"application/json", "*/*"} {
				a := newApp(t, newMemoryStore(t), withHooks)
				b := a.browser()
				b.get(a.approved(b, ada, ""))
				id := a.form(b).ID
				before := a.flow.count()
				confirm := a.reg.Confirm()
				for _, target := range []string{"/auth/fake/start", "/signup", "/connect", "/cancel"} {
					body := `{"next":"/x","` + oauthreg.PendingField + `":"` + id + `","answer":"connect"}`
					r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, site+target, strings.NewReader(body))
					r.Header.Set("Content-Type", contentType)
					r.Header.Set("Accept", accept)
					fromSite(row.origin, row.fetchSite)(r)
					c := b.clone()
					if target == "/connect" {
						c.handler = confirm
					}
					p := c.do(r)
					assert.GreaterOrEqual(t, p.status, 400, "%s %s %s", row.name, contentType, target)
					assert.Empty(t, p.location)
					assert.Empty(t, p.cookies)
				}
				assert.Equal(t, before, a.flow.count())
				assert.Zero(t, a.userCount())
				assert.Equal(t, ada.ID, a.form(b).Subject, "it still waits")
			}
		}
	}
}

// A GET or a HEAD as JSON uses nothing up but the callback's own GET does, and a
// prefetch of the start starts nothing.
func TestLookingAsJSONChangesNothing(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "")
		before := a.flow.count()
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, purpose := range []string{"", "prefetch"} {
				p := b.get("/auth/fake/start?next=/x", asJSON, func(r *http.Request) {
					r.Method = method
					r.Header.Set("Sec-Purpose", purpose)
				})
				assert.Equal(t, http.StatusOK, p.status)
				assert.Empty(t, p.cookies)
			}
		}
		p := b.get(callback, asJSON, func(r *http.Request) { r.Method = http.MethodHead })
		assert.Equal(t, http.StatusMethodNotAllowed, p.status)
		assert.Equal(t, before, a.flow.count())
		assert.Equal(t, "/signup", b.get(callback).location)
	})
}

// A time that nobody will wait for is told as one that is long, not as one that
// is over.
func TestHowLongToWaitDoesNotOverflow(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(a *app, cfg *oauthreg.Config){
		"the provider's date": func(a *app, _ *oauthreg.Config) {
			a.flow.onAuth = func(context.Context, provider.AuthRequest) error {
				return &provider.Error{
					Provider: "fake", Op: provider.OpRequestToken, Kind: provider.ErrRateLimited,
					RetryAt: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
				}
			}
		},
		"the app's limit": func(_ *app, cfg *oauthreg.Config) {
			cfg.Limit = func(*http.Request, string) (time.Duration, error) { return math.MaxInt64, nil }
		},
	} {
		var limit func(*http.Request, string) (time.Duration, error)
		a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
			cfg.Limit = func(r *http.Request, name string) (time.Duration, error) {
				if limit == nil {
					return 0, nil
				}
				return limit(r, name)
			}
		})
		var cfg oauthreg.Config
		change(a, &cfg)
		limit = cfg.Limit
		p := a.browser().post("/auth/fake/start", nil, asJSON)
		got := answerOf(t, p)
		assert.Greater(t, got["retry_after"], 3600., name)
		assert.NotContains(t, p.header.Get("Retry-After"), "-", name)
	}
}

// The hook is the app's: whatever error it answers with, nothing falls over.
func TestTheConfirmPageOutlivesTheErrorsOfHooks(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"sign in first": oauthreg.ErrSignInFirst, "no pending": oauthreg.ErrNoPending, "barred": oauthreg.ErrBarred, "another": errors.New("m4rk"),
	} {
		a := newApp(t, newMemoryStore(t), withHooks, func(cfg *oauthreg.Config) {
			cfg.CurrentUser = func(*http.Request) (string, error) { return "", err }
		})
		b := a.browser()
		b.get(a.approved(b, zed, ""))
		b.handler = a.reg.Confirm()
		for _, p := range []page{
			b.get("/connect"), b.get("/connect", asJSON),
			b.post("/connect", map[string][]string{"answer": {"connect"}}), b.post("/connect", map[string][]string{"answer": {"decline"}}),
		} {
			assert.GreaterOrEqual(t, p.status, 300, name)
			assert.NotContains(t, p.body, "m4rk", name)
		}
	}
}

// The texts of [oauthreg.Config.Message] may come from a file that translators
// write.
func TestTextsOfTheAppsAreTexts(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"markup": `"><script>alert(1)</script>`, "an attribute": `x" onmouseover="alert(1)`, "a template": `{{.Pending}}{{template "head" .}}`,
		"a placeholder": "{provider}{provider}", "no UTF-8": "\xff\xfe", "line breaks": "a\r\nSet-Cookie: x=1", "a megabyte": strings.Repeat("<", 1<<20),
		"the other direction": "\u202eevil", "an end of JSON": "\u2028</script>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newMemoryStore(t), withHooks, func(cfg *oauthreg.Config) {
				cfg.Message = func(*http.Request, string, string) string { return text }
			})
			for _, p := range []page{
				a.browser().get("/auth/fake/start?error=denied&provider=fake"), a.browser().get("/auth/nobody/start"),
				a.browser().post("/auth/fake/start", nil, fromSite("https://evil.example", "cross-site")),
			} {
				assert.NotContains(t, p.body, "<script")
				assert.NotContains(t, p.body, `" onmouseover=`)
				assert.NotContains(t, p.header, "Set-Cookie")
				assert.Equal(t, 1, strings.Count(p.body, "<main>"), "it is one page")
			}
			p := a.browser().get("/auth/nobody/start", asJSON)
			assert.True(t, json.Valid([]byte(p.body)))
			assert.NotContains(t, p.body, "<")
		})
	}
}

// An empty text is that of the library.
func TestAnEmptyTextIsTheLibrarys(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) { cfg.Message = func(*http.Request, string, string) string { return "" } })
	assert.Contains(t, a.browser().get("/auth/fake/start").body, `<html lang="en" dir="ltr">`)
}
