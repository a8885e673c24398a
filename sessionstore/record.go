package sessionstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/oauthreg/go/seal"
)

// record is where and how a [Backend] keeps one value of a [Server]. Both follow
// from the cookie, of which the backend gets to know nothing: its key is a hash,
// and what opens the value is another.
type record struct {
	name   string // of the cookie, which holds the first half of the key's hash
	ticket ticket
}

// key returns the backend's key. The session key itself is not in it: what makes
// room removes records of cookies whose keys it does not know.
func (c record) key() string {
	hash := sha256.Sum256([]byte("oauthreg/sessionstore record key v1\x00" + c.name + "\x00" + c.ticket.text))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// sealer returns one that nobody has without the cookie. The ID in it is random
// and used for one value, so a hash does for a key; the sealer derives its own
// from it by HKDF.
func (c record) sealer() (*seal.Sealer, error) {
	hash := sha256.Sum256([]byte("oauthreg/sessionstore record seal v1\x00" + c.ticket.text))
	keys, err := seal.Parse(base64.StdEncoding.EncodeToString(hash[:]))
	if err != nil {
		return nil, err
	}
	return keys.Sealer("sessionstore record v1")
}

// plain returns what a backend in the process keeps: the second half of the
// key's hash, and the value.
func (c record) plain(key string, value []byte) []byte {
	hash := keyHash(key)
	return append(bytes.Clone(hash[keyHashSize:]), value...)
}

// sealed returns what any other backend keeps: when it expires, in microseconds
// since 1970, and what plain returns, sealed for this place. The time keeps
// whoever can write to the backend from making a value last.
func (c record) sealed(key string, value []byte, ttl time.Duration) ([]byte, error) {
	sealer, err := c.sealer()
	if err != nil {
		return nil, err
	}
	plaintext := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(ttl).UnixMicro()))
	return sealer.Seal(append(plaintext, c.plain(key, value)...), c.key()), nil
}

// openPlain returns the value in what plain returned for key.
func (c record) openPlain(key string, stored []byte) (value []byte, ok bool) {
	hash := keyHash(key)
	return bytes.CutPrefix(stored, hash[keyHashSize:])
}

// openSealed returns the value in what sealed returned for key, until it has
// expired.
func (c record) openSealed(key string, stored []byte) (value []byte, ok bool) {
	sealer, err := c.sealer()
	if err != nil {
		return nil, false
	}
	plaintext, _, err := sealer.Open(stored, c.key())
	if err != nil || len(plaintext) < 8 {
		return nil, false
	}
	if !time.Now().Before(time.UnixMicro(int64(binary.BigEndian.Uint64(plaintext)))) {
		return nil, false
	}
	return c.openPlain(key, plaintext[8:])
}
