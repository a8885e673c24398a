package oauthreg_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/sessionstore"
)

// slowTake: the first Take waits as long as it is let.
type slowTake struct {
	sessionstore.Store
	slow bool
}

func (s *slowTake) Take(w http.ResponseWriter, r *http.Request, key string) ([]byte, bool, error) {
	if s.slow {
		s.slow = false
		<-r.Context().Done()
		return nil, false, r.Context().Err()
	}
	return s.Store.Take(w, r, key)
}

// The session store is slow once: nothing was used up, nobody was called. It is
// our own breakdown (internal), and a reload finds the attempt.
func TestSlowTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &slowTake{Store: &sharedStore{values: map[string]sharedValue{}}}
		a := newApp(t, store)
		b := a.browser()
		callback := a.approved(b, ada, "")
		store.slow = true
		b.get(callback)
		assert.Equal(t, oauthreg.Internal, a.last().Outcome, "it is not the provider that cannot be reached: %v", a.last().Err)
		assert.Equal(t, calls{1, 0, 0}, a.flow.count(), "nobody was asked")
		time.Sleep(time.Second)
		p := b.get(callback) // a reload
		assert.Equal(t, oauthreg.NewUser, a.last().Outcome)
		assert.Equal(t, "/signup", p.location)
	})
}

// slowBackend: the first Take waits as long as it is let.
type slowBackend struct {
	sessionstore.Backend
	slow *bool
}

func (s slowBackend) Take(ctx context.Context, key string) ([]byte, bool, error) {
	if *s.slow {
		*s.slow = false
		<-ctx.Done()
		return nil, false, ctx.Err()
	}
	return s.Backend.Take(ctx, key)
}

func TestSlowBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
		require.NoError(t, err)
		slow := false
		store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: slowBackend{memory, &slow}, BaseURL: site})
		require.NoError(t, err)
		a := newApp(t, store)
		b := a.browser()
		callback := a.approved(b, ada, "")
		slow = true
		b.get(callback)
		assert.Equal(t, oauthreg.Internal, a.last().Outcome, "%v", a.last().Err)
		b.get(callback)
		assert.Equal(t, oauthreg.NewUser, a.last().Outcome)
	})
}
