package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unreachable is a health whose services nobody runs.
func unreachable(t *testing.T, log *slog.Logger) *health {
	t.Helper()
	cfg, err := readDatabaseURL("postgres://app@" + freeAddr(t) + "/app?sslmode=disable")
	require.NoError(t, err)
	db := openDB(cfg)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	options, err := readRedisURL("redis://" + freeAddr(t))
	require.NoError(t, err)
	client := redis.NewClient(options)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	return &health{db: db, redis: client, log: log}
}

func TestHealthWithoutServices(t *testing.T) {
	t.Parallel()
	log := &lockedBuffer{}
	h := unreachable(t, slog.New(slog.NewTextHandler(log, nil)))
	ask := func(handler http.HandlerFunc) (int, string) {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequest("GET", "/", nil))
		assert.Empty(t, w.Header().Values("Set-Cookie"))
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		return w.Code, w.Body.String()
	}
	status, body := ask(h.alive)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "ok\n", body)
	for range 3 {
		status, body = ask(h.ready)
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Equal(t, "PostgreSQL does not answer; Redis does not answer\n", body)
	}
	assert.Equal(t, 1, countLines(log.String()), "a change is logged once: %s", log)
	h.stopping.Store(true)
	status, body = ask(h.ready)
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Equal(t, "stopping\n", body)
	status, _ = ask(h.alive)
	assert.Equal(t, http.StatusOK, status)
}

func countLines(s string) (n int) {
	for _, c := range s {
		if c == '\n' {
			n++
		}
	}
	return n
}

type redisError string

func (e redisError) Error() string { return string(e) }
func (redisError) RedisError()     {}

func TestAwayIsToldFromMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"refused", &net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		{"PostgreSQL stops", &pgconn.PgError{Code: "57P01"}, true},
		{"PostgreSQL starts", &pgconn.PgError{Code: "57P03"}, true},
		{"too many connections", &pgconn.PgError{Code: "53300"}, true},
		{"a replica", &pgconn.PgError{Code: "25006"}, true},
		{"connection lost", io.ErrUnexpectedEOF, true},
		{"bad connection", driver.ErrBadConn, true},
		{"deadline", context.DeadlineExceeded, true},
		{"Redis loads", redisError("LOADING Redis is loading the dataset in memory"), true},
		{"Redis is full", redisError("OOM command not allowed"), true},
		{"no free connection", redis.ErrPoolTimeout, true},

		{"a mistake in SQL", &pgconn.PgError{Code: "42601"}, false},
		{"a constraint", &pgconn.PgError{Code: "23502"}, false},
		{"a mistake for Redis", redisError("ERR unknown command"), false},
		{"the wrong type in Redis", redisError("WRONGTYPE Operation"), false},
		{"anything", errors.New("odd"), false},
		{"the person left", context.Canceled, false},
	} {
		assert.Equal(t, tt.want, away(fmt.Errorf("wrapped: %w", tt.err)), tt.name)
	}
}

// Readiness goes at once, what comes during the delay is served, and what is
// under way ends.
func TestStopping(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	h := &health{log: log}
	slow, release := make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", h.ready)
	mux.HandleFunc("/slow", func(w http.ResponseWriter, _ *http.Request) {
		close(slow)
		<-release
		_, _ = io.WriteString(w, "whole")
	})
	mux.HandleFunc("/fast", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fast") })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, mux, h, 3*time.Second, log) }()

	b, base := newBrowser(t), localURL(listener.Addr())
	got := make(chan answer, 1)
	go func() {
		a, err := b.try("GET", base+"/slow", nil)
		assert.NoError(t, err)
		got <- a
	}()
	<-slow
	stop()
	require.Eventually(t, h.stopping.Load, 10*time.Second, time.Millisecond)
	began := time.Now()
	a := newBrowser(t).get(base + "/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Equal(t, "fast", newBrowser(t).get(base+"/fast").body)
	assert.Less(t, time.Since(began), 2900*time.Millisecond, "this is about what happens during the delay")
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 10*time.Second, 20*time.Millisecond, "after the delay it listens no more")
	select {
	case err := <-ended:
		close(release)
		t.Fatalf("it ended with a request open: %v", err)
	default:
	}
	close(release)
	assert.Equal(t, "whole", (<-got).body)
	assert.NoError(t, <-ended)
}

func TestAPageHasADeadline(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	within(10*time.Millisecond, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		http.Error(w, r.Context().Err().Error(), http.StatusTeapot)
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	assert.Equal(t, http.StatusTeapot, w.Code)
	assert.Contains(t, w.Body.String(), "deadline exceeded")
}
