package appsessions_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/sessiontest"
)

func TestBackendConforms(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite waits for values to expire, on every database; run it without -short")
	}
	t.Parallel()
	for _, s := range allStores {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			backend := newBackend(t, s)
			sessiontest.RunBackend(t, sessiontest.BackendConfig{
				New:       func(*testing.T) sessionstore.Backend { return backend },
				RealTime:  s.realTime,
				TakesRace: true,
			})
		})
	}
}

// Take is not one step in the store, but it is within this process: the whole
// suite holds.
func TestServerConforms(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite waits for values to expire, on every database; run it without -short")
	}
	t.Parallel()
	for _, s := range allStores {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			backend := newBackend(t, s)
			sessiontest.Run(t, sessiontest.Config{
				New: func(t *testing.T) sessionstore.Store {
					server, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: "https://app.example.com"})
					require.NoError(t, err)
					require.False(t, server.AtomicTake())
					return server
				},
				RealTime: s.realTime,
			})
		})
	}
}

// newBackend opens a store, once for all cases.
func newBackend(t *testing.T, s store) sessionstore.Backend {
	t.Helper()
	backend, err := sessionstore.NewSCSBackend(s.open(t))
	require.NoError(t, err)
	return backend
}
