package sessions_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCleanup(t *testing.T) {
	t.Parallel()
	on(t, everyone, func(t *testing.T, p *place) {
		b := p.migrated(t)
		p.fill(t, 5000, time.Now().Add(-time.Second).UnixMilli())
		p.fill(t, 100, time.Now().Add(time.Hour).UnixMilli())
		n, err := b.Cleanup(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 5000, n)
		assert.Equal(t, 100, p.count(t))
		n, err = b.Cleanup(t.Context())
		require.NoError(t, err)
		assert.Zero(t, n)
	})
}

func TestCleanupByTwoAtOnce(t *testing.T) {
	t.Parallel()
	on(t, basic, func(t *testing.T, p *place) {
		p.migrated(t)
		p.fill(t, 5000, 1)
		p.fill(t, 100, time.Now().Add(time.Hour).UnixMilli())
		var removed atomic.Int64
		var group sync.WaitGroup
		for range 2 {
			b := p.backend(t, p.open(t, p.source))
			group.Go(func() {
				n, err := b.Cleanup(t.Context())
				assert.NoError(t, err)
				removed.Add(n)
			})
		}
		group.Wait()
		// One may have found all that was left in the other's hands.
		n, err := p.backend(t, p.db).Cleanup(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 5000, removed.Load()+n)
		assert.Equal(t, 100, p.count(t))
	})
}

func TestCleanupStopsWithItsContext(t *testing.T) {
	t.Parallel()
	on(t, basic, func(t *testing.T, p *place) {
		b := p.migrated(t)
		p.fill(t, 10, 1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		n, err := b.Cleanup(ctx)
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, n)
		assert.Equal(t, 10, p.count(t))
	})
}

// An app that never calls Cleanup does not fill its disk.
func TestPutsDeleteWhatHasExpired(t *testing.T) {
	t.Parallel()
	on(t, basic, func(t *testing.T, p *place) {
		b := p.migrated(t)
		p.fill(t, 2500, 1)
		puts := func(n int) {
			for range n {
				require.NoError(t, b.Put(t.Context(), key("one"), []byte("value"), time.Hour))
			}
		}
		puts(1)
		assert.Equal(t, 1501, p.count(t), "the first Put")
		puts(498)
		assert.Equal(t, 1501, p.count(t), "up to the 499th")
		puts(1)
		assert.Equal(t, 501, p.count(t), "the 500th")
	})
}
