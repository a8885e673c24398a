package sessionstore

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/oauthreg/go/internal/cookies"
	"github.com/oauthreg/go/seal"
)

// CookieConfig configures a [Cookie].
type CookieConfig struct {
	_ [0]func()

	// Keys seal the values. Required. All instances of the app need the same
	// keys. To rotate, put a new key in front and keep the old one for as long
	// as the longest ttl: what it sealed is found until then, and not found once
	// the key is gone.
	Keys *seal.Keyring

	// BaseURL is the app's public URL, as the browser sees it, such as
	// "https://app.example.com". Required. With https the cookies are Secure and
	// their names begin with "__Host-". Plain http is accepted for loopback
	// hosts: localhost, names under it, 127.0.0.0/8 and ::1.
	BaseURL string

	// Name begins the names of the cookies, after the prefix; "oauthreg" if
	// empty. Two stores on one host need two names: the names are part of what
	// is sealed, so neither reads, replaces or lets go of the other's values.
	Name string

	// MaxBytes bounds what all cookies of this store together take up in one
	// browser, counted as names and values; 6 KiB if zero, at least 4 KiB. A
	// browser sends them all in one header line, and common proxies refuse a
	// line over 8 KiB (nginx: large_client_header_buffers), which would lock the
	// person out until the cookies expire. Lower it if the app sets large
	// cookies of its own.
	MaxBytes int

	// DangerouslyAllowHTTP accepts a plain http BaseURL on any host. Whoever is
	// on the network path can then copy the cookies, and plant their own.
	DangerouslyAllowHTTP bool
}

const (
	// maxCookie is what browsers keep of name and value (RFC 6265bis section
	// 5.6); a larger cookie is dropped without a word.
	maxCookie = 4096

	// maxCookies is half of what a browser must keep for a host (RFC 6265bis
	// section 6.1), so that the app's own are not pushed out.
	maxCookies = 24

	defaultMaxBytes = 6 << 10
)

// Cookie is a [Store] that seals every value into a cookie of its own. It has
// no state on the server: any instance with the same keys reads what another
// wrote, and nobody can fill it up.
//
// A cookie's name holds a hash of the key, not the key. Its value opens only
// under that name, for that key, on a store with the same keys and Name, until
// the ttl is over: the time is sealed in, so that it does not matter what the
// browser keeps. Anything that does not open is not found. Of several cookies
// of one name, the newest that opens counts.
//
// What the browser holds, nobody can take back:
//
//   - Take drops the cookie from the browser that asks. It cannot stop a copy
//     of the cookie, made earlier, from being found again until the ttl is
//     over. Where a value must be used once, use a store on the server.
//   - Signing out elsewhere, deleting the account or blocking the person does
//     not revoke a value. Only its ttl does, or removing the key, which revokes
//     everything sealed with it.
//
// A value of up to about 2900 bytes fits; see [CookieConfig.MaxBytes] for all
// together. When there are too many, more than 24 or more bytes than that, Put
// drops those that no longer open and then the oldest.
//
// Get and Take never return an error. A Cookie is immutable and safe for
// concurrent use; as everywhere in net/http, one ResponseWriter is not. Take
// sees what the same response has put or taken, Get does not. Make one with
// [NewCookie]; the zero Cookie is not usable.
type Cookie struct {
	attributes attributes
	sealer     *seal.Sealer
	maxBytes   int
}

var _ Store = (*Cookie)(nil)

// NewCookie returns a Cookie, or every fault of cfg as joined [*ConfigError]
// values.
func NewCookie(cfg CookieConfig) (*Cookie, error) {
	attrs, attrsErr := attributesOf(cfg.BaseURL, cfg.Name, cfg.DangerouslyAllowHTTP)
	maxBytes, boundErr := checkBound("MaxBytes", cfg.MaxBytes, defaultMaxBytes, maxCookie)
	var keysErr error
	if cfg.Keys.IsZero() {
		keysErr = &ConfigError{Field: "Keys", Reason: "it is required: parse one with seal.Parse"}
	}
	if err := errors.Join(keysErr, attrsErr, boundErr); err != nil {
		return nil, err
	}
	sealer, err := cfg.Keys.Sealer("sessionstore cookie v1 " + attrs.name)
	if err != nil {
		return nil, &ConfigError{Field: "Keys", Reason: err.Error()}
	}
	return &Cookie{attributes: attrs, sealer: sealer, maxBytes: maxBytes}, nil
}

// Put implements [Store]. For a value that does not fit into a cookie the error
// is [ErrTooLarge], and says by how much.
func (c *Cookie) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	if err := checkPut(key, ttl); err != nil {
		return err
	}
	name := c.attributes.nameFor(key)
	size := len(name) + base64.RawURLEncoding.EncodedLen(seal.Overhead+headerSize+len(value))
	if size > maxCookie {
		return fmt.Errorf("%w: %d bytes make a cookie of %d, and browsers drop one over %d; "+
			"keep less in it, or use a store that keeps its values on the server", ErrTooLarge, len(value), size, maxCookie)
	}
	c.makeRoom(w.Header(), r, name, size)
	cookies.Set(w.Header(), cookies.Cookie{
		Name: name, Sealed: c.seal(name, key, value, ttl), MaxAge: seconds(ttl), Secure: c.attributes.secure,
	})
	return nil
}

// Get implements [Store].
func (c *Cookie) Get(r *http.Request, key string) (value []byte, found bool, err error) {
	if !validKey(key) {
		return nil, false, nil
	}
	name := c.attributes.nameFor(key)
	value, found = c.newest(received(r, name), name, key)
	return value, found, nil
}

// Take implements [Store], as far as a cookie can; see [Cookie].
func (c *Cookie) Take(w http.ResponseWriter, r *http.Request, key string) (value []byte, found bool, err error) {
	if !validKey(key) {
		return nil, false, nil
	}
	name := c.attributes.nameFor(key)
	values := current(w.Header(), r, name)
	if len(values) == 0 {
		return nil, false, nil
	}
	// One that does not open is dropped too: it never will.
	value, found = c.newest(values, name, key)
	cookies.Set(w.Header(), c.attributes.expired(name))
	return value, found, nil
}

// Drop removes the value without opening it.
func (c *Cookie) Drop(w http.ResponseWriter, r *http.Request, key string) error {
	if !validKey(key) {
		return nil
	}
	if name := c.attributes.nameFor(key); len(current(w.Header(), r, name)) > 0 {
		cookies.Set(w.Header(), c.attributes.expired(name))
	}
	return nil
}
