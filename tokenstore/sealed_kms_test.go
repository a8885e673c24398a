package tokenstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/tokenstore/tokentest"
)

// kms holds a key, and is down at times.
type kms struct {
	sealer *seal.Sealer
	mu     sync.Mutex
	down   error
}

func newKMS(t *testing.T) *kms {
	t.Helper()
	sealer, err := keyring(t, seal.NewKey()).Sealer("kms")
	require.NoError(t, err)
	return &kms{sealer: sealer}
}

func (k *kms) set(down error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.down = down
}

func (k *kms) WrapKey(_ context.Context, dataKey []byte) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.sealer.Seal(dataKey), k.down
}

func (k *kms) UnwrapKey(_ context.Context, wrapped []byte) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down != nil {
		return nil, k.down
	}
	dataKey, _, err := k.sealer.Open(wrapped)
	return dataKey, err
}

// enveloped returns a store as another process would have it: with nothing in
// memory.
func enveloped(t *testing.T, inner tokenstore.Store, cfg seal.EnvelopeConfig) *tokenstore.Sealed {
	t.Helper()
	keys, err := seal.NewEnvelope(cfg)
	require.NoError(t, err)
	s, err := tokenstore.Seal(inner, keys)
	require.NoError(t, err)
	return s
}

func TestSealedWithKMSConformance(t *testing.T) {
	t.Parallel()
	tokentest.Run(t, tokentest.Config{New: func(t *testing.T) tokenstore.Store {
		return enveloped(t, tokenstore.NewMemory(), seal.EnvelopeConfig{KeyWrapper: newKMS(t)})
	}})
}

// An outage is no lost token: nothing may take it for one.
func TestSealedWhileKMSIsDown(t *testing.T) {
	t.Parallel()
	inner, k := tokenstore.NewMemory(), newKMS(t)
	cfg := seal.EnvelopeConfig{KeyWrapper: k}
	require.NoError(t, enveloped(t, inner, cfg).Link(t.Context(), ann()))
	down := errors.New("503 from the KMS")
	k.set(down)
	s := enveloped(t, inner, cfg)

	a, found, findErr := s.Find(t.Context(), ann().Identity)
	assert.True(t, found)
	assert.Equal(t, "ann", a.UserID)
	assert.Equal(t, provider.Token{}, a.Token)
	list, listErr := s.ListByUser(t.Context(), "ann")
	assert.Nil(t, list)
	rows, pageErr := s.Page(t.Context(), tokenstore.Identity{}, 10)
	assert.Nil(t, rows)
	_, replaceErr := s.Replace(t.Context(), ann().Identity, ann().Token, tokenOf("new"))
	report, resealErr := s.Reseal(t.Context())
	assert.Zero(t, report, "it says nothing of what it could not look at")
	for name, err := range map[string]error{
		"Find": findErr, "ListByUser": listErr, "Page": pageErr, "Replace": replaceErr, "Reseal": resealErr,
		"Link": s.Link(t.Context(), ann()),
	} {
		require.ErrorIs(t, err, seal.ErrUnavailable, name)
		require.ErrorIs(t, err, down, name)
		require.NotErrorIs(t, err, tokenstore.ErrUnreadable, name)
		assert.NotContains(t, err.Error(), accessValue)
	}

	k.set(nil)
	assert.Equal(t, reveal(t, ann().Token), reveal(t, find(t, s, ann().Identity).Token))

	// A lost key is a lost token.
	_, found, err := enveloped(t, inner, seal.EnvelopeConfig{KeyWrapper: newKMS(t)}).Find(t.Context(), ann().Identity)
	assert.True(t, found)
	require.ErrorIs(t, err, tokenstore.ErrUnreadable)
	require.NotErrorIs(t, err, seal.ErrUnavailable)
}

// The KMS fails while a token that is opened already is to be sealed anew.
func TestSealedReadDoesNotFailWithTheKMS(t *testing.T) {
	t.Parallel()
	inner, k, key := tokenstore.NewMemory(), newKMS(t), seal.NewKey()
	require.NoError(t, sealedOver(t, inner, key).Link(t.Context(), ann()))
	k.set(errors.New("503 from the KMS"))
	s := enveloped(t, inner, seal.EnvelopeConfig{KeyWrapper: k, Keyring: keyring(t, key)})
	assert.Equal(t, reveal(t, ann().Token), reveal(t, find(t, s, ann().Identity).Token))
}

func TestResealFromKeyringToKMS(t *testing.T) {
	t.Parallel()
	m := newMixed(t, 5, 0, 0, 0, 0)
	k := newKMS(t)
	during := enveloped(t, m.inner, seal.EnvelopeConfig{KeyWrapper: k, KeyID: "1", Keyring: keyring(t, m.oldKey)})
	report, err := during.Reseal(t.Context())
	require.NoError(t, err)
	assert.Equal(t, tokenstore.ResealReport{Total: 5, Resealed: 5}, report)
	m.assertReadable(t, enveloped(t, m.inner, seal.EnvelopeConfig{KeyWrapper: k, KeyID: "1"}), 5)

	next := enveloped(t, m.inner, seal.EnvelopeConfig{KeyWrapper: k, KeyID: "2"})
	report, err = next.Reseal(t.Context())
	require.NoError(t, err)
	assert.Equal(t, tokenstore.ResealReport{Total: 5, Resealed: 5}, report)
	report, err = next.Reseal(t.Context())
	require.NoError(t, err)
	assert.Equal(t, tokenstore.ResealReport{Total: 5, Current: 5}, report)
}

// Reseal asks the KMS for each data key it meets; that it ends with ctx is up
// to this package all the same.
func TestResealStopsWhileTheKMSHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner, k := tokenstore.NewMemory(), newKMS(t)
		require.NoError(t, enveloped(t, inner, seal.EnvelopeConfig{KeyWrapper: k}).Link(t.Context(), ann()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s := enveloped(t, inner, seal.EnvelopeConfig{KeyWrapper: hanging{k}})
		_, err := s.Reseal(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, tokenstore.ErrUnreadable)
		time.Sleep(time.Minute) // lets the call end
	})
}

type hanging struct{ *kms }

func (hanging) UnwrapKey(ctx context.Context, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
