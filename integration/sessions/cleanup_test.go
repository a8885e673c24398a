package sessions_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
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

// An app that never calls Cleanup does not fill its disk. A sweep ends after a
// second, so on a busy machine one may remove nothing and leave it to the next.
func TestPutsDeleteWhatHasExpired(t *testing.T) {
	t.Parallel()
	on(t, basic, func(t *testing.T, p *place) {
		p.migrated(t)
		p.fill(t, 2500, 1)
		var b *sessionstore.SQLBackend
		put := func() { require.NoError(t, b.Put(t.Context(), key("one"), []byte("value"), time.Hour)) }
		// A sweep gives up after a second, which a busy machine may need for more
		// than one.
		for began := time.Now(); b == nil || p.count(t) == 2501 && time.Since(began) < 3*time.Minute; {
			b = p.backend(t, p.db)
			put()
		}
		assert.Equal(t, 1501, p.count(t), "the first Put removes so many and no more")
		for range 498 {
			put()
		}
		assert.Equal(t, 1501, p.count(t), "up to the 499th")
		for try := 0; try < 5000 && p.count(t) == 1501; try++ {
			put()
		}
		assert.Equal(t, 501, p.count(t), "the 500th, or one of those later")
	})
}
