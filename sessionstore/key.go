package sessionstore

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

const maxKey = 128

// validKey reports whether key can have been put. Get and Take treat any other
// as not found, not as an error: keys are often made from what a callback's
// query says, and a stranger's query must not look like a failure of the store.
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

// keyHash hashes a key where it fits on the stack.
func keyHash(key string) [sha256.Size]byte {
	return sha256.Sum256(append(make([]byte, 0, maxKey), key...))
}

// checkPut checks the arguments that are the program's own doing. The key may
// hold a request token, so it is not quoted.
func checkPut(key string, ttl time.Duration) error {
	if !validKey(key) {
		return fmt.Errorf("sessionstore: a key must be 1 to %d bytes of printable ASCII without blanks", maxKey)
	}
	if ttl <= 0 {
		return errors.New("sessionstore: the ttl must be positive")
	}
	return nil
}
