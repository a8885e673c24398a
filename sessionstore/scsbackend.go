package sessionstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"
)

// SCSStore is what every session store for github.com/alexedwards/scs/v2 is:
// the methods of scs.Store. One that also has those of scs.CtxStore (FindCtx,
// CommitCtx, DeleteCtx) is used through them: the plain methods of some panic.
type SCSStore interface {
	// Find returns what was committed under token. A token that is unknown or
	// past its expiry is not found; that is no error.
	Find(token string) (b []byte, found bool, err error)

	// Commit keeps b under token until expiry, in place of what was there.
	Commit(token string, b []byte, expiry time.Time) error

	// Delete removes token. That there is none is no error.
	Delete(token string) error
}

// SCSBackend is a [Backend] on a session store for scs: PostgreSQL, MySQL,
// SQLite, Redis, MongoDB and whatever else there is one for. It needs neither
// the session manager of scs nor its middleware.
//
// Take is a Find and then a Delete, since an scs store has nothing else. Within
// one SCSBackend they are one step; make one SCSBackend for a store. Two
// processes that Take one value at the same moment can both find it. For a
// handshake this means that both ask the provider for the token: it refuses the
// second, and one of two identical callbacks fails. Accounts stay unique, which
// is for the account store to decide. AtomicTake says that it is so, and the
// suite of package sessiontest finds it out with two instances. Where it
// matters use a Backend that takes in one step.
//
// The store may be the one that the app's sessions are in: the tokens are
// hashes that nobody can guess, or take for a session's. But
// scs.SessionManager.Iterate stops at the first value that is not a session; an
// app that uses it gives this a table or prefix of its own.
//
// When a value expires is kept inside it, to the millisecond, so that it does
// not matter how exactly the store keeps time or how late it cleans up. The
// store is told a second or two more.
//
// A value over 64 KiB is [ErrTooLarge], whatever the store is: MySQL's keeps no
// more, and without its strict mode cuts off the rest.
//
// An SCSBackend is safe for concurrent use. A store without the context methods
// is not interrupted when the context is done: the call returns, and the store
// finishes by itself. Make one with [NewSCSBackend]; the zero SCSBackend is not
// usable.
type SCSBackend struct {
	find   func(ctx context.Context, token string) ([]byte, bool, error)
	commit func(ctx context.Context, token string, b []byte, expiry time.Time) error
	remove func(ctx context.Context, token string) error

	// detach says that not all of them know a context.
	detach bool
	locks  stripes
}

var _ Backend = (*SCSBackend)(nil)

// NewSCSBackend returns a Backend on store. The error is a [*ConfigError]: there
// is no store.
func NewSCSBackend(store SCSStore) (*SCSBackend, error) {
	if store == nil {
		return nil, &ConfigError{Field: "SCSStore", Reason: "it is required: any session store for alexedwards/scs"}
	}
	b := &SCSBackend{locks: newStripes()}
	// Each by itself, as scs does.
	if s, ok := store.(interface {
		FindCtx(ctx context.Context, token string) ([]byte, bool, error)
	}); ok {
		b.find = s.FindCtx
	} else {
		b.find = func(_ context.Context, token string) ([]byte, bool, error) { return store.Find(token) }
		b.detach = true
	}
	if s, ok := store.(interface {
		CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error
	}); ok {
		b.commit = s.CommitCtx
	} else {
		b.commit = func(_ context.Context, token string, b []byte, expiry time.Time) error {
			return store.Commit(token, b, expiry)
		}
		b.detach = true
	}
	if s, ok := store.(interface {
		DeleteCtx(ctx context.Context, token string) error
	}); ok {
		b.remove = s.DeleteCtx
	} else {
		b.remove = func(_ context.Context, token string) error { return store.Delete(token) }
		b.detach = true
	}
	return b, nil
}

// AtomicTake returns false: two processes can take one value. See [SCSBackend].
func (b *SCSBackend) AtomicTake() bool { return false }

