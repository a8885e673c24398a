package seal_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
)

// kms is a key management service in the process. It names the version of its
// key in front of what it wraps.
type kms struct {
	mu            sync.Mutex
	versions      map[byte]cipher.AEAD
	newest        byte
	wraps, opens  int
	fails         error         // what both methods return, if not nil
	takes         time.Duration // how long both methods take
	deaf          bool          // does not look at its context
	panics        bool
	wrapped       func([]byte) []byte // alters what WrapKey returns
	unwrapped     func([]byte) []byte // alters what UnwrapKey returns
	keys          [][]byte            // every data key it has seen
	running, most int                 // calls at the same time
}

func newKMS() *kms {
	k := &kms{versions: make(map[byte]cipher.AEAD)}
	k.rotate()
	return k
}

// rotate wraps with a new version; the old ones go on unwrapping.
func (k *kms) rotate() {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.newest++
	k.versions[k.newest] = aead
}

// destroy is for ever.
func (k *kms) destroy(version byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.versions, version)
}

func (k *kms) set(f func(*kms)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(k)
}

func (k *kms) calls() (wraps, opens int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.wraps, k.opens
}

func (k *kms) WrapKey(ctx context.Context, dataKey []byte) ([]byte, error) {
	if err := k.work(ctx, &k.wraps); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = append(k.keys, append([]byte(nil), dataKey...))
	out := k.versions[k.newest].Seal([]byte{k.newest}, nil, dataKey, nil)
	clear(dataKey) // as a client that wipes what it was given
	if k.wrapped != nil {
		out = k.wrapped(k.keys[len(k.keys)-1])
	}
	return out, nil
}

func (k *kms) UnwrapKey(ctx context.Context, wrapped []byte) ([]byte, error) {
	if err := k.work(ctx, &k.opens); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	version, there := k.versions[wrapped[0]]
	if !there {
		return nil, fmt.Errorf("version %d is destroyed: %w", wrapped[0], seal.ErrOpen)
	}
	key, err := version.Open(nil, nil, wrapped[1:], nil)
	if err != nil {
		return nil, seal.ErrOpen
	}
	clear(wrapped)
	if k.unwrapped != nil {
		key = k.unwrapped(key)
	}
	return key, nil
}

// work counts a call and takes its time.
func (k *kms) work(ctx context.Context, calls *int) error {
	k.mu.Lock()
	*calls++
	k.running++
	k.most = max(k.most, k.running)
	takes, deaf, panics, fails := k.takes, k.deaf, k.panics, k.fails
	k.mu.Unlock()
	defer k.set(func(k *kms) { k.running-- })
	if panics {
		panic(fmt.Sprint("the keys are ", k.keys))
	}
	if deaf {
		time.Sleep(takes)
		return fails
	}
	select {
	case <-time.After(takes):
		return fails
	case <-ctx.Done():
		return ctx.Err()
	}
}

const place = "row 7"

// envelope returns a Box over cfg.
func envelope(t testing.TB, cfg seal.EnvelopeConfig) seal.Box {
	t.Helper()
	e, err := seal.NewEnvelope(cfg)
	require.NoError(t, err)
	b, err := e.Box("purpose")
	require.NoError(t, err)
	return b
}

// sealValue demands that it works.
func sealValue(t testing.TB, b seal.Box, value string) []byte {
	t.Helper()
	sealed, err := b.Seal(t.Context(), []byte(value), place)
	require.NoError(t, err)
	return sealed
}

// openValue demands that it works, and returns whether it is current.
func openValue(t testing.TB, b seal.Box, sealed []byte, want string) bool {
	t.Helper()
	plaintext, current, err := b.Open(t.Context(), sealed, place)
	require.NoError(t, err)
	require.Equal(t, want, string(plaintext))
	return current
}
