package sessionstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"
)

// MemoryBackendConfig configures a [MemoryBackend].
type MemoryBackendConfig struct {
	_ [0]func()

	// MaxEntries bounds how many values are kept; 1,000,000 if zero.
	MaxEntries int

	// MaxBytes bounds the memory that the values take up; 256 MiB if zero, at
	// least 4 KiB. They lie in blocks of 56 bytes that hold 52 each.
	MaxBytes int
}

// MemoryBackend is a [Backend] in the process's own memory. Of concurrent Takes
// of one value exactly one finds it. Everything is gone when the process ends,
// and a second process knows nothing of it: it is for tests and for apps of a
// single instance.
//
// # Memory
//
// Each value takes up its blocks, see [MemoryBackendConfig], and at most 64
// bytes beside them: 176 bytes in all for one of 86. Altogether that is never
// more than
//
//	1.001*MaxBytes + 64*MaxEntries + 1 MiB
//
// of live heap, apart from the moment in which a shard's index grows. Memory is
// taken as it is needed, and kept until Close. There are no pointers in it, so
// that a garbage collection takes no longer when it is full.
//
// When it is full, what has expired goes first, and then what was put first. It
// is divided into up to 16 shards by the hashes of the keys, each with its part
// of the bounds. So "first" is meant within a shard, and the fullest shard may
// be full when the others are not quite. Bounds of less than 2048 values or 2
// MiB are not divided, and exact.
//
// What was taken, replaced, let go of, or found to have expired is overwritten.
// Expired values are removed a few with each Put, and when somebody asks for
// them: there is no goroutine.
//
// A MemoryBackend is safe for concurrent use. Its methods do not wait, and so
// ignore the context. It does not print what it holds. Make one with
// [NewMemoryBackend]; the zero MemoryBackend is not usable.
type MemoryBackend struct {
	// In a function, so that fmt finds an address; see seal.Keyring.
	shards func() []*shard

	maxValue int
	started  time.Time
}

var _ Backend = (*MemoryBackend)(nil)

// errClosed is returned after Close.
var errClosed = errors.New("sessionstore: the memory backend is closed")

const (
	defaultMaxEntries     = 1_000_000
	defaultMaxMemoryBytes = 256 << 20
	minMemoryBytes        = 4 << 10

	// A shard has room for this much at least, unless there is only one.
	shardEntries = 1 << 10
	shardBytes   = 1 << 20
	maxShards    = 16
)

// NewMemoryBackend returns an empty MemoryBackend, or every fault of cfg as
// joined [*ConfigError] values.
func NewMemoryBackend(cfg MemoryBackendConfig) (*MemoryBackend, error) {
	maxEntries, entriesErr := checkBound("MaxEntries", cfg.MaxEntries, defaultMaxEntries, 1)
	maxBytes, bytesErr := checkBound("MaxBytes", cfg.MaxBytes, defaultMaxMemoryBytes, minMemoryBytes)
	if err := errors.Join(entriesErr, bytesErr); err != nil {
		return nil, err
	}
	n := min(maxEntries/shardEntries, maxBytes/shardBytes)
	n = 1 << (bits.Len(uint(min(max(n, 1), maxShards))) - 1) // a power of two
	maxBlocks := min(maxBytes/n/blockSize, math.MaxInt32)
	shards := make([]*shard, n)
	for i := range shards {
		shards[i] = &shard{maxEntries: min(maxEntries/n, math.MaxInt32), maxBlocks: maxBlocks}
	}
	return &MemoryBackend{
		shards:   func() []*shard { return shards },
		maxValue: min(maxBlocks*blockData, math.MaxInt32),
		started:  time.Now(),
	}, nil
}

// Put implements [Backend]. A value is [ErrTooLarge] if it does not fit into a
// shard: with the defaults, over some 15 MiB.
func (m *MemoryBackend) Put(_ context.Context, key string, value []byte, ttl time.Duration) error {
	if len(value) > m.maxValue {
		return fmt.Errorf("%w: it has %d bytes, and more than %d do not fit; raise MaxBytes", ErrTooLarge, len(value), m.maxValue)
	}
	shard, hash := m.place(key)
	now := m.now()
	expires := now + min(int64(ttl), math.MaxInt64-now) // it may be of centuries
	return shard.put(hash, value, expires, now)
}

// Get implements [Backend]. It returns an error after Close only.
func (m *MemoryBackend) Get(_ context.Context, key string) (value []byte, found bool, err error) {
	shard, hash := m.place(key)
	return shard.get(hash, false, m.now())
}

// Take implements [Backend]. It returns an error after Close only.
func (m *MemoryBackend) Take(_ context.Context, key string) (value []byte, found bool, err error) {
	shard, hash := m.place(key)
	return shard.get(hash, true, m.now())
}

// Close overwrites everything and lets go of it. Put, Get and Take return an
// error from then on. Close may be called again, and always returns nil.
func (m *MemoryBackend) Close() error {
	for _, shard := range m.shards() {
		shard.close()
	}
	return nil
}

// MemoryStats says how full a [MemoryBackend] is.
type MemoryStats struct {
	// Entries is how many values it holds, with those that have expired and were
	// not removed yet. It is to be compared with MaxEntries.
	Entries int

	// Bytes is what their blocks take up. It is to be compared with MaxBytes.
	Bytes int
}

// Stats returns how full m is. While others use m, it is a sum of numbers from
// different moments.
func (m *MemoryBackend) Stats() MemoryStats {
	var sum MemoryStats
	for _, shard := range m.shards() {
		part := shard.stats()
		sum.Entries += part.Entries
		sum.Bytes += part.Bytes
	}
	return sum
}

// place returns the shard for key and what stands for key in it. The hash makes
// the index even whatever keys there are, and is shorter.
func (m *MemoryBackend) place(key string) (*shard, memoryHash) {
	sum := sha256.Sum256(append(make([]byte, 0, maxKey), key...)) // on the stack
	shards := m.shards()
	return shards[int(sum[0])&(len(shards)-1)], memoryHash(sum[:])
}

// now is the time since m was made, in nanoseconds, by the monotonic clock.
func (m *MemoryBackend) now() int64 { return int64(time.Since(m.started)) }
