package sessionstore_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

func TestMemoryCookie(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(t, sessionstore.MemoryConfig{})
		b := &browser{t: t, store: store}
		lines := func(key string, ttl time.Duration) []string {
			return b.visit(func(w http.ResponseWriter, r *http.Request) {
				require.NoError(t, store.Put(w, r, key, []byte("value"), ttl))
			})["Set-Cookie"]
		}
		first := lines("long", 90*time.Second+1)
		require.Len(t, first, 1)
		assert.Regexp(t, `^__Host-oauthreg=[A-Z2-7]{26,}; Path=/; Max-Age=91; HttpOnly; Secure; SameSite=Lax$`, first[0])
		id := b.jar[0].Value

		// A shorter ttl does not shorten it, a longer one extends it.
		time.Sleep(30 * time.Second)
		assert.Equal(t, strings.Replace(first[0], "Max-Age=91", "Max-Age=61", 1), lines("short", time.Second)[0])
		assert.Equal(t, strings.Replace(first[0], "Max-Age=91", "Max-Age=3600", 1), lines("longer", time.Hour)[0])
		assert.Equal(t, id, b.jar[0].Value)
	})
}

func TestMemoryFirstRequestHasOneID(t *testing.T) {
	t.Parallel()
	store := newMemory(t, sessionstore.MemoryConfig{})
	b := &browser{t: t, store: store}
	header := b.visit(func(w http.ResponseWriter, r *http.Request) {
		for i := range 10 {
			require.NoError(t, store.Put(w, r, fmt.Sprint(i), []byte("value"), time.Duration(i%3+1)*time.Hour))
		}
		value, found, err := store.Take(w, r, "3")
		assert.Equal(t, "value", string(value))
		assert.True(t, found, "Take does not see what the response has put")
		assert.NoError(t, err)
	})
	require.Len(t, header["Set-Cookie"], 1)
	assert.Contains(t, header["Set-Cookie"][0], "Max-Age=10800")
	_, browsers, _ := store.Held()
	assert.Equal(t, 1, browsers)
	assert.Equal(t, "value", b.get("9"))
	assert.Equal(t, "(none)", b.get("3"))
}

func TestMemoryIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(t, sessionstore.MemoryConfig{})
		live, other := cookie(t, store, "key", "value"), cookie(t, store, "key", "other")
		expired := &browser{t: t, store: store}
		require.NoError(t, expired.tryPut("key", "value", time.Second))
		time.Sleep(2 * time.Second)
		madeUp := renamed(live, live.Name)
		madeUp.Value = strings.Repeat("A", len(live.Value))

		tests := []struct {
			name  string
			jar   []*http.Cookie
			want  string
			keeps bool // whether a Put keeps the ID of the last cookie
		}{
			{"its own", []*http.Cookie{live}, "value", true},
			{"made up", []*http.Cookie{madeUp}, "(none)", false},
			{"expired", expired.jar, "(none)", false},
			{"of another process", []*http.Cookie{cookie(t, newMemory(t, sessionstore.MemoryConfig{}), "key", "value")}, "(none)", false},
			{"made up before its own", []*http.Cookie{madeUp, live}, "value", true},
			{"its own twice", []*http.Cookie{live, live}, "value", true},
			{"two live ones", []*http.Cookie{live, other}, "(none)", false},
			{"two live ones, and one again", []*http.Cookie{live, other, live}, "(none)", false},
		}
		for _, tt := range tests {
			b := &browser{t: t, store: store, jar: slices.Clone(tt.jar)}
			assert.Equal(t, tt.want, b.get("key"), tt.name)
			b.put("new", "value")
			require.Len(t, b.jar, 1, tt.name)
			assert.Equal(t, tt.keeps, b.jar[0].Value == tt.jar[len(tt.jar)-1].Value, tt.name)
			assert.Equal(t, "value", b.get("new"), tt.name)
		}
	})
}

// Otherwise two tabs that finish at the same time would get an ID each, and
// the browser would lose one of them.
func TestMemoryHoldsTheIDOfATakenValue(t *testing.T) {
	t.Parallel()
	b := &browser{t: t, store: newMemory(t, sessionstore.MemoryConfig{})}
	b.put("key", "value")
	id := b.jar[0].Value
	assert.Equal(t, "value", b.take("key"))
	b.put("other", "value")
	assert.Equal(t, id, b.jar[0].Value)
}

