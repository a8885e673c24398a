package oauthreg_test

import (
	"bytes"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

// storeKinds are the session stores that everything runs on.
var storeKinds = []struct {
	name string
	new  func(t testing.TB) sessionstore.Store
}{
	{"cookie", newCookieStore},
	{"memory", newMemoryStore},
	{"shared", func(testing.TB) sessionstore.Store { return &sharedStore{values: map[string]sharedValue{}} }},
}

func newCookieStore(t testing.TB) sessionstore.Store {
	t.Helper()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	store, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: site})
	require.NoError(t, err)
	return store
}

func newMemoryStore(t testing.TB) sessionstore.Store {
	t.Helper()
	store, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: site})
	require.NoError(t, err)
	return store
}

// onEveryStore runs test with an app on each kind of store.
func onEveryStore(t *testing.T, test func(t *testing.T, a *app), changes ...func(*oauthreg.Config)) {
	t.Helper()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			test(t, newApp(t, kind.new(t), changes...))
		})
	}
}

// onEveryStoreInTime is onEveryStore on a clock that time.Sleep turns.
func onEveryStoreInTime(t *testing.T, test func(t *testing.T, a *app), changes ...func(*oauthreg.Config)) {
	t.Helper()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, newApp(t, kind.new(t), changes...)) })
		})
	}
}

// sharedStore breaks the contract: it keeps values by key alone, as caches do
// (CVE-2025-68158), so that every browser sees those of every other. What the
// tests promise must hold on it too, by the binding cookie alone.
type sharedStore struct {
	mu     sync.Mutex
	values map[string]sharedValue
}

type sharedValue struct {
	data    []byte
	expires time.Time
}

func (s *sharedStore) Put(_ http.ResponseWriter, _ *http.Request, key string, value []byte, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = sharedValue{bytes.Clone(value), time.Now().Add(ttl)}
	return nil
}

func (s *sharedStore) Get(_ *http.Request, key string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[key]
	if !ok || !time.Now().Before(v.expires) {
		return nil, false, nil
	}
	return bytes.Clone(v.data), true, nil
}

func (s *sharedStore) Take(_ http.ResponseWriter, r *http.Request, key string) ([]byte, bool, error) {
	data, found, err := s.Get(r, key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, still := s.values[key]; !still {
		return nil, false, nil
	}
	delete(s.values, key)
	return data, found, err
}

// faultyStore fails one operation as long as it is named.
type faultyStore struct {
	sessionstore.Store

	mu   sync.Mutex
	fail string // "put", "get" or "take"
	skip int    // how many of them succeed before
	err  error
}

func (s *faultyStore) broken(op string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != op {
		return nil
	}
	if s.skip > 0 {
		s.skip--
		return nil
	}
	return s.err
}

// breakOp makes op fail with err after skip more have succeeded; "" repairs.
func (s *faultyStore) breakOp(op string, skip int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail, s.skip, s.err = op, skip, err
}

func (s *faultyStore) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	if err := s.broken("put"); err != nil {
		return err
	}
	return s.Store.Put(w, r, key, value, ttl)
}

func (s *faultyStore) Get(r *http.Request, key string) ([]byte, bool, error) {
	if err := s.broken("get"); err != nil {
		return nil, false, err
	}
	return s.Store.Get(r, key)
}

func (s *faultyStore) Take(w http.ResponseWriter, r *http.Request, key string) ([]byte, bool, error) {
	if err := s.broken("take"); err != nil {
		return nil, false, err
	}
	return s.Store.Take(w, r, key)
}
