package seal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
)

func TestNewEnvelopeFaults(t *testing.T) {
	t.Parallel()
	k := newKMS()
	most := int64(1) << 32 // a variable, because it is no int everywhere
	for _, row := range []struct {
		name string
		cfg  seal.EnvelopeConfig
		want []string
	}{
		{"least", seal.EnvelopeConfig{KeyWrapper: k}, nil},
		{"bounds", seal.EnvelopeConfig{KeyWrapper: k, DataKeyUses: 1, DataKeyAge: time.Second, CachedKeys: 1, Timeout: 1}, nil},
		{"most uses", seal.EnvelopeConfig{KeyWrapper: k, DataKeyUses: int(most)}, nil},
		{"too many uses", seal.EnvelopeConfig{KeyWrapper: k, DataKeyUses: int(most) + 1}, []string{"DataKeyUses"}},
		{"nothing", seal.EnvelopeConfig{}, []string{"KeyWrapper"}},
		{"empty keyring", seal.EnvelopeConfig{KeyWrapper: k, Keyring: &seal.Keyring{}}, []string{"Keyring"}},
		{"short age", seal.EnvelopeConfig{KeyWrapper: k, DataKeyAge: time.Second - 1}, []string{"DataKeyAge"}},
		{
			"all", seal.EnvelopeConfig{Keyring: &seal.Keyring{}, DataKeyUses: -1, DataKeyAge: -1, CachedKeys: -1, Timeout: -1},
			[]string{"KeyWrapper", "Keyring", "DataKeyUses", "DataKeyAge", "CachedKeys", "Timeout"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if strings.HasSuffix(row.name, "uses") && strconv.IntSize < 64 {
				t.Skip("an int of 32 bits does not reach the bound")
			}
			e, err := seal.NewEnvelope(row.cfg)
			if row.want == nil {
				require.NoError(t, err)
				return
			}
			assert.Nil(t, e)
			joined, ok := err.(interface{ Unwrap() []error })
			require.True(t, ok)
			var fields []string
			for _, err := range joined.Unwrap() {
				fault, ok := errors.AsType[*seal.ConfigError](err)
				require.True(t, ok)
				assert.Equal(t, "seal: "+fault.Field+": "+fault.Reason, err.Error())
				fields = append(fields, fault.Field)
			}
			assert.Equal(t, row.want, fields)
		})
	}
	wraps, opens := k.calls()
	assert.Zero(t, wraps+opens, "the KMS was called")
}

func TestBoxFaults(t *testing.T) {
	t.Parallel()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	e, err := seal.NewEnvelope(seal.EnvelopeConfig{KeyWrapper: newKMS()})
	require.NoError(t, err)
	for _, row := range []struct {
		name    string
		keys    seal.Keys
		purpose string
		want    string
	}{
		{"no purpose for a keyring", keys, "", "the purpose is empty"},
		{"no purpose for an envelope", e, "", "the purpose is empty"},
		{"nil keyring", (*seal.Keyring)(nil), "purpose", "the keyring is empty"},
		{"nil envelope", (*seal.Envelope)(nil), "purpose", "the envelope is empty"},
		{"zero envelope", &seal.Envelope{}, "purpose", "the envelope is empty"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b, err := row.keys.Box(row.purpose)
			assert.Nil(t, b)
			assert.ErrorContains(t, err, row.want)
		})
	}
}

// What a Box must do, whatever its keys come from.
func TestBox(t *testing.T) {
	t.Parallel()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	e, err := seal.NewEnvelope(seal.EnvelopeConfig{KeyWrapper: newKMS()})
	require.NoError(t, err)
	for name, keys := range map[string]seal.Keys{"keyring": keys, "envelope": e} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := func(purpose string) seal.Box {
				b, err := keys.Box(purpose)
				require.NoError(t, err)
				return b
			}
			b := box("purpose")
			for _, value := range []string{"", "value", strings.Repeat("long", 10_000)} {
				sealed := sealValue(t, b, value)
				assert.NotEqual(t, sealed, sealValue(t, b, value), "the same twice")
				if value != "" {
					assert.NotContains(t, string(sealed), value)
				}
				assert.True(t, openValue(t, b, sealed, value))
				assert.True(t, openValue(t, box("purpose"), sealed, value), "in another process")
			}
			sealed := sealValue(t, b, "value")
			fails := func(b seal.Box, sealed []byte, places ...string) {
				t.Helper()
				plaintext, current, err := b.Open(t.Context(), sealed, places...)
				require.ErrorIs(t, err, seal.ErrOpen)
				assert.NotErrorIs(t, err, seal.ErrUnavailable)
				assert.Nil(t, plaintext)
				assert.False(t, current)
			}
			fails(box("another purpose"), sealed, place)
			fails(b, sealed)
			fails(b, sealed, "row 8")
			fails(b, sealed, place, "")
			fails(b, nil, place)
			fails(b, append(slices.Clone(sealed), 0), place)
			for i := range sealed {
				fails(b, sealed[:i], place)
				for bit := range 8 {
					altered := slices.Clone(sealed)
					altered[i] ^= 1 << bit
					fails(b, altered, place)
				}
			}
			assert.True(t, openValue(t, b, sealed, "value"), "Open wrote into what it was given")
		})
	}
}

