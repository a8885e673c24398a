package sessiontest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/sessiontest"
)

// newStore is what the author of a store writes.
func newStore(t *testing.T) sessionstore.Store {
	store, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "https://app.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func newBackend(t *testing.T) sessionstore.Backend {
	backend, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

// The author of a Store runs the suite in a test of that store's package.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		sessiontest.Run(t, sessiontest.Config{New: newStore})
	}
}

// The author of a Backend runs the other one. A database keeps its own time:
// set RealTime for it.
func ExampleRunBackend() {
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		sessiontest.RunBackend(t, sessiontest.BackendConfig{New: newBackend})
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	t.Run("Run", func(t *testing.T) { t.Parallel(); sessiontest.Run(t, sessiontest.Config{New: newStore}) })
	t.Run("RunBackend", func(t *testing.T) {
		t.Parallel()
		sessiontest.RunBackend(t, sessiontest.BackendConfig{New: newBackend})
	})
}

// shared keeps values by their key alone. In the test of one browser it works.
type shared struct {
	mu     sync.Mutex
	values map[string][]byte
}

func (s *shared) Put(_ http.ResponseWriter, _ *http.Request, key string, value []byte, _ time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
	return nil
}

func (s *shared) Get(_ *http.Request, key string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, found := s.values[key]
	return value, found, nil
}

func (s *shared) Take(_ http.ResponseWriter, r *http.Request, key string) ([]byte, bool, error) {
	value, found, err := s.Get(r, key)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, key)
	return value, found, err
}

// The classic mistake is a store that is keyed by the state of the handshake:
// whoever gets a victim's browser to open a callback signs the victim in as
// somebody else (CVE-2025-68158). Run comes with two browsers, and refuses it.
func Example_mistake() {
	memory, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "https://app.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, store := range []sessionstore.Store{&shared{values: map[string][]byte{}}, memory} {
		attacker := httptest.NewRequest(http.MethodPost, "/auth/x/start", nil)
		if err := store.Put(httptest.NewRecorder(), attacker, "attempt.s1", []byte("handshake"), time.Minute); err != nil {
			fmt.Println(err)
			return
		}
		victim := httptest.NewRequest(http.MethodGet, "/auth/x/callback?state=s1", nil) // without the attacker's cookies
		_, found, err := store.Take(httptest.NewRecorder(), victim, "attempt.s1")
		fmt.Printf("%T: found by another browser: %v %v\n", store, found, err)
	}
	// Output:
	// *sessiontest_test.shared: found by another browser: true <nil>
	// *sessionstore.Server: found by another browser: false <nil>
}
