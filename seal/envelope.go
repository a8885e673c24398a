package seal

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// A value sealed by an Envelope is: format (1 byte), hash of the KeyID (4
// bytes), length of the wrapped data key (2 bytes), wrapped data key, nonce,
// ciphertext, tag. All before the nonce is authenticated with the places.
const (
	formatEnvelope  = 2
	wrappedAt       = 1 + keyIDSize + 2
	maxWrapped      = 1<<16 - 1
	bodyOverhead    = 12 + 16
	envelopePurpose = "oauthreg/seal envelope "
)

// Box implements [Keys]. Each Box has data keys and a memory of its own, so
// make one for each purpose and keep it.
func (e *Envelope) Box(purpose string) (Box, error) {
	if e == nil || e.cfg == nil {
		return nil, errors.New("seal: the envelope is empty; make one with seal.NewEnvelope")
	}
	if purpose == "" {
		return nil, errors.New("seal: the purpose is empty")
	}
	cfg := e.cfg()
	b := &envelope{
		keys: newDataKeys(cfg, purpose),
		id:   sha256.Sum256([]byte("oauthreg/seal key " + cfg.KeyID)),
	}
	if cfg.Keyring != nil {
		var err error
		if b.before, err = cfg.Keyring.Sealer(purpose); err != nil {
			return nil, err
		}
	}
	return envelopeBox{func() *envelope { return b }}, nil
}

// envelopeBox hides the envelope from fmt.
type envelopeBox struct{ get func() *envelope }

type envelope struct {
	keys   *dataKeys
	id     [sha256.Size]byte // cut to keyIDSize
	before *Sealer           // or nil
}

func (b envelopeBox) Seal(ctx context.Context, plaintext []byte, places ...string) ([]byte, error) {
	e := b.get()
	k, err := e.keys.forSealing(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, wrappedAt+len(k.wrapped)+bodyOverhead+len(plaintext))
	out = append(out, formatEnvelope)
	out = append(out, e.id[:keyIDSize]...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(k.wrapped)))
	out = append(out, k.wrapped...)
	return k.aead.Seal(out, nil, plaintext, additionalData(out, places)), nil
}

func (b envelopeBox) Open(ctx context.Context, sealed []byte, places ...string) (plaintext []byte, current bool, err error) {
	e := b.get()
	if e.before != nil && len(sealed) > 0 && sealed[0] == format {
		plaintext, _, err = e.before.Open(sealed, places...)
		return plaintext, false, err
	}
	header, wrapped, body, ok := splitEnvelope(sealed)
	if !ok {
		return nil, false, ErrOpen
	}
	k, err := e.keys.forOpening(ctx, wrapped)
	if err != nil {
		return nil, false, err
	}
	plaintext, err = k.aead.Open(nil, nil, body, additionalData(header, places))
	if err != nil {
		return nil, false, ErrOpen
	}
	return plaintext, bytes.Equal(header[1:1+keyIDSize], e.id[:keyIDSize]), nil
}

func splitEnvelope(sealed []byte) (header, wrapped, body []byte, ok bool) {
	if len(sealed) < wrappedAt || sealed[0] != formatEnvelope {
		return nil, nil, nil, false
	}
	size := int(binary.BigEndian.Uint16(sealed[1+keyIDSize:]))
	if size == 0 || len(sealed) < wrappedAt+size+bodyOverhead {
		return nil, nil, nil, false
	}
	at := wrappedAt + size
	return sealed[:at], sealed[wrappedAt:at], sealed[at:], true
}

// newDataKey derives from a data key what seals for purpose, so that a value
// sealed for one purpose opens for no other, whoever unwraps its key.
func newDataKey(key, wrapped []byte, purpose string) (*dataKey, error) {
	derived, err := hkdf.Key(sha256.New, key, nil, envelopePurpose+purpose, KeySize)
	if err != nil {
		return nil, fmt.Errorf("seal: derive key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &dataKey{aead: aead, wrapped: wrapped}, nil
}
