package oauthreg_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// A store is trusted to keep bytes, and may lose some: what is left is no record,
// and nobody makes room for a length that it names.
func TestRecordsThatAreDamaged(t *testing.T) {
	t.Parallel()
	pending, err := oauthreg.EncodePending(oauthreg.NewPending(oauthreg.Pending{Provider: "fake", Profile: provider.Profile{ID: "1"}}, plainToken, "u"))
	require.NoError(t, err)
	attempt := oauthreg.EncodeAttempt(oauthreg.RecordedAttempt{Provider: "fake", Handshake: provider.Handshake{ID: "a"}}, ownCallback)
	for version := range byte(8) {
		for _, length := range []uint64{math.MaxUint64, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint32, math.MaxUint32 + 1, 1 << 40, 3} {
			text := append([]byte{version}, binary.AppendUvarint(nil, length)...)
			for _, data := range [][]byte{text, append(bytes.Clone(text), "ab"...), append(bytes.Clone(pending), text[1:]...), append(bytes.Clone(attempt), text[1:]...)} {
				_, err = oauthreg.DecodePending(data)
				require.Error(t, err)
				_, err = oauthreg.DecodeAttempt(data, ownCallback)
				require.Error(t, err)
			}
		}
	}
	for n := range pending {
		_, err := oauthreg.DecodePending(pending[:n])
		if err == nil {
			t.Errorf("%d of %d bytes are a sign-up", n, len(pending))
		}
	}
	for n := range attempt {
		_, err := oauthreg.DecodeAttempt(attempt[:n], ownCallback)
		assert.Error(t, err, n)
	}
}

// A raw profile that unpacks to more than one is kept of is refused before it is
// all there.
func TestARecordThatUnpacksToTooMuch(t *testing.T) {
	encode := func(size int) []byte {
		data, err := oauthreg.EncodePending(oauthreg.Pending{Profile: provider.Profile{Raw: make([]byte, size)}})
		require.NoError(t, err)
		return data
	}
	bomb := encode(64 << 20)
	require.Less(t, len(bomb), 1<<20, "it is small")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := oauthreg.DecodePending(bomb)
	runtime.ReadMemStats(&after)
	require.Error(t, err)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20))
	p, err := oauthreg.DecodePending(encode(1 << 20))
	require.NoError(t, err)
	assert.Len(t, p.Profile.Raw, 1<<20)
	_, err = oauthreg.DecodePending(encode(1<<20 + 1))
	assert.Error(t, err)
}

// plainToken has no Extra: each of those would be an end of its own.
var plainToken = provider.Token{Access: provider.NewSecret("a"), Secret: provider.NewSecret("b"), Subject: "1"}
