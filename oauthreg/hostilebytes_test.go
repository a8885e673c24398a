package oauthreg_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// Whatever is too long is the stranger's fault, and never a breakdown.
func TestOversizeRequestsAreNoBreakdown(t *testing.T) {
	t.Parallel()
	const mega = 1 << 18
	long := strings.Repeat("x", mega)
	var planted strings.Builder
	for i := range 500 {
		planted.WriteString(attemptCookies + pad16(i) + "=w.mb0k1c3x.ABCDEFGHIJKLMNOPQRSTUVWXYZ; " + pendingCookies + pad16(i) + "=w.mb0k1c3x.ABCDEFGHIJKLMNOPQRSTUVWXYZ; ")
	}
	headers := map[string]func(*http.Request){
		"nothing":               func(*http.Request) {},
		"a long header":         func(r *http.Request) { r.Header.Set("X-Long", long) },
		"many headers":          func(r *http.Request) { r.Header["X-Many"] = strings.Split(long[:10000], "") },
		"a long cookie":         rawCookies("x=" + long),
		"a long cookie of ours": rawCookies(attemptCookies + "AAAAAAAAAAAAAAAA=" + long),
		"a long cookie name":    rawCookies(attemptCookies + long + "=w.mb0k1c3x.ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
		"many cookies":          rawCookies(strings.Repeat("x=1; ", 10_000)),
		"many cookies of ours":  rawCookies(planted.String()),
		"a long host":           func(r *http.Request) { r.Host = long },
		"a long origin":         func(r *http.Request) { r.Header.Set("Origin", "https://"+long) },
		"a long referrer":       func(r *http.Request) { r.Header.Set("Referer", long) },
		"a long content type":   func(r *http.Request) { r.Header.Set("Content-Type", long) },
	}
	requests := []struct {
		method, target, body string
		status               int // 0 if it depends on the headers
	}{
		{http.MethodGet, "/auth/fake/start", "", http.StatusOK},
		{http.MethodGet, "/auth/fake/start?next=/" + long, "", http.StatusOK},
		{http.MethodGet, "/auth/fake/start?error=" + long + "&provider=" + long, "", http.StatusOK},
		{http.MethodGet, "/auth/" + long + "/start", "", http.StatusNotFound},
		{http.MethodGet, "/auth/fake/" + long, "", http.StatusNotFound},
		{http.MethodPost, "/auth/fake/start", "", 0},
		{http.MethodPost, "/auth/fake/start?next=/" + long, "", 0},
		{http.MethodPost, "/auth/fake/start", "next=/" + long, 0},
		{http.MethodPost, "/auth/fake/start", strings.Repeat("a&", mega), 0},
		{http.MethodGet, "/auth/fake/callback", "", http.StatusSeeOther},
		{http.MethodGet, "/auth/fake/callback?token=x&verifier=y", "", http.StatusSeeOther},
		{http.MethodGet, "/auth/fake/callback?token=" + long, "", http.StatusBadRequest},
		{http.MethodGet, "/auth/fake/callback?" + long, "", http.StatusBadRequest},
		{http.MethodGet, "/auth/fake/callback?" + strings.Repeat("a=&", 4000), "", http.StatusBadRequest},
		{http.MethodGet, "/auth/fake/callback?token=x" + strings.Repeat("&", 9<<10), "", http.StatusBadRequest},
		{http.MethodGet, "/auth/fake/callback?token=x&verifier=" + long[:3<<10], "", http.StatusBadRequest},
		{http.MethodGet, "/signup", "", http.StatusConflict},
		{http.MethodPost, "/signup", oauthreg.PendingField + "=" + long, http.StatusConflict},
		{http.MethodPost, "/signup", strings.Repeat(oauthreg.PendingField+"=x&", 1000), http.StatusConflict},
	}
	onEveryStore(t, func(t *testing.T, a *app) {
		for name, edit := range headers {
			for i, row := range requests {
				what := name + ", request " + strconv.Itoa(i)
				r := httptest.NewRequestWithContext(t.Context(), row.method, site+"/", strings.NewReader(row.body))
				path, query, _ := strings.Cut(row.target, "?")
				r.URL.Path, r.URL.RawQuery = path, query
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				fromSite(site, "same-origin")(r)
				edit(r)
				w := httptest.NewRecorder()
				a.handler.ServeHTTP(w, r)
				assert.Less(t, w.Code, 500, what)
				assert.NotContains(t, w.Header().Get("Location"), "error="+string(oauthreg.Internal), what)
				assert.Less(t, w.Body.Len(), 8<<10, what)
				if row.status != 0 {
					assert.Equal(t, row.status, w.Code, what)
				}
			}
		}
		assert.NotContains(t, a.outcomes(), oauthreg.Internal)
		assert.Zero(t, a.flow.count().exchange)
		assert.Less(t, len(a.logs.String()), 1<<20, "the log does not repeat it")
	})
}

// Line breaks in whatever a stranger may write do not become header lines.
func TestLineBreaksDoNotReachTheHeader(t *testing.T) {
	t.Parallel()
	const broken = "x\r\nX-Injected: 1\r\nSet-Cookie: injected=1\r\n\r\n<script>"
	escaped := url.QueryEscape(broken)
	onEveryStore(t, func(t *testing.T, a *app) {
		a.flow.editToken = func(tok *provider.Token) { tok.Username = broken }
		person := ada
		person.Username, person.Name, person.AvatarURL, person.URL, person.Email = broken, broken, "https://img.example/"+broken, "https://x.example/"+broken, "a@x.example"+broken
		b := a.browser()
		visit := func(p page) page {
			for name, values := range p.header {
				for _, value := range values {
					assert.False(t, strings.ContainsAny(name+value, "\r\n"), "%s: %q", name, value)
				}
			}
			assert.NotContains(t, p.header, "X-Injected")
			assert.NotContains(t, p.body, "<script>")
			return p
		}
		for _, target := range []string{
			"/auth/fake/start?next=/" + escaped, "/auth/fake/start?error=" + escaped + "&provider=" + escaped, "/auth/fake/start?error=denied%0d%0a&provider=fake",
			"/auth/fake/callback?" + escaped, "/auth/fake/callback?denied=" + escaped, "/auth/fake/callback?error=" + escaped + "&error_description=" + escaped,
			"/auth/fake/callback?token=" + escaped + "&verifier=" + escaped, "/auth/" + url.PathEscape(broken) + "/start", "/auth/" + url.PathEscape(broken) + "/callback",
			"/auth/fake%0d%0aX-Injected:1/start", "/auth/fake/start%0d%0aX-Injected:1",
		} {
			visit(b.get(target))
			visit(b.post(target, nil))
		}
		for range 2 { // somebody new, then somebody known
			p := visit(b.post("/auth/fake/start", url.Values{"next": {"/" + broken}, "intent": {""}}))
			require.Equal(t, http.StatusSeeOther, p.status)
			p = visit(b.get("/auth/fake/callback?" + a.flow.approve(p.location, person)))
			require.Equal(t, http.StatusSeeOther, p.status)
			if p.location == "/signup" {
				assert.Equal(t, "/", visit(b.post("/signup", nil)).location)
			}
		}
		assert.Equal(t, oauthreg.Returning, a.last().Outcome)
		visit(b.post("/auth/fake/start", url.Values{"intent": {broken}}))
		for line := range strings.SplitSeq(strings.TrimSpace(a.logs.String()), "\n") {
			assert.True(t, strings.HasPrefix(line, `{"time":`), "%q", line)
		}
	})
}
