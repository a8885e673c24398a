package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/sessiontest"
)

// plainSCS is a store for scs in memory. Like the real one it keeps and hands
// out the caller's memory.
type plainSCS struct {
	// delay is how long each call takes.
	delay time.Duration

	// rounds is what the store makes of an expiry.
	rounds func(time.Time) time.Time

	// before is called by each method with its name; its error is the method's.
	before func(method string) error

	mu    sync.Mutex
	items map[string]plainItem
}

type plainItem struct {
	bytes  []byte
	expiry time.Time
}

func (s *plainSCS) call(method string) error {
	time.Sleep(s.delay)
	if s.before != nil {
		return s.before(method)
	}
	return nil
}

func (s *plainSCS) Find(token string) ([]byte, bool, error) {
	if err := s.call("Find"); err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	item, found := s.items[token]
	if !found || !time.Now().Before(item.expiry) {
		return nil, false, nil
	}
	return item.bytes, true, nil
}

func (s *plainSCS) Commit(token string, b []byte, expiry time.Time) error {
	if err := s.call("Commit"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items == nil {
		s.items = map[string]plainItem{}
	}
	if s.rounds != nil {
		expiry = s.rounds(expiry)
	}
	s.items[token] = plainItem{b, expiry}
	return nil
}

func (s *plainSCS) Delete(token string) error {
	if err := s.call("Delete"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, token)
	return nil
}

// ctxSCS is a store whose plain methods are there for the compiler only, as
// those of scs's Redis store.
type ctxSCS struct{ plain plainSCS }

func (s *ctxSCS) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	return s.plain.Find(token)
}

func (s *ctxSCS) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.plain.Commit(token, b, expiry)
}

func (s *ctxSCS) DeleteCtx(ctx context.Context, token string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.plain.Delete(token)
}

func (s *ctxSCS) Find(string) ([]byte, bool, error)      { panic("missing context arg") }
func (s *ctxSCS) Commit(string, []byte, time.Time) error { panic("missing context arg") }
func (s *ctxSCS) Delete(string) error                    { panic("missing context arg") }

func newSCSBackend(t testing.TB, store sessionstore.SCSStore) *sessionstore.SCSBackend {
	t.Helper()
	b, err := sessionstore.NewSCSBackend(store)
	require.NoError(t, err)
	return b
}

// someKey is a key as a Server has them.
const someKey = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_"

func TestSCSBackendConforms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func() sessionstore.SCSStore
	}{
		{"plain", func() sessionstore.SCSStore { return &plainSCS{} }},
		{"with context", func() sessionstore.SCSStore { return &ctxSCS{} }},
		{"whole seconds", func() sessionstore.SCSStore {
			return &plainSCS{rounds: func(t time.Time) time.Time { return t.Truncate(time.Second) }}
		}},
		{"cleans late", func() sessionstore.SCSStore {
			return &plainSCS{rounds: func(t time.Time) time.Time { return t.Add(time.Hour) }}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sessiontest.RunBackend(t, sessiontest.BackendConfig{
				New:       func(t *testing.T) sessionstore.Backend { return newSCSBackend(t, tt.make()) },
				TakesRace: true,
			})
		})
	}
}

func TestServerOnSCSBackendConforms(t *testing.T) {
	t.Parallel()
	sessiontest.Run(t, sessiontest.Config{New: func(t *testing.T) sessionstore.Store {
		s, err := sessionstore.NewServer(sessionstore.ServerConfig{
			Backend: newSCSBackend(t, &plainSCS{}), BaseURL: "https://app.example.com",
		})
		require.NoError(t, err)
		assert.False(t, s.AtomicTake())
		return s
	}})
}

// winners returns how many of n concurrent Takes find the value.
func winners(t *testing.T, n int, backend func(i int) *sessionstore.SCSBackend) int {
	t.Helper()
	require.NoError(t, backend(0).Put(t.Context(), someKey, []byte("value"), time.Hour))
	var found atomic.Int32
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			_, ok, err := backend(i).Take(t.Context(), someKey)
			assert.NoError(t, err)
			if ok {
				found.Add(1)
			}
		})
	}
	group.Wait()
	return int(found.Load())
}

