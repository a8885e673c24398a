package seal_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
)

// both answers with a key and an error at once.
type both struct {
	fixed
	err error
}

func (b both) UnwrapKey(ctx context.Context, wrapped []byte) ([]byte, error) {
	key, _ := b.fixed.UnwrapKey(ctx, wrapped)
	return key, b.err
}

// The key that comes with an error is not used, good as it may look.
func TestEnvelopeDoesNotUseAKeyThatComesWithAnError(t *testing.T) {
	t.Parallel()
	genuine := fixed{"a key for tests, and no secret !"}
	sealed := sealByAnEarlierVersion(t)
	assert.True(t, openValue(t, envelope(t, seal.EnvelopeConfig{KeyWrapper: genuine, KeyID: "v1"}), sealed, "value"))
	for _, row := range []struct {
		name      string
		err, want error
	}{
		{"an outage", errors.New("503 from the KMS"), seal.ErrUnavailable},
		{"a loss", seal.ErrOpen, seal.ErrOpen},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := envelope(t, seal.EnvelopeConfig{KeyWrapper: both{genuine, row.err}, KeyID: "v1"})
			plaintext, current, err := b.Open(t.Context(), sealed, place)
			require.ErrorIs(t, err, row.want)
			assert.Nil(t, plaintext)
			assert.False(t, current)
		})
	}
}

// same wraps every key into the same bytes, and unwraps none.
type same struct{ opens int }

func (*same) WrapKey(context.Context, []byte) ([]byte, error) { return []byte("wrapped"), nil }

func (s *same) UnwrapKey(context.Context, []byte) ([]byte, error) {
	s.opens++
	return nil, errors.New("no")
}

// Of two data keys under one name the older is forgotten, and not the newer in
// its place when memory is short.
func TestEnvelopeRemembersTheNewerOfTwoKeysUnderOneName(t *testing.T) {
	t.Parallel()
	wrapper := &same{}
	b := envelope(t, seal.EnvelopeConfig{KeyWrapper: wrapper, DataKeyUses: 1, CachedKeys: 1})
	sealValue(t, b, "older")
	sealed := sealValue(t, b, "newer")
	assert.True(t, openValue(t, b, sealed, "newer"))
	assert.Zero(t, wrapper.opens, "the KMS was asked for a key in memory")
}
