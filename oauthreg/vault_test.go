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

// Where there is nobody to tell, nothing is kept for anybody.
func TestAMemoryOfItsOwnHoldsNoAnnouncements(t *testing.T) {
	t.Parallel()
	memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	require.NoError(t, err)
	shared, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: memory, BaseURL: site})
	require.NoError(t, err)
	own, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: site})
	require.NoError(t, err)
	for store, want := range map[*sessionstore.Server]int{own: 2, shared: 4} { // the attempt and the sign-up; announcement and result
		a := newApp(t, store)
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		assert.Equal(t, want, store.Backend().(*sessionstore.MemoryBackend).Stats().Entries)
	}
}

// droppingStore has a way to drop what nobody needs to read.
type droppingStore struct {
	sessionstore.Store

	drops int
}

func (s *droppingStore) Drop(w http.ResponseWriter, r *http.Request, key string) error {
	s.drops++
	_, _, err := s.Take(w, r, key)
	return err
}

func TestAStoreThatCanDropIsAskedTo(t *testing.T) {
	t.Parallel()
	store := &droppingStore{Store: newCookieStore(t)}
	a := newApp(t, store)
	a.signUp(ada)
	assert.Positive(t, store.drops)
}
