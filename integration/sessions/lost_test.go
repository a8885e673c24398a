package sessions_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

func TestStoppedServerIsAnError(t *testing.T) {
	t.Parallel()
	on(t, []database{pgx, pq, mariadb}, func(t *testing.T, p *place) {
		p.migrated(t)
		via := newProxy(t, p)
		b := p.backend(t, p.open(t, via.source))
		require.NoError(t, b.Put(t.Context(), key("a"), []byte("value"), time.Hour))
		via.stop()
		isError(t, b)
		_, found, err := p.backend(t, p.db).Get(t.Context(), key("a"))
		require.NoError(t, err)
		assert.True(t, found)
	})
}

// A server may do what it was asked and its answer be lost. Who asks again finds
// nothing, and a person who is in time would be sent away as late.
func TestLostAnswerOfTakeIsNotNothing(t *testing.T) {
	t.Parallel()
	inOneMessage := database{"PostgreSQL, exec", "pgx", sessionstore.PostgreSQL, postgresql("default_query_exec_mode=exec")}
	on(t, []database{pgx, pq, simple, inOneMessage, mariadb, text}, func(t *testing.T, p *place) {
		p.migrated(t)
		via := newProxy(t, p)
		b := p.backend(t, p.open(t, via.source))
		require.NoError(t, b.Put(t.Context(), key("a"), []byte("value"), time.Hour))
		via.loseAnswerTo("DELETE")
		value, found, err := b.Take(t.Context(), key("a"))
		require.True(t, via.lost.Load(), "there was a DELETE")
		if err == nil {
			// Some drivers had only announced the statement.
			require.True(t, found, "an answer was lost, and Take says that there is nothing")
			require.Equal(t, "value", string(value))
			return
		}
		assert.False(t, found)

		// The next finds out how it is.
		require.Eventually(t, func() bool {
			_, _, err := b.Get(t.Context(), key("a"))
			return err == nil
		}, 10*time.Second, 10*time.Millisecond)
	})
}

// proxy lies between a pool of connections and its server.
type proxy struct {
	source string // for sql.Open

	listener net.Listener
	lost     atomic.Bool

	mu    sync.Mutex
	lose  []byte
	conns []net.Conn
}

func newProxy(t *testing.T, p *place) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	head, rest, ok := strings.Cut(p.source, "@")
	require.True(t, ok)
	// Both forms have the address next: "@host:port/" and "@tcp(host:port)/".
	network, rest, inBrackets := strings.Cut(rest, "(")
	if !inBrackets {
		rest, network = network, ""
	}
	end := strings.IndexAny(rest, ")/")
	require.Positive(t, end)
	target, tail := rest[:end], rest[end:]
	v := &proxy{listener: listener}
	v.source = head + "@" + network
	if inBrackets {
		v.source += "("
	}
	v.source += listener.Addr().String() + tail
	t.Cleanup(v.stop)
	go v.serve(target)
	return v
}

func (v *proxy) serve(target string) {
	for {
		client, err := v.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", target)
		if err != nil {
			_ = client.Close()
			continue
		}
		v.mu.Lock()
		v.conns = append(v.conns, client, server)
		v.mu.Unlock()
		var deaf atomic.Bool
		go v.upstream(client, server, &deaf)
		go v.downstream(client, server, &deaf)
	}
}

func (v *proxy) upstream(client, server net.Conn, deaf *atomic.Bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			_ = server.Close()
			return
		}
		v.mu.Lock()
		if v.lose != nil && bytes.Contains(buffer[:n], v.lose) {
			v.lose = nil
			v.lost.Store(true)
			deaf.Store(true)
			// By then the server has done it.
			time.AfterFunc(300*time.Millisecond, func() { _ = client.Close() })
		}
		v.mu.Unlock()
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (v *proxy) downstream(client, server net.Conn, deaf *atomic.Bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			_ = client.Close()
			return
		}
		to := io.Writer(client)
		if deaf.Load() {
			to = io.Discard
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// loseAnswerTo lets the next statement with text through, and not its answer.
func (v *proxy) loseAnswerTo(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lose = []byte(text)
}

// stop is what happens when the server stops.
func (v *proxy) stop() {
	_ = v.listener.Close()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, conn := range v.conns {
		_ = conn.Close()
	}
}
