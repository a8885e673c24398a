package sessionstore_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

func TestMemoryBackendClose(t *testing.T) {
	t.Parallel()
	m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{})
	require.NoError(t, m.Put(t.Context(), "key", []byte("value"), time.Hour))
	for range 2 {
		require.NoError(t, m.Close())
		_, _, getErr := m.Get(t.Context(), "key")
		_, _, takeErr := m.Take(t.Context(), "key")
		for _, err := range []error{m.Put(t.Context(), "key", nil, time.Hour), getErr, takeErr} {
			assert.ErrorContains(t, err, "sessionstore: the memory backend is closed")
		}
		assert.Zero(t, m.Stats())
	}
}

func TestMemoryBackendLargestValue(t *testing.T) {
	t.Parallel()
	for _, maxBytes := range []int{4 << 10, 3 << 20, 64 << 20} {
		m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{MaxBytes: maxBytes})
		shards := min(16, max(1, 1<<int(math.Log2(max(1, float64(maxBytes>>20))))))
		largest := bytes.Repeat([]byte("v"), maxBytes/shards/56*52)
		require.NoError(t, m.Put(t.Context(), "key", largest, time.Hour))
		got, found, err := m.Get(t.Context(), "key")
		require.NoError(t, err)
		assert.True(t, found)
		assert.True(t, bytes.Equal(largest, got))
		require.ErrorIs(t, m.Put(t.Context(), "key", append(largest, 0), time.Hour), sessionstore.ErrTooLarge)
		_, found, _ = m.Get(t.Context(), "key")
		assert.True(t, found, "a refused Put changed something")
	}
}

func TestMemoryBackendLongestTTL(t *testing.T) {
	t.Parallel()
	m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{})
	require.NoError(t, m.Put(t.Context(), "key", nil, math.MaxInt64))
	_, found, err := m.Get(t.Context(), "key")
	assert.True(t, found)
	assert.NoError(t, err)
}

// Keys are compared byte for byte, also where base64 means the same.
// A ttl that is not positive is against the contract. It must not mean for good.
func TestMemoryBackendKeepsNothingForGood(t *testing.T) {
	t.Parallel()
	m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{})
	for _, ttl := range []time.Duration{0, -1, -time.Hour, math.MinInt64} {
		require.NoError(t, m.Put(t.Context(), "key", []byte("value"), ttl))
		_, found, err := m.Get(t.Context(), "key")
		require.NoError(t, err)
		assert.False(t, found, "%v", ttl)
	}
}

func TestMemoryBackendKeys(t *testing.T) {
	t.Parallel()
	m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{})
	base := strings.Repeat("k", 42)
	for _, last := range "ABCDabcd" {
		require.NoError(t, m.Put(t.Context(), base+string(last), []byte(string(last)), time.Hour))
	}
	for _, last := range "ABCDabcd" {
		value, _, err := m.Get(t.Context(), base+string(last))
		assert.NoError(t, err)
		assert.Equal(t, string(last), string(value))
	}
}

// Values may be secrets: nothing of them stays behind.
func TestMemoryBackendOverwrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{MaxEntries: 40})
		require.NoError(t, m.Put(t.Context(), "key", []byte("value"), time.Hour))
		require.True(t, m.Leftover(), "the test could not fail")
		for i := range 100 {
			require.NoError(t, m.Put(t.Context(), fmt.Sprint(i%60), bytes.Repeat([]byte("v"), i*7), time.Hour))
		}
		for i := range 60 {
			if i%2 == 0 {
				time.Sleep(time.Minute)
			}
			_, _, err := m.Take(t.Context(), fmt.Sprint(i))
			require.NoError(t, err)
		}
		time.Sleep(time.Hour)
		_, found, err := m.Get(t.Context(), "key")
		assert.False(t, found)
		assert.NoError(t, err)
		require.Zero(t, m.Stats())
		assert.False(t, m.Leftover())
	})
}

