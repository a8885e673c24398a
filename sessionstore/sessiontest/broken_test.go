package sessiontest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oauthreg/go/sessionstore"
)

// fakeStore keeps values by an ID in a cookie, and does one thing wrong. With
// the empty fault it keeps the contract.
type fakeStore struct {
	fault string

	mu       sync.Mutex
	browsers map[string]map[string]fakeValue
	taken    map[string]bool
	puts     int
}

type fakeValue struct {
	bytes   []byte
	expires time.Time
}

const fakeCookie = "__Host-fake"

func newFakeStore(fault string) *fakeStore {
	return &fakeStore{fault: fault, browsers: map[string]map[string]fakeValue{}, taken: map[string]bool{}}
}

func (f *fakeStore) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	refuses := !fakeValidKey(key) && f.fault != "takes any key" ||
		ttl <= 0 && f.fault != "takes any ttl" ||
		len(key) > 100 && f.fault == "refuses long keys"
	if refuses {
		return errors.New("fake: refused")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.id(w, r)
	if id == "" || f.browsers[id] == nil && f.fault != "adopts IDs" {
		id = rand.Text()
	}
	if f.fault == "one ID for all" {
		id = "all"
	}
	if f.browsers[id] == nil {
		f.browsers[id] = map[string]fakeValue{}
	}
	own := f.browsers[id]
	key = f.key(key)

	if len(value) > 100_000 {
		switch f.fault {
		case "drops large values silently":
			return nil
		case "truncates large values":
			value = value[:100_000]
		case "has its own error for large values":
			return errors.New("fake: too large")
		case "lets go of the value before refusing":
			delete(own, key)
			return sessionstore.ErrTooLarge
		default:
			return sessionstore.ErrTooLarge
		}
	}
	switch _, had := own[key]; {
	case f.fault == "forgets", f.fault == "keeps the first" && had, f.fault == "never again after a take" && f.taken[id+key]:
		return nil
	case f.fault == "is full at ten" && len(own) >= 10:
		return errors.New("fake: full")
	case f.fault == "lets go of the newest" && len(own) >= 10:
		return nil
	}
	switch f.fault {
	case "ends values at NUL":
		value, _, _ = bytes.Cut(value, []byte{0})
	case "wants text":
		value = bytes.ToValidUTF8(value, []byte("?"))
	}
	if f.fault != "keeps the caller's slice" {
		value = bytes.Clone(value)
	}

	expires := time.Now().Add(ttl)
	switch f.fault {
	case "rounds the ttl down":
		expires = time.Now().Add(ttl.Truncate(time.Second))
	case "never expires", "leaves expiry to the browser":
		expires = time.Now().Add(1000 * time.Hour)
	case "keeps the first ttl":
		if old, had := own[key]; had {
			expires = old.expires
		}
	case "has one ttl for a browser":
		for k, v := range own {
			v.expires = expires
			own[k] = v
		}
	}
	until := expires
	for _, v := range own {
		if v.expires.After(until) && f.fault != "has a cookie of the last ttl" {
			until = v.expires
		}
	}
	if f.fault == "leaves expiry to the browser" {
		until = time.Now().Add(ttl)
	}
	f.setCookie(w, id, time.Until(until))

	if strings.HasPrefix(f.fault, "loses what other ") {
		before := f.puts
		f.pause()
		switch {
		case before == f.puts:
		case f.fault == "loses what other tabs put":
			clear(own)
		case f.fault == "loses what other browsers put":
			clear(f.browsers)
			f.browsers[id] = own
		}
	}
	f.puts++
	own[key] = fakeValue{bytes: value, expires: expires}
	return nil
}

func (f *fakeStore) Get(r *http.Request, key string) (value []byte, found bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read(nil, r, key, f.fault == "reads once")
}

