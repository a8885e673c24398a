package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
)

// The shapes in which a Keyring lies about in programs.
type (
	exported   struct{ Keys *seal.Keyring }
	unexported struct{ keys *seal.Keyring }
	byValue    struct{ keys seal.Keyring }
	nested     struct{ inner *unexported }
)

// shapes returns a keyring in all of them.
func shapes(k *seal.Keyring) map[string]any {
	return map[string]any{
		"direct":              k,
		"by value":            *k,
		"exported field":      exported{k},
		"pointer to exported": &exported{k},
		"unexported field":    unexported{k},
		"pointer to":          &unexported{k},
		"value in a field":    byValue{*k},
		"nested":              nested{&unexported{k}},
		"slice":               []*seal.Keyring{k},
		"map":                 map[string]any{"keys": k, "fields": unexported{k}},
	}
}

// careless is a KeyWrapper that holds its key where anybody can print it.
type careless struct {
	*kms
	Key []byte
}

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	text := seal.NewKey()
	keys, err := seal.Parse(text + "," + seal.NewKey())
	require.NoError(t, err)
	s, err := keys.Sealer("purpose")
	require.NoError(t, err)
	all := shapes(keys)
	all["sealer"] = s
	all["sealer by value"] = *s
	all["sealer in a field"] = struct{ s *seal.Sealer }{s}
	all["sealer value in a field"] = struct{ s seal.Sealer }{*s}

	ring, err := keys.Box("purpose")
	require.NoError(t, err)
	k, wrapperKey := newKMS(), seal.NewKey()
	raw, err := base64.StdEncoding.DecodeString(wrapperKey)
	require.NoError(t, err)
	cfg := seal.EnvelopeConfig{KeyWrapper: careless{k, raw}, Keyring: keys}
	e, err := seal.NewEnvelope(cfg)
	require.NoError(t, err)
	b, err := e.Box("purpose")
	require.NoError(t, err)
	sealValue(t, b, "value")
	require.NotEmpty(t, k.keys)
	all["box of a keyring"] = ring
	all["box of a keyring in a field"] = struct{ b seal.Box }{ring}
	all["envelope"] = e
	all["envelope by value"] = *e
	all["envelope in a field"] = struct{ e *seal.Envelope }{e}
	all["envelope value in a field"] = struct{ e seal.Envelope }{*e}
	all["config"] = cfg
	// A Keyring in it would keep the encoders from it.
	bare := cfg
	bare.Keyring = nil
	all["config without keyring"] = bare
	all["config without keyring in a field"] = struct{ Cfg *seal.EnvelopeConfig }{&bare}
	all["config in an exported field"] = struct{ Cfg *seal.EnvelopeConfig }{&cfg}
	all["box"] = b
	all["box in a field"] = struct{ b seal.Box }{b}
	all["boxes"] = []seal.Box{b, ring}

	printers := map[string]func(v any) string{
		"slog text": func(v any) string {
			return logged(v, func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) })
		},
		"slog json": func(v any) string {
			return logged(v, func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) })
		},
		"json": func(v any) string {
			// An error is as good as hiding.
			out, err := json.Marshal(v)
			return fmt.Sprint(string(out), err)
		},
		"gob": func(v any) string {
			var out bytes.Buffer
			err := gob.NewEncoder(&out).Encode(v)
			return fmt.Sprint(out.String(), err)
		},
		"error": func(v any) string { return fmt.Errorf("failed with %v", v).Error() },
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%X", "%s", "%q", "%d"} {
		printers[verb] = func(v any) string { return fmt.Sprintf(verb, v) }
	}
	for how, print := range printers {
		for what, v := range all {
			output := print(v)
			assertHides(t, text, output, how+" of "+what)
			for _, key := range k.keys {
				assertHides(t, base64.StdEncoding.EncodeToString(key), output, how+" of "+what)
			}
			assertHides(t, wrapperKey, output, how+" of "+what)
			// A derived key has no form to look for, but is printed at length.
			assert.Less(t, len(output), 600, "%s of %s", how, what)
		}
	}
}

func logged(v any, newHandler func(*bytes.Buffer) slog.Handler) string {
	var out bytes.Buffer
	slog.New(newHandler(&out)).Info("starting", "value", v, slog.Group("group", "value", v))
	return out.String()
}

// assertHides looks for the key in every form that fmt and the encoders have.
func assertHides(t *testing.T, key, output, where string) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(key)
	require.NoError(t, err)
	start := raw[:8]
	for _, form := range []string{
		string(start),
		key[:10],
		hex.EncodeToString(start),
		strings.ToUpper(hex.EncodeToString(start)),
		strings.Trim(fmt.Sprint(start), "[]"),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", start), "[]byte{"), "}"),
		fmt.Sprintf("%q", start)[1:9],
	} {
		assert.NotContains(t, output, form, where)
	}
}

func TestKeyringPrintsPlaceholder(t *testing.T) {
	t.Parallel()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	const want = "[redacted keyring]"
	assert.Equal(t, want, keys.String())
	assert.Equal(t, want, keys.GoString())
	assert.Equal(t, want, keys.LogValue().String())
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%q"} {
		assert.Equal(t, want, fmt.Sprintf(verb, keys), verb)
	}
	assert.Equal(t, "{Keys:"+want+"}", fmt.Sprintf("%+v", exported{keys}))
}

// A placeholder in place of a stored key would be a key lost.
func TestKeyringIsNotEncoded(t *testing.T) {
	t.Parallel()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	_, err = json.Marshal(exported{keys})
	assert.ErrorContains(t, err, "a Keyring is not encoded")
	_, err = json.Marshal(keys)
	assert.ErrorContains(t, err, "a Keyring is not encoded")
	_, err = keys.MarshalText()
	assert.ErrorContains(t, err, "a Keyring is not encoded")
}