func TestSCSBackendTakesOnceInOneProcess(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]sessionstore.SCSStore{
		"plain":        &plainSCS{delay: time.Second},
		"with context": &ctxSCS{plainSCS{delay: time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newSCSBackend(t, store)
				assert.Equal(t, 1, winners(t, 16, func(int) *sessionstore.SCSBackend { return b }))
			})
		})
	}
}

// What the documentation admits: two processes are two SCSBackends.
func TestSCSBackendsOfTwoProcessesRace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &plainSCS{delay: time.Second}
		two := []*sessionstore.SCSBackend{newSCSBackend(t, store), newSCSBackend(t, store)}
		assert.False(t, two[0].AtomicTake())
		assert.Equal(t, 2, winners(t, 16, func(i int) *sessionstore.SCSBackend { return two[i%2] }))
	})
}

// twoProcesses sends every other call to another instance, and claims nothing.
type twoProcesses struct {
	backends [2]sessionstore.Backend
	calls    *atomic.Uint32
}

func (p twoProcesses) next() sessionstore.Backend { return p.backends[p.calls.Add(1)%2] }

func (p twoProcesses) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return p.next().Put(ctx, key, value, ttl)
}

func (p twoProcesses) Get(ctx context.Context, key string) ([]byte, bool, error) {
	return p.next().Get(ctx, key)
}

func (p twoProcesses) Take(ctx context.Context, key string) ([]byte, bool, error) {
	return p.next().Take(ctx, key)
}

// The suite is what tells a backend that takes in one step from one that does
// not. It must fail here, so it runs in a process of its own.
func TestSuiteFindsTheRaceOfSCSBackends(t *testing.T) {
	const variable = "OAUTHREG_TEST_SCS_RACE"
	if os.Getenv(variable) == "1" {
		sessiontest.RunBackend(t, sessiontest.BackendConfig{New: func(t *testing.T) sessionstore.Backend {
			store := &plainSCS{delay: time.Millisecond}
			return twoProcesses{[2]sessionstore.Backend{newSCSBackend(t, store), newSCSBackend(t, store)}, new(atomic.Uint32)}
		}})
		return
	}
	t.Parallel()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	command.Env = append(os.Environ(), variable+"=1")
	output, err := command.CombinedOutput()
	require.Error(t, err, "%s", output)
	assert.Contains(t, string(output), "--- FAIL: "+t.Name()+"/one_winner")
	assert.Contains(t, string(output), "2 of 32 concurrent Takes found the value")
	assert.Contains(t, string(output), "--- PASS: "+t.Name()+"/taken_is_gone")
}

func TestSCSBackendNeedsAStore(t *testing.T) {
	t.Parallel()
	_, err := sessionstore.NewSCSBackend(nil)
	fault, ok := errors.AsType[*sessionstore.ConfigError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "SCSStore", fault.Field)
}

// MySQL without its strict mode keeps the beginning of a longer value.
func TestSCSBackendKeepsNoMoreThanABlob(t *testing.T) {
	t.Parallel()
	store := &plainSCS{}
	b := newSCSBackend(t, store)
	require.NoError(t, b.Put(t.Context(), someKey, make([]byte, 1<<16-13), time.Hour))
	for _, item := range store.items {
		assert.Len(t, item.bytes, 1<<16-1)
	}
	require.ErrorIs(t, b.Put(t.Context(), someKey, make([]byte, 1<<16-12), time.Hour), sessionstore.ErrTooLarge)
}

func TestSCSBackendPassesErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is full")
	for _, method := range []string{"Find", "Commit", "Delete"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			fails := false
			store := &plainSCS{before: func(called string) error {
				if fails && called == method {
					return broken
				}
				return nil
			}}
			b := newSCSBackend(t, store)
			require.NoError(t, b.Put(t.Context(), someKey, []byte("value"), time.Hour))

			fails = true
			value, found, err := b.Take(t.Context(), someKey)
			if method != "Commit" {
				require.ErrorIs(t, err, broken)
				assert.ErrorContains(t, err, "sessionstore: scs store: "+strings.ToLower(method)+": ")
				assert.False(t, found)
				assert.Empty(t, value)
			}
			if err := b.Put(t.Context(), someKey, []byte("other"), time.Hour); method == "Commit" {
				require.ErrorIs(t, err, broken)
			}
			if _, _, err := b.Get(t.Context(), someKey); method == "Find" {
				require.ErrorIs(t, err, broken)
			}
		})
	}
}

