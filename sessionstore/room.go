package sessionstore

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/oauthreg/go/internal/cookies"
)

// resident is a cookie of the store that the browser will have after this
// response.
type resident struct {
	name   string
	values []string // several if the browser sent the name repeatedly
	size   int
	order  int
	issued time.Time // zero if it does not open
}

// makeRoom drops cookies until one of size bytes called name fits in.
func (c *Cookie) makeRoom(h http.Header, r *http.Request, name string, size int) {
	if n, sum := c.attributes.atMost(h, r); n < maxCookies && sum+size <= c.maxBytes {
		return
	}
	residents := c.attributes.residents(h, r)
	delete(residents, name)
	count, total := len(residents)+1, size
	for _, v := range residents {
		total += v.size
	}
	full := func() bool { return count > maxCookies || total > c.maxBytes }
	if !full() {
		return
	}
	// A browser that got all its cookies from here needs few to be dropped. One
	// that sends thousands is not worth a response header of the same size.
	for _, v := range oldest(residents, maxCookies, c.issued) {
		if !full() {
			return
		}
		cookies.Set(h, c.attributes.expired(v.name))
		count--
		total -= v.size
	}
}

// atMost returns how many cookies of the store the browser will have at most,
// and how long they are together: what the response replaces or drops is counted
// too. Most of the time that is few enough, and nothing has to be looked at.
func (a attributes) atMost(h http.Header, r *http.Request) (n, size int) {
	for name, value := range cookies.All(r.Header) {
		if a.owns(name) {
			n, size = n+1, size+len(name)+len(value)
		}
	}
	for _, line := range h[setCookieHeader] {
		if a.owns(cookies.NameOf(line)) {
			n, size = n+1, size+len(line)
		}
	}
	return n, size
}

// residents returns the store's cookies by name: those of the request, with
// what the response so far changes about them.
func (a attributes) residents(h http.Header, r *http.Request) map[string]*resident {
	residents := make(map[string]*resident)
	order := 0
	add := func(name, value string) {
		v, ok := residents[name]
		if !ok {
			order++
			v = &resident{name: name, order: order}
			residents[name] = v
		}
		v.values = append(v.values, value)
		v.size += len(name) + len(value)
	}
	for name, value := range cookies.All(r.Header) {
		if a.owns(name) {
			add(name, value)
		}
	}
	for _, line := range h[setCookieHeader] {
		if !a.owns(cookies.NameOf(line)) {
			continue
		}
		cookie, err := http.ParseSetCookie(line)
		if err != nil {
			continue
		}
		delete(residents, cookie.Name)
		if cookie.MaxAge >= 0 {
			add(cookie.Name, cookie.Value)
		}
	}
	return residents
}

// issued returns when the store made the value of the cookie called name.
func (c *Cookie) issued(name, value string) (issued time.Time, ok bool) {
	e, ok := c.open(name, value)
	return e.issued, ok
}

// oldest returns up to n residents, those first whose values the store did not
// make, then by when they were issued. Where the clock did not advance their
// order tells: browsers send older cookies first (RFC 6265 section 5.4).
func oldest(residents map[string]*resident, n int, issued func(name, value string) (time.Time, bool)) []*resident {
	for _, v := range residents {
		for _, value := range v.values {
			if at, ok := issued(v.name, value); ok && at.After(v.issued) {
				v.issued = at
			}
		}
	}
	sorted := slices.SortedFunc(maps.Values(residents), func(a, b *resident) int {
		return cmp.Or(a.issued.Compare(b.issued), cmp.Compare(a.order, b.order))
	})
	return sorted[:min(n, len(sorted))]
}
