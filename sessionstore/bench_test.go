package sessionstore_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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
func BenchmarkServerPut(b *testing.B) { benchmarkPut(b, newServer(b, sealing(b))) }
func BenchmarkServerGet(b *testing.B) { benchmarkGet(b, newServer(b, sealing(b))) }

// sealing is a server over memory that does not know it: it seals.
func sealing(b *testing.B) sessionstore.ServerConfig {
	backend := newMemoryBackend(b, sessionstore.MemoryBackendConfig{})
	return sessionstore.ServerConfig{Backend: struct{ sessionstore.Backend }{backend}}
}

// A whole life: put, get and take.
func BenchmarkMemoryLife(b *testing.B) {
	store := newMemory(b, sessionstore.MemoryConfig{})
	b.ReportAllocs()
	for b.Loop() {
		live(b, store)
	}
}

func BenchmarkMemoryLifeParallel(b *testing.B) {
	store := newMemory(b, sessionstore.MemoryConfig{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			live(b, store)
		}
	})
}

func live(b *testing.B, store sessionstore.Store) {
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
	w := httptest.NewRecorder()
	if err := store.Put(w, r, "key", benchValue, time.Hour); err != nil {
		b.Error(err)
	}
	r.Header["Cookie"] = []string{strings.SplitN(w.Header()["Set-Cookie"][0], ";", 2)[0]}
	if _, found, err := store.Get(r, "key"); !found || err != nil {
		b.Error(found, err)
	}
	if _, found, err := store.Take(httptest.NewRecorder(), r, "key"); !found || err != nil {
		b.Error(found, err)
	}
}

// benchKeys are as a Server makes them.
func benchKeys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("%043d", i)
	}
	return keys
}

// In a full backend each Put lets go of the oldest.
func BenchmarkMemoryBackendPutFull(b *testing.B) {
	keys, value := benchKeys(1<<20), benchValue[:86]
	m := newMemoryBackend(b, sessionstore.MemoryBackendConfig{MaxEntries: 1 << 19})
	for _, key := range keys {
		if err := m.Put(b.Context(), key, value, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := m.Put(b.Context(), keys[i%len(keys)], value, time.Hour); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkMemoryBackendParallel(b *testing.B) {
	keys, value := benchKeys(1<<16), benchValue[:86]
	m := newMemoryBackend(b, sessionstore.MemoryBackendConfig{})
	var next atomic.Uint32
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := keys[int(next.Add(1))%len(keys)]
			_ = m.Put(b.Context(), key, value, time.Hour)
			_, _, _ = m.Get(b.Context(), key)
			_, _, _ = m.Take(b.Context(), key)
		}
	})
}

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
