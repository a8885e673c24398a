// Package cookies reads the cookies of a request and sets those of a response,
// by name. net/http parses all of them each time one is asked for; a sign-up
// asks a dozen times.
package cookies

import (
	"encoding/base64"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxCookies is how many cookies of a request are looked at, as in net/http
// (GODEBUG httpcookiemaxnum), those without a name included: a header may be a
// megabyte of separators.
const maxCookies = 3000

const blanks = " \t\r\n"

// All yields name and value of each cookie in the headers of a request, in
// their order. Unlike [http.Request.Cookies] it does not look at the characters
// of a value: whoever takes one must know what its own look like.
func All(h http.Header) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		n := 0
		for _, line := range h["Cookie"] {
			for rest := line; rest != ""; {
				var part string
				part, rest, _ = strings.Cut(rest, ";")
				if n++; n > maxCookies {
					return
				}
				name, value, _ := strings.Cut(strings.Trim(part, blanks), "=")
				name = strings.Trim(name, blanks)
				if name != "" && !yield(name, unquoted(value)) {
					return
				}
			}
		}
	}
}

// unquoted takes away the quotes that a value may be in (RFC 6265 section
// 4.1.1): some proxies add them.
func unquoted(value string) string {
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		return value[1 : len(value)-1]
	}
	return value
}

// Cookie is one that the library sets: for the whole host, kept from scripts,
// and Lax rather than Strict: the callback of an OAuth handshake is a navigation
// that starts at the provider, and has to bring it.
type Cookie struct {
	// Name and Value have no character that a cookie may not have (RFC 6265
	// section 4.1.1).
	Name, Value string
	// Sealed, if not nil, stands in place of Value, and is written in base64 (the URL
	// alphabet, without padding).
	Sealed []byte
	// MaxAge is in seconds; a negative one drops the cookie.
	MaxAge int
	// Secure keeps it from plain http.
	Secure bool
}

// line is the line of Set-Cookie, as [http.Cookie.String] writes it.
func (c Cookie) line() string {
	var short [256]byte
	line := append(append(short[:0], c.Name...), '=')
	if c.Sealed != nil {
		const attributes = "; Path=/; Max-Age=2147483647; HttpOnly; Secure; SameSite=Lax"
		line = slices.Grow(line, base64.RawURLEncoding.EncodedLen(len(c.Sealed))+len(attributes))
		line = base64.RawURLEncoding.AppendEncode(line, c.Sealed)
	} else {
		line = append(line, c.Value...)
	}
	line = append(line, "; Path=/; Max-Age="...)
	line = strconv.AppendInt(line, int64(max(c.MaxAge, 0)), 10)
	line = append(line, "; HttpOnly"...)
	if c.Secure {
		line = append(line, "; Secure"...)
	}
	return string(append(line, "; SameSite=Lax"...))
}

// Set adds c to the response in place of what the response set under its name
// so far. RFC 6265 section 4.1.1 forbids two lines for one name, and
// [http.SetCookie] would leave both. All other lines stay as they are.
func Set(h http.Header, c Cookie) {
	same := func(line string) bool { return NameOf(line) == c.Name }
	if slices.ContainsFunc(h[header], same) {
		// A new slice: somebody else may hold on to the old one.
		h[header] = slices.DeleteFunc(slices.Clone(h[header]), same)
	}
	h[header] = append(h[header], c.line())
}

const header = "Set-Cookie"

// NameOf returns the name of the cookie in a line of Set-Cookie.
func NameOf(line string) string {
	pair, _, _ := strings.Cut(line, ";")
	name, _, _ := strings.Cut(pair, "=")
	return strings.TrimSpace(name)
}
