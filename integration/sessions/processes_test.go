package sessions_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

func TestTwoProcessesHaveOneWinner(t *testing.T) {
	t.Parallel()
	on(t, everyone, func(t *testing.T, p *place) {
		p.migrated(t)
		processes := []*sessionstore.SQLBackend{p.backend(t, p.db), p.backend(t, p.open(t, p.source))}
		for round := range 5 {
			name := key(fmt.Sprint(round))
			require.NoError(t, processes[0].Put(t.Context(), name, []byte("value"), time.Hour))
			var winners atomic.Int32
			var group sync.WaitGroup
			start := make(chan struct{})
			for i := range 64 {
				group.Go(func() {
					<-start
					value, found, err := processes[i%2].Take(t.Context(), name)
					assert.NoError(t, err)
					if found {
						winners.Add(1)
						assert.Equal(t, "value", string(value))
					}
				})
			}
			close(start)
			group.Wait()
			assert.EqualValues(t, 1, winners.Load())
		}
	})
}

// Statements on the same rows and the same pages of the index, in any order:
// what the database gives up in favor of others is done again.
func TestNobodyFailsUnderContention(t *testing.T) {
	t.Parallel()
	on(t, everyone, func(t *testing.T, p *place) {
		p.migrated(t)
		processes := []*sessionstore.SQLBackend{p.backend(t, p.db), p.backend(t, p.open(t, p.source))}
		until := time.Now().Add(3 * time.Second)
		var group sync.WaitGroup
		for i := range 12 {
			b := processes[i%2]
			group.Go(func() {
				for time.Now().Before(until) {
					name := key(fmt.Sprint(rand.N(8)))
					var err error
					switch rand.N(8) {
					case 0:
						_, err = b.Cleanup(t.Context())
					case 1, 2:
						_, _, err = b.Take(t.Context(), name)
					case 3:
						_, _, err = b.Get(t.Context(), name)
					default:
						err = b.Put(t.Context(), name, []byte("value"), rand.N(4*time.Millisecond)+1)
					}
					if !assert.NoError(t, err) {
						return
					}
				}
			})
		}
		group.Wait()
	})
}

func TestClosedDatabaseIsAnError(t *testing.T) {
	t.Parallel()
	on(t, everyone, func(t *testing.T, p *place) {
		p.migrated(t)
		db := p.open(t, p.source)
		b := p.backend(t, db)
		require.NoError(t, b.Put(t.Context(), key("a"), []byte("value"), time.Hour))
		require.NoError(t, db.Close())
		isError(t, b)
	})
}

// isError wants every method to fail, and none to say that there is nothing.
func isError(t *testing.T, b *sessionstore.SQLBackend) {
	t.Helper()
	_, found, err := b.Get(t.Context(), key("a"))
	require.ErrorContains(t, err, "sessionstore: get: ")
	assert.False(t, found)
	_, found, err = b.Take(t.Context(), key("a"))
	require.ErrorContains(t, err, "sessionstore: take: ")
	assert.False(t, found)
	require.ErrorContains(t, b.Put(t.Context(), key("a"), nil, time.Hour), "sessionstore: put: ")
	_, err = b.Cleanup(t.Context())
	require.ErrorContains(t, err, "sessionstore: cleanup: ")
	require.ErrorContains(t, b.Migrate(t.Context()), "sessionstore: migrate: ")
	assert.False(t, errors.Is(err, sessionstore.ErrTooLarge))
}