func TestMemoryBackendOneWinner(t *testing.T) {
	t.Parallel()
	m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{})
	var group sync.WaitGroup
	winners := make([]int, 8)
	const n = 200
	for i := range n {
		require.NoError(t, m.Put(t.Context(), fmt.Sprint(i), nil, time.Hour))
	}
	for i := range winners {
		group.Go(func() {
			for k := range n {
				if _, found, _ := m.Take(t.Context(), fmt.Sprint(k)); found {
					winners[i]++
				}
			}
		})
	}
	group.Wait()
	sum := 0
	for _, won := range winners {
		sum += won
	}
	assert.Equal(t, n, sum)
	assert.Zero(t, m.Stats())
}

func TestMemoryBackendHasNoPointers(t *testing.T) {
	t.Parallel()
	for _, typ := range sessionstore.MemoryTypes() {
		assertNoPointers(t, typ)
	}
}

func assertNoPointers(t *testing.T, typ reflect.Type) {
	t.Helper()
	switch typ.Kind() {
	case reflect.Struct:
		for field := range typ.Fields() {
			assertNoPointers(t, field.Type)
		}
	case reflect.Array:
		assertNoPointers(t, typ.Elem())
	case reflect.Uint8, reflect.Uint32, reflect.Int64:
	default:
		t.Errorf("%v may have pointers", typ)
	}
}

// The bound in the documentation, measured. Not parallel: others would be
// measured along with it.
func TestMemoryBackendTakesNoMoreThanItSays(t *testing.T) {
	n := 1_000_000
	if raceDetector {
		n /= 10
	}
	value := bytes.Repeat([]byte("v"), 86)
	before := liveHeap()
	m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{MaxEntries: n})
	var key [43]byte
	put := func(from, to int) {
		for i := from; i < to; i++ {
			copy(key[:], fmt.Appendf(nil, "%043d", i))
			if err := m.Put(t.Context(), string(key[:]), value, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(0, n)
	stats := m.Stats()
	// The fullest shard is full when the others are not quite.
	assert.Greater(t, stats.Entries, n*98/100)
	assert.Equal(t, stats.Entries*2*56, stats.Bytes)
	used := liveHeap() - before
	t.Logf("%d values of 86 bytes: %d bytes each", stats.Entries, used/stats.Entries)
	assert.LessOrEqual(t, used, 176*n+1<<20)
	if !raceDetector {
		assert.LessOrEqual(t, used/stats.Entries, 180)
	}

	// Another two rounds of it change nothing.
	put(n, 3*n)
	assert.LessOrEqual(t, m.Stats().Entries, n)
	assert.LessOrEqual(t, liveHeap()-before, 176*n+1<<20)

	require.NoError(t, m.Close())
	assert.Less(t, liveHeap()-before, 1<<20, "Close keeps memory")
	runtime.KeepAlive(m)
}

// The bound holds whatever comes after what.
func TestMemoryBackendTakesNoMoreThanItSaysOfAnything(t *testing.T) {
	const maxEntries, maxBytes = 20_000, 8 << 20
	before := liveHeap()
	m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{MaxEntries: maxEntries, MaxBytes: maxBytes})
	random := rand.New(rand.NewPCG(1, 2))
	value := make([]byte, 100_000)
	for i := range 200_000 {
		length := random.IntN(300)
		if i%1000 < 50 {
			length = random.IntN(len(value))
		}
		if err := m.Put(t.Context(), fmt.Sprint(i), value[:length], time.Hour); err != nil {
			t.Fatal(err)
		}
		stats := m.Stats()
		if stats.Entries > maxEntries || stats.Bytes > maxBytes {
			t.Fatalf("after %d: %+v", i, stats)
		}
	}
	assert.LessOrEqual(t, liveHeap()-before, maxBytes*1001/1000+64*maxEntries+1<<20)
	runtime.KeepAlive(m)
}

func liveHeap() int {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// modelBackend is what a MemoryBackend of one shard ought to do, plainly.
type modelBackend struct {
	maxEntries, maxBlocks int
	entries               []modelEntry // in the order they were put
}

type modelEntry struct {
	key     byte
	value   []byte
	expires time.Time
}

func (m *modelBackend) put(key byte, value []byte, ttl time.Duration) {
	m.delete(func(e modelEntry) bool { return e.key == key })
	m.entries = append(m.entries, modelEntry{key, value, time.Now().Add(ttl)})
	for {
		m.delete(func(e modelEntry) bool { return !time.Now().Before(e.expires) })
		blocks := 0
		for _, e := range m.entries {
			blocks += (len(e.value) + 51) / 52
		}
		if len(m.entries) <= m.maxEntries && blocks <= m.maxBlocks {
			return
		}
		m.entries = m.entries[1:]
	}
}

func (m *modelBackend) get(key byte) (value []byte, found bool) {
	m.delete(func(e modelEntry) bool { return !time.Now().Before(e.expires) })
	for _, e := range m.entries {
		if e.key == key {
			return e.value, true
		}
	}
	return nil, false
}

func (m *modelBackend) delete(gone func(modelEntry) bool) {
	var kept []modelEntry
	for _, e := range m.entries {
		if !gone(e) {
			kept = append(kept, e)
		}
	}
	m.entries = kept
}

// FuzzMemoryBackend does the same to a MemoryBackend and to the model.
func FuzzMemoryBackend(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{4, 40, 400} {
		f.Add(script(random, n), uint8(random.Uint32()))
	}
	f.Fuzz(againstModel)
}

func TestMemoryBackendAgainstModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(5, seed))
		againstModel(t, script(random, 4000), uint8(random.Uint32()))
	}
}

