package gorillastore

import (
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/sessions"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

const (
	// maxCookie is what browsers keep of name and value (RFC 6265bis section
	// 5.6); a larger cookie is dropped without a word. securecookie does not
	// count the name.
	maxCookie = 4096

	// maxCookies is half of what a browser must keep for a host (RFC 6265bis
	// section 6.1), so that the app's own are not pushed out.
	maxCookies = 24

	// maxLooks bounds how many values are loaded to find the oldest of them. A
	// browser that got its cookies here has half as many.
	maxLooks = 2 * maxCookies

	// maxDoubles bounds how many cookies of one name are looked at. There are
	// several only if somebody planted some.
	maxDoubles = 4
)

// Store is a [sessionstore.Store] on a store of gorilla/sessions. Each value is
// a session of its own, with its own cookie, its own place in the app's store,
// and the ttl as its age. So nothing put here touches the app's sessions, two
// tabs do not overwrite one another, and a value of 2 KiB fits into a
// sessions.CookieStore.
//
// Values are sealed, whatever the store does about it, together with the time
// they expire. The cookies are HttpOnly and SameSite=Lax for Path=/, with https
// Secure and "__Host-", whatever the store's options say: the callback of a
// handshake comes from the provider's site, and Strict would hold them back.
//
// What a sessions.CookieStore keeps lies in the browser, and nobody can take it
// back: a copy of the cookie brings a value back until it expires. On other
// stores Take is a load and then a delete. Within one Store they are one step;
// make one for a process. Two processes that Take one value at the same moment
// can both find it. For a handshake this means that both ask the provider for
// the token, which refuses the second. AtomicTake says that it is so.
//
// A value may end before its ttl where the store's own keys are limited to less:
// securecookie refuses what is older than its MaxAge, 30 days unless the app set
// it. A sessions.FilesystemStore never removes the files of values that nobody
// came back for; it is for development. Its MaxLength bounds a value like
// that of cookies; others have limits of their own. A value over any of them is
// [sessionstore.ErrTooLarge].
//
// When there are too many for one browser, more than 24 or more bytes than
// [Config.MaxBytes], Put lets go of those that no longer open and then the
// oldest.
//
// A Store is safe for concurrent use; as everywhere in net/http, one
// ResponseWriter is not. It does not use the registry that gorilla attaches to
// a request. Make one with [New]; the zero Store is not usable.
type Store struct {
	config Config // without Store
	sealer *seal.Sealer

	// In a function, so that fmt finds an address: a sessions.CookieStore holds
	// its keys.
	own func() sessions.Store

	seed  maphash.Seed
	locks [64]sync.Mutex
}

var _ sessionstore.Store = (*Store)(nil)

// New returns a Store, or every fault of cfg as joined
// [*sessionstore.ConfigError] values.
func New(cfg Config) (*Store, error) {
	cfg, err := cfg.check()
	if err != nil {
		return nil, err
	}
	sealer, err := cfg.Keys.Sealer("sessionstore gorilla v1 " + cfg.Name)
	if err != nil {
		return nil, &sessionstore.ConfigError{Field: "Keys", Reason: err.Error()}
	}
	own := cfg.Store
	cfg.Store = nil
	return &Store{
		config: cfg,
		sealer: sealer,
		own:    func() sessions.Store { return own },
		seed:   maphash.MakeSeed(),
	}, nil
}

// AtomicTake returns false: two processes can take one value. See [Store].
func (s *Store) AtomicTake() bool { return false }

// Put implements [sessionstore.Store]. The value gets a session with a new ID,
// also where there was one: an ID that somebody planted is not used.
func (s *Store) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	if err := checkPut(key, ttl); err != nil {
		return err
	}
	name := s.name(key)
	session, err := s.newSession(r, name)
	if err != nil {
		return err
	}
	session.Values[field] = s.seal(name, value, ttl)
	session.Options = s.options(session.Options, seconds(ttl))
	cookie, err := s.save(r, session)
	if err != nil {
		return err
	}
	size := len(cookie.Name) + len(cookie.Value)
	if size > maxCookie {
		return fmt.Errorf("%w: %d bytes make a cookie of %d, and browsers drop one over %d", sessionstore.ErrTooLarge, len(value), size, maxCookie)
	}
	// That these go is tidiness: the browser has the new cookie. So their errors
	// do not fail the Put.
	for _, old := range s.cookies(w.Header(), r, name) {
		_, _, _ = s.take(r, old)
	}
	s.makeRoom(w.Header(), r, name, size)
	setCookie(w.Header(), cookie)
	return nil
}

// Get implements [sessionstore.Store].
func (s *Store) Get(r *http.Request, key string) (value []byte, found bool, err error) {
	if !validKey(key) {
		return nil, false, nil
	}
	return newest(s.cookies(nil, r, s.name(key)), func(cookie *http.Cookie) (envelope, bool, error) {
		_, e, found, err := s.load(r, cookie)
		return e, found, err
	})
}

// Take implements [sessionstore.Store], as far as the store can; see [Store].
func (s *Store) Take(w http.ResponseWriter, r *http.Request, key string) (value []byte, found bool, err error) {
	if !validKey(key) {
		return nil, false, nil
	}
	name := s.name(key)
	cookies := s.cookies(w.Header(), r, name)
	if len(cookies) == 0 {
		return nil, false, nil
	}
	value, found, err = newest(cookies, func(cookie *http.Cookie) (envelope, bool, error) { return s.take(r, cookie) })
	if err != nil {
		// The browser can ask again.
		return nil, false, err
	}
	// One that does not open is dropped too: it never will.
	setCookie(w.Header(), s.expired(name))
	return value, found, nil
}

// take loads and deletes what cookie stands for. Nobody else in this process
// does the same at the same time.
func (s *Store) take(r *http.Request, cookie *http.Cookie) (e envelope, found bool, err error) {
	lock := &s.locks[maphash.String(s.seed, cookie.Value)%uint64(len(s.locks))]
	lock.Lock()
	defer lock.Unlock()
	session, e, found, err := s.load(r, cookie)
	if err != nil || !found {
		return envelope{}, false, err
	}
	if err := s.erase(r, session); err != nil {
		return envelope{}, false, err
	}
	return e, true, nil
}

// newest returns the value that was put last among those that read finds.
func newest(cookies []*http.Cookie, read func(cookie *http.Cookie) (envelope, bool, error)) (value []byte, found bool, err error) {
	var last envelope
	var errs []error
	for _, cookie := range cookies[:min(len(cookies), maxDoubles)] {
		e, ok, err := read(cookie)
		errs = append(errs, err)
		if ok && (!found || e.issued.After(last.issued)) {
			last, found = e, true
		}
	}
	if found {
		return last.value, true, nil
	}
	return nil, false, errors.Join(errs...)
}

// options are those of a session made here. Of the store's own only Partitioned
// is kept, with which no other attribute is at odds.
func (s *Store) options(own *sessions.Options, maxAge int) *sessions.Options {
	return &sessions.Options{
		Path:        "/",
		MaxAge:      maxAge,
		Secure:      s.config.secure(),
		HttpOnly:    true,
		SameSite:    http.SameSiteLaxMode,
		Partitioned: own != nil && own.Partitioned && s.config.secure(),
	}
}
