package sessionstore_test

import (
	"testing"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/sessiontest"
)

func TestCookieConforms(t *testing.T) {
	t.Parallel()
	sessiontest.Run(t, sessiontest.Config{
		New:          func(t *testing.T) sessionstore.Store { return newCookie(t, sessionstore.CookieConfig{}) },
		BrowserState: true,
	})
}

func TestServerOverMemoryConforms(t *testing.T) {
	t.Parallel()
	sessiontest.Run(t, sessiontest.Config{
		New: func(t *testing.T) sessionstore.Store { return newMemory(t, sessionstore.MemoryConfig{}) },
	})
}

func TestServerConforms(t *testing.T) {
	t.Parallel()
	sessiontest.Run(t, sessiontest.Config{
		New: func(t *testing.T) sessionstore.Store {
			return newServer(t, sessionstore.ServerConfig{Backend: newFakeBackend()})
		},
	})
}

func TestMemoryBackendConforms(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]sessionstore.MemoryBackendConfig{
		"default":   {},
		"one shard": {MaxEntries: 1000, MaxBytes: 4 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sessiontest.RunBackend(t, sessiontest.BackendConfig{
				New: func(t *testing.T) sessionstore.Backend { return newMemoryBackend(t, cfg) },
			})
		})
	}
}

// The fake that other tests trust.
func TestFakeBackendConforms(t *testing.T) {
	t.Parallel()
	sessiontest.RunBackend(t, sessiontest.BackendConfig{
		New: func(*testing.T) sessionstore.Backend { return newFakeBackend() },
	})
}

// newCookie returns a store on https with a key of its own, unless cfg says
// otherwise.
func newCookie(t testing.TB, cfg sessionstore.CookieConfig) *sessionstore.Cookie {
	t.Helper()
	if cfg.BaseURL == "" {
		cfg.BaseURL = "https://app.example.com"
	}
	if cfg.Keys == nil {
		cfg.Keys = newKeys(t, seal.NewKey())
	}
	store, err := sessionstore.NewCookie(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// newMemory returns a store on https, unless cfg says otherwise.
func newMemory(t testing.TB, cfg sessionstore.MemoryConfig) *sessionstore.Server {
	t.Helper()
	if cfg.BaseURL == "" {
		cfg.BaseURL = "https://app.example.com"
	}
	store, err := sessionstore.NewMemory(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// newServer returns a store on https, unless cfg says otherwise.
func newServer(t testing.TB, cfg sessionstore.ServerConfig) *sessionstore.Server {
	t.Helper()
	if cfg.BaseURL == "" {
		cfg.BaseURL = "https://app.example.com"
	}
	store, err := sessionstore.NewServer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func newMemoryBackend(t testing.TB, cfg sessionstore.MemoryBackendConfig) *sessionstore.MemoryBackend {
	t.Helper()
	backend, err := sessionstore.NewMemoryBackend(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

func newKeys(t testing.TB, text string) *seal.Keyring {
	t.Helper()
	keys, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
