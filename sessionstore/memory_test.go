package sessionstore_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

// held returns what a store in memory holds.
func held(store *sessionstore.Server) sessionstore.MemoryStats {
	return store.Backend().(*sessionstore.MemoryBackend).Stats()
}

func TestMemoryForgetsWhatExpired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(t, sessionstore.MemoryConfig{MaxEntries: 1000})
		for i := range 100 {
			b := &browser{t: t, store: store}
			require.NoError(t, b.tryPut("key", "value", time.Duration(i+1)*time.Minute))
			require.NoError(t, b.tryPut("brief", "value", time.Minute))
		}
		require.Equal(t, sessionstore.MemoryStats{Entries: 200, Bytes: 200 * 56}, held(store))

		// 149 have expired. Each Put removes a few, and that many only.
		time.Sleep(49*time.Minute + time.Second)
		cookie(t, store, "key", "value")
		assert.Equal(t, 200-4+1, held(store).Entries)
		for range 60 {
			cookie(t, store, "key", "value")
		}
		assert.Equal(t, 51+61, held(store).Entries)

		time.Sleep(24 * time.Hour)
		for range 100 {
			cookie(t, store, "key", "value")
		}
		assert.Equal(t, 100, held(store).Entries)
	})
}

func TestMemoryForgetsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &browser{t: t, store: newMemory(t, sessionstore.MemoryConfig{})}
		b.put("key", "value")
		time.Sleep(time.Hour)
		assert.Equal(t, "(none)", b.get("key"))
		assert.Zero(t, held(b.store.(*sessionstore.Server)))
	})
}

func TestMemoryBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  sessionstore.MemoryConfig
		want int // how many of 20 browsers with 1000 bytes each are left
	}{
		{"default", sessionstore.MemoryConfig{}, 20},
		{"one entry", sessionstore.MemoryConfig{MaxEntries: 1}, 1},
		{"entries", sessionstore.MemoryConfig{MaxEntries: 7}, 7},
		{"bytes", sessionstore.MemoryConfig{MaxBytes: 10_000}, 8}, // 20 blocks each
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := newMemory(t, tt.cfg)
			var browsers []*browser
			for range 20 {
				b := &browser{t: t, store: store}
				b.put("key", strings.Repeat("v", 1000))
				browsers = append(browsers, b)
			}
			for i, b := range browsers {
				assert.Equal(t, i >= 20-tt.want, b.get("key") != "(none)", "browser %d", i)
			}
			assert.Equal(t, sessionstore.MemoryStats{Entries: tt.want, Bytes: tt.want * 20 * 56}, held(store))
		})
	}
}

func TestMemoryPuttingAgainMakesYoung(t *testing.T) {
	t.Parallel()
	store := newMemory(t, sessionstore.MemoryConfig{MaxEntries: 3})
	var browsers []*browser
	for range 3 {
		b := &browser{t: t, store: store}
		b.put("key", "value")
		browsers = append(browsers, b)
	}
	// For a moment the old value is there along with the new, so room is made.
	browsers[0].put("key", "again")
	browsers[0].put("key", "and again")
	cookie(t, store, "key", "value")
	assert.Equal(t, "and again", browsers[0].get("key"))
	assert.Equal(t, "(none)", browsers[1].get("key"))
	assert.Equal(t, "value", browsers[2].get("key"))
}

// What has expired goes before what is alive, however old that is.
func TestMemoryLetsGoOfTheExpiredFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(t, sessionstore.MemoryConfig{MaxEntries: 30})
		old := &browser{t: t, store: store}
		old.put("key", "value")
		for range 29 {
			require.NoError(t, (&browser{t: t, store: store}).tryPut("key", "value", time.Minute))
		}
		time.Sleep(2 * time.Minute)
		for range 29 {
			cookie(t, store, "key", "value")
		}
		assert.Equal(t, "value", old.get("key"))
		cookie(t, store, "key", "value")
		assert.Equal(t, "(none)", old.get("key"))
	})
}

// Everything at once, at the bounds: for the race detector, and to see that the
// accounts still balance.
func TestMemoryUnderLoad(t *testing.T) {
	t.Parallel()
	for _, cfg := range []sessionstore.MemoryConfig{
		{MaxEntries: 50, MaxBytes: 40_000, MaxPerBrowser: 5},
		{MaxEntries: 1 << 14, MaxPerBrowser: 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			store := newMemory(t, cfg)
			var group sync.WaitGroup
			for i := range 16 {
				group.Go(func() {
					b := &browser{t: t, store: store}
					for n := range 100 {
						key := fmt.Sprint(n % 9)
						b.put(key, strings.Repeat("v", n*i%700))
						b.get(key)
						if n%3 == 0 {
							b.take(key)
						}
					}
				})
			}
			group.Wait()
			stats := held(store)
			assert.LessOrEqual(t, stats.Entries, min(16*5, cfg.MaxEntries))
			assert.LessOrEqual(t, stats.Bytes, 40_000+80*16*56)
			time.Sleep(2 * time.Hour)
			for range 500 {
				cookie(t, store, "key", "value")
			}
			time.Sleep(time.Minute)
			entries := held(store).Entries
			assert.Equal(t, min(500, max(50, entries)), entries)
			assert.Equal(t, entries*56, held(store).Bytes, "only the last are left")
		})
	}
}
