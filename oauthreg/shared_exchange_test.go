package oauthreg_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
)

// The profile is for all who share the exchange: the going away of the one who
// asked for it must not take it from the others.
func TestProfileIsFetchedForEverybodyWhoWaits(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, kind.new(t))
				release := make(chan struct{})
				var asked error
				a.flow.onProfile = func(ctx context.Context) error {
					<-release
					asked = ctx.Err()
					return asked
				}
				b := a.browser()
				callback := a.approved(b, ada, "")
				ctx, leave := context.WithCancel(t.Context())
				gone, waiting := b.clone(), b.clone()
				var second page
				var wg sync.WaitGroup
				wg.Go(func() { gone.get(callback, withContext(ctx)) })
				synctest.Wait()
				leave()
				// Started once the first is gone: a bubble cannot wait for two at one lock.
				close(release)
				wg.Wait()
				second = waiting.get(callback)

				assert.NoError(t, asked)
				assert.Equal(t, "/signup", second.location)
				assert.False(t, a.form(waiting).Partial)
				assert.Equal(t, calls{1, 1, 1}, a.flow.count())
			})
		})
	}
}

// All look before anybody takes: in a cookie the attempt is there for each of
// them, and only the sharing of the exchange keeps the verifier from being
// traded twice.
func TestRequestsThatLookAtOnceShareOneExchange(t *testing.T) {
	t.Parallel()
	const requests, rounds = 64, 150
	for range rounds {
		store := &barrierStore{Store: newCookieStore(t)}
		a := newApp(t, store)
		a.flow.onExchange = func(context.Context) error { return provider.ErrUnavailable } // the shortest end
		b := a.browser()
		callback := a.approved(b, ada, "")
		store.arriving.Add(requests)
		var wg sync.WaitGroup
		for range requests {
			own := b.clone()
			wg.Go(func() { own.get(callback) })
		}
		wg.Wait()
		require.Equal(t, calls{1, 1, 0}, a.flow.count())
	}
}

// barrierStore lets nobody go on from the first look before all have arrived.
type barrierStore struct {
	sessionstore.Store

	arriving sync.WaitGroup
}

func (s *barrierStore) Get(r *http.Request, key string) ([]byte, bool, error) {
	value, found, err := s.Store.Get(r, key)
	s.arriving.Done()
	s.arriving.Wait()
	return value, found, err
}
