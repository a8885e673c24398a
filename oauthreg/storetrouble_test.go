package oauthreg_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

// storeTrouble is what a store does in place of some operations.
type storeTrouble struct {
	name string
	ops  string // which of put, get, take

	err  error // it fails
	late bool  // it fails, but has done it: the answer got lost
	slow bool  // it takes a minute, or as long as the request may take
	gone bool  // the person leaves meanwhile
	lie  bool  // it says that it has written, or that it finds nothing
	swap bool  // it finds what was put elsewhere
}

var storeTroubles = []storeTrouble{
	{name: "disk full", ops: "put", err: fmt.Errorf("write: %w", syscall.ENOSPC)},
	{name: "read-only", ops: "put take", err: fmt.Errorf("write: %w", syscall.EROFS)},
	{name: "answers lost", ops: "put get take", err: errStore, late: true},
	{name: "slow", ops: "put get take", slow: true},
	{name: "the person leaves", ops: "put get take", gone: true},
	{name: "writes nothing", ops: "put", lie: true},
	{name: "finds nothing", ops: "get take", lie: true},
	{name: "finds another's", ops: "get take", swap: true},
}

// operations counts the operations on a store, and has trouble with some. For
// an account store Link is a put, and Find a get.
type operations struct {
	mu      sync.Mutex
	trouble *storeTrouble
	skip    int  // how many go well before
	hit     bool // whether there was any trouble
	leave   context.CancelFunc
}

func (o *operations) arm(trouble *storeTrouble, skip int, leave context.CancelFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.trouble, o.skip, o.hit, o.leave = trouble, skip, false, leave
}

// end repairs the store, and tells whether it had to.
func (o *operations) end() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.trouble = nil
	return o.hit
}

// next is the trouble with op, nil if there is none.
func (o *operations) next(op string) *storeTrouble {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.trouble == nil || !strings.Contains(o.trouble.ops, op) {
		return nil
	}
	if o.skip > 0 {
		o.skip--
		return nil
	}
	o.hit = true
	return o.trouble
}

// do is one operation, with trouble or nil.
func (o *operations) do(ctx context.Context, tr *storeTrouble, do func() error) error {
	switch {
	case tr == nil || tr.swap:
		return do()
	case tr.lie:
		return nil
	case tr.late:
		_ = do() // nobody gets to know
	case tr.gone:
		o.leave()
		if err := ctx.Err(); err != nil {
			return err
		}
		return do() // it does not depend on the person
	case tr.slow:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Minute):
			return do()
		}
	}
	return tr.err
}

// find is do for one that finds something.
func (o *operations) find(ctx context.Context, tr *storeTrouble, do func() ([]byte, bool, error)) (data []byte, found bool, err error) {
	err = o.do(ctx, tr, func() (err error) { data, found, err = do(); return err })
	if err != nil {
		return nil, false, err
	}
	return data, found, nil
}

// troubledStore is a session store, troubledBackend one's backend.
type troubledStore struct {
	sessionstore.Store
	*operations

	last []byte // what was put last
}

func (s *troubledStore) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	s.last = value
	return s.do(r.Context(), s.next("put"), func() error { return s.Store.Put(w, r, key, value, ttl) })
}

func (s *troubledStore) Get(r *http.Request, key string) ([]byte, bool, error) {
	tr := s.next("get")
	return s.find(r.Context(), tr, func() ([]byte, bool, error) {
		data, found, err := s.Store.Get(r, key)
		if tr != nil && tr.swap && found {
			data = s.last
		}
		return data, found, err
	})
}

func (s *troubledStore) Take(w http.ResponseWriter, r *http.Request, key string) ([]byte, bool, error) {
	return s.find(r.Context(), s.next("take"), func() ([]byte, bool, error) { return s.Store.Take(w, r, key) })
}

type troubledBackend struct {
	*backend
	*operations
}

func (s troubledBackend) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.do(ctx, s.next("put"), func() error { return s.backend.Put(ctx, key, value, ttl) })
}

func (s troubledBackend) Get(ctx context.Context, key string) ([]byte, bool, error) {
	tr := s.next("get")
	return s.find(ctx, tr, func() ([]byte, bool, error) { return s.backend.Get(ctx, s.swapped(tr, key)) })
}

func (s troubledBackend) Take(ctx context.Context, key string) ([]byte, bool, error) {
	tr := s.next("take")
	return s.find(ctx, tr, func() ([]byte, bool, error) { return s.backend.Take(ctx, s.swapped(tr, key)) })
}

// swapped is another key than the one asked for, if that is the trouble.
func (s troubledBackend) swapped(tr *storeTrouble, key string) string {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	for other := range s.values {
		if tr != nil && tr.swap && other != key {
			return other
		}
	}
	return key
}

type troubledAccounts struct {
	tokenstore.Store
	*operations
}

func (s troubledAccounts) Find(ctx context.Context, id tokenstore.Identity) (a tokenstore.Account, found bool, err error) {
	tr := s.next("get")
	err = s.do(ctx, tr, func() (err error) { a, found, err = s.Store.Find(ctx, id); return err })
	if err != nil {
		return tokenstore.Account{}, false, err
	}
	if tr != nil && tr.swap {
		a, found = tokenstore.Account{Identity: tokenstore.Identity{Provider: id.Provider, Subject: bob.ID}, UserID: "user-of-bob"}, true
	}
	return a, found, nil
}

func (s troubledAccounts) Link(ctx context.Context, a tokenstore.Account) error {
	return s.do(ctx, s.next("put"), func() error { return s.Store.Link(ctx, a) })
}
