package sessionstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// What is sealed into a cookie: when it expires and when it was issued, both
// in microseconds since 1970, the second half of the key's hash, and the value.
const (
	keyHashSize = sha256.Size / 2
	headerSize  = 8 + 8 + keyHashSize
)

// envelope is what a cookie turns out to hold. Only the value is secret.
type envelope struct {
	expires, issued time.Time
	keyHash         []byte
	value           []byte
}

// seal returns the value of the cookie called name, before encoding. The name, given as the
// place, binds it to the first half of the key's hash, the header to the
// second. The key itself cannot be a place: making room opens cookies whose
// keys are not known.
func (c *Cookie) seal(name, key string, value []byte, ttl time.Duration) []byte {
	now := time.Now()
	hash := keyHash(key)
	plaintext := make([]byte, 0, headerSize+len(value))
	plaintext = binary.BigEndian.AppendUint64(plaintext, uint64(now.Add(ttl).UnixMicro()))
	plaintext = binary.BigEndian.AppendUint64(plaintext, uint64(now.UnixMicro()))
	plaintext = append(plaintext, hash[keyHashSize:]...)
	plaintext = append(plaintext, value...)
	return c.sealer.Seal(plaintext, name)
}

// open returns what the cookie called name holds, unless it was not sealed
// under that name or has expired.
func (c *Cookie) open(name, text string) (e envelope, ok bool) {
	if len(name)+len(text) > maxCookie {
		return envelope{}, false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return envelope{}, false
	}
	plaintext, _, err := c.sealer.Open(sealed, name)
	if err != nil || len(plaintext) < headerSize {
		return envelope{}, false
	}
	e = envelope{
		expires: time.UnixMicro(int64(binary.BigEndian.Uint64(plaintext))),
		issued:  time.UnixMicro(int64(binary.BigEndian.Uint64(plaintext[8:]))),
		keyHash: plaintext[16:headerSize],
		value:   plaintext[headerSize:],
	}
	return e, time.Now().Before(e.expires)
}

// newest returns what is in the cookie issued last among those with these
// values, all called name, that open and were put under key.
func (c *Cookie) newest(values []string, name, key string) (value []byte, found bool) {
	hash := keyHash(key)
	var issued time.Time
	for _, text := range values {
		e, ok := c.open(name, text)
		if !ok || !bytes.Equal(e.keyHash, hash[keyHashSize:]) {
			continue
		}
		if !found || e.issued.After(issued) {
			value, issued, found = e.value, e.issued, true
		}
	}
	return value, found
}