func (f *fakeStore) Take(w http.ResponseWriter, r *http.Request, key string) (value []byte, found bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == "take does not see the response" {
		return f.read(nil, r, key, true)
	}
	value, found, err = f.read(w, r, key, f.fault != "take peeks")
	if f.fault == "take drops the cookie only" && found {
		http.SetCookie(w, &http.Cookie{
			Name: fakeCookie, MaxAge: -1, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	}
	return value, found, err
}

func (f *fakeStore) read(w http.ResponseWriter, r *http.Request, key string, remove bool) (value []byte, found bool, err error) {
	if r.Context().Err() != nil {
		if f.fault == "finds nothing when canceled" {
			return nil, false, nil
		}
		return nil, false, r.Context().Err()
	}
	id := f.id(w, r)
	if f.fault == "one ID for all" {
		id = "all"
	}
	if f.fault == "fails on strange cookies" && id != "" && f.browsers[id] == nil {
		return nil, false, errors.New("fake: bad cookie")
	}
	if f.fault == "fails on strange keys" && !fakeValidKey(key) {
		return nil, false, errors.New("fake: bad key")
	}
	v, found := f.browsers[id][f.key(key)]
	if !found || !time.Now().Before(v.expires) {
		if f.fault == "absent is an error" {
			return nil, false, errors.New("fake: not found")
		}
		return nil, false, nil
	}
	if f.fault == "loses empty values" && len(v.bytes) == 0 {
		return nil, false, nil
	}
	if f.fault == "take has a race window" {
		f.pause()
	}
	if remove && f.fault != "take drops the cookie only" {
		delete(f.browsers[id], f.key(key))
		f.taken[id+f.key(key)] = true
		if f.fault == "take removes everything" {
			clear(f.browsers[id])
		}
	}
	if f.fault == "hands out its own slice" {
		return v.bytes, true, nil
	}
	return bytes.Clone(v.bytes), true, nil
}

// pause lets others in between.
func (f *fakeStore) pause() {
	f.mu.Unlock()
	time.Sleep(time.Millisecond)
	f.mu.Lock()
}

// id returns the ID that the response sets or the request carries.
func (f *fakeStore) id(w http.ResponseWriter, r *http.Request) string {
	id := ""
	if cookie, err := r.Cookie(fakeCookie); err == nil {
		id = cookie.Value
	}
	if w != nil && f.fault != "does not see its own cookie" {
		for _, line := range w.Header()["Set-Cookie"] {
			if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == fakeCookie {
				id = cookie.Value
			}
		}
	}
	if f.fault == "compares the beginning of IDs" && len(id) >= 8 {
		for known := range f.browsers {
			if strings.HasPrefix(known, id[:8]) {
				return known
			}
		}
	}
	return id
}

func (f *fakeStore) key(key string) string {
	switch f.fault {
	case "ignores the case of keys":
		return strings.ToLower(key)
	case "cuts keys":
		return key[:min(len(key), 100)]
	case "has one value for a browser":
		return "only"
	}
	return key
}

func (f *fakeStore) setCookie(w http.ResponseWriter, id string, ttl time.Duration) {
	cookie := &http.Cookie{
		Name: fakeCookie, Value: id, Path: "/", MaxAge: int(ttl/time.Second) + 1,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	switch f.fault {
	case "never expires":
		cookie.MaxAge = 0
	case "has no HttpOnly":
		cookie.HttpOnly = false
	case "has no SameSite":
		cookie.SameSite = 0
	case "has SameSite=None":
		cookie.SameSite = http.SameSiteNoneMode
	case "has another path":
		cookie.Name, cookie.Path = "fake", "/auth"
	case "has a domain":
		cookie.Name, cookie.Domain = "fake", "example.com"
	case "breaks the prefix":
		cookie.Secure = false
	case "sets the cookie again and again":
		http.SetCookie(w, cookie)
		return
	case "sets all cookies":
		w.Header().Set("Set-Cookie", cookie.String())
		return
	}
	lines := slices.DeleteFunc(w.Header()["Set-Cookie"], func(line string) bool {
		return strings.HasPrefix(line, cookie.Name+"=")
	})
	w.Header()["Set-Cookie"] = append(lines, cookie.String())
}

func fakeValidKey(key string) bool {
	return key != "" && len(key) <= 128 && strings.Trim(key, " ") == key &&
		strings.IndexFunc(key, func(c rune) bool { return c <= ' ' || c >= 0x7f }) < 0
}

// slotStore gives each value a cookie of its own, without a bound and without
// tying the cookie to the key. The cookie holds a handle, or, if plain, the
// value itself.
type slotStore struct {
	plain bool

	mu    sync.Mutex
	slots map[string][]byte
}

func (s *slotStore) Put(w http.ResponseWriter, _ *http.Request, key string, value []byte, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	handle := strings.Repeat(rand.Text(), 8)
	if s.plain {
		handle = fmt.Sprintf("%x", value)
	}
	s.slots[handle] = bytes.Clone(value)
	http.SetCookie(w, &http.Cookie{
		Name: fmt.Sprintf("slot-%x", key), Value: handle, Path: "/", MaxAge: int(ttl / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return nil
}

func (s *slotStore) Get(r *http.Request, key string) (value []byte, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cookie, err := r.Cookie(fmt.Sprintf("slot-%x", key))
	if err != nil {
		return nil, false, nil
	}
	value, found = s.slots[cookie.Value]
	return bytes.Clone(value), found, nil
}

func (s *slotStore) Take(_ http.ResponseWriter, r *http.Request, key string) (value []byte, found bool, err error) {
	return s.Get(r, key)
}
