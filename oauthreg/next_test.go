package oauthreg_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

// localPaths stay on the site for every reader.
var localPaths = []string{
	"/", "/inbox", "/a/b/c", "/a//b", "/a/", "/?q=1", "/#top", "/a?b=c#d", "/?next=https://evil.example/", "/?q=//evil.example",
	"/#//evil.example", "/a:b", "/a@b", "/.well-known", "/..a", "/a..", "/...", "/a.", "/%20", "/a%2Fb", "/a%2F%2Fb",
	// A browser does not take "%5c" for a slash, nor what is between for a host.
	"/%5cevil.example", "/%5c%5cevil.example", "/%09/evil.example", "/ä/ö", "/日本", "/🦊", "/a?x=<script>", `/"`, "/'", "/?a[]=1", "/..;/a",
	"/" + strings.Repeat("a", 2047),
}

// hostilePaths are not on the site, or not for every reader, or not paths.
var hostilePaths = []string{
	"", " ", "inbox", "?q", "#x", ".", "..", "../x",
	"//evil.example", "///evil.example", "////evil.example", "//evil.example/../..", "//", "///", "//?x", "//#x", "/\\/",
	`/\evil.example`, `\evil.example`, `\\evil.example`, `/\/evil.example`, `//\evil.example`, `/a\b`, `/?q=\`, `/#\`,
	"/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", "/\x00/evil.example", "/ /evil.example", " /a", "/a ",
	"/a\x7f", "/\x1f", "/\x0b/evil.example", "\n/a", "/a\r\nSet-Cookie: x=1",
	"/.//evil.example", "/..//evil.example", "/a/..//evil.example", "/./", "/..", "/.", "/a/../b", "/a/.", "/./.?x", "/..#x",
	"/%2e//evil.example", "/%2E%2e//evil.example", "/%2e%2e/", "/.%2e//evil.example", "/%2e.//evil.example", "/a/%2e%2e//evil.example", "/%2E",
	// net/url writes these anew as "//evil.example%22", one unescaped character being enough.
	"/%2Fevil.example\"", "/%2fevil.example", "/%2F%2Fevil.example", "/a%2F..%2F..%2F%2Fevil.example\"", "/a/%2F../x", "/%2e%2e%2f/evil.example",
	"https://evil.example", "https:evil.example", "https:/evil.example", "https:///evil.example", "https:\\\\evil.example",
	"http://evil.example", "HTTPS://evil.example", "javascript:alert(1)", "JavaScript://%0aalert(1)", "data:text/html,x", "vbscript:x",
	"blob:https://evil.example", "view-source:/", "mailto:x@evil.example", "evil.example/", "@evil.example", ":80/", "//@evil.example",
	"//evil.example:443", "//user@evil.example/", "/%", "/%2", "/%zz", "/a%", "%2f%2fevil.example", "%2fa",
	"/\xff", "/\xc0\xaf/evil.example", "/\xed\xa0\x80", "\xef\xbb\xbf/a",
	"/" + strings.Repeat("a", 2048), "/" + strings.Repeat("a", 3<<10), strings.Repeat("/", 2048),
}

func TestSafeNext(t *testing.T) {
	t.Parallel()
	for _, next := range localPaths {
		got, ok := oauthreg.SafeNext(next)
		assert.True(t, ok, "%q", next)
		assert.Equal(t, next, got, "emitted as it came")
	}
	for _, next := range hostilePaths {
		got, ok := oauthreg.SafeNext(next)
		assert.False(t, ok, "%q", next)
		assert.Empty(t, got)
	}
}

// landing returns where a person lands who starts with next and is known.
func landing(t testing.TB, a *app, next string) string {
	t.Helper()
	b := a.browser()
	p := b.post("/auth/fake/start", url.Values{"next": {next}})
	require.Equal(t, http.StatusSeeOther, p.status)
	p = b.get("/auth/fake/callback?" + a.flow.approve(p.location, ada))
	require.Equal(t, oauthreg.Returning, a.last().Outcome, "%v", a.last().Err)
	return p.location
}

