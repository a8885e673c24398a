package filestore_test

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/docs/guides/filestore"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/sessiontest"
)

// TestBackend is the contract of a Backend.
func TestBackend(t *testing.T) {
	t.Parallel()
	sessiontest.RunBackend(t, sessiontest.BackendConfig{New: newBackend, RealTime: true})
}

// TestStore is the contract of the Store that an app gets: a Server over it.
func TestStore(t *testing.T) {
	t.Parallel()
	sessiontest.Run(t, sessiontest.Config{RealTime: true, New: func(t *testing.T) sessionstore.Store {
		server, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: newBackend(t), BaseURL: "https://app.example.com"})
		require.NoError(t, err)
		return server
	}})
}

func newBackend(t *testing.T) sessionstore.Backend {
	t.Helper()
	b, err := filestore.New(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestCleanup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b, err := filestore.New(dir)
		require.NoError(t, err)
		defer b.Close()
		require.NoError(t, b.Put(t.Context(), "old", nil, time.Minute))
		require.NoError(t, b.Put(t.Context(), "new", nil, time.Hour))
		time.Sleep(90 * time.Second)
		require.NoError(t, b.Cleanup())
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Len(t, left, 2, "a minute's grace")
		time.Sleep(time.Minute)
		require.NoError(t, b.Cleanup())
		left, err = os.ReadDir(dir)
		require.NoError(t, err)
		assert.Len(t, left, 1)
	})
}