func TestMemoryForgetsWhatExpired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(t, sessionstore.MemoryConfig{})
		for i := range 100 {
			b := &browser{t: t, store: store}
			require.NoError(t, b.tryPut("key", "value", time.Duration(i+1)*time.Minute))
			require.NoError(t, b.tryPut("brief", "value", time.Minute))
		}
		entries, browsers, _ := store.Held()
		require.Equal(t, 300, entries)
		require.Equal(t, 100, browsers)

		time.Sleep(50*time.Minute + time.Second)
		cookie(t, store, "key", "value") // a Put sweeps
		entries, browsers, _ = store.Held()
		assert.Equal(t, 2*50+2, entries)
		assert.Equal(t, 51, browsers)

		time.Sleep(24 * time.Hour)
		cookie(t, store, "key", "value")
		entries, browsers, bytes := store.Held()
		assert.Equal(t, 2, entries)
		assert.Equal(t, 1, browsers)
		assert.Equal(t, 2*256+len("key")+len("value"), bytes)
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
		{"bytes", sessionstore.MemoryConfig{MaxBytes: 10_000}, 6},
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
			_, held, bytes := store.Held()
			// An ID may outlive its value by a little.
			assert.LessOrEqual(t, held, tt.want+1)
			if tt.cfg.MaxBytes > 0 {
				assert.LessOrEqual(t, bytes, tt.cfg.MaxBytes)
			}
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
	browsers[0].put("key", "again")
	cookie(t, store, "key", "value")
	assert.Equal(t, "again", browsers[0].get("key"))
	assert.Equal(t, "(none)", browsers[1].get("key"))
	assert.Equal(t, "value", browsers[2].get("key"))
}

// IDs without values count too, or takers would fill the memory.
func TestMemoryBoundsBrowsers(t *testing.T) {
	t.Parallel()
	store := newMemory(t, sessionstore.MemoryConfig{MaxEntries: 5})
	keeper := &browser{t: t, store: store}
	for range 100 {
		b := &browser{t: t, store: store}
		b.put("key", "value")
		assert.Equal(t, "value", b.take("key"))
		keeper.put("key", "value")
	}
	_, browsers, _ := store.Held()
	assert.LessOrEqual(t, browsers, 5)
	assert.Equal(t, "value", keeper.get("key"), "the one that is used all the time")
}

func TestMemoryBoundsABrowser(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ max, want int }{{0, 64}, {1, 1}, {3, 3}} {
		t.Run(fmt.Sprint(tt.max), func(t *testing.T) {
			t.Parallel()
			store := newMemory(t, sessionstore.MemoryConfig{MaxPerBrowser: tt.max})
			other := &browser{t: t, store: store}
			other.put("key", "value")
			b := &browser{t: t, store: store}
			for i := range 100 {
				b.put(fmt.Sprint(i), "value")
			}
			for i := range 100 {
				assert.Equal(t, i >= 100-tt.want, b.get(fmt.Sprint(i)) != "(none)", "value %d", i)
			}
			assert.Equal(t, "value", other.get("key"), "another browser's")
			entries, _, _ := store.Held()
			assert.Equal(t, 2+1+tt.want, entries)
		})
	}
}

func TestMemoryTooLarge(t *testing.T) {
	t.Parallel()
	store := newMemory(t, sessionstore.MemoryConfig{MaxBytes: 5000})
	b := &browser{t: t, store: store}
	largest := 5000 - 2*256 - len("key")
	b.put("key", strings.Repeat("v", largest))
	assert.Len(t, b.get("key"), largest)
	err := b.tryPut("key", strings.Repeat("v", largest+1), time.Hour)
	require.ErrorIs(t, err, sessionstore.ErrTooLarge)
	assert.ErrorContains(t, err, "MaxBytes is 5000")
	assert.Len(t, b.get("key"), largest, "a refused Put changed something")
}

func TestMemoryStoresWithTwoNamesAreApart(t *testing.T) {
	t.Parallel()
	one := newMemory(t, sessionstore.MemoryConfig{Name: "one"})
	two := newMemory(t, sessionstore.MemoryConfig{Name: "two"})
	b := &browser{t: t, store: one}
	b.put("key", "of one")
	b.store = two
	assert.Equal(t, "(none)", b.get("key"))
	b.put("key", "of two")
	b.store = one
	assert.Equal(t, "of one", b.get("key"))
}

// Everything at once, at the bounds: for the race detector, and to see that
// the accounts still balance.
func TestMemoryUnderLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(t, sessionstore.MemoryConfig{MaxEntries: 50, MaxBytes: 40_000, MaxPerBrowser: 5})
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
		entries, browsers, bytes := store.Held()
		assert.LessOrEqual(t, entries-browsers, 50)
		assert.LessOrEqual(t, bytes, 40_000)
		time.Sleep(2 * time.Hour)
		cookie(t, store, "key", "value")
		entries, browsers, bytes = store.Held()
		assert.Equal(t, []int{2, 1, 2*256 + 8}, []int{entries, browsers, bytes})
	})
}