func TestPersonLandsOnTheAppWhateverNextSays(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) { cfg.DefaultNext = "/home" })
	a.signUp(ada)
	for _, next := range hostilePaths {
		assert.Equal(t, "/home", landing(t, a, next), "%q", next)
	}
	for _, next := range localPaths {
		want := (&url.URL{Path: "/", RawQuery: next}).RawQuery // as it is
		got := landing(t, a, next)
		unescaped, err := url.PathUnescape(got)
		require.NoError(t, err)
		plain, err := url.PathUnescape(want)
		require.NoError(t, err)
		assert.Equal(t, plain, unescaped, "nothing but non-ASCII is escaped")
		assert.False(t, strings.ContainsFunc(got, func(r rune) bool { return r > 0x7e }), "%q", got)
	}
}

// A handshake that leads to a handshake is a loop, or somebody's trick.
func TestPersonNeverLandsOnTheHandshake(t *testing.T) {
	t.Parallel()
	routes := []string{
		"/auth/fake/start", "/auth/fake/callback", "/auth/fake/callback?denied=1", "/auth/other/start#x", "/auth/fake/start/",
		"/auth//fake/start", "/auth/fake//callback", "/auth/%66ake/start", "/auth/fake%2fstart", "/%61uth/fake/%63allback",
		"/auth/x%2f..%2ffake/start", "/auth%2ffake%2fstart", "/x%2f..%2fauth/fake/start", "//auth/fake/start",
	}
	others := []string{"/auth/nobody/start", "/auth/fake/other", "/auth", "/auth/fake", "/authors/fake/start", "/x/auth/fake/start", "/?x=/auth/fake/start"}
	own := func(cfg *oauthreg.Config) {
		cfg.DefaultNext = "/home"
		cfg.NextOrigins = []string{site, "https://www.example.com"}
	}
	a := newApp(t, newMemoryStore(t), own)
	a.signUp(ada)
	for _, next := range routes {
		assert.Equal(t, "/home", landing(t, a, next), next)
		assert.Equal(t, "/home", landing(t, a, site+next), "its own origin, spelt out")
	}
	for _, next := range others {
		assert.Equal(t, next, landing(t, a, next))
		assert.Equal(t, site+next, landing(t, a, site+next))
	}
	t.Run("mounted at the root", func(t *testing.T) {
		t.Parallel()
		a := newApp(t, newMemoryStore(t), own, func(cfg *oauthreg.Config) { cfg.BaseURL = site + "/" })
		for next, want := range map[string]string{"/fake/start": "/home", "/fake/callback": "/home", "/fake": "/fake"} {
			r := a.browser()
			r.handler = a.reg.Handler()
			body := r.get("/fake/start?next=" + url.QueryEscape(next)).body
			assert.Contains(t, body, `name="next" value="`+want+`"`)
		}
	})
}

func TestNextOriginsAreExact(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.NextOrigins = []string{"https://www.example.com", "https://shop.example.com:8443", "http://localhost:3000"}
	})
	a.signUp(ada)
	for _, next := range []string{
		"https://www.example.com", "https://www.example.com/", "https://www.example.com/a?b#c", "https://shop.example.com:8443/cart", "http://localhost:3000/x",
	} {
		assert.Equal(t, next, landing(t, a, next))
	}
	for _, next := range []string{
		"https://www.example.com.evil.example/", "https://www.example.com@evil.example/", "https://www.example.com:443/", "https://www.example.com:8443/",
		"http://www.example.com/", "HTTPS://www.example.com/", "https://WWW.example.com/", "https://evil.example/https://www.example.com/",
		"https://shop.example.com/", "http://localhost/", "http://localhost:30001/", "https://example.com/", "//www.example.com/",
		"https://www.example.com//evil.example", `https://www.example.com/\evil.example`, `https://www.example.com\@evil.example`,
		"https://www.example.com?x", "https://www.example.com#x", "https://www.example.com/../x", "https://www.example.com/\n", "https:www.example.com/",
	} {
		assert.Equal(t, "/", landing(t, a, next), "%q", next)
	}
}

func TestNextMayStandInTheQueryOfTheStart(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	b := a.browser()
	p := b.post("/auth/fake/start?next=/inbox", nil)
	b.get("/auth/fake/callback?" + a.flow.approve(p.location, ada))
	assert.Equal(t, "/inbox", a.form(b).Next)
}

// The callback's own query has no say: "next" was decided at the start.
func TestNextInTheCallbackIsIgnored(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	a.signUp(ada)
	b := a.browser()
	assert.Equal(t, "/inbox", b.get(a.approved(b, ada, "/inbox")+"&next=/elsewhere").location)
}
