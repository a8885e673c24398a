package seal_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
)

func TestParse(t *testing.T) {
	t.Parallel()
	// Bytes whose base64 has the characters in which the alphabets differ.
	raw := bytes.Repeat([]byte{0xfb, 0xff, 0xbf, 0x3e}, seal.KeySize/4)
	std, url := base64.StdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw)
	require.Contains(t, std, "+")
	require.Contains(t, std, "/")
	require.Contains(t, url, "-")
	require.Contains(t, url, "_")
	unpadded := strings.TrimRight(std, "=")
	other := seal.NewKey()
	short := base64.StdEncoding.EncodeToString(raw[:31])
	long := base64.StdEncoding.EncodeToString(append(raw[:32:32], 1))

	tests := []struct {
		name, text string
		wantErr    string // "" if it parses
	}{
		{"standard alphabet", std, ""},
		{"URL alphabet", url, ""},
		{"both alphabets", unpadded[:20] + url[20:], ""},
		{"standard without padding", unpadded, ""},
		{"URL without padding", strings.TrimRight(url, "="), ""},
		{"line break after", std + "\n", ""},
		{"blanks around", "\t " + std + " \r\n", ""},
		{"two", std + "," + other, ""},
		{"two with blanks", " " + std + " ,\n " + other + " ", ""},
		{"empty", "", "no key given"},
		{"blank", " \n", "no key given"},
		{"only a comma", ",", "key 1: it is empty"},
		{"empty first", "," + std, "key 1: it is empty"},
		{"empty last", std + ",", "key 2: it is empty"},
		{"empty between", std + ", ," + other, "key 2: it is empty"},
		{"too short", short, "key 1: it has 31 bytes, not 32"},
		{"too long", long, "key 1: it has 33 bytes, not 32"},
		{"second too short", std + "," + short, "key 2: it has 31 bytes, not 32"},
		{"a password", "correct horse battery staple", "key 1: it is not base64"},
		{"hexadecimal", strings.Repeat("0f", 32), "key 1: it has 48 bytes, not 32"},
		{"blank within", std[:10] + " " + std[10:], "key 1: it is not base64"},
		{"another character", "!" + std[1:], "key 1: it is not base64"},
		{"padding within", std[:10] + "=" + std[10:], "key 1: it is not base64"},
		{"one character lost", unpadded[:42], "key 1: it is not base64"},
		{"bits left over", unpadded[:42] + "/", "key 1: it is not base64"},
		{"semicolon between", std + ";" + other, "key 1: it is not base64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			keys, err := seal.Parse(tt.text)
			if tt.wantErr == "" {
				require.NoError(t, err)
				assert.False(t, keys.IsZero())
				assertSameKey(t, std, keys)
				return
			}
			assert.Nil(t, keys)
			require.ErrorContains(t, err, tt.wantErr)
			assert.ErrorContains(t, err, "openssl rand -base64 32")
			for _, part := range strings.FieldsFunc(tt.text, func(c rune) bool { return strings.ContainsRune(",; \t\r\n", c) }) {
				if len(part) >= 4 {
					assert.NotContains(t, err.Error(), part[:4], "the error quotes the key")
				}
			}
		})
	}
}

// assertSameKey checks that keys opens what the key in text seals.
func assertSameKey(t *testing.T, text string, keys *seal.Keyring) {
	t.Helper()
	sealed := sealer(t, text, "purpose").Seal([]byte("value"))
	s, err := keys.Sealer("purpose")
	require.NoError(t, err)
	plaintext, current, err := s.Open(sealed)
	require.NoError(t, err)
	assert.True(t, current, "it is not the first key")
	assert.Equal(t, "value", string(plaintext))
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		key := seal.NewKey()
		assert.False(t, seen[key], "the same key again")
		seen[key] = true
		_, err := seal.Parse(key)
		require.NoError(t, err)
	}
}

func TestNoKeys(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string]*seal.Keyring{"nil": nil, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.True(t, keys.IsZero())
			s, err := keys.Sealer("purpose")
			assert.Nil(t, s)
			assert.ErrorContains(t, err, "the keyring is empty")
		})
	}
}

func TestNoPurpose(t *testing.T) {
	t.Parallel()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	s, err := keys.Sealer("")
	assert.Nil(t, s)
	assert.ErrorContains(t, err, "the purpose is empty")
}

// sealer returns one over the keys in text.
func sealer(t testing.TB, text, purpose string) *seal.Sealer {
	t.Helper()
	keys, err := seal.Parse(text)
	require.NoError(t, err)
	s, err := keys.Sealer(purpose)
	require.NoError(t, err)
	return s
}
