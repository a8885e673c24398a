package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrOpen is returned for a value that no key of the ring opens: altered,
// moved to another place, sealed for another purpose, or sealed with a key that
// is no longer in the ring. Which of them cannot be told.
var ErrOpen = errors.New("seal: the value does not open with any key of the ring")

// A value sealed by a Sealer is: format (1 byte), key ID (4 bytes), nonce, ciphertext, tag.
const (
	format    = 1
	keyIDSize = 4
	// Overhead is how many bytes a Sealer adds.
	Overhead = 1 + keyIDSize + 12 + 16
)

// Sealer seals and opens values for one purpose. It is immutable and safe for
// concurrent use.
type Sealer struct {
	// In a function for the same reason as a Keyring's: with %s, fmt would print
	// the expanded AES keys.
	keys func() []derivedKey
}

type derivedKey struct {
	id   [keyIDSize]byte
	aead cipher.AEAD
}

// Sealer derives keys for purpose, a constant text that names who seals what,
// such as "example.com/app session v1".
func (k *Keyring) Sealer(purpose string) (*Sealer, error) {
	if k.IsZero() {
		return nil, errors.New("seal: the keyring is empty; parse one with seal.Parse")
	}
	if purpose == "" {
		return nil, errors.New("seal: the purpose is empty")
	}
	var keys []derivedKey
	for _, key := range k.keys() {
		derived, err := hkdf.Key(sha256.New, key, nil, "oauthreg/seal "+purpose, KeySize+keyIDSize)
		if err != nil {
			return nil, fmt.Errorf("seal: derive key: %w", err)
		}
		block, err := aes.NewCipher(derived[:KeySize])
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		d := derivedKey{aead: aead}
		copy(d.id[:], derived[KeySize:])
		keys = append(keys, d)
	}
	return &Sealer{keys: func() []derivedKey { return keys }}, nil
}

// Seal encrypts plaintext with the newest key. The places name where the value
// will lie (a cookie's name; a table and its row's key): the same ones, in the
// same order, must be given to Open.
func (s *Sealer) Seal(plaintext []byte, places ...string) []byte {
	k := s.keys()[0]
	out := make([]byte, 0, Overhead+len(plaintext))
	out = append(out, format)
	out = append(out, k.id[:]...)
	return k.aead.Seal(out, nil, plaintext, additionalData(out, places))
}

// Open decrypts what Seal made for the same purpose and places. All failures
// are [ErrOpen]. current tells whether the newest key sealed it: if not, seal
// it again when convenient.
func (s *Sealer) Open(sealed []byte, places ...string) (plaintext []byte, current bool, err error) {
	if len(sealed) < Overhead || sealed[0] != format {
		return nil, false, ErrOpen
	}
	header, body := sealed[:1+keyIDSize], sealed[1+keyIDSize:]
	for i, k := range s.keys() {
		if !bytes.Equal(header[1:], k.id[:]) {
			continue
		}
		plaintext, err = k.aead.Open(nil, nil, body, additionalData(header, places))
		if err == nil {
			return plaintext, i == 0, nil
		}
	}
	return nil, false, ErrOpen
}

// additionalData joins the parts with their lengths, so that ("ab", "c") is
// not ("a", "bc").
func additionalData(header []byte, places []string) []byte {
	size := len(header)
	for _, p := range places {
		size += 8 + len(p)
	}
	data := append(make([]byte, 0, size), header...)
	for _, p := range places {
		data = binary.BigEndian.AppendUint64(data, uint64(len(p)))
		data = append(data, p...)
	}
	return data
}
