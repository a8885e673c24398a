package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// instance is one of the app's, behind a balancer: it is killed and comes back.
type instance struct {
	current atomic.Pointer[incarnation]
}

// incarnation is the life of an instance from its start until it is killed. It
// has connections of its own, so that what went wrong on them is told from what
// went wrong on those of the next.
type incarnation struct {
	server    *http.Server
	serving   sync.WaitGroup
	transport *http.Transport
	dead      atomic.Bool
}

// connsPerInstance bounds the connections of all browsers to an instance.
const connsPerInstance = 64

func newIncarnation(handler http.Handler) (*incarnation, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	i := &incarnation{
		server: &http.Server{
			Handler: handler, ReadHeaderTimeout: 10 * time.Second,
			ErrorLog: log.New(io.Discard, "", 0), // of connections that were cut off
		},
		transport: newTransport(connsPerInstance, func(ctx context.Context, d *net.Dialer) (net.Conn, error) {
			return d.DialContext(ctx, "tcp", address)
		}),
	}
	i.serving.Go(func() {
		if err := i.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			i.dead.Store(true)
		}
	})
	return i, nil
}

// kill resets the connections. Handlers that are under way see their request's
// context end, and nobody hears their answers. But they go on, as they would not
// in a process that ends: what such a one leaves half done is not tried here.
func (i *incarnation) kill() {
	i.dead.Store(true)
	_ = i.server.Close() // the listener's error does not matter any more
	i.serving.Wait()
	i.transport.CloseIdleConnections()
}

// newTransport returns a transport with at most conns connections to a host,
// made by dial unless that is nil.
func newTransport(conns int, dial func(context.Context, *net.Dialer) (net.Conn, error)) *http.Transport {
	d := &net.Dialer{Timeout: 10 * time.Second}
	t := &http.Transport{
		DialContext: d.DialContext, MaxConnsPerHost: conns, MaxIdleConnsPerHost: conns, MaxIdleConns: conns,
		IdleConnTimeout: 30 * time.Second, DisableCompression: true,
	}
	if dial != nil {
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, d) }
	}
	return t
}
