package sessionstore

import (
	"net/http"
	"slices"
	"time"

	"github.com/oauthreg/go/internal/cookies"
)

// attributes are what the cookies of one store have in common.
type attributes struct {
	// name begins the name of every cookie.
	name string

	// secure follows the scheme of the base URL and is not always set: Safari
	// refuses Secure cookies over http even on localhost, and other browsers
	// refuse "__Host-" names without Secure.
	secure bool
}

// cookie is Lax rather than Strict: the callback of an OAuth handshake is a
// navigation that starts at the provider, and has to bring the cookie.
func (a attributes) cookie(name, value string, ttl time.Duration) *http.Cookie {
	return &http.Cookie{
		Name:     name,
		Value:    value,
		Path:     "/",
		MaxAge:   seconds(ttl),
		Secure:   a.secure,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}

// expired tells the browser to drop the cookie. It has the same attributes: a
// browser ignores a "__Host-" cookie without them, also one that deletes.
func (a attributes) expired(name string) *http.Cookie {
	cookie := a.cookie(name, "", 0)
	cookie.MaxAge = -1
	return cookie
}

// seconds rounds up: the browser must not drop a value that has not expired.
func seconds(ttl time.Duration) int {
	s := ttl / time.Second
	if ttl%time.Second > 0 {
		s++
	}
	return int(s)
}

const setCookieHeader = "Set-Cookie"

// pendingCookie returns what the response so far sets under name. A negative
// MaxAge says that it drops the cookie.
func pendingCookie(h http.Header, name string) (cookie *http.Cookie, found bool) {
	for _, line := range slices.Backward(h[setCookieHeader]) {
		if cookies.NameOf(line) != name {
			continue
		}
		if cookie, err := http.ParseSetCookie(line); err == nil {
			return cookie, true
		}
	}
	return nil, false
}
