package sessionstore

import (
	"errors"
	"net/http"
	"time"
)

// Store keeps small values for one browser. Whoever implements it decides
// where the bytes lie; that a value is seen by the browser it was put for, and
// by no other, is part of the contract.
//
// Keys are up to 128 bytes of printable ASCII without blanks. Values may hold
// any bytes, also none. A store keeps its own copy of a value, and hands out
// copies.
//
// All methods are safe for concurrent use, also for one browser. A request's
// own writes need not be visible to later reads of the same request.
type Store interface {
	// Put keeps value under key for the browser that made r, for ttl, in place
	// of an earlier value. It may set response headers, so call it before the
	// body is written. A value the store can never hold is [ErrTooLarge]; a full
	// store makes room by letting go of the oldest.
	Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error

	// Get returns the value. One that was never put, has expired, was let go,
	// or cannot be trusted is not found; that is no error. An error means that
	// the store could not tell.
	Get(r *http.Request, key string) (value []byte, found bool, err error)

	// Take returns the value and removes it. Of several concurrent Takes of one
	// value on a store that keeps its state on the server, one finds it. With
	// values that lie in the browser nobody can promise that: a copy of an old
	// cookie brings the value back until it expires.
	Take(w http.ResponseWriter, r *http.Request, key string) (value []byte, found bool, err error)
}

// ErrTooLarge is returned by Put for a value that the store can never hold.
var ErrTooLarge = errors.New("sessionstore: the value is too large for this store")
