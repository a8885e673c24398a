package sessiontest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oauthreg/go/sessionstore"
)

// browser makes requests with the cookies that earlier responses set. It is
// safe for concurrent use, like a browser with several tabs.
type browser struct {
	ctx   context.Context
	store sessionstore.Store

	// hoards keeps cookies past their time, as whoever copied one can.
	hoards bool

	mu    sync.Mutex
	jar   []jarCookie // the oldest first
	lines []string    // all Set-Cookie lines received
}

type jarCookie struct {
	name, value string
	expires     time.Time // zero for one that lives as long as the browser
}

const (
	// What a browser must be able to keep, so what a store may rely on: RFC
	// 6265bis sections 5.6 and 6.1.
	maxCookieSize = 4096
	maxCookies    = 50

	// maxHeaderLine is what common proxies take.
	maxHeaderLine = 8 << 10
)

// visit makes one request.
func (b *browser) visit(handler func(w http.ResponseWriter, r *http.Request) error) error {
	r := httptest.NewRequestWithContext(b.ctx, http.MethodPost, "https://app.example.com/", nil)
	if header := b.cookieHeader(); header != "" {
		r.Header.Set("Cookie", header)
	}
	w := httptest.NewRecorder()
	err := handler(w, r)
	if keepErr := b.keep(w.Header().Values("Set-Cookie")); keepErr != nil {
		return keepErr
	}
	return err
}

// cookieHeader returns what the browser sends.
func (b *browser) cookieHeader() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.jar = slices.DeleteFunc(b.jar, func(c jarCookie) bool {
		return !b.hoards && !c.expires.IsZero() && !time.Now().Before(c.expires)
	})
	var pairs []string
	for _, c := range b.jar {
		pairs = append(pairs, c.name+"="+c.value)
	}
	return strings.Join(pairs, "; ")
}

// keep does with Set-Cookie lines what browsers do, including to drop silently
// what is too large or too much.
func (b *browser) keep(lines []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range lines {
		b.lines = append(b.lines, line)
		c, err := http.ParseSetCookie(line)
		if err != nil {
			return fmt.Errorf("the response has a Set-Cookie line that browsers cannot read: %w", err)
		}
		if len(c.Name)+len(c.Value) > maxCookieSize || !prefixHolds(c) {
			continue
		}
		at := slices.IndexFunc(b.jar, func(old jarCookie) bool { return old.name == c.Name })
		var expires time.Time
		switch {
		case c.MaxAge > 0:
			expires = time.Now().Add(time.Duration(c.MaxAge) * time.Second)
		case c.MaxAge < 0, !c.Expires.IsZero() && !time.Now().Before(c.Expires):
			if at >= 0 {
				b.jar = slices.Delete(b.jar, at, at+1)
			}
			continue
		default:
			expires = c.Expires
		}
		cookie := jarCookie{name: c.Name, value: c.Value, expires: expires}
		if at >= 0 {
			b.jar[at] = cookie
			continue
		}
		b.jar = append(b.jar, cookie)
		b.jar = b.jar[max(0, len(b.jar)-maxCookies):]
	}
	return nil
}

// prefixHolds applies RFC 6265bis section 4.1.3: browsers ignore a cookie
// whose name promises what its attributes do not keep.
func prefixHolds(c *http.Cookie) bool {
	name := strings.ToLower(c.Name)
	switch {
	case strings.HasPrefix(name, "__host-"):
		return c.Secure && c.Path == "/" && c.Domain == ""
	case strings.HasPrefix(name, "__secure-"):
		return c.Secure
	}
	return true
}

// cookies returns a copy of the jar.
func (b *browser) cookies() []jarCookie {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.jar)
}

// setCookieLines returns all Set-Cookie lines received so far.
func (b *browser) setCookieLines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines)
}

// with returns a browser that has these cookies instead, and keeps them.
func (b *browser) with(jar []jarCookie) *browser {
	return &browser{ctx: b.ctx, store: b.store, jar: slices.Clone(jar), hoards: true}
}

func (b *browser) put(key string, value []byte, ttl time.Duration) error {
	return b.visit(func(w http.ResponseWriter, r *http.Request) error {
		if err := b.store.Put(w, r, key, value, ttl); err != nil {
			return fmt.Errorf("Put(%q, %d bytes, %v): %w", key, len(value), ttl, err)
		}
		return nil
	})
}

func (b *browser) get(key string) (value []byte, found bool, err error) {
	err = b.visit(func(_ http.ResponseWriter, r *http.Request) error {
		value, found, err = b.store.Get(r, key)
		if err != nil {
			return fmt.Errorf("Get(%q): %w", key, err)
		}
		return nil
	})
	return value, found, err
}

func (b *browser) take(key string) (value []byte, found bool, err error) {
	err = b.visit(func(w http.ResponseWriter, r *http.Request) error {
		value, found, err = b.store.Take(w, r, key)
		if err != nil {
			return fmt.Errorf("Take(%q): %w", key, err)
		}
		return nil
	})
	return value, found, err
}

// has wants Get to find value under key.
func (b *browser) has(key string, want []byte) error {
	value, found, err := b.get(key)
	return wants("Get", key, want, value, found, err)
}

// takes wants Take to find value under key.
func (b *browser) takes(key string, want []byte) error {
	value, found, err := b.take(key)
	return wants("Take", key, want, value, found, err)
}

// lacks wants Get to find nothing under key.
func (b *browser) lacks(key string) error {
	value, found, err := b.get(key)
	return wantsNone("Get", key, value, found, err)
}

// takesNone wants Take to find nothing under key.
func (b *browser) takesNone(key string) error {
	value, found, err := b.take(key)
	return wantsNone("Take", key, value, found, err)
}

func wants(op, key string, want, value []byte, found bool, err error) error {
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("%s(%q): not found", op, key)
	case !bytes.Equal(value, want):
		return fmt.Errorf("%s(%q): got %s, want %s", op, key, excerpt(value), excerpt(want))
	}
	return nil
}

func wantsNone(op, key string, value []byte, found bool, err error) error {
	switch {
	case err != nil:
		return err
	case found:
		return fmt.Errorf("%s(%q): found %s, want nothing", op, key, excerpt(value))
	}
	return nil
}

// excerpt keeps failures readable.
func excerpt(value []byte) string {
	if len(value) <= 32 {
		return fmt.Sprintf("%q", value)
	}
	return fmt.Sprintf("%q... (%d bytes)", value[:32], len(value))
}
