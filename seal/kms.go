package seal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// KeyWrapper is a key management service (KMS), an HSM, or whatever else holds
// a key that never leaves it. Both methods must be safe for concurrent use,
// must not keep or alter their argument, and must not quote keys in errors.
//
// Wrapping must be authenticated encryption under a secret key: "Encrypt" of
// AWS KMS or Google Cloud KMS with a symmetric key, "transit/encrypt" of Vault.
// With a public key, whoever can write to the database could seal values too.
type KeyWrapper interface {
	// WrapKey encrypts dataKey, 32 bytes, into at most 65535 bytes that tell
	// UnwrapKey all it needs, such as the version of the key. They are stored
	// in the clear.
	WrapKey(ctx context.Context, dataKey []byte) (wrapped []byte, err error)

	// UnwrapKey decrypts what WrapKey made. If it never will again, because
	// wrapped is not genuine or the key was destroyed, the error must wrap
	// [ErrOpen]. Every other error counts as an outage, [ErrUnavailable]: to
	// take an outage for a loss would be the worse mistake.
	UnwrapKey(ctx context.Context, wrapped []byte) (dataKey []byte, err error)
}

// ErrUnavailable is returned by the Box of an [Envelope] when its [KeyWrapper]
// fails. It says nothing about the value: try again later.
var ErrUnavailable = errors.New("seal: the service that holds the key does not answer; try again later")

// What a zero field of an EnvelopeConfig stands for.
const (
	defaultUses    = 1 << 20
	defaultAge     = time.Hour
	defaultCached  = 256
	defaultTimeout = 10 * time.Second
)

// maxUses keeps random nonces from meeting (NIST SP 800-38D section 8.3).
const maxUses = 1 << 32

// EnvelopeConfig configures an [Envelope].
type EnvelopeConfig struct {
	// KeyWrapper holds the key. Required.
	KeyWrapper KeyWrapper

	// KeyID names the key that KeyWrapper wraps with, in any form: its version,
	// say. Values sealed under another name open as ever but are not current, so
	// that they are sealed anew: change it before an old version of the key is
	// destroyed. It is stored as a hash of 4 bytes. Empty is a name like others.
	KeyID string

	// Keyring opens, and never seals, what it sealed before there was a
	// KeyWrapper. Optional; such values are not current.
	Keyring *Keyring

	// DataKeyUses is how many values one data key seals at most, up to 1<<32.
	// 0 means 1<<20.
	DataKeyUses int

	// DataKeyAge is how long one data key seals, and how long an unwrapped one
	// stays in memory: so long, too, it takes until a revoked right to unwrap
	// is felt. 0 means an hour; less than a second is a fault.
	DataKeyAge time.Duration

	// CachedKeys is how many unwrapped data keys stay in memory, the last used
	// ones. 0 means 256.
	CachedKeys int

	// Timeout bounds each call of KeyWrapper. 0 means 10 seconds.
	Timeout time.Duration
}

// Format writes a placeholder for every verb: a KeyWrapper may hold a secret.
func (EnvelopeConfig) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redactedConfig)) }

// LogValue returns a placeholder.
func (EnvelopeConfig) LogValue() slog.Value { return slog.StringValue(redactedConfig) }

// MarshalText fails: a config is not data.
func (EnvelopeConfig) MarshalText() ([]byte, error) {
	return nil, errors.New("seal: an EnvelopeConfig is not encoded")
}

const redactedConfig = "[redacted envelope config]"

// ConfigError is one fault in an [EnvelopeConfig]. [NewEnvelope] joins all of
// them; errors.AsType finds the first.
type ConfigError struct {
	Field  string // such as "KeyWrapper"
	Reason string // what is wrong, and what to do about it
}

// Error names the field and what is wrong with it.
func (e *ConfigError) Error() string { return "seal: " + e.Field + ": " + e.Reason }

// Envelope seals with keys of its own making, data keys, and has them wrapped
// by a [KeyWrapper]: envelope encryption. The wrapped data key lies beside
// every value. A data key seals for an hour or 1<<20 values, whichever ends
// first, so the KMS is asked once an hour for sealing, and for opening once for
// each data key that is not in memory. Callers that need the same key at the
// same time share one call.
//
// While the KMS is down, values whose data key is in memory open and, for the
// rest of the hour, can be sealed; all else is [ErrUnavailable]. The call goes
// on when the request that made it goes away, up to its Timeout.
//
// Make one with [NewEnvelope]. It does not print. A nil or zero Envelope makes
// no Box. It is immutable and safe for concurrent use.
type Envelope struct {
	cfg func() EnvelopeConfig // in a function for the same reason as a Keyring's keys
}

// NewEnvelope checks cfg. The error joins all faults, as [*ConfigError] values.
// It does not call the KeyWrapper.
func NewEnvelope(cfg EnvelopeConfig) (*Envelope, error) {
	var faults []error
	fault := func(bad bool, field, reason string) {
		if bad {
			faults = append(faults, &ConfigError{Field: field, Reason: reason})
		}
	}
	fault(cfg.KeyWrapper == nil, "KeyWrapper", "it is required: give the KMS that holds the key")
	fault(cfg.Keyring != nil && cfg.Keyring.IsZero(), "Keyring", "it is empty: parse one with seal.Parse, or leave it nil")
	fault(cfg.DataKeyUses < 0 || int64(cfg.DataKeyUses) > maxUses, "DataKeyUses", "it must be from 1 to 1<<32; 0 means 1<<20")
	fault(cfg.DataKeyAge != 0 && cfg.DataKeyAge < time.Second, "DataKeyAge", "it must be a second at least; 0 means an hour")
	fault(cfg.CachedKeys < 0, "CachedKeys", "it is negative; 0 means 256")
	fault(cfg.Timeout < 0, "Timeout", "it is negative; 0 means 10 seconds")
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if cfg.DataKeyUses == 0 {
		cfg.DataKeyUses = defaultUses
	}
	if cfg.DataKeyAge == 0 {
		cfg.DataKeyAge = defaultAge
	}
	if cfg.CachedKeys == 0 {
		cfg.CachedKeys = defaultCached
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	return &Envelope{cfg: func() EnvelopeConfig { return cfg }}, nil
}
