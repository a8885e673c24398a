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

func (a attributes) cookie(name, value string, ttl time.Duration) cookies.Cookie {
	return cookies.Cookie{Name: name, Value: value, MaxAge: seconds(ttl), Secure: a.secure}
}

// expired tells the browser to drop the cookie. It has the same attributes: a
// browser ignores a "__Host-" cookie without them, also one that deletes.
func (a attributes) expired(name string) cookies.Cookie {
	return cookies.Cookie{Name: name, MaxAge: -1, Secure: a.secure}
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
