package oauthreg

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oauthreg/go/internal/cookies"
	"github.com/oauthreg/go/seal"
)

// A record is something kept for one browser: an attempt, a pending sign-up.
// Its bytes lie in the session store, under a key that contains the hash of a
// binder: a random value in a cookie of its own. So a record is found only by
// a browser that brings both, whatever the store takes for a browser: a store
// keyed by state alone (CVE-2025-68158), or a session ID that an attacker
// planted, finds nothing. In the backend of a store that has one, nothing but
// the binder leads to it (vault.go).
//
// The cookie also tells whether the browser has received the answer that
// finished an attempt (settled), which no record on the server could.

// kind is what a record is.
type kind string

const (
	attemptKind kind = "try"
	pendingKind kind = "new"
)

// slot names one record of one browser.
type slot struct {
	kind    kind
	id      string
	binder  string
	since   time.Time
	settled bool

	// key is where the store keeps the record. It does not reveal the binder, and
	// is another one at another Registrar.
	key string

	// sealer seals the record for a backend outside the process. It is derived when
	// it is first asked for.
	sealer func() (*seal.Sealer, error)
}

// newSlot makes a slot with a new binder.
func (b *binding) newSlot(k kind, id string) slot {
	return b.place(slot{kind: k, id: id, binder: rand.Text(), since: time.Now()})
}

// place gives s its key. The Registrar's scope is in it: with the same keys or
// the same backend, what waits at one Registrar is still nothing at another,
// where a provider of that name may be somebody else.
func (b *binding) place(s slot) slot {
	text := append(make([]byte, 0, 256), s.binder...)
	sum := sha256.Sum256(append(append(text, 0), b.scope...))
	key := make([]byte, 0, 128)
	key = append(append(append(append(key, s.kind...), '/'), s.id...), '/')
	begin := len(key)
	key = base64.RawURLEncoding.AppendEncode(key, sum[:])
	s.key = string(key[:begin+22])
	if b.sealed {
		s.sealer = sealerOf(s.key, s.binder)
	}
	return s
}

func sealerOf(slotKey, binder string) func() (*seal.Sealer, error) {
	return sync.OnceValues(func() (*seal.Sealer, error) { return slotSealer(slotKey, binder) })
}

// recordID derives a slot's id from what it is for, so that the same can be
// found again. It goes into a cookie's name, so it must not reveal its parts.
func recordID(parts ...string) string {
	text := make([]byte, 0, 256)
	for i, part := range parts {
		if i > 0 {
			text = append(text, 0)
		}
		text = append(text, part...)
	}
	sum := sha256.Sum256(text)
	id := make([]byte, 0, 64)
	return string(base64.RawURLEncoding.AppendEncode(id, sum[:])[:idLength])
}