// A value without a wrapped key, or whose key claims to be longer than it is,
// does not reach the KMS.
func TestEnvelopeMalformed(t *testing.T) {
	t.Parallel()
	k := newKMS()
	b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k})
	for _, text := range []string{
		"", "\x02", "\x02abcd", "\x02abcd\x00\x00" + strings.Repeat("x", 28), "\x02abcd\xff\xff" + strings.Repeat("x", 28),
		"\x02abcd\x00\x01" + strings.Repeat("x", 28), "\x03abcd\x00\x01" + strings.Repeat("x", 29), "\x01" + strings.Repeat("x", 40),
	} {
		_, _, err := b.Open(t.Context(), []byte(text), place)
		require.ErrorIs(t, err, seal.ErrOpen, "%q", text)
	}
	_, opens := k.calls()
	assert.Zero(t, opens)
}

func TestEnvelopeBoundsDataKeys(t *testing.T) {
	t.Parallel()
	t.Run("uses", func(t *testing.T) {
		t.Parallel()
		k := newKMS()
		b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, DataKeyUses: 3})
		for i := range 7 {
			sealValue(t, b, "value")
			wraps, _ := k.calls()
			assert.Equal(t, i/3+1, wraps)
		}
		assert.Len(t, slices.CompactFunc(k.keys, bytes.Equal), 3, "the same data key again")
	})
	t.Run("age", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			k := newKMS()
			b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k})
			sealed := sealValue(t, b, "value")
			time.Sleep(time.Hour - time.Nanosecond)
			sealValue(t, b, "value")
			openValue(t, b, sealed, "value")
			wraps, opens := k.calls()
			assert.Equal(t, []int{1, 0}, []int{wraps, opens}, "within the hour")
			time.Sleep(time.Nanosecond)
			sealValue(t, b, "value")
			openValue(t, b, sealed, "value")
			wraps, opens = k.calls()
			assert.Equal(t, []int{2, 1}, []int{wraps, opens}, "after it")
		})
	})
	t.Run("concurrently", func(t *testing.T) {
		t.Parallel()
		k := newKMS()
		b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, DataKeyUses: 10})
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				for range 10 {
					_, err := b.Seal(t.Context(), nil)
					assert.NoError(t, err)
				}
			})
		}
		group.Wait()
		wraps, _ := k.calls()
		assert.Equal(t, 20, wraps)
	})
}

func TestEnvelopeRemembersUnwrappedKeys(t *testing.T) {
	t.Parallel()
	k := newKMS()
	// Each value has a data key of its own.
	writer := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, DataKeyUses: 1})
	var values [][]byte
	for range 4 {
		values = append(values, sealValue(t, writer, "value"))
	}
	b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, CachedKeys: 3})
	want := 0
	open := func(i, calls int) {
		t.Helper()
		want += calls
		openValue(t, b, values[i], "value")
		_, opens := k.calls()
		assert.Equal(t, want, opens)
	}
	for i := range 3 {
		open(i, 1)
		open(i, 0)
	}
	open(0, 0)
	open(3, 1) // drives out 1, the longest unused
	open(0, 0)
	open(2, 0)
	open(1, 1)
	open(3, 1)
}

func TestEnvelopeSharesCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newKMS()
		sealed := sealValue(t, envelope(t, seal.EnvelopeConfig{KeyWrapper: k}), "value")
		k.set(func(k *kms) { k.takes = time.Second })
		b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k})

		// The first who asks goes away; the others get what it asked for.
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		var group sync.WaitGroup
		group.Go(func() {
			_, _, err := b.Open(impatient, sealed, place)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.NotErrorIs(t, err, seal.ErrUnavailable)
			assert.NotErrorIs(t, err, seal.ErrOpen)
		})
		group.Go(func() {
			_, err := b.Seal(impatient, nil)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
		synctest.Wait()
		for range 50 {
			group.Go(func() {
				_, _, err := b.Open(t.Context(), sealed, place)
				assert.NoError(t, err)
			})
			group.Go(func() {
				_, err := b.Seal(t.Context(), nil)
				assert.NoError(t, err)
			})
		}
		group.Wait()
		wraps, opens := k.calls()
		assert.Equal(t, []int{2, 1}, []int{wraps, opens}, "one was made before")
	})
}

