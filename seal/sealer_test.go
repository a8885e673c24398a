package seal_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
)

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	s := sealer(t, seal.NewKey(), "purpose")
	for _, value := range []string{"", "v", "value", "\x00\xff", strings.Repeat("long", 10_000)} {
		sealed := s.Seal([]byte(value), "place")
		assert.Len(t, sealed, len(value)+seal.Overhead)
		if len(value) > 1 {
			assert.NotContains(t, string(sealed), value)
		}
		plaintext, current, err := s.Open(sealed, "place")
		require.NoError(t, err)
		assert.True(t, current)
		assert.Equal(t, value, string(plaintext))
	}
}

func TestSealIsDifferentEachTime(t *testing.T) {
	t.Parallel()
	s := sealer(t, seal.NewKey(), "purpose")
	seen := map[string]bool{}
	for range 100 {
		sealed := string(s.Seal([]byte("value")))
		assert.False(t, seen[sealed])
		seen[sealed] = true
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	oldest, old, current := seal.NewKey(), seal.NewKey(), seal.NewKey()
	byOldest := sealer(t, oldest, "purpose").Seal([]byte("value"), "place")
	byOld := sealer(t, old, "purpose").Seal([]byte("value"), "place")
	tests := []struct {
		name, keys  string
		sealed      []byte
		ok, current bool
	}{
		{"the same key", old, byOld, true, true},
		{"a new key in front", current + "," + old, byOld, true, false},
		{"two new keys in front", current + "," + old + "," + oldest, byOldest, true, false},
		{"a key behind", old + "," + oldest, byOld, true, true},
		{"the key gone", current, byOld, false, false},
		{"the key gone of two", current + "," + old, byOldest, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := sealer(t, tt.keys, "purpose")
			plaintext, isCurrent, err := s.Open(tt.sealed, "place")
			if !tt.ok {
				assert.Nil(t, plaintext)
				require.ErrorIs(t, err, seal.ErrOpen)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "value", string(plaintext))
			assert.Equal(t, tt.current, isCurrent)
		})
	}

	// The first key seals, so the ring without the others opens.
	sealed := sealer(t, current+","+old, "purpose").Seal([]byte("value"))
	_, _, err := sealer(t, current, "purpose").Open(sealed)
	require.NoError(t, err)
	_, _, err = sealer(t, old, "purpose").Open(sealed)
	require.ErrorIs(t, err, seal.ErrOpen)
}

func TestPurposesAreApart(t *testing.T) {
	t.Parallel()
	key := seal.NewKey()
	purposes := []string{"a", "A", "b", "ab", "a ", " a", "a\x00", "session v1", "session v2"}
	for _, sealedFor := range purposes {
		sealed := sealer(t, key, sealedFor).Seal([]byte("value"), "place")
		for _, openedFor := range purposes {
			_, _, err := sealer(t, key, openedFor).Open(sealed, "place")
			if sealedFor == openedFor {
				assert.NoError(t, err, "%q", sealedFor)
				continue
			}
			assert.ErrorIs(t, err, seal.ErrOpen, "sealed for %q, opened for %q", sealedFor, openedFor)
		}
	}
}

func TestPlacesAreApart(t *testing.T) {
	t.Parallel()
	s := sealer(t, seal.NewKey(), "purpose")
	places := [][]string{
		nil, {""}, {"", ""}, {"a"}, {"A"}, {"a", ""}, {"", "a"}, {"ab"}, {"ab", "c"}, {"a", "bc"}, {"abc"}, {"c", "ab"},
		{"a", "b", "c"}, {"a,b"}, {"a", "b"}, {"a\x00b"},
		// What a joined form with the lengths would look like.
		{"\x00\x00\x00\x00\x00\x00\x00\x01a"}, {"a\x00\x00\x00\x00\x00\x00\x00\x01b"},
	}
	for i, sealedAt := range places {
		sealed := s.Seal([]byte("value"), sealedAt...)
		for j, openedAt := range places {
			_, _, err := s.Open(sealed, openedAt...)
			if i == j {
				assert.NoError(t, err, "%q", sealedAt)
				continue
			}
			assert.ErrorIs(t, err, seal.ErrOpen, "sealed at %q, opened at %q", sealedAt, openedAt)
		}
	}
}