// Put implements [Backend].
func (b *SCSBackend) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	expires := time.Now().Add(ttl)
	packed := packSCS(value, expires)
	if len(packed) > maxSCSBlob {
		return fmt.Errorf("%w: %d bytes take up %d, and not every scs store keeps more than %d", ErrTooLarge, len(value), len(packed), maxSCSBlob)
	}
	// Stores that count in seconds round either way.
	until := expires.Truncate(time.Second).Add(2 * time.Second)
	// Locked, so that a Take of the earlier value does not delete this one.
	_, _, err := b.locked(ctx, key, func(token string) ([]byte, bool, error) {
		if err := b.commit(ctx, token, packed, until); err != nil {
			return nil, false, fmt.Errorf("commit: %w", err)
		}
		return nil, false, nil
	})
	return err
}

// Get implements [Backend].
func (b *SCSBackend) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	return b.call(ctx, func() ([]byte, bool, error) { return b.read(ctx, scsToken(key)) })
}

// Take implements [Backend], as far as an scs store can; see [SCSBackend].
func (b *SCSBackend) Take(ctx context.Context, key string) (value []byte, found bool, err error) {
	return b.locked(ctx, key, func(token string) ([]byte, bool, error) {
		value, found, err := b.read(ctx, token)
		if err != nil || !found {
			return nil, false, err
		}
		// Nobody may be waiting for it any more.
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		if err := b.remove(ctx, token); err != nil {
			// It may be there still, so it was not taken.
			return nil, false, fmt.Errorf("delete: %w", err)
		}
		return value, true, nil
	})
}

func (b *SCSBackend) read(ctx context.Context, token string) (value []byte, found bool, err error) {
	packed, found, err := b.find(ctx, token)
	if err != nil {
		return nil, false, fmt.Errorf("find: %w", err)
	}
	if !found {
		return nil, false, nil
	}
	value, found = unpackSCS(packed)
	return value, found, nil
}

// locked calls f while no other f runs for key. A store that goes on after its
// caller has left keeps the lock until it is done.
func (b *SCSBackend) locked(ctx context.Context, key string, f func(token string) ([]byte, bool, error)) (value []byte, found bool, err error) {
	return b.call(ctx, func() ([]byte, bool, error) {
		token := scsToken(key)
		unlock, err := b.locks.lock(ctx, token)
		if err != nil {
			return nil, false, err
		}
		defer unlock()
		return f(token)
	})
}

// call calls f, and does not wait for it longer than ctx.
func (b *SCSBackend) call(ctx context.Context, f func() ([]byte, bool, error)) (value []byte, found bool, err error) {
	if b.detach {
		value, found, err = detached(ctx, f)
	} else {
		value, found, err = f()
	}
	if err != nil {
		return nil, false, fmt.Errorf("sessionstore: scs store: %w", err)
	}
	return value, found, nil
}

// scsToken returns 43 characters, as long as the tokens of scs: MySQL's table
// has CHAR(43). Its collation takes upper and lower case for the same, and a
// hash makes keys that differ in that alone far apart.
func scsToken(key string) string {
	hash := sha256.Sum256([]byte("oauthreg sessionstore scs v1\x00" + key))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// scsHeader begins every value, and is followed by when it expires, in
// milliseconds since 1970.
const scsHeader = "oar1"

// maxSCSBlob is the length of a BLOB, which scs's table for MySQL has.
const maxSCSBlob = 1<<16 - 1

func packSCS(value []byte, expires time.Time) []byte {
	packed := make([]byte, 0, len(scsHeader)+8+len(value))
	packed = append(packed, scsHeader...)
	// Rounded up: a ttl under a millisecond is one.
	packed = binary.BigEndian.AppendUint64(packed, uint64(expires.Add(time.Millisecond-1).UnixMilli()))
	return append(packed, value...)
}

func unpackSCS(packed []byte) (value []byte, ok bool) {
	rest, ok := bytes.CutPrefix(packed, []byte(scsHeader))
	if !ok || len(rest) < 8 {
		return nil, false
	}
	if !time.Now().Before(time.UnixMilli(int64(binary.BigEndian.Uint64(rest)))) {
		return nil, false
	}
	// A copy: the store's memory may be its own.
	return bytes.Clone(rest[8:]), true
}
