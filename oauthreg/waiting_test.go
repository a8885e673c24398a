package oauthreg_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
)

// What somebody at the provider takes up in memory: [sessionstore.MemoryBackend]
// documents 64 bytes for each value beside its blocks. Tokens and secrets are as
// long as X's.
func TestAPersonWhoWaitsTakesUpLittle(t *testing.T) {
	t.Parallel()
	backend, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	require.NoError(t, err)
	sessions, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: site})
	require.NoError(t, err)
	a := newApp(t, sessions, func(cfg *oauthreg.Config) { cfg.Logger = nil })
	var callbackURL string
	a.flow.onAuth = func(_ context.Context, req provider.AuthRequest) error { callbackURL = req.CallbackURL; return nil }
	a.flow.editStart = func(_ *string, hs *provider.Handshake) {
		hs.ID += strings.Repeat("x", 27-len(hs.ID))
		hs.Secret = provider.NewSecret(strings.Repeat("s", 32))
		hs.CallbackURL = callbackURL
	}
	const people = 2000
	for range people {
		a.start(a.browser(), "")
	}
	stats := backend.Stats()
	assert.Equal(t, people, stats.Entries, "one value for each")
	assert.LessOrEqual(t, stats.Bytes/people+64, 200)
}

// looseStore says that its Take is not atomic.
type looseStore struct {
	sessionstore.Store

	atomic bool
}

func (s looseStore) AtomicTake() bool { return s.atomic }

func TestAStoreThatMayGiveTwiceIsToldOfOnce(t *testing.T) {
	t.Parallel()
	for _, atomic := range []bool{true, false} {
		a := newApp(t, looseStore{newCookieStore(t), atomic})
		assert.Equal(t, !atomic, strings.Contains(a.logs.String(), "may give one attempt to two requests"))
	}
}
