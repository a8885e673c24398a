package oauthreg_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/oauthreg/go/oauthreg"
)

// seen is where a browser goes with a link on a page of [site].
type seen struct{ scheme, host, path string }

var schemePattern = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)

// browse is the URL parser of https://url.spec.whatwg.org/#url-parsing, as far
// as it decides on scheme, host and path of a link on an https page. It shares
// nothing with net/url on purpose.
func browse(link string) seen {
	at := seen{scheme: "https", host: "app.example.com", path: "/signup/form"}
	link = strings.TrimFunc(link, func(r rune) bool { return r <= ' ' })
	link = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(link)
	if m := schemePattern.FindStringSubmatch(link); m != nil {
		scheme, rest := strings.ToLower(m[1]), link[len(m[0]):]
		if scheme != "https" {
			return seen{scheme: scheme, path: rest}
		}
		if slashes(rest) < 2 { // "special scheme, same as the base's": relative
			link = rest
		} else {
			return withHost("https", rest[slashes(rest):])
		}
	}
	if n := slashes(link); n >= 2 {
		return withHost("https", link[n:])
	}
	local, _, _ := strings.Cut(link, "#")
	local, _, hasQuery := strings.Cut(local, "?")
	local = strings.ReplaceAll(local, `\`, "/")
	switch {
	case local == "" && (hasQuery || link == "" || link[0] == '#'):
		return at
	case strings.HasPrefix(local, "/"):
		at.path = removeDots(local)
	default:
		at.path = removeDots("/signup/" + local)
	}
	return at
}

// slashes counts the slashes of either kind that text begins with.
func slashes(text string) int { return len(text) - len(strings.TrimLeft(text, `/\`)) }

func withHost(scheme, rest string) seen {
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		end = len(rest)
	}
	host := rest[:end]
	host = host[strings.LastIndex(host, "@")+1:]
	path, _, _ := strings.Cut(rest[end:], "#")
	path, _, _ = strings.Cut(path, "?")
	return seen{scheme, strings.TrimSuffix(strings.ToLower(host), ":443"), removeDots(strings.ReplaceAll(path, `\`, "/"))}
}

// removeDots resolves segments, "%2e" counting as a dot.
func removeDots(path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	var kept []string
	for i, segment := range segments {
		dots := strings.ReplaceAll(strings.ReplaceAll(segment, "%2e", "."), "%2E", ".")
		last := i == len(segments)-1
		switch {
		case dots == "..":
			kept = kept[:max(0, len(kept)-1)]
			if last {
				kept = append(kept, "")
			}
		case dots == ".":
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}

func TestTheOracleThinksLikeABrowser(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]seen{
		"//evil.example/x":            {"https", "evil.example", "/x"},
		`/\evil.example`:              {"https", "evil.example", "/"},
		`\\evil.example`:              {"https", "evil.example", "/"},
		"/\t/evil.example":            {"https", "evil.example", "/"},
		" \x00//u:p@evil.example:443": {"https", "evil.example", "/"},
		"https:evil.example":          {"https", "app.example.com", "/signup/evil.example"},
		"https:/evil.example":         {"https", "app.example.com", "/evil.example"},
		"https:///evil.example":       {"https", "evil.example", "/"},
		"http:/evil.example":          {"http", "", "/evil.example"},
		"JAVASCRIPT:alert(1)":         {"javascript", "", "alert(1)"},
		"/a/%2e%2E/..//b":             {"https", "app.example.com", "//b"},
		"x/../y?//z":                  {"https", "app.example.com", "/signup/y"},
		"?x":                          {"https", "app.example.com", "/signup/form"},
		"/%5cevil.example":            {"https", "app.example.com", "/%5cevil.example"},
		"..":                          {"https", "app.example.com", "/"},
	} {
		if got := browse(link); got != want {
			t.Errorf("%q: got %+v, want %+v", link, got, want)
		}
	}
}

var nextInput = regexp.MustCompile(`name="next" value="([^"]*)"`)

func FuzzSafeNext(f *testing.F) {
	for _, next := range append(append([]string(nil), localPaths...), hostilePaths...) {
		f.Add(next)
	}
	for _, next := range []string{"/auth/fake/start", "/auth/fake/../fake/callback", "/a/%2E%2e/auth/fake%2fcallback", "https://www.example.com/x"} {
		f.Add(next)
	}
	a := newApp(f, newCookieStore(f), func(cfg *oauthreg.Config) { cfg.NextOrigins = []string{"https://www.example.com"} })
	base, err := url.Parse(site + "/signup/form")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got, ok := oauthreg.SafeNext(next)
		switch {
		case !ok && got != "":
			t.Fatalf("%q: refused, and returned %q", next, got)
		case ok && got != next:
			t.Fatalf("%q: changed to %q", next, got)
		}
		if ok {
			checkLocal(t, base, got)
		}
		// Through a Registrar the same holds for what is emitted, which may be a
		// listed origin, and is never a part of the handshake.
		b := &browser{t: t, handler: a.handler}
		page := b.get("/auth/fake/start?next=" + url.QueryEscape(next)).body
		m := nextInput.FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("%q: no next in the page", next)
		}
		emitted := html.UnescapeString(m[1])
		if rest, listed := strings.CutPrefix(emitted, "https://www.example.com"); listed {
			if w := browse(emitted); w.scheme != "https" || w.host != "www.example.com" {
				t.Fatalf("%q leads to %+v", next, w)
			}
			if rest == "" {
				return
			}
			emitted = rest
		}
		checkLocal(t, base, emitted)
		path, err := url.PathUnescape(browse(emitted).path)
		if err != nil {
			t.Fatalf("%q: %v", next, err)
		}
		for _, route := range []string{"/auth/fake/start", "/auth/fake/callback", "/auth/other/start", "/auth/other/callback"} {
			if path == route && emitted != "" {
				t.Fatalf("%q leads to the handshake", next)
			}
		}
	})
}

// checkLocal fails unless browsers and Go alike keep next on the site.
func checkLocal(t *testing.T, base *url.URL, next string) {
	t.Helper()
	w := browse(next)
	if w.scheme != "https" || w.host != "app.example.com" || strings.HasPrefix(w.path, "//") {
		t.Fatalf("a browser reads %q as %+v", next, w)
	}
	u, err := base.Parse(next)
	if err != nil || u.Scheme != base.Scheme || u.Host != base.Host || u.User != nil || strings.HasPrefix(u.EscapedPath(), "//") {
		t.Fatalf("net/url reads %q as %v (%v)", next, u, err)
	}
}
