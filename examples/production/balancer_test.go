package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeInstance answers with its name and the Host it was asked for.
func fakeInstance(t *testing.T, name string, ready *atomic.Bool) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" && !ready.Load() {
			http.Error(w, "Redis does not answer", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("X-Instance", name)
		_, _ = w.Write([]byte(r.Host + " " + r.Header.Get("X-Forwarded-For")))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestBalancer(t *testing.T) {
	t.Parallel()
	var readyOne, readyTwo atomic.Bool
	readyOne.Store(true)
	readyTwo.Store(true)
	one, two := fakeInstance(t, "1", &readyOne), fakeInstance(t, "2", &readyTwo)
	addr := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }
	balancer := newBalancer([]string{addr(one), addr(two)}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() {
		balancer.watch(ctx)
		close(watched)
	}()
	require.NoError(t, balancer.waitReady(t.Context(), 10*time.Second))
	front := httptest.NewServer(balancer.handler())
	t.Cleanup(front.Close)
	b := newBrowser(t)
	who := func() string { return b.get(front.URL + "/").header.Get("X-Instance") }

	a := b.get(front.URL + "/")
	assert.Equal(t, addr(front)+" 127.0.0.1", a.body, "the app sees the Host that the browser sees, and who asks")
	last := who()
	for range 6 {
		next := who()
		assert.NotEqual(t, last, next, "in turn")
		last = next
	}

	readyOne.Store(false)
	require.Eventually(t, func() bool { return !balancer.targets[0].ready.Load() }, 10*time.Second, time.Millisecond)
	for range 4 {
		assert.Equal(t, "2", who(), "the one that is not ready gets nothing")
	}
	readyTwo.Store(false)
	require.Eventually(t, func() bool { return !balancer.targets[1].ready.Load() }, 10*time.Second, time.Millisecond)
	assert.NotEqual(t, who(), who(), "if none is ready, they have a page that says why")
	readyOne.Store(true)
	readyTwo.Store(true)
	require.NoError(t, balancer.waitReady(t.Context(), 10*time.Second))

	// One is gone, and nobody has noticed yet.
	cancel()
	<-watched
	gone := func() {
		one.CloseClientConnections()
		one.Close()
		balancer.transport.CloseIdleConnections()
	}
	gone()
	for range 4 {
		balancer.targets[0].ready.Store(true)
		assert.Equal(t, "2", who(), "the other is asked")
	}
	statuses := map[int]int{}
	for range 4 {
		balancer.targets[0].ready.Store(true)
		statuses[b.post(front.URL+"/", url.Values{"a": {"b"}}).status]++
	}
	assert.Equal(t, map[int]int{http.StatusOK: 2, http.StatusBadGateway: 2}, statuses, "a POST is sent once")
	assert.False(t, balancer.targets[0].ready.Load() && balancer.targets[1].ready.Load(), "and the one that refuses is taken out")
}

func TestBalancerSaysWhyNobodyIsReady(t *testing.T) {
	t.Parallel()
	var ready atomic.Bool
	one := fakeInstance(t, "1", &ready)
	balancer := newBalancer([]string{strings.TrimPrefix(one.URL, "http://")}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go balancer.watch(ctx)
	assert.ErrorContains(t, balancer.waitReady(t.Context(), 2*time.Second), "Redis does not answer")
}
