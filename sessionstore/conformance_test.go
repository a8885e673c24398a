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

func TestMemoryConforms(t *testing.T) {
	t.Parallel()
	sessiontest.Run(t, sessiontest.Config{
		New: func(t *testing.T) sessionstore.Store { return newMemory(t, sessionstore.MemoryConfig{}) },
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
func newMemory(t testing.TB, cfg sessionstore.MemoryConfig) *sessionstore.Memory {
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

func newKeys(t testing.TB, text string) *seal.Keyring {
	t.Helper()
	keys, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
