package gorillastore_test

import (
	"crypto/rand"
	"testing"

	"github.com/gorilla/sessions"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/gorillastore"
	"github.com/oauthreg/go/sessionstore/sessiontest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		make         func(t *testing.T) sessions.Store
		browserState bool
	}{
		{"signed cookies", func(*testing.T) sessions.Store { return sessions.NewCookieStore(random(32)) }, true},
		{"encrypted cookies", func(*testing.T) sessions.Store { return sessions.NewCookieStore(random(32), random(32)) }, true},
		{"rotated cookies", func(*testing.T) sessions.Store {
			return sessions.NewCookieStore(random(32), random(32), random(32), random(32))
		}, true},
		{"files", func(t *testing.T) sessions.Store { return sessions.NewFilesystemStore(t.TempDir(), random(32)) }, false},
		{"large files", func(t *testing.T) sessions.Store {
			files := sessions.NewFilesystemStore(t.TempDir(), random(32), random(32))
			files.MaxLength(0)
			return files
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sessiontest.Run(t, sessiontest.Config{
				New: func(t *testing.T) sessionstore.Store {
					return newStore(t, gorillastore.Config{Store: tt.make(t)})
				},
				BrowserState: tt.browserState,
			})
		})
	}
}

func random(n int) []byte {
	key := make([]byte, n)
	_, _ = rand.Read(key) // it never fails
	return key
}

// newStore returns a store on https with a key of its own, unless cfg says
// otherwise.
func newStore(t testing.TB, cfg gorillastore.Config) *gorillastore.Store {
	t.Helper()
	if cfg.BaseURL == "" {
		cfg.BaseURL = "https://app.example.com"
	}
	if cfg.Keys == nil {
		keys, err := seal.Parse(seal.NewKey())
		require.NoError(t, err)
		cfg.Keys = keys
	}
	store, err := gorillastore.New(cfg)
	require.NoError(t, err)
	return store
}