func TestEnvelopeOutage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		breaks func(*kms)
		text   string
	}{
		{"error", func(k *kms) { k.fails = errors.New("503 from the KMS") }, "503 from the KMS"},
		{"canceled by the client", func(k *kms) { k.fails = context.Canceled }, "canceled"},
		{"slow", func(k *kms) { k.takes = time.Hour }, "does not answer"},
		{"slow and deaf", func(k *kms) { k.takes, k.deaf = time.Hour, true }, "not answered in time"},
		{"panic", func(k *kms) { k.panics = true }, "panicked"},
		{"the key in the clear", func(k *kms) {
			k.wrapped = func(key []byte) []byte { return append([]byte("arn:"), key...) }
			k.fails = nil
			k.unwrapped = func([]byte) []byte { return nil }
		}, "the KeyWrapper returned"},
		{"nothing", func(k *kms) {
			k.wrapped = func([]byte) []byte { return nil }
			k.unwrapped = func([]byte) []byte { return nil }
		}, "of 0 bytes"},
		{"too much", func(k *kms) {
			k.wrapped = func([]byte) []byte { return make([]byte, 1<<16) }
			k.unwrapped = func(key []byte) []byte { return append(key, 0) }
		}, "bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := newKMS()
				lost := sealValue(t, envelope(t, seal.EnvelopeConfig{KeyWrapper: k}), "value")
				b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, DataKeyUses: 2})
				known := sealValue(t, b, "value")
				k.set(row.breaks)

				// What needs no KMS goes on.
				assert.True(t, openValue(t, b, known, "value"))
				sealValue(t, b, "value")

				start := time.Now()
				_, err := b.Seal(t.Context(), []byte("the plaintext"), place)
				require.ErrorIs(t, err, seal.ErrUnavailable)
				require.ErrorContains(t, err, row.text)
				plaintext, current, openErr := b.Open(t.Context(), lost, place)
				require.ErrorIs(t, openErr, seal.ErrUnavailable)
				require.NotErrorIs(t, openErr, seal.ErrOpen, "an outage must not pass for a lost key")
				assert.Nil(t, plaintext)
				assert.False(t, current)
				assert.LessOrEqual(t, time.Since(start), 20*time.Second)
				for _, err := range []error{err, openErr} {
					assert.NotContains(t, err.Error(), "plaintext")
					for _, key := range k.keys {
						assert.NotContains(t, err.Error(), fmt.Sprint(key))
						assert.NotContains(t, err.Error(), string(key))
					}
				}

				// It is over, and nothing is remembered of it.
				time.Sleep(2 * time.Hour)
				k.set(func(k *kms) {
					k.fails, k.takes, k.deaf, k.panics, k.wrapped, k.unwrapped = nil, 0, false, false, nil, nil
				})
				sealValue(t, b, "value")
				assert.True(t, openValue(t, b, lost, "value"))
			})
		})
	}
}

// A KMS that hangs is asked once, not once for each request.
func TestEnvelopeDoesNotPileUpCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newKMS()
		b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, Timeout: time.Second})
		k.set(func(k *kms) { k.takes, k.deaf = time.Hour, true })
		for range 10 {
			_, err := b.Seal(t.Context(), nil)
			require.ErrorIs(t, err, seal.ErrUnavailable)
		}
		k.set(func(k *kms) { assert.Equal(t, 1, k.most) })
		wraps, _ := k.calls()
		assert.Equal(t, 1, wraps)
		time.Sleep(2 * time.Hour)
		k.set(func(k *kms) { k.takes = 0 })
		sealValue(t, b, "value")
	})
}

func TestEnvelopeContext(t *testing.T) {
	t.Parallel()
	k := newKMS()
	b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k})
	sealed := sealValue(t, b, "value")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Seal(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = b.Open(ctx, sealed, place)
	require.ErrorIs(t, err, context.Canceled)
	wraps, opens := k.calls()
	assert.Equal(t, 1, wraps+opens)
}

