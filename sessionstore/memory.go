package sessionstore

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// MemoryConfig configures a [Memory].
type MemoryConfig struct {
	_ [0]func()

	// BaseURL is the app's public URL, as the browser sees it, such as
	// "https://app.example.com". Required. With https the cookie is Secure and
	// its name begins with "__Host-". Plain http is accepted for loopback hosts:
	// localhost, names under it, 127.0.0.0/8 and ::1.
	BaseURL string

	// Name is the name of the cookie, after the prefix; "oauthreg" if empty. Two
	// stores on one host need two names.
	Name string

	// MaxEntries bounds how many values are kept in all, and for how many
	// browsers; 100,000 if zero.
	MaxEntries int

	// MaxBytes bounds the memory that is kept, roughly: values, keys, and 256
	// bytes for each value and each browser; 64 MiB if zero, at least 4 KiB. A
	// value that does not fit in alone is [ErrTooLarge].
	MaxBytes int

	// MaxPerBrowser bounds how many values are kept for one browser; 64 if zero.
	MaxPerBrowser int

	// DangerouslyAllowHTTP accepts a plain http BaseURL on any host. Whoever is
	// on the network path can then copy the cookie, and plant their own.
	DangerouslyAllowHTTP bool
}

// Memory is a [Store] that keeps its values in the process and gives the
// browser a cookie with a random ID. Of concurrent Takes of one value exactly
// one finds it. Everything is gone when the process ends, and a second process
// knows nothing of it: it is for tests and for apps of a single instance.
//
// Each browser that starts a sign-up takes up memory, which is bounded by the
// configuration: beyond it the oldest values go, be they a stranger's or not.
// Limit the rate of what leads to a Put, or use [Cookie], which nobody can fill.
//
// IDs have 130 random bits. The store keeps their hashes only, and takes no ID
// that it did not issue or no longer holds: such a browser gets a new one. An
// ID that somebody obtained for themselves and planted in another's browser is
// live all the same; it is the "__Host-" prefix, and so https, that prevents
// planting. A request with two live IDs is treated as one with none.
//
// An ID is held, even with all its values taken, until the ttl of the longest
// lived is over. Two requests of one browser that arrive at the same time, both
// without an ID, get one each, and the browser keeps only one of them.
//
// Get and Take never return an error. A Memory is safe for concurrent use; as
// everywhere in net/http, one ResponseWriter is not. It starts no goroutines
// and needs no closing. Make one with [NewMemory]; the zero Memory is not
// usable.
type Memory struct {
	attributes attributes

	mu    sync.Mutex
	table *table
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty Memory, or every fault of cfg as joined
// [*ConfigError] values.
func NewMemory(cfg MemoryConfig) (*Memory, error) {
	attrs, attrsErr := attributesOf(cfg.BaseURL, cfg.Name, cfg.DangerouslyAllowHTTP)
	maxEntries, entriesErr := checkBound("MaxEntries", cfg.MaxEntries, 100_000, 1)
	maxBytes, bytesErr := checkBound("MaxBytes", cfg.MaxBytes, 64<<20, 4<<10)
	maxPerBrowser, browserErr := checkBound("MaxPerBrowser", cfg.MaxPerBrowser, 64, 1)
	if err := errors.Join(attrsErr, entriesErr, bytesErr, browserErr); err != nil {
		return nil, err
	}
	return &Memory{attributes: attrs, table: newTable(maxEntries, maxBytes, maxPerBrowser)}, nil
}

// Put implements [Store]. It sets the cookie anew each time, for as long as the
// longest lived value of this browser has.
func (m *Memory) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	if err := checkPut(key, ttl); err != nil {
		return err
	}
	if size := m.table.cost(key, value); size > m.table.maxBytes {
		return fmt.Errorf("%w: %d bytes take up %d in memory, and MaxBytes is %d", ErrTooLarge, len(value), size, m.table.maxBytes)
	}
	ids := m.ids(w.Header(), r)
	value = bytes.Clone(value)

	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.table.sweep(now)
	id, found := m.live(ids, now)
	if !found {
		id = newBrowserID(rand.Text())
	}
	until := m.table.put(id.hash, key, value, now.Add(ttl))
	setCookie(w.Header(), m.attributes.cookie(m.attributes.name, id.text, until.Sub(now)))
	return nil
}

// Get implements [Store].
func (m *Memory) Get(r *http.Request, key string) (value []byte, found bool, err error) {
	value, found = m.read(nil, r, key, false)
	return value, found, nil
}

// Take implements [Store]. It leaves the cookie alone: another request of the
// browser may be putting a value at this moment.
func (m *Memory) Take(w http.ResponseWriter, r *http.Request, key string) (value []byte, found bool, err error) {
	value, found = m.read(w.Header(), r, key, true)
	return value, found, nil
}

// read is Get, or Take if it removes.
func (m *Memory) read(h http.Header, r *http.Request, key string, remove bool) (value []byte, found bool) {
	if !validKey(key) {
		return nil, false
	}
	ids := m.ids(h, r)
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	id, found := m.live(ids, now)
	if !found {
		return nil, false
	}
	e, found := m.table.find(id.hash, key, now)
	if !found {
		return nil, false
	}
	if remove {
		m.table.remove(e)
	}
	return bytes.Clone(e.value), true
}

// browserID is an ID that came with a request. The store compares and keeps
// hashes, so that neither its timing nor its memory tells an ID.
type browserID struct {
	text string
	hash [sha256.Size]byte
}

func newBrowserID(text string) browserID {
	return browserID{text: text, hash: sha256.Sum256([]byte(text))}
}

// ids returns the IDs this browser comes with. The one that this response has
// given it counts alone: of several Puts in a browser's first request, all but
// the first find it there.
func (m *Memory) ids(h http.Header, r *http.Request) []browserID {
	if pending, ok := pendingCookie(h, m.attributes.name); ok {
		return []browserID{newBrowserID(pending.Value)}
	}
	var ids []browserID
	for _, cookie := range r.CookiesNamed(m.attributes.name) {
		ids = append(ids, newBrowserID(cookie.Value))
	}
	return ids
}

// live returns the one of ids that the store issued and still holds. Two of
// them mean that one was planted, and it cannot be told which.
func (m *Memory) live(ids []browserID, now time.Time) (id browserID, found bool) {
	for _, candidate := range ids {
		_, ok := m.table.find(candidate.hash, idKey, now)
		switch {
		case !ok || candidate == id:
			continue
		case found:
			return browserID{}, false
		}
		id, found = candidate, true
	}
	return id, found
}
