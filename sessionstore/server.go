package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/oauthreg/go/internal/cookies"
)

// ServerConfig configures a [Server].
type ServerConfig struct {
	_ [0]func()

	// Backend keeps the values. Required. Instances of the app that share it see
	// the same values.
	Backend Backend

	// BaseURL is the app's public URL, as the browser sees it, such as
	// "https://app.example.com". Required. With https the cookies are Secure and
	// their names begin with "__Host-". Plain http is accepted for loopback
	// hosts: localhost, names under it, 127.0.0.0/8 and ::1.
	BaseURL string

	// Name begins the names of the cookies, after the prefix; "oauthreg" if
	// empty. Two stores on one host need two names. They may share a backend.
	Name string

	// MaxPerBrowser bounds how many values are kept for one browser; 24 if zero,
	// at most 50, which is what browsers must keep for a host (RFC 6265bis section
	// 6.1). It is counted by the cookies that the browser sends: one that keeps
	// none can put as many values as it likes. Only the backend bounds those.
	MaxPerBrowser int

	// DangerouslyAllowHTTP accepts a plain http BaseURL on any host. Whoever is
	// on the network path can then copy the cookies, and plant their own.
	DangerouslyAllowHTTP bool
}

// Server is a [Store] that keeps its values in a [Backend] and gives the browser
// a ticket for each: a cookie with a random ID of 130 bits. What was taken is
// gone, also for a copy of the cookie, and of concurrent Takes of one value one
// finds it, if the backend keeps its promise; see AtomicTake.
//
// Each value has a cookie of its own, and each Put makes a new ID. So there is
// nothing to share between the requests of one browser, also not between its
// first two; and an ID that somebody planted in a browser leads to nothing that
// the browser puts later. What they put themselves it does lead to; it is the
// "__Host-" prefix, and so https, that prevents planting.
//
// The backend sees neither IDs nor keys, but their hash. Values are sealed with
// a key that follows from the ID, together with the place and the time of
// expiry. Whoever reads the backend's records, or a backup of them, learns how
// long the values are. Whoever writes to them can remove one, or bring it back
// until it expires, and nothing else: what does not open is not found. Only in a
// [MemoryBackend] are values not sealed, since they stay in the process. Since
// instances compare the time of expiry with their own clocks, keep those in
// step.
//
// When a browser has more values than MaxPerBrowser, Put drops the oldest from
// the browser and the backend; first those that the store cannot have made. Each
// call asks the backend nine times at most, and Put changes at most
// MaxPerBrowser+1 cookies, whatever the browser sends. Records that it does not
// come to remove expire.
//
// Errors are those of the backend, and the context is the request's. They hold
// neither IDs nor keys, nor values. A Server is immutable and safe for
// concurrent use, if its backend is; as everywhere in net/http, one
// ResponseWriter is not. Take sees what the same response has put or taken, Get
// does not. Make one with [NewServer]; the zero Server is not usable.
type Server struct {
	attributes    attributes
	maxPerBrowser int

	// In a function, so that fmt finds an address: a backend may hold the password
	// of its database.
	backend func() Backend

	// plain is set for a backend in the process, whose values are not sealed, and
	// own for one that nobody else can have.
	plain, own bool
}

var _ Store = (*Server)(nil)

const (
	defaultMaxPerBrowser = maxCookies

	// limitPerBrowser is what a browser must keep for a host (RFC 6265bis section
	// 6.1). With the longest Name, that many cookies make a header line of 7 KiB.
	limitPerBrowser = 50

	// maxRemovals bounds how many records a call removes beside what it is about.
	maxRemovals = 8
)

// NewServer returns a Server, or every fault of cfg as joined [*ConfigError]
// values. It does not use the backend yet.
func NewServer(cfg ServerConfig) (*Server, error) {
	var backendErr error
	if memory, ok := cfg.Backend.(*MemoryBackend); cfg.Backend == nil || ok && memory == nil {
		backendErr = &ConfigError{Field: "Backend", Reason: "it is required: NewMemoryBackend makes one for a single instance"}
	}
	server, err := newServer(cfg)
	if err := errors.Join(backendErr, err); err != nil {
		return nil, err
	}
	return server, nil
}

// newServer checks everything but the backend.
func newServer(cfg ServerConfig) (*Server, error) {
	attrs, attrsErr := attributesOf(cfg.BaseURL, cfg.Name, cfg.DangerouslyAllowHTTP)
	maxPerBrowser, boundErr := checkBound("MaxPerBrowser", cfg.MaxPerBrowser, defaultMaxPerBrowser, 1)
	if maxPerBrowser > limitPerBrowser {
		boundErr = &ConfigError{Field: "MaxPerBrowser", Reason: fmt.Sprintf(
			"it is %d; use at most %d, since each value has a cookie and browsers need not keep more", maxPerBrowser, limitPerBrowser)}
	}
	if err := errors.Join(attrsErr, boundErr); err != nil {
		return nil, err
	}
	// By its type, not by a method: what embeds a MemoryBackend may do anything
	// with the values.
	_, inProcess := cfg.Backend.(*MemoryBackend)
	return &Server{
		attributes:    attrs,
		maxPerBrowser: maxPerBrowser,
		backend:       func() Backend { return cfg.Backend },
		plain:         inProcess,
	}, nil
}