// idLength is how long an ID is, which has 96 bits, and idLetters what it is
// made of. Nothing else in the name of a cookie is an ID: names come back in
// answers, and IDs are part of the keys of the app's session store.
const (
	idLength  = 16
	idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// binding keeps records for browsers.
type binding struct {
	records records
	secure  bool
	scope   string // the Registrar's base URL
	sealed  bool   // the records are sealed with their slots
}

// maxSlots bounds how many cookies of a request are looked at.
const maxSlots = 64

// slots returns the browser's slots of kind k, the newest first.
func (b *binding) slots(r *http.Request, k kind) []slot {
	var found []slot
	for name, value := range cookies.All(r.Header) {
		id, ok := b.idIn(k, name)
		if !ok || len(found) == maxSlots {
			continue
		}
		if s, ok := b.parseSlot(k, id, value); ok {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(x, y slot) int { return cmp.Compare(y.since.UnixMicro(), x.since.UnixMicro()) })
	return found
}

// find returns the slots with this id: more than one only if somebody planted
// a cookie.
func (b *binding) find(r *http.Request, k kind, id string) []slot {
	return slices.DeleteFunc(b.slots(r, k), func(s slot) bool { return s.id != id })
}

// put keeps value for ttl, and the cookie for keep, which may be longer: then
// an expired record can be told from one that never was.
func (b *binding) put(w http.ResponseWriter, r *http.Request, s slot, value []byte, ttl, keep time.Duration) error {
	if err := b.records.put(w, r, s, value, ttl); err != nil {
		return err
	}
	b.setCookie(w, cookies.Cookie{Name: b.cookieName(s.kind, s.id), Value: s.cookieValue(), MaxAge: int(seconds(keep))})
	return nil
}

func (b *binding) get(r *http.Request, s slot) ([]byte, bool, error) {
	return b.records.get(r, s)
}

// take removes the record and leaves the cookie.
func (b *binding) take(w http.ResponseWriter, r *http.Request, s slot) ([]byte, bool, error) {
	return b.records.take(w, r, s)
}

// drop removes the record and the cookie.
func (b *binding) drop(w http.ResponseWriter, r *http.Request, s slot) error {
	b.setCookie(w, cookies.Cookie{Name: b.cookieName(s.kind, s.id), MaxAge: -1})
	return b.records.drop(w, r, s)
}

// retire drops the cookie, and lets the record, which is value, stay for a moment
// if it lies on a server: a second click is under way perhaps, or the answer that drops the
// cookie gets lost. A browser that has received it does not find the record.
func (b *binding) retire(w http.ResponseWriter, r *http.Request, s slot, value []byte) error {
	if _, ok := b.records.(vaultRecords); !ok {
		return b.drop(w, r, s)
	}
	b.setCookie(w, cookies.Cookie{Name: b.cookieName(s.kind, s.id), MaxAge: -1})
	return b.records.put(w, r, s, value, exchangeWindow)
}

// cookieName must not begin like the names of package sessionstore, which
// tidies up what begins like its own.
func (b *binding) cookieName(k kind, id string) string {
	if b.secure {
		return hostOnly + namePrefix + string(k) + "_" + id
	}
	return namePrefix + string(k) + "_" + id
}

const (
	// hostOnly makes browsers refuse a cookie that another host, or plain http, sets
	// (RFC 6265bis section 4.1.3.2).
	hostOnly   = "__Host-"
	namePrefix = "oauthreg_"
)

// idIn is the id in what cookieName returned for k, if name is one.
func (b *binding) idIn(k kind, name string) (id string, ok bool) {
	rest, isHostOnly := strings.CutPrefix(name, hostOnly)
	rest, isOurs := strings.CutPrefix(rest, namePrefix)
	rest, isKind := strings.CutPrefix(rest, string(k))
	id, ok = strings.CutPrefix(rest, "_")
	return id, ok && isOurs && isKind && isHostOnly == b.secure
}

func (s slot) cookieValue() string {
	state := "w" // waiting
	if s.settled {
		state = "s"
	}
	value := append(make([]byte, 0, 128), state...)
	value = strconv.AppendInt(append(value, '.'), s.since.UnixMicro(), 36)
	return string(append(append(value, '.'), s.binder...))
}

// maxAhead is how far another instance's clock may be ahead. A planted cookie
// with a time beyond that would be the newest for ever, and never the one to go.
const maxAhead = time.Hour

// A binder is what rand.Text gives, which may come to give more.
const (
	minBinder     = 26
	maxBinder     = 64
	binderLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

func (b *binding) parseSlot(k kind, id, value string) (slot, bool) {
	state, rest, ok := strings.Cut(value, ".")
	began, binder, ok2 := strings.Cut(rest, ".")
	micros, err := strconv.ParseInt(began, 36, 64)
	if !ok || !ok2 || err != nil || len(id) != idLength || strings.Trim(id, idLetters) != "" {
		return slot{}, false
	}
	if len(binder) < minBinder || len(binder) > maxBinder || strings.Trim(binder, binderLetters) != "" {
		return slot{}, false
	}
	since := time.UnixMicro(micros)
	if time.Until(since) > maxAhead {
		return slot{}, false
	}
	return b.place(slot{kind: k, id: id, binder: binder, since: since, settled: state == "s"}), true
}

// setCookie sets c in place of an earlier one of the same name.
func (b *binding) setCookie(w http.ResponseWriter, c cookies.Cookie) {
	c.Secure = b.secure
	cookies.Set(w.Header(), c)
}