// A store without contexts may hang, but nobody with it.
func TestSCSBackendDoesNotWaitForAStoreLongerThanTheContext(t *testing.T) {
	t.Parallel()
	calls := map[string]func(ctx context.Context, b *sessionstore.SCSBackend) error{
		"Put": func(ctx context.Context, b *sessionstore.SCSBackend) error {
			return b.Put(ctx, someKey, []byte("value"), time.Hour)
		},
		"Get": func(ctx context.Context, b *sessionstore.SCSBackend) error {
			_, _, err := b.Get(ctx, someKey)
			return err
		},
		"Take": func(ctx context.Context, b *sessionstore.SCSBackend) error {
			_, _, err := b.Take(ctx, someKey)
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newSCSBackend(t, &plainSCS{delay: time.Minute})
				// One that holds the lock, and one that waits for it.
				for range 2 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					start := time.Now()
					require.ErrorIs(t, call(ctx, b), context.DeadlineExceeded)
					assert.Equal(t, time.Second, time.Since(start))
				}
				time.Sleep(time.Hour) // until the store is done
			})
		})
	}
}

// Whoever did not get the value because they left must find it next time.
func TestSCSBackendKeepsWhatWasLeftBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &plainSCS{}
		b := newSCSBackend(t, store)
		require.NoError(t, b.Put(t.Context(), someKey, []byte("value"), time.Hour))
		store.delay = 2 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := b.Take(ctx, someKey)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		value, found, err := b.Take(t.Context(), someKey)
		require.NoError(t, err)
		assert.True(t, found)
		assert.Equal(t, "value", string(value))
	})
}

// net/http recovers from a panic in a handler; from one elsewhere nobody does.
func TestSCSBackendPanicsWhereItIsCalled(t *testing.T) {
	t.Parallel()
	b := newSCSBackend(t, &plainSCS{before: func(string) error { panic("broken store") }})
	for range 2 {
		assert.PanicsWithValue(t, "broken store", func() { _, _, _ = b.Take(t.Context(), someKey) })
	}
}

func TestSCSBackendTakesNoOtherBytesForAValue(t *testing.T) {
	t.Parallel()
	store := &plainSCS{}
	b := newSCSBackend(t, store)
	require.NoError(t, b.Put(t.Context(), someKey, []byte("value"), time.Hour))
	require.Len(t, store.items, 1)
	for token, item := range store.items {
		assert.Len(t, token, 43)
		assert.NotEqual(t, someKey, token)
		for _, bytes := range [][]byte{nil, []byte("x"), item.bytes[:4], item.bytes[:11], append([]byte("x"), item.bytes[1:]...)} {
			store.items[token] = plainItem{bytes, item.expiry}
			_, found, err := b.Get(t.Context(), someKey)
			require.NoError(t, err)
			assert.False(t, found, "%x", bytes)
		}
	}
}

// Any store for scs can keep a server's values.
func ExampleNewSCSBackend() {
	// In an app: pgxstore.New(pool), goredisstore.New(client), ...
	store := &plainSCS{}

	backend, err := sessionstore.NewSCSBackend(store)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if err := backend.Put(ctx, someKey, []byte("hello from before"), 10*time.Minute); err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		value, found, err := backend.Take(ctx, someKey)
		fmt.Printf("%q %v %v\n", value, found, err)
	}
	// Output:
	// "hello from before" true <nil>
	// "" false <nil>
}

// A store may hold the password of its database.
func TestSCSDoesNotPrintTheStore(t *testing.T) {
	t.Parallel()
	type store struct {
		plainSCS
		password string
	}
	type manager struct {
		fakeManager
		password string
	}
	for _, v := range []any{
		newSCSBackend(t, &store{password: "hunter2"}),
		newSCSSession(t, sessionstore.SCSSessionConfig{Manager: &manager{password: "hunter2"}}),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%q"} {
			text := fmt.Sprintf(verb, v)
			assert.NotContains(t, text, "hunter2", "%s of %T", verb, v)
			assert.NotContains(t, text, fmt.Sprintf("%x", "hunter2"), "%s of %T", verb, v)
		}
	}
}