func TestAlteredDoesNotOpen(t *testing.T) {
	t.Parallel()
	s := sealer(t, seal.NewKey()+","+seal.NewKey(), "purpose")
	sealed := s.Seal([]byte("value"), "place")
	opens := func(altered []byte) bool {
		plaintext, current, err := s.Open(altered, "place")
		if err != nil {
			assert.ErrorIs(t, err, seal.ErrOpen)
			assert.Nil(t, plaintext)
			assert.False(t, current)
		}
		return err == nil
	}
	require.True(t, opens(sealed))
	for i := range sealed {
		for bit := range 8 {
			altered := slices.Clone(sealed)
			altered[i] ^= 1 << bit
			assert.False(t, opens(altered), "byte %d, bit %d", i, bit)
		}
		assert.False(t, opens(sealed[:i]), "cut to %d bytes", i)
		assert.False(t, opens(slices.Concat(sealed[:i], sealed[i+1:])), "without byte %d", i)
		assert.False(t, opens(slices.Insert(slices.Clone(sealed), i, 0)), "with a byte before %d", i)
	}
	assert.False(t, opens(append(slices.Clone(sealed), 0)), "with a byte after")
	assert.False(t, opens(nil), "nothing")
}

// Open must not write into what it is given: it may be tried again.
func TestOpenLeavesItsInputAlone(t *testing.T) {
	t.Parallel()
	s := sealer(t, seal.NewKey(), "purpose")
	sealed := s.Seal([]byte("value"), "place")
	before := slices.Clone(sealed)
	_, _, err := s.Open(sealed, "elsewhere")
	require.ErrorIs(t, err, seal.ErrOpen)
	plaintext, _, err := s.Open(sealed, "place")
	require.NoError(t, err)
	copy(plaintext, "XXXXX")
	assert.Equal(t, before, sealed)
}

// The primitives are the standard library's; that their composition stays the
// same, so that stored values survive an upgrade, is this package's.
func TestSealedByAnEarlierVersionOpens(t *testing.T) {
	t.Parallel()
	const key = "YSBrZXkgZm9yIHRlc3RzLCBhbmQgbm8gc2VjcmV0ICE="
	sealed, err := base64.StdEncoding.DecodeString("AQv5P0c1s/vP6uEFTGxGX+xXDU2df4jXohwJaS29X+xOjv4jO+o=")
	require.NoError(t, err)
	plaintext, current, err := sealer(t, key, "purpose").Open(sealed, "table", "row")
	require.NoError(t, err)
	assert.True(t, current)
	assert.Equal(t, "value", string(plaintext))
}

func TestSealerConcurrently(t *testing.T) {
	t.Parallel()
	s := sealer(t, seal.NewKey()+","+seal.NewKey(), "purpose")
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for n := range 50 {
				value := fmt.Sprintf("value %d of %d", n, i)
				plaintext, _, err := s.Open(s.Seal([]byte(value), value), value)
				assert.NoError(t, err)
				assert.Equal(t, value, string(plaintext))
			}
		})
	}
	group.Wait()
}

// FuzzOpen: nothing opens but what was sealed, unaltered.
func FuzzOpen(f *testing.F) {
	s := sealer(f, seal.NewKey(), "purpose")
	sealed := s.Seal([]byte("value"), "place")
	f.Add(0, byte(0), len(sealed), []byte(nil), "place")
	f.Add(0, byte(1), len(sealed), []byte(nil), "place")
	f.Add(5, byte(0x80), len(sealed), []byte("x"), "place")
	f.Add(0, byte(0), 33, []byte(nil), "place")
	f.Add(0, byte(0), len(sealed), []byte(nil), "elsewhere")
	f.Fuzz(func(t *testing.T, at int, flip byte, cut int, tail []byte, place string) {
		altered := slices.Clone(sealed)
		if at >= 0 && at < len(altered) {
			altered[at] ^= flip
		}
		if cut >= 0 && cut < len(altered) {
			altered = altered[:cut]
		}
		altered = append(altered, tail...)
		plaintext, _, err := s.Open(altered, place)
		if same := slices.Equal(altered, sealed) && place == "place"; same != (err == nil) {
			t.Fatalf("opens: %v, the same: %v", err == nil, same)
		}
		if err == nil {
			assert.Equal(t, "value", string(plaintext))
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	s, value := sealer(b, seal.NewKey(), "purpose"), make([]byte, 1000)
	b.ReportAllocs()
	for b.Loop() {
		s.Seal(value, "place")
	}
}

func BenchmarkOpen(b *testing.B) {
	s := sealer(b, seal.NewKey(), "purpose")
	sealed := s.Seal(make([]byte, 1000), "place")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Open(sealed, "place"); err != nil {
			b.Fatal(err)
		}
	}
}
