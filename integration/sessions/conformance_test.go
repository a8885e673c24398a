package sessions_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/sessiontest"
)

func TestBackendConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite waits for values to expire, on every database; run it without -short")
	}
	t.Parallel()
	on(t, spoken, func(t *testing.T, p *place) {
		p.migrated(t)
		sessiontest.RunBackend(t, sessiontest.BackendConfig{
			New:      func(t *testing.T) sessionstore.Backend { return p.backend(t, p.db) },
			RealTime: true,
		})
	})
}

func TestServerConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite waits for values to expire, on every database; run it without -short")
	}
	t.Parallel()
	on(t, basic, func(t *testing.T, p *place) {
		p.migrated(t)
		sessiontest.Run(t, sessiontest.Config{
			New: func(t *testing.T) sessionstore.Store {
				server, err := sessionstore.NewServer(sessionstore.ServerConfig{
					Backend: p.backend(t, p.db),
					BaseURL: "https://app.example.com",
				})
				require.NoError(t, err)
				return server
			},
			RealTime: true,
		})
	})
}
