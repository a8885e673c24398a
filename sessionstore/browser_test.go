package sessionstore_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

// browser is the plain kind: it keeps every cookie until told to drop it, and
// lets the test look at and change what it has.
type browser struct {
	t     testing.TB
	store sessionstore.Store
	jar   []*http.Cookie
}

// visit makes a request and returns the response's header.
func (b *browser) visit(handler func(w http.ResponseWriter, r *http.Request)) http.Header {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, "https://app.example.com/", nil)
	for _, c := range b.jar {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	handler(w, r)
	for _, c := range w.Result().Cookies() {
		b.jar = slices.DeleteFunc(b.jar, func(old *http.Cookie) bool { return old.Name == c.Name })
		if c.MaxAge >= 0 {
			b.jar = append(b.jar, c)
		}
	}
	return w.Header()
}

func (b *browser) tryPut(key, value string, ttl time.Duration) (err error) {
	b.t.Helper()
	b.visit(func(w http.ResponseWriter, r *http.Request) { err = b.store.Put(w, r, key, []byte(value), ttl) })
	return err
}

func (b *browser) put(key, value string) {
	b.t.Helper()
	assert.NoError(b.t, b.tryPut(key, value, time.Hour))
}

// get returns the value, or "(none)".
func (b *browser) get(key string) string {
	b.t.Helper()
	result := "(none)"
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		value, found, err := b.store.Get(r, key)
		assert.NoError(b.t, err)
		if found {
			result = string(value)
		}
	})
	return result
}

// take returns the value, or "(none)".
func (b *browser) take(key string) string {
	b.t.Helper()
	result := "(none)"
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		value, found, err := b.store.Take(w, r, key)
		assert.NoError(b.t, err)
		if found {
			result = string(value)
		}
	})
	return result
}

// cookie returns the one cookie that putting under key leaves in a browser.
func cookie(t testing.TB, store sessionstore.Store, key, value string) *http.Cookie {
	t.Helper()
	b := &browser{t: t, store: store}
	b.put(key, value)
	require.Len(t, b.jar, 1)
	return b.jar[0]
}

// renamed returns a copy of c under another name.
func renamed(c *http.Cookie, name string) *http.Cookie {
	copied := *c
	copied.Name = name
	return &copied
}
