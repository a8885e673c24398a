package sessionstore_test

import (
	"bytes"
	"context"
	"maps"
	"sync"
	"time"

	"github.com/oauthreg/go/sessionstore"
)

// fakeBackend is a map, and remembers what was asked of it. What it holds may
// be looked at and changed between calls.
type fakeBackend struct {
	// fail, if set, is asked before each call and may return its error.
	fail func(ctx context.Context, op, key string) error

	mu      sync.Mutex
	records map[string]fakeRecord
	calls   []string // "put", "get" and "take"
	seen    [][]byte // every key and value
}

type fakeRecord struct {
	value   []byte
	expires time.Time
}

var _ sessionstore.Backend = (*fakeBackend)(nil)

func newFakeBackend() *fakeBackend { return &fakeBackend{records: map[string]fakeRecord{}} }

func (f *fakeBackend) begin(ctx context.Context, op, key string) error {
	f.mu.Lock()
	f.calls = append(f.calls, op)
	f.seen = append(f.seen, []byte(key))
	f.mu.Unlock()
	if f.fail != nil {
		return f.fail(ctx, op, key)
	}
	return nil
}

func (f *fakeBackend) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := f.begin(ctx, "put", key); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, bytes.Clone(value))
	f.records[key] = fakeRecord{value: bytes.Clone(value), expires: time.Now().Add(ttl)}
	return nil
}

func (f *fakeBackend) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := f.begin(ctx, "get", key); err != nil {
		return nil, false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	record, found := f.records[key]
	if !found || !time.Now().Before(record.expires) {
		return nil, false, nil
	}
	return bytes.Clone(record.value), true, nil
}

func (f *fakeBackend) Take(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := f.begin(ctx, "take", key); err != nil {
		return nil, false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	record, found := f.records[key]
	delete(f.records, key)
	if !found || !time.Now().Before(record.expires) {
		return nil, false, nil
	}
	return record.value, true, nil
}

// keys returns those of all records.
func (f *fakeBackend) keys() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var keys []string
	for key := range maps.Keys(f.records) {
		keys = append(keys, key)
	}
	return keys
}

// called returns the calls since it was last asked.
func (f *fakeBackend) called() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := f.calls
	f.calls = nil
	return calls
}