// Backend returns the backend, for a caller with keys of its own that nobody can
// guess: instances can share through it what belongs to no browser. Keys must
// have the form that [Backend] asks for, the encoded SHA-256 hash of a text with
// a secret in it and with a beginning that tells the purpose. Nothing is sealed
// there.
func (s *Server) Backend() Backend { return s.backend() }

// Shared reports whether other instances of the app may see what is in the
// backend. It is false for [NewMemory] alone, whose backend is nobody else's: then
// there is nobody to share with.
func (s *Server) Shared() bool { return !s.own }

// AtomicTake reports whether of several concurrent Takes of one value only one
// finds it. It does not if the backend says so.
func (s *Server) AtomicTake() bool {
	backend, ok := s.backend().(interface{ AtomicTake() bool })
	return !ok || backend.AtomicTake()
}

// Put implements [Store]. What the browser had under key is removed from the
// backend once the new value is there. That it could not be removed is no error:
// no cookie leads to it any more, and it expires.
func (s *Server) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	if err := checkPut(key, ttl); err != nil {
		return err
	}
	fresh := record{name: s.attributes.nameFor(key), ticket: newTicket()}
	stored, err := s.close(fresh, key, value, ttl)
	if err != nil {
		return fmt.Errorf("sessionstore: seal: %w", err)
	}
	if err := s.backend().Put(r.Context(), fresh.key(), stored, ttl); err != nil {
		return fmt.Errorf("sessionstore: put: %w", err)
	}
	gone := s.records(w.Header(), r, fresh.name)
	gone = append(gone, s.makeRoom(w.Header(), r, fresh.name)...)
	cookies.Set(w.Header(), s.attributes.cookie(fresh.name, fresh.ticket.text, ttl))
	s.remove(r.Context(), gone)
	return nil
}

// Get implements [Store].
func (s *Server) Get(r *http.Request, key string) (value []byte, found bool, err error) {
	if !validKey(key) {
		return nil, false, nil
	}
	for _, c := range s.records(nil, r, s.attributes.nameFor(key)) {
		stored, found, err := s.backend().Get(r.Context(), c.key())
		if err != nil {
			return nil, false, fmt.Errorf("sessionstore: get: %w", err)
		}
		if value, ok := s.open(c, key, stored); found && ok {
			return value, true, nil
		}
	}
	return nil, false, nil
}

// Take implements [Store]. It drops the cookie along with the value. A cookie
// that leads to nothing it leaves alone: another tab may have put a value at this
// moment, and this response would drop the cookie of that.
func (s *Server) Take(w http.ResponseWriter, r *http.Request, key string) (value []byte, found bool, err error) {
	if !validKey(key) {
		return nil, false, nil
	}
	name := s.attributes.nameFor(key)
	records := s.records(w.Header(), r, name)
	for i, c := range records {
		stored, found, err := s.backend().Take(r.Context(), c.key())
		if err != nil {
			return nil, false, fmt.Errorf("sessionstore: take: %w", err)
		}
		if value, ok := s.open(c, key, stored); found && ok {
			cookies.Set(w.Header(), s.attributes.expired(name))
			// Or else an older value would be there in its place.
			s.remove(r.Context(), records[i+1:])
			return value, true, nil
		}
	}
	return nil, false, nil
}

// records returns those that the browser's cookies called name lead to, the
// newest first.
func (s *Server) records(h http.Header, r *http.Request, name string) []record {
	var records []record
	for _, t := range newestTickets(current(h, r, name)) {
		records = append(records, record{name: name, ticket: t})
	}
	return records
}

// makeRoom drops cookies until one more called name makes no more than
// maxPerBrowser. It returns the records that they led to.
func (s *Server) makeRoom(h http.Header, r *http.Request, name string) (gone []record) {
	if n, _ := s.attributes.atMost(h, r); n < s.maxPerBrowser {
		return nil
	}
	residents := s.attributes.residents(h, r)
	delete(residents, name)
	excess := len(residents) + 1 - s.maxPerBrowser
	if excess <= 0 {
		return nil
	}
	issued := func(_, value string) (time.Time, bool) {
		t, ok := parseTicket(value)
		return t.issued, ok
	}
	// A browser that got all its cookies from here needs few to be dropped. One
	// that sends thousands is not worth a response header of the same size.
	for _, v := range oldest(residents, min(excess, s.maxPerBrowser), issued) {
		cookies.Set(h, s.attributes.expired(v.name))
		for _, value := range v.values {
			if t, ok := parseTicket(value); ok {
				gone = append(gone, record{name: v.name, ticket: t})
			}
		}
	}
	return gone
}

// remove removes records that no cookie leads to any more, as far as it can. It
// stops at an error: a backend that is down is not asked again and again.
func (s *Server) remove(ctx context.Context, records []record) {
	for _, c := range records[:min(maxRemovals, len(records))] {
		if _, _, err := s.backend().Take(ctx, c.key()); err != nil {
			return
		}
	}
}

func (s *Server) close(c record, key string, value []byte, ttl time.Duration) ([]byte, error) {
	if s.plain {
		return c.plain(key, value), nil
	}
	return c.sealed(key, value, ttl)
}

func (s *Server) open(c record, key string, stored []byte) (value []byte, ok bool) {
	if s.plain {
		return c.openPlain(key, stored)
	}
	return c.openSealed(key, stored)
}
