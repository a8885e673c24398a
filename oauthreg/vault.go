package oauthreg

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

// records is where the bytes of slots lie.
type records interface {
	put(w http.ResponseWriter, r *http.Request, s slot, value []byte, ttl time.Duration) error
	get(r *http.Request, s slot) (value []byte, found bool, err error)
	take(w http.ResponseWriter, r *http.Request, s slot) (value []byte, found bool, err error)
	drop(w http.ResponseWriter, r *http.Request, s slot) error
}

// newRecords keeps records in store, or in the backend of a store that has
// one: the binder alone leads to a record there, so that no second cookie has
// to, and whatever one request of a browser changes is there for the next, also
// if the answer to it was lost. The vault is what other instances see too: zero
// without a backend, and with one that is the store's own.
func newRecords(store sessionstore.Store) (records, vault) {
	s, ok := store.(interface{ Backend() sessionstore.Backend })
	if !ok {
		return storeRecords{store}, vault{}
	}
	v := vault{backend: s.Backend()}
	_, v.plain = v.backend.(*sessionstore.MemoryBackend)
	if s, ok := store.(interface{ Shared() bool }); ok && !s.Shared() {
		return vaultRecords{v}, vault{}
	}
	return vaultRecords{v}, v
}

type storeRecords struct{ store sessionstore.Store }

func (c storeRecords) put(w http.ResponseWriter, r *http.Request, s slot, value []byte, ttl time.Duration) error {
	return c.store.Put(w, r, s.key, value, ttl)
}

func (c storeRecords) get(r *http.Request, s slot) ([]byte, bool, error) {
	return c.store.Get(r, s.key)
}

func (c storeRecords) take(w http.ResponseWriter, r *http.Request, s slot) ([]byte, bool, error) {
	return c.store.Take(w, r, s.key)
}

// drop is take for a caller that has no use for the value. A store whose Take has to decrypt
// it may have a method for that.
func (c storeRecords) drop(w http.ResponseWriter, r *http.Request, s slot) error {
	if store, ok := c.store.(interface {
		Drop(w http.ResponseWriter, r *http.Request, key string) error
	}); ok {
		return store.Drop(w, r, s.key)
	}
	_, _, err := c.take(w, r, s)
	return err
}

type vaultRecords struct{ vault vault }

const recordPart = "record"

func (c vaultRecords) put(_ http.ResponseWriter, r *http.Request, s slot, value []byte, ttl time.Duration) error {
	return c.vault.put(r.Context(), s, recordPart, value, ttl)
}

func (c vaultRecords) get(r *http.Request, s slot) ([]byte, bool, error) {
	return c.vault.get(r.Context(), s, recordPart)
}

func (c vaultRecords) take(_ http.ResponseWriter, r *http.Request, s slot) ([]byte, bool, error) {
	return c.vault.take(r.Context(), s, recordPart)
}

func (c vaultRecords) drop(w http.ResponseWriter, r *http.Request, s slot) error {
	_, _, err := c.take(w, r, s)
	return err
}

// vault keeps the parts of a slot in a backend, under keys that only the
// slot's binder leads to, and sealed with it: whoever reads the database
// learns nothing, and what they alter or move does not open. When it expires is
// sealed in: who can write there may keep a row, and not make it valid again.
type vault struct {
	backend sessionstore.Backend
	plain   bool // the backend is this process's own memory
}

func (v vault) put(ctx context.Context, s slot, part string, value []byte, ttl time.Duration) error {
	if !v.plain {
		sealer, err := s.sealer()
		if err != nil {
			return err
		}
		expires := binary.BigEndian.AppendUint64(make([]byte, 0, expirySize+len(value)), uint64(time.Now().Add(ttl).UnixMicro()))
		value = sealer.Seal(append(expires, value...), part)
	}
	if err := v.backend.Put(ctx, vaultKey(s, part), value, ttl); err != nil {
		return fmt.Errorf("oauthreg: session backend: put: %w", err)
	}
	return nil
}

func (v vault) get(ctx context.Context, s slot, part string) (value []byte, found bool, err error) {
	value, found, err = v.backend.Get(ctx, vaultKey(s, part))
	return v.open(s, part, value, found, err)
}

func (v vault) take(ctx context.Context, s slot, part string) (value []byte, found bool, err error) {
	value, found, err = v.backend.Take(ctx, vaultKey(s, part))
	return v.open(s, part, value, found, err)
}

// open takes what does not open for nothing.
func (v vault) open(s slot, part string, value []byte, found bool, err error) ([]byte, bool, error) {
	if err != nil {
		return nil, false, fmt.Errorf("oauthreg: session backend: %w", err)
	}
	if !found {
		return nil, false, nil
	}
	if v.plain {
		return value, true, nil
	}
	sealer, err := s.sealer()
	if err != nil {
		return nil, false, err
	}
	plain, _, err := sealer.Open(value, part)
	if err != nil || len(plain) < expirySize || !time.Now().Before(time.UnixMicro(int64(binary.BigEndian.Uint64(plain)))) {
		return nil, false, nil
	}
	return plain[expirySize:], true, nil
}

// expirySize is how many bytes stand before a sealed value: when it expires, in
// microseconds since 1970.
const expirySize = 8

// vaultKey does not reveal the binder, and is no key that a Server makes.
func vaultKey(s slot, part string) string {
	text := append(make([]byte, 0, 256), "oauthreg vault "...)
	text = append(append(text, part...), 0)
	text = append(append(text, s.key...), 0)
	sum := sha256.Sum256(append(text, s.binder...))
	return string(base64.RawURLEncoding.AppendEncode(make([]byte, 0, 64), sum[:]))
}

// slotSealer seals with the binder, which has 130 random bits.
func slotSealer(slotKey, binder string) (*seal.Sealer, error) {
	key := sha256.Sum256([]byte("oauthreg vault key\x00" + slotKey + "\x00" + binder))
	keys, err := seal.Parse(base64.StdEncoding.EncodeToString(key[:]))
	if err != nil {
		return nil, err
	}
	return keys.Sealer("oauthreg vault v1")
}
