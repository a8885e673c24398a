package sessionstore

import (
	"context"
	"time"
)

// Backend is where a [Server] keeps its values: a database, a cache, the
// process's own memory. It knows nothing of browsers and cookies.
//
// Keys are 43 characters of A-Z, a-z, 0-9, "-" and "_", to be compared byte for
// byte. Nobody can guess one. Values hold any bytes, also none; a Server has
// sealed them, unless they stay in the process. All methods are safe for
// concurrent use and return soon after ctx is done.
type Backend interface {
	// Put keeps value under key for ttl, which is positive, in place of an
	// earlier value. A value that the backend can never hold is [ErrTooLarge].
	Put(ctx context.Context, key string, value []byte, ttl time.Duration) error

	// Get returns the value. One that was never put, was taken, or has expired is
	// not found; that is no error. An error means that the backend could not tell.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)

	// Take returns the value and removes it. Of several concurrent Takes, from any
	// number of processes, one finds it. A backend that cannot promise this says
	// so with a method AtomicTake() bool that returns false.
	Take(ctx context.Context, key string) (value []byte, found bool, err error)
}
