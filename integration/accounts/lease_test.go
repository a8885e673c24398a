package accounts_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

type (
	token    = provider.Token
	duration = time.Duration
)

// Two instances that ask for one account at once, over and over.
func TestOneLeaseForTwoInstances(t *testing.T) {
	t.Parallel()
	on(t, all, func(t *testing.T, p *place) {
		stores := []*tokenstore.SQL{p.migrated(t), p.store(t, p.open(t))}
		id := account("ann", "1").Identity
		require.NoError(t, stores[0].Link(t.Context(), account("ann", "1")))
		for round := range 5 {
			var mu sync.Mutex
			var won []string
			var wg sync.WaitGroup
			for i := range 16 {
				holder, s := fmt.Sprint("holder-", round, "-", i), stores[i%2]
				wg.Go(func() {
					reserved, err := s.Lease(t.Context(), id, holder, time.Minute)
					assert.NoError(t, err)
					if reserved {
						mu.Lock()
						defer mu.Unlock()
						won = append(won, holder)
					}
				})
			}
			wg.Wait()
			require.Len(t, won, 1)
			// The other instance sees the end of it.
			require.NoError(t, stores[round%2].Release(t.Context(), id, won[0]))
		}
	})
}

func TestLeaseOfADeadInstanceEnds(t *testing.T) {
	t.Parallel()
	on(t, all, func(t *testing.T, p *place) {
		s := p.migrated(t)
		id := account("ann", "1").Identity
		require.NoError(t, s.Link(t.Context(), account("ann", "1")))
		dead := p.open(t)
		reserved, err := p.store(t, dead).Lease(t.Context(), id, "dead", 5*time.Second)
		require.NoError(t, err)
		require.True(t, reserved)
		require.NoError(t, dead.Close())

		reserved, err = s.Lease(t.Context(), id, "alive", time.Minute)
		require.NoError(t, err)
		assert.False(t, reserved)
		assert.Eventually(t, func() bool {
			reserved, err := s.Lease(t.Context(), id, "alive", time.Minute)
			return err == nil && reserved
		}, 30*time.Second, 50*time.Millisecond)
	})
}

// A lease twice within a microsecond changes nothing, which MySQL counts as no
// row.
func TestLeaseThatChangesNothing(t *testing.T) {
	t.Parallel()
	on(t, all, func(t *testing.T, p *place) {
		s := p.migrated(t)
		id := account("ann", "1").Identity
		require.NoError(t, s.Link(t.Context(), account("ann", "1")))
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				reserved, err := s.Lease(t.Context(), id, "one", time.Minute)
				assert.NoError(t, err)
				assert.True(t, reserved)
			})
		}
		wg.Wait()
	})
}