// script returns steps of four bytes: what, which key, how long a value, how
// long to live.
func script(random *rand.Rand, n int) []byte {
	script := make([]byte, n)
	for i := range script {
		script[i] = byte(random.Uint32())
	}
	return script
}

func againstModel(t *testing.T, script []byte, maxEntries uint8) {
	synctest.Test(t, func(t *testing.T) {
		bound := max(1, int(maxEntries))
		m := newMemoryBackend(t, sessionstore.MemoryBackendConfig{MaxEntries: bound, MaxBytes: 16 << 10})
		model := &modelBackend{maxEntries: bound, maxBlocks: 16 << 10 / 56}
		check := func(key byte, value []byte, found bool, err error) {
			t.Helper()
			want, wantFound := model.get(key)
			if err != nil || found != wantFound || !bytes.Equal(want, value) {
				t.Fatalf("key %d: %d bytes, %v, %v; want %d bytes, %v", key, len(value), found, err, len(want), wantFound)
			}
		}
		for step := 0; len(script) >= 4; script, step = script[4:], step+1 {
			key := script[1]
			switch op := script[0] % 32; {
			case op < 16:
				value := binary.AppendUvarint(nil, uint64(step))
				value = append(value, bytes.Repeat([]byte{key}, int(script[2])*int(op)/8)...)
				ttl := (1 + time.Duration(script[3])) * time.Second
				require.NoError(t, m.Put(t.Context(), fmt.Sprint(key), value, ttl))
				model.put(key, value, ttl)
			case op < 22:
				value, found, err := m.Get(t.Context(), fmt.Sprint(key))
				check(key, value, found, err)
			case op < 30:
				value, found, err := m.Take(t.Context(), fmt.Sprint(key))
				check(key, value, found, err)
				model.delete(func(e modelEntry) bool { return e.key == key })
			default:
				time.Sleep(time.Duration(script[2]) * time.Second / 16)
			}
			require.LessOrEqual(t, m.Stats().Entries, bound)
		}
		for key := range 256 {
			value, found, err := m.Take(t.Context(), fmt.Sprint(key))
			check(byte(key), value, found, err)
		}
		assert.Zero(t, m.Stats())
		assert.False(t, m.Leftover())
	})
}