func TestEnvelopeRotation(t *testing.T) {
	t.Parallel()
	k := newKMS()
	before := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, KeyID: "v1"})
	sealed := sealValue(t, before, "value")

	k.rotate()
	assert.True(t, openValue(t, envelope(t, seal.EnvelopeConfig{KeyWrapper: k, KeyID: "v1"}), sealed, "value"), "the name is the same")
	b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, KeyID: "v2"})
	require.False(t, openValue(t, b, sealed, "value"))
	anew := sealValue(t, b, "value")

	k.destroy(1)
	after := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, KeyID: "v2"})
	assert.True(t, openValue(t, after, anew, "value"))
	_, _, err := after.Open(t.Context(), sealed, place)
	require.ErrorIs(t, err, seal.ErrOpen)
	require.NotErrorIs(t, err, seal.ErrUnavailable, "a lost key must not pass for an outage")
	assert.ErrorContains(t, err, "version 1 is destroyed")
}

// The road from a keyring to a KMS.
func TestEnvelopeOpensWhatAKeyringSealed(t *testing.T) {
	t.Parallel()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	ring, err := keys.Box("purpose")
	require.NoError(t, err)
	sealed := sealValue(t, ring, "value")
	k := newKMS()
	b := envelope(t, seal.EnvelopeConfig{KeyWrapper: k, Keyring: keys})
	assert.False(t, openValue(t, b, sealed, "value"))
	_, _, err = b.Open(t.Context(), sealed, "row 8")
	require.ErrorIs(t, err, seal.ErrOpen)
	wraps, opens := k.calls()
	assert.Zero(t, wraps+opens)

	_, _, err = b.Open(t.Context(), nil, place)
	require.ErrorIs(t, err, seal.ErrOpen, "nothing")

	without := envelope(t, seal.EnvelopeConfig{KeyWrapper: k})
	_, _, err = without.Open(t.Context(), sealed, place)
	require.ErrorIs(t, err, seal.ErrOpen)

	// Nothing is sealed with the keyring any more.
	anew := sealValue(t, b, "value")
	assert.True(t, openValue(t, without, anew, "value"))
	_, _, err = ring.Open(t.Context(), anew, place)
	require.ErrorIs(t, err, seal.ErrOpen)
}

// fixed gives every data key the same wrapped form, and a known key.
type fixed struct{ key string }

func (fixed) WrapKey(context.Context, []byte) ([]byte, error)     { return []byte("wrapped"), nil }
func (f fixed) UnwrapKey(context.Context, []byte) ([]byte, error) { return []byte(f.key), nil }

// That the format stays, so that stored values survive an upgrade.
func TestEnvelopeSealedByAnEarlierVersionOpens(t *testing.T) {
	t.Parallel()
	b := envelope(t, seal.EnvelopeConfig{KeyWrapper: fixed{"a key for tests, and no secret !"}, KeyID: "v1"})
	assert.True(t, openValue(t, b, sealByAnEarlierVersion(t), "value"))
}

// sealByAnEarlierVersion returns "value", sealed with the key above.
func sealByAnEarlierVersion(t *testing.T) []byte {
	t.Helper()
	sealed, err := base64.StdEncoding.DecodeString("As4iB6YAB3dyYXBwZWQre4XHV/DJ58P8MTIfThn/EFCEgqjbYbIvvCtJOZEj3ck=")
	require.NoError(t, err)
	return sealed
}

// FuzzEnvelopeOpen: nothing opens but what was sealed, unaltered.
func FuzzEnvelopeOpen(f *testing.F) {
	b := envelope(f, seal.EnvelopeConfig{KeyWrapper: newKMS()})
	sealed, err := b.Seal(context.Background(), []byte("value"), place)
	require.NoError(f, err)
	f.Add(0, byte(0), len(sealed), []byte(nil), place)
	f.Add(0, byte(3), len(sealed), []byte(nil), place)
	f.Add(5, byte(0x80), len(sealed), []byte("x"), place)
	f.Add(6, byte(1), len(sealed), []byte(nil), place)
	f.Add(8, byte(1), len(sealed), []byte(nil), place)
	f.Add(0, byte(0), 33, []byte(nil), place)
	f.Add(0, byte(0), len(sealed), []byte(nil), "elsewhere")
	f.Fuzz(func(t *testing.T, at int, flip byte, cut int, tail []byte, where string) {
		altered := slices.Clone(sealed)
		if at >= 0 && at < len(altered) {
			altered[at] ^= flip
		}
		if cut >= 0 && cut < len(altered) {
			altered = altered[:cut]
		}
		altered = append(altered, tail...)
		plaintext, _, err := b.Open(t.Context(), altered, where)
		if same := slices.Equal(altered, sealed) && where == place; same != (err == nil) {
			t.Fatalf("opens: %v, the same: %v", err == nil, same)
		}
		if err == nil {
			assert.Equal(t, "value", string(plaintext))
			return
		}
		assert.Nil(t, plaintext)
		assert.ErrorIs(t, err, seal.ErrOpen)
	})
}
