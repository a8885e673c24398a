package sessiontest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/oauthreg/go/sessionstore"
)

// fakeBackend keeps values in memory, and does one thing wrong. With the empty
// fault it keeps the contract.
type fakeBackend struct {
	fault string

	mu      sync.Mutex
	values  map[string]fakeValue
	taken   map[string]bool
	writing bool
	broken  bool
}

func newFakeBackend(fault string) *fakeBackend {
	return &fakeBackend{fault: fault, values: map[string]fakeValue{}, taken: map[string]bool{}}
}

func (f *fakeBackend) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	key = f.key(key)
	if err := f.check(ctx); err != nil {
		if f.fault == "removes before it fails" {
			delete(f.values, key)
		}
		return err
	}
	if ctx.Err() != nil && f.fault == "keeps silent about a Put it did not do" {
		return nil
	}
	old, had := f.values[key]
	if len(value) > 10_000 {
		switch f.fault {
		case "truncates large values":
			value = value[:10_000]
		case "drops large values silently":
			return nil
		case "has its own error for large values":
			return errors.New("fake: too large")
		case "keeps half of what it refuses":
			f.values[key] = fakeValue{bytes: bytes.Clone(value[:10_000]), expires: time.Now().Add(ttl)}
			return sessionstore.ErrTooLarge
		case "refuses large values": // as it may
			return sessionstore.ErrTooLarge
		}
	}
	switch {
	case f.fault == "forgets",
		f.fault == "keeps the first" && had,
		f.fault == "never again after a take" && f.taken[key],
		f.fault == "cannot be emptied" && had && len(value) == 0:
		return nil
	case f.fault == "fails if there is one" && had,
		f.fault == "wants a change" && had && bytes.Equal(old.bytes, value):
		return errors.New("fake: no row was changed")
	case f.fault == "wants keys that begin with letters" && strings.Trim(key[:1], "-_0123456789") == "":
		return errors.New("fake: bad key")
	case f.fault == "refuses short ttls" && ttl < time.Millisecond:
		return errors.New("fake: bad ttl")
	case f.fault == "keeps dead rows" && had && !time.Now().Before(old.expires):
		return nil
	case f.fault == "takes one write at a time":
		if f.writing {
			return errors.New("fake: busy")
		}
		f.writing = true
		f.pause()
		f.writing = false
	case f.fault == "deletes before it inserts":
		delete(f.values, key)
		f.pause()
	case f.fault == "writes in pieces":
		f.values[key] = fakeValue{bytes: bytes.Clone(value[:len(value)/2]), expires: time.Now().Add(ttl)}
		f.pause()
	case f.fault == "forgets what others put meanwhile":
		all := maps.Clone(f.values)
		f.pause()
		f.values = all
	}
	switch f.fault {
	case "ends values at NUL":
		value, _, _ = bytes.Cut(value, []byte{0})
	case "wants text":
		value = bytes.ToValidUTF8(value, []byte("?"))
	case "trims values":
		value = bytes.TrimSpace(value)
	}
	if f.fault != "keeps the caller's slice" {
		value = bytes.Clone(value)
	}
	f.values[key] = fakeValue{bytes: value, expires: f.expires(ttl, old, had)}
	return nil
}

func (f *fakeBackend) expires(ttl time.Duration, old fakeValue, had bool) time.Time {
	switch {
	case f.fault == "rounds the ttl down to seconds":
		ttl = ttl.Truncate(time.Second)
	case f.fault == "rounds the ttl down to milliseconds":
		ttl = max(ttl.Truncate(time.Millisecond), 1)
	case f.fault == "rounds the ttl up to seconds": // as it may
		ttl = (ttl + time.Second - 1).Truncate(time.Second)
	case f.fault == "keeps short ttls forever" && ttl < time.Millisecond,
		f.fault == "never expires":
		ttl = 1000 * time.Hour
	case f.fault == "counts in minutes":
		ttl = (ttl + time.Minute - 1).Truncate(time.Minute)
	case f.fault == "keeps the first ttl" && had,
		f.fault == "keeps the longest ttl" && had && old.expires.After(time.Now().Add(ttl)):
		return old.expires
	case f.fault == "has one ttl for all":
		for k, v := range f.values {
			v.expires = time.Now().Add(ttl)
			f.values[k] = v
		}
	}
	return time.Now().Add(ttl)
}

func (f *fakeBackend) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, found, err := f.find(ctx, key, f.fault != "looks at the time in Take alone")
	if f.fault == "reads once" {
		delete(f.values, f.key(key))
	}
	if found && f.fault == "deletes on a canceled Get" && ctx.Err() != nil {
		delete(f.values, f.key(key))
	}
	return v, found, err
}

func (f *fakeBackend) Take(ctx context.Context, key string) (value []byte, found bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, found, err := f.find(ctx, key, f.fault != "looks at the time in Get alone")
	if err != nil && f.fault == "removes before it fails" {
		delete(f.values, f.key(key))
	}
	if !found || err != nil || f.fault == "take peeks" {
		return v, found, err
	}
	if f.fault == "take has a race window" || f.fault == "owns up to its race" || f.fault == "takes another than it read" {
		f.pause()
	}
	if f.fault == "takes another than it read" && f.taken[key] {
		// A lock on the first Take, but none against Put.
		return nil, false, nil
	}
	delete(f.values, f.key(key))
	if f.fault == "take removes everything" {
		clear(f.values)
	}
	f.taken[f.key(key)] = true
	return v, true, nil
}

func (f *fakeBackend) find(ctx context.Context, key string, looksAtTime bool) (value []byte, found bool, err error) {
	if err := f.check(ctx); err != nil {
		return nil, false, err
	}
	if f.fault == "finds nothing when canceled" && ctx.Err() != nil {
		return nil, false, nil
	}
	v, found := f.values[f.key(key)]
	if !found || looksAtTime && !time.Now().Before(v.expires) {
		if f.fault == "absent is an error" {
			return nil, false, errors.New("fake: not found")
		}
		return nil, false, nil
	}
	if f.fault == "loses empty values" && len(v.bytes) == 0 {
		return nil, false, nil
	}
	if f.fault == "hands out its own slice" {
		return v.bytes, true, nil
	}
	return bytes.Clone(v.bytes), true, nil
}

// check is what a call does about its context. A right backend in memory may
// ignore it, as this one does without a fault.
func (f *fakeBackend) check(ctx context.Context) error {
	if ctx.Err() == nil {
		if f.broken {
			return errors.New("fake: connection is broken")
		}
		return nil
	}
	switch f.fault {
	case "returns the error of the context", "removes before it fails": // the first as it may
		return ctx.Err()
	case "waits though canceled":
		time.Sleep(time.Minute)
		return ctx.Err()
	case "is broken by a canceled call":
		f.broken = true
		return ctx.Err()
	}
	return nil
}

// pause lets others in between.
func (f *fakeBackend) pause() {
	f.mu.Unlock()
	time.Sleep(time.Millisecond)
	f.mu.Lock()
}

func (f *fakeBackend) key(key string) string {
	switch f.fault {
	case "ignores the case of keys":
		return strings.ToLower(key)
	case "has - and _ alike":
		return strings.ReplaceAll(key, "_", "-")
	case "cuts keys":
		return key[:len(key)-1]
	case "has one value":
		return "only"
	}
	return key
}

// racyBackend owns up to it.
type racyBackend struct{ *fakeBackend }

func (racyBackend) AtomicTake() bool { return false }
