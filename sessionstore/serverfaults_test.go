package sessionstore_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

var errDown = errors.New("the database is down")

// failing returns a fail function that fails these operations.
func failing(ops ...string) func(ctx context.Context, op, key string) error {
	return func(_ context.Context, op, _ string) error {
		if slices.Contains(ops, op) {
			return errDown
		}
		return nil
	}
}

func TestServerPassesErrorsOn(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	store := newServer(t, sessionstore.ServerConfig{Backend: backend})
	b := &browser{t: t, store: store}
	b.put("request-token", "value")
	jar := b.jar[0]

	backend.fail = failing("put", "get", "take")
	header := b.visit(func(w http.ResponseWriter, r *http.Request) {
		putErr := store.Put(w, r, "request-token", []byte("hunter2"), time.Hour)
		_, getFound, getErr := store.Get(r, "request-token")
		_, takeFound, takeErr := store.Take(w, r, "request-token")
		assert.False(t, getFound)
		assert.False(t, takeFound)
		for op, err := range map[string]error{"put": putErr, "get": getErr, "take": takeErr} {
			require.ErrorIs(t, err, errDown)
			assert.Equal(t, "sessionstore: "+op+": the database is down", err.Error())
		}
	})
	assert.Empty(t, header, "a call that failed set a cookie")

	backend.fail = nil
	assert.Equal(t, []*http.Cookie{jar}, b.jar)
	assert.Equal(t, "value", b.get("request-token"), "a call that failed changed something")
}

// The new value is there, so Put has done what it is for.
func TestServerPutWithoutRemoval(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend, MaxPerBrowser: 2})}
	b.put("one", "1")
	b.put("two", "2")
	backend.fail = failing("take")
	b.put("two", "again")
	b.put("three", "3")
	assert.Len(t, b.jar, 2)
	assert.Equal(t, "again", b.get("two"))
	assert.Equal(t, "3", b.get("three"))
	assert.Equal(t, "(none)", b.get("one"))
}

// A backend that is down is asked for one removal, not for all.
func TestServerStopsRemovingAtAnError(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	store := newServer(t, sessionstore.ServerConfig{Backend: backend})
	b := &browser{t: t, store: store}
	for range 6 {
		b.jar = append(b.jar, &http.Cookie{Name: store.CookieName("key"), Value: sessionstore.NewTicket()})
	}
	backend.fail = failing("take")
	b.put("key", "value")
	assert.Equal(t, []string{"put", "take"}, backend.called())
}

// The value is there although what lay beneath it could not be removed.
func TestServerTakeWithoutRemoval(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	store := newServer(t, sessionstore.ServerConfig{Backend: backend})
	older := cookie(t, store, "key", "older")
	time.Sleep(time.Millisecond)
	newer := cookie(t, store, "key", "newer")
	takes := 0
	backend.fail = func(_ context.Context, op, _ string) error {
		if takes++; takes > 1 {
			return errDown
		}
		return nil
	}
	b := &browser{t: t, store: store, jar: []*http.Cookie{older, newer}}
	assert.Equal(t, "newer", b.take("key"))
	assert.Empty(t, b.jar)
}

func TestServerOnASlowBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		backend := newFakeBackend()
		store := newServer(t, sessionstore.ServerConfig{Backend: backend})
		good := cookie(t, store, "key", "value")
		backend.fail = func(ctx context.Context, _, _ string) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Minute):
				return nil
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for op, call := range map[string]func(w http.ResponseWriter, r *http.Request) error{
			"put":  func(w http.ResponseWriter, r *http.Request) error { return store.Put(w, r, "key", nil, time.Hour) },
			"get":  func(_ http.ResponseWriter, r *http.Request) error { _, _, err := store.Get(r, "key"); return err },
			"take": func(w http.ResponseWriter, r *http.Request) error { _, _, err := store.Take(w, r, "key"); return err },
		} {
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
			r.AddCookie(good)
			w := httptest.NewRecorder()
			began := time.Now()
			assert.ErrorIs(t, call(w, r), context.DeadlineExceeded, op)
			assert.LessOrEqual(t, time.Since(began), time.Second, op)
			assert.Empty(t, w.Header(), op)
		}
		// Slow is not down.
		b := &browser{t: t, store: store, jar: []*http.Cookie{good}}
		assert.Equal(t, "value", b.take("key"))
	})
}

// The person went away after the value was kept: its old record stays behind,
// and nothing else.
func TestServerCanceledBeforeRemoval(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	store := newServer(t, sessionstore.ServerConfig{Backend: backend})
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.AddCookie(cookie(t, store, "key", "old"))
	backend.fail = func(ctx context.Context, op, _ string) error {
		if op == "put" {
			cancel()
			return nil
		}
		return ctx.Err()
	}
	w := httptest.NewRecorder()
	require.NoError(t, store.Put(w, r, "key", []byte("new"), time.Hour))
	backend.fail = nil
	b := &browser{t: t, store: store, jar: w.Result().Cookies()}
	assert.Equal(t, "new", b.get("key"))
	assert.Len(t, backend.keys(), 2)
}
