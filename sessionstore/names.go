package sessionstore

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/oauthreg/go/internal/cookies"
)

// nameHashSize is how many characters of the key's hash are in a cookie's name:
// 132 bits, a little more than its first half.
const nameHashSize = 22

// nameFor returns the name of the cookie for key. Keys do not appear in it: they
// may hold a request token, and names end up in more logs than values do.
func (a attributes) nameFor(key string) string {
	hash := keyHash(key)
	name := make([]byte, 0, 128)
	name = append(append(name, a.name...), '-')
	name = base64.RawURLEncoding.AppendEncode(name, hash[:])
	return string(name[:len(a.name)+1+nameHashSize])
}

// owns reports whether a cookie of that name is one of this store. Since the
// hash has a fixed length, one store's names are never another's, also where
// one Name is the beginning of another.
func (a attributes) owns(name string) bool {
	hash, ok := strings.CutPrefix(name, a.name+"-")
	if !ok || len(hash) != nameHashSize {
		return false
	}
	return strings.Trim(hash, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// current returns the values of the cookies called name that the browser has:
// the one that the response so far sets, or else those of the request. One that
// the response drops has an empty value.
func current(h http.Header, r *http.Request, name string) []string {
	if pending, ok := pendingCookie(h, name); ok {
		return []string{pending.Value}
	}
	return received(r, name)
}

// received returns the values of the cookies called name in r.
func received(r *http.Request, name string) (values []string) {
	for n, value := range cookies.All(r.Header) {
		if n == name {
			values = append(values, value)
		}
	}
	return values
}
