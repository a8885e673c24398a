package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/oauthreg/go/benchmarks/internal/table"
	"github.com/oauthreg/go/sessionstore"
)

// counted is a session backend that notes what it was asked, one letter a call.
// A database or Redis is a round trip away too: a short one, but each of these
// is at least one.
type counted struct {
	sessionstore.Backend

	mu    sync.Mutex
	calls []string
}

func (c *counted) note(call string) {
	c.mu.Lock()
	c.calls = append(c.calls, call)
	c.mu.Unlock()
}

// drain returns what was asked since the last drain.
func (c *counted) drain() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := c.calls
	c.calls = nil
	return fmt.Sprintf("%d: %s", len(calls), strings.Join(calls, " "))
}

func (c *counted) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	c.note("put")
	return c.Backend.Put(ctx, key, value, ttl)
}

func (c *counted) Get(ctx context.Context, key string) ([]byte, bool, error) {
	c.note("get")
	return c.Backend.Get(ctx, key)
}

func (c *counted) Take(ctx context.Context, key string) ([]byte, bool, error) {
	c.note("take")
	return c.Backend.Take(ctx, key)
}

// countBackend says what each step of one registration asks of a session store
// on a server.
func countBackend(s settings, t *table.Table) error {
	far, err := newFarX(s.delay, s.http1)
	if err != nil {
		return err
	}
	defer far.close()
	memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	if err != nil {
		return err
	}
	backend := &counted{Backend: memory}
	store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: appURL})
	if err != nil {
		return err
	}
	sub, err := withStore("oauthreg, a store on a server", store)
	if err != nil {
		return err
	}
	var w waits
	cells := []string{sub.name}
	w.after = func() { cells = append(cells, backend.drain()) }
	w.again = func() { backend.drain() }
	if err := w.register(far, sub, warm); err != nil {
		return err
	}
	t.Add(cells...)
	return nil
}
