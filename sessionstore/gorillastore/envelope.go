package gorillastore

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

const (
	// headerSize is the length of what is sealed in front of a value: when it
	// expires and when it was issued, in microseconds since 1970.
	headerSize = 8 + 8

	// nameHashSize is how many characters of the key's hash are in a name: 132
	// bits.
	nameHashSize = 22

	maxKey = 128
)

type envelope struct {
	issued time.Time
	value  []byte
}

// name returns the name of the session for key. It holds a hash: a key may be
// made of a request token, and names end up in more logs than values do.
func (s *Store) name(key string) string {
	hash := sha256.Sum256([]byte(key))
	return s.config.Name + "-" + base64.RawURLEncoding.EncodeToString(hash[:])[:nameHashSize]
}

// owns reports whether a cookie of that name is one of this store.
func (s *Store) owns(name string) bool {
	hash, ok := strings.CutPrefix(name, s.config.Name+"-")
	if !ok || len(hash) != nameHashSize {
		return false
	}
	return strings.Trim(hash, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func (s *Store) seal(name string, value []byte, ttl time.Duration) []byte {
	now := time.Now()
	plaintext := make([]byte, 0, headerSize+len(value))
	plaintext = binary.BigEndian.AppendUint64(plaintext, uint64(now.Add(ttl).UnixMicro()))
	plaintext = binary.BigEndian.AppendUint64(plaintext, uint64(now.UnixMicro()))
	return s.sealer.Seal(append(plaintext, value...), name)
}

// open returns what sealed holds, unless it was not sealed for name or has
// expired.
func (s *Store) open(name string, sealed []byte) (e envelope, ok bool) {
	plaintext, _, err := s.sealer.Open(sealed, name)
	if err != nil || len(plaintext) < headerSize {
		return envelope{}, false
	}
	if !time.Now().Before(time.UnixMicro(int64(binary.BigEndian.Uint64(plaintext)))) {
		return envelope{}, false
	}
	return envelope{
		issued: time.UnixMicro(int64(binary.BigEndian.Uint64(plaintext[8:]))),
		value:  plaintext[headerSize:],
	}, true
}

// validKey reports whether key can have been put. Keys are often made from what
// a callback's query says: any other is not found, which is no error.
func validKey(key string) bool {
	if key == "" || len(key) > maxKey {
		return false
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] >= 0x7f {
			return false
		}
	}
	return true
}

func checkPut(key string, ttl time.Duration) error {
	if !validKey(key) {
		return errors.New("gorillastore: a key must be 1 to 128 bytes of printable ASCII without blanks")
	}
	if ttl <= 0 {
		return errors.New("gorillastore: the ttl must be positive")
	}
	return nil
}

// seconds rounds up: the browser must not drop a value that has not expired.
func seconds(ttl time.Duration) int {
	return int((ttl-1)/time.Second) + 1
}
