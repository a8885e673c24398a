package sessionstore_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/oauthreg/go/sessionstore"
)

// A value of the size of a pending sign-up.
var benchValue = []byte(strings.Repeat("v", 1000))

func BenchmarkCookiePut(b *testing.B) { benchmarkPut(b, newCookie(b, sessionstore.CookieConfig{})) }
func BenchmarkCookieGet(b *testing.B) { benchmarkGet(b, newCookie(b, sessionstore.CookieConfig{})) }
func BenchmarkMemoryPut(b *testing.B) { benchmarkPut(b, newMemory(b, sessionstore.MemoryConfig{})) }
func BenchmarkMemoryGet(b *testing.B) { benchmarkGet(b, newMemory(b, sessionstore.MemoryConfig{})) }

func benchmarkPut(b *testing.B, store sessionstore.Store) {
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		clear(w.Header())
		if err := store.Put(w, r, "key", benchValue, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkGet(b *testing.B, store sessionstore.Store) {
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
	r.AddCookie(cookie(b, store, "key", string(benchValue)))
	b.ReportAllocs()
	for b.Loop() {
		if _, found, err := store.Get(r, "key"); !found || err != nil {
			b.Fatal(found, err)
		}
	}
}
