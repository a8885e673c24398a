package provider

import (
	"errors"
	"fmt"
	"log/slog"
)

// Redacted is what a [Secret] prints instead of its value.
const Redacted = "[redacted]"

// Secret is a string that does not print: not by any verb of package fmt, not
// through log/slog, and not from inside another struct's unexported field,
// where fmt cannot call methods (the string is behind a pointer, so that what
// fmt finds there is an address). encoding/json and encoding/gob refuse it with
// an error rather than write a placeholder over somebody's stored token.
//
// The zero Secret is empty. Secrets are immutable and safe for concurrent use.
// Compare them with crypto/subtle on what [Secret.Reveal] returns; == compares
// addresses.
type Secret struct {
	value *string
}

// NewSecret wraps value. An empty value gives the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns the value. Every use of it is a place to look at in review.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.value == nil }

// String returns [Redacted], or "" for an empty secret, so that logs still
// tell whether there was one.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return Redacted
}

// GoString implements [fmt.GoStringer] for %#v.
func (s Secret) GoString() string { return s.String() }

// Format implements [fmt.Formatter], so that no verb reaches the fields.
func (s Secret) Format(f fmt.State, _ rune) {
	// The error of a fmt.State has nowhere to go.
	_, _ = f.Write([]byte(s.String()))
}

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// errSecretEncoded is what encoders get for a Secret.
var errSecretEncoded = errors.New("provider: a Secret is not encoded implicitly; store tokens with EncodeToken, sealed")

// MarshalText fails, and with it encoding/json and encoding/xml.
func (s Secret) MarshalText() ([]byte, error) { return nil, errSecretEncoded }

// MarshalJSON fails.
func (s Secret) MarshalJSON() ([]byte, error) { return nil, errSecretEncoded }

// GobEncode fails.
func (s Secret) GobEncode() ([]byte, error) { return nil, errSecretEncoded }
