package gorillastore

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/sessions"
)

const setCookieHeader = "Set-Cookie"

// cookies returns the cookies called name that the browser has, and will have
// after this response: what that sets counts alone. h may be nil.
func (s *Store) cookies(h http.Header, r *http.Request, name string) []*http.Cookie {
	cookie, found := pendingCookie(h, name)
	switch {
	case !found:
		return r.CookiesNamed(name)
	case cookie.MaxAge < 0:
		return nil
	}
	return []*http.Cookie{cookie}
}

// expired tells the browser to drop the cookie, with the attributes that it was
// set with.
func (s *Store) expired(name string) *http.Cookie {
	return sessions.NewCookie(name, "", s.options(nil, -1))
}

// setCookie adds cookie to the response in place of what the response set
// under its name so far. RFC 6265 section 4.1.1 forbids two lines for one name,
// and http.SetCookie would leave both.
func setCookie(h http.Header, cookie *http.Cookie) {
	lines := make([]string, 0, len(h[setCookieHeader])+1)
	for _, line := range h[setCookieHeader] {
		if nameOf(line) != cookie.Name {
			lines = append(lines, line)
		}
	}
	h[setCookieHeader] = append(lines, cookie.String())
}

// pendingCookie returns what the response so far sets under name. A negative
// MaxAge says that it drops the cookie.
func pendingCookie(h http.Header, name string) (cookie *http.Cookie, found bool) {
	for _, line := range slices.Backward(h[setCookieHeader]) {
		if nameOf(line) != name {
			continue
		}
		if cookie, err := http.ParseSetCookie(line); err == nil {
			return cookie, true
		}
	}
	return nil, false
}

// nameOf returns the cookie name in a Set-Cookie line.
func nameOf(line string) string {
	pair, _, _ := strings.Cut(line, ";")
	name, _, _ := strings.Cut(pair, "=")
	return strings.TrimSpace(name)
}

// resident is what the browser will have under one name after this response.
type resident struct {
	cookies []*http.Cookie // several if the browser sent the name repeatedly
	size    int
	order   int
	issued  time.Time // zero if nothing is found by it
}

// makeRoom lets go of values until a cookie of size bytes called name fits in.
func (s *Store) makeRoom(h http.Header, r *http.Request, name string, size int) {
	residents := s.residents(h, r)
	delete(residents, name)
	count, total := len(residents)+1, size
	for _, v := range residents {
		total += v.size
	}
	full := func() bool { return count > maxCookies || total > s.config.MaxBytes }
	if !full() {
		return
	}
	// A browser that got all its cookies from here needs few to be dropped. One
	// that sends thousands is not worth a response header of the same size.
	oldest := s.oldest(r, residents)
	for _, v := range oldest[:min(len(oldest), maxCookies)] {
		if !full() {
			return
		}
		// The session goes from the store too. If that fails it expires there.
		for _, cookie := range v.cookies[:min(len(v.cookies), maxDoubles)] {
			_, _, _ = s.take(r, cookie)
		}
		setCookie(h, s.expired(v.cookies[0].Name))
		count--
		total -= v.size
	}
}

// residents returns the cookies made here by name: those of the request, with
// what the response so far changes about them.
func (s *Store) residents(h http.Header, r *http.Request) map[string]*resident {
	residents := make(map[string]*resident)
	for _, cookie := range r.Cookies() {
		if !s.owns(cookie.Name) {
			continue
		}
		v := residents[cookie.Name]
		if v == nil {
			v = &resident{order: len(residents)}
			residents[cookie.Name] = v
		}
		v.cookies = append(v.cookies, cookie)
		v.size += len(cookie.Name) + len(cookie.Value)
	}
	order := len(residents)
	for _, line := range h[setCookieHeader] {
		cookie, err := http.ParseSetCookie(line)
		if err != nil || !s.owns(cookie.Name) {
			continue
		}
		delete(residents, cookie.Name)
		if cookie.MaxAge >= 0 {
			order++
			residents[cookie.Name] = &resident{
				cookies: []*http.Cookie{cookie}, size: len(cookie.Name) + len(cookie.Value), order: order,
			}
		}
	}
	return residents
}

// oldest sorts residents, those first by which nothing is found, then by when
// they were issued. Where the clock did not advance their order tells: browsers
// send older cookies first (RFC 6265 section 5.4). Of very many it looks at the
// last maxLooks alone, and takes the others for ones that do not open: a load
// may be a query, and one request brings room for thousands of names.
func (s *Store) oldest(r *http.Request, residents map[string]*resident) []*resident {
	all := slices.SortedFunc(maps.Values(residents), func(a, b *resident) int { return cmp.Compare(a.order, b.order) })
	for _, v := range all[max(len(all)-maxLooks, 0):] {
		for _, cookie := range v.cookies[:min(len(v.cookies), maxDoubles)] {
			// One that the store cannot tell about counts as not found.
			if _, e, found, _ := s.load(r, cookie); found && e.issued.After(v.issued) {
				v.issued = e.issued
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *resident) int { return a.issued.Compare(b.issued) })
	return all
}
