package oauthreg

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxNext bounds where to go next: it travels in a cookie.
const maxNext = 2048

// SafeNext reports whether next is a path on this site for every reader, Go
// and browsers alike (the URL standard of WHATWG reads "/\host" as another
// host, drops tabs, and takes "%2e" for a dot), and returns it unchanged.
// Anything else is "" and false: say nothing and go to the default.
func SafeNext(next string) (string, bool) {
	if len(next) == 0 || len(next) > maxNext || next[0] != '/' || !utf8.ValidString(next) {
		return "", false
	}
	// Blanks and controls are dropped or stripped by some readers, a back slash
	// is a slash to browsers.
	if strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return "", false
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	local, _, _ := strings.Cut(next, "?")
	local, _, _ = strings.Cut(local, "#")
	// The decoded path is looked at too: where net/url finds a character that
	// should have been escaped, it writes "/%2Fhost" anew, as "//host".
	if leaves(local) || leaves(u.Path) {
		return "", false
	}
	return next, true
}

// leaves reports whether path, or what a reader that resolves its dot segments
// makes of it ("/.//host"), may begin with another host.
func leaves(path string) bool {
	if strings.HasPrefix(path, "//") {
		return true
	}
	for segment := range strings.SplitSeq(path, "/") {
		dots := strings.ReplaceAll(strings.ToLower(segment), "%2e", ".")
		if dots == "." || dots == ".." {
			return true
		}
	}
	return false
}

// next returns where to go after signing in: raw if it is safe and not part of
// the handshake itself, else the default.
func (g *Registrar) next(raw string) string {
	if next, ok := SafeNext(raw); ok && !g.isRoute(next) {
		return next
	}
	for _, origin := range g.cfg.NextOrigins {
		// The app's own origin may be among them, so that routes are looked for here too.
		if rest, ok := strings.CutPrefix(raw, origin); ok {
			if _, ok := SafeNext(rest); (ok && !g.isRoute(rest)) || rest == "" {
				return raw
			}
		}
	}
	return g.cfg.DefaultNext
}

// isRoute reports whether next, which is safe, is one of this Registrar's own.
func (g *Registrar) isRoute(next string) bool {
	u, err := url.Parse(next)
	if err != nil {
		return true // not reached: SafeNext has parsed it
	}
	rest, ok := strings.CutPrefix(path.Clean(u.Path), g.basePath+"/")
	if !ok {
		return false
	}
	name, action, ok := strings.Cut(rest, "/")
	_, known := g.cfg.Flows[name]
	return ok && known && slices.Contains([]string{"start", "callback"}, action)
}
