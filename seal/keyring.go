package seal

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// redacted is what a Keyring prints.
const redacted = "[redacted keyring]"

// Keyring holds one or more keys, the newest first. It does not print, and
// refuses to be encoded. A nil or zero Keyring seals nothing: the stores refuse
// it. It is immutable and safe for concurrent use.
type Keyring struct {
	// In a function, so that fmt finds an address when a Keyring lies in another
	// struct's unexported field. A pointer would not do: for a verb that does not
	// suit it, such as %s, fmt prints what a pointer to a slice points to.
	keys func() [][]byte
}

// Parse reads keys in base64 (standard or URL alphabet, padding optional),
// separated by commas, the newest first. Each must be 32 bytes. The error says
// which key is wrong and why, and never quotes it.
func Parse(text string) (*Keyring, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("seal: no key given; make one with: openssl rand -base64 32")
	}
	var keys [][]byte
	for i, part := range strings.Split(text, ",") {
		key, err := decodeKey(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("seal: key %d: %w; make one with: openssl rand -base64 32", i+1, err)
		}
		keys = append(keys, key)
	}
	return &Keyring{keys: func() [][]byte { return keys }}, nil
}

// decodeKey is lenient about the alphabet and strict about everything else.
func decodeKey(text string) ([]byte, error) {
	if text == "" {
		return nil, errors.New("it is empty")
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	key, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, errors.New("it is not base64")
	}
	if len(key) != KeySize {
		return nil, fmt.Errorf("it has %d bytes, not %d", len(key), KeySize)
	}
	return key, nil
}

// NewKey returns a random key in the form [Parse] reads.
func NewKey() string {
	key := make([]byte, KeySize)
	rand.Read(key) // never fails, see its documentation
	return base64.StdEncoding.EncodeToString(key)
}

// IsZero reports whether there is no key in k.
func (k *Keyring) IsZero() bool { return k == nil || k.keys == nil }

// String returns a placeholder.
func (k *Keyring) String() string { return redacted }

// GoString returns a placeholder.
func (k *Keyring) GoString() string { return redacted }

// Format writes a placeholder for every verb.
func (k *Keyring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue returns a placeholder.
func (k *Keyring) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText fails: a key is configuration, not data.
func (k *Keyring) MarshalText() ([]byte, error) {
	return nil, errors.New("seal: a Keyring is not encoded")
}
