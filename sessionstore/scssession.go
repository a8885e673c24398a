package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/oauthreg/go/seal"
)

// SCSManager is what an [SCSSession] needs of a *scs.SessionManager
// (github.com/alexedwards/scs/v2), which has these methods. ctx is that of a
// request that went through the manager's LoadAndSave.
type SCSManager interface {
	// Put adds val to the session's data, in place of what is under key.
	Put(ctx context.Context, key string, val any)

	// Get returns what is under key, nil if there is nothing.
	Get(ctx context.Context, key string) any

	// Pop is Get, and removes it.
	Pop(ctx context.Context, key string) any

	// Remove removes what is under key.
	Remove(ctx context.Context, key string)

	// Keys returns all keys.
	Keys(ctx context.Context) []string
}

// SCSSessionConfig configures an [SCSSession].
type SCSSessionConfig struct {
	_ [0]func()

	// Manager is the app's *scs.SessionManager. Required.
	Manager SCSManager

	// Keys seal the values. Required: they lie in the app's session store, and
	// in its backups, where a token's secret must not be read. To rotate, put a
	// new key in front and keep the old one for as long as the longest ttl.
	Keys *seal.Keyring

	// Name begins the keys in the session's data; "oauthreg" if empty. Two
	// stores on one manager need two names.
	Name string

	// MaxBytes bounds what the values of one session take up together, sealed;
	// 32 KiB if zero, at least 4 KiB. scs loads and saves a session whole with
	// every request, and MySQL keeps no more than 64 KiB of one.
	MaxBytes int
}

// maxSCSValues bounds how many values are kept in one session.
const maxSCSValues = 24

// SCSSession is a [Store] that keeps values in the app's own session: the data
// of a *scs.SessionManager. There is no other cookie and no other table.
//
// Mount the handlers, and what else calls the store, behind the manager's
// LoadAndSave; without it every call is an error that says so. It saves the
// session when the response begins, so Put and Take come before the body.
//
// The session cookie must be SameSite=Lax, as scs has it by default. The
// callback comes from the provider's site: with Strict the browser does not
// send the cookie, and nothing is found. Secure is not the default of scs; set
// it. A value does not outlive its session: Lifetime and IdleTimeout of the
// manager should be longer than any ttl. RenewToken, to be called when somebody
// signs in, keeps the values; Clear and Destroy drop them.
//
// scs loads a session when a request begins and saves it whole at its end. Of
// two requests of one browser at the same time, the one that ends later
// overwrites what the other has put or taken:
//
//   - What one Put can be missing afterwards. Two sign-ins started in the same
//     instant from two tabs can lose one, which then has to be started again.
//   - Of two concurrent Takes both can find the value, and one that was taken
//     can be back. AtomicTake says so.
//
// Where this matters use [Cookie], or a store on a [Backend].
//
// Up to 24 values are kept in a session, and up to [SCSSessionConfig.MaxBytes].
// Put removes those that have expired or do not open, then the oldest.
//
// An SCSSession is immutable and safe for concurrent use. Make one with
// [NewSCSSession]; the zero SCSSession is not usable.
type SCSSession struct {
	// In a function, so that fmt finds an address: a manager's store may hold the
	// password of its database.
	manager func() SCSManager

	sealer   *seal.Sealer
	prefix   string
	maxBytes int
}

var _ Store = (*SCSSession)(nil)

// NewSCSSession returns an SCSSession, or every fault of cfg as joined
// [*ConfigError] values.
func NewSCSSession(cfg SCSSessionConfig) (*SCSSession, error) {
	var managerErr, keysErr error
	if cfg.Manager == nil {
		managerErr = &ConfigError{Field: "Manager", Reason: "it is required: the app's *scs.SessionManager"}
	}
	if cfg.Keys.IsZero() {
		keysErr = &ConfigError{Field: "Keys", Reason: "it is required: parse one with seal.Parse"}
	}
	name, nameErr := checkName(cfg.Name)
	maxBytes, boundErr := checkBound("MaxBytes", cfg.MaxBytes, 32<<10, 4<<10)
	if err := errors.Join(managerErr, keysErr, nameErr, boundErr); err != nil {
		return nil, err
	}
	sealer, err := cfg.Keys.Sealer("sessionstore scs session v1 " + name)
	if err != nil {
		return nil, &ConfigError{Field: "Keys", Reason: err.Error()}
	}
	return &SCSSession{manager: func() SCSManager { return cfg.Manager }, sealer: sealer, prefix: name + ".", maxBytes: maxBytes}, nil
}

// AtomicTake returns false: two requests can take one value. See [SCSSession].
func (s *SCSSession) AtomicTake() bool { return false }

// Put implements [Store]. The value is saved when the response begins.
func (s *SCSSession) Put(_ http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) (err error) {
	if err := checkPut(key, ttl); err != nil {
		return err
	}
	field := s.field(key)
	size := len(field) + seal.Overhead + scsTimes + len(value)
	if size > s.maxBytes {
		return fmt.Errorf("%w: %d bytes take up %d in the session, and MaxBytes is %d", ErrTooLarge, len(value), size, s.maxBytes)
	}
	defer explainSCS(&err)
	ctx := r.Context()
	s.makeRoom(ctx, field, size)
	s.manager().Put(ctx, field, s.seal(field, value, ttl))
	return nil
}

// Get implements [Store].
func (s *SCSSession) Get(r *http.Request, key string) (value []byte, found bool, err error) {
	if !validKey(key) {
		return nil, false, nil
	}
	defer explainSCS(&err)
	field := s.field(key)
	e, found := s.open(field, s.manager().Get(r.Context(), field))
	return e.value, found, nil
}

// Take implements [Store], as far as a session can; see [SCSSession].
func (s *SCSSession) Take(_ http.ResponseWriter, r *http.Request, key string) (value []byte, found bool, err error) {
	if !validKey(key) {
		return nil, false, nil
	}
	defer explainSCS(&err)
	field := s.field(key)
	e, found := s.open(field, s.manager().Pop(r.Context(), field))
	return e.value, found, nil
}
