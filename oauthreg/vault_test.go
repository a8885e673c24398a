package oauthreg_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/sessionstore"
)

// lastingBackend lets nothing go, as whoever can write to a database may do.
type lastingBackend struct{ sessionstore.Backend }

func (b lastingBackend) Put(ctx context.Context, key string, value []byte, _ time.Duration) error {
	return b.Backend.Put(ctx, key, value, 1000*time.Hour)
}

func TestRecordsExpireWhateverTheBackendSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
		require.NoError(t, err)
		store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: lastingBackend{memory}, BaseURL: site})
		require.NoError(t, err)
		a := newApp(t, store)
		b := a.browser()
		callback := a.approved(b, ada, "")
		time.Sleep(oauthreg.DefaultAttemptTTL)
		b.get(callback)
		assert.Equal(t, oauthreg.Expired, a.last().Outcome)

		b.get(a.approved(b, ada, ""))
		require.Equal(t, oauthreg.NewUser, a.last().Outcome)
		late := b.clone()
		time.Sleep(oauthreg.DefaultPendingTTL - time.Second)
		assert.Equal(t, ada.ID, a.pending(late.clone()).Profile.ID)
	})
}
