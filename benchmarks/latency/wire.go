package main

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// wire is a line to a server that is far away. Whoever connects to it is
// connected to the server.
type wire struct {
	listener net.Listener
	to       string
	oneWay   time.Duration
	opened   atomic.Int64

	mu    sync.Mutex
	ends  map[net.Conn]bool // the callers'
	lines sync.WaitGroup
}

// newWire leads to the address to. A round trip takes delay.
func newWire(to string, delay time.Duration) (*wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{listener: l, to: to, oneWay: delay / 2, ends: map[net.Conn]bool{}}
	w.lines.Go(w.accept)
	return w, nil
}

func (w *wire) address() string { return w.listener.Addr().String() }

func (w *wire) accept() {
	for {
		caller, err := w.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		w.opened.Add(1)
		w.mu.Lock()
		w.ends[caller] = true
		w.mu.Unlock()
		w.lines.Go(func() {
			w.carry(caller)
			w.mu.Lock()
			delete(w.ends, caller)
			w.mu.Unlock()
		})
	}
}

// carry opens the connection and returns when it is closed.
func (w *wire) carry(caller net.Conn) {
	// On this machine a connection is there at once. From afar the caller would
	// have waited for SYN and SYN-ACK before it sent anything.
	time.Sleep(2 * w.oneWay)
	server, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = caller.Close()
		return
	}
	relay(caller, server, w.oneWay)
}

// cut closes all connections, as a provider does with those that were idle for
// long, and lets the callers notice.
func (w *wire) cut() {
	w.mu.Lock()
	for caller := range w.ends {
		_ = caller.Close()
	}
	w.mu.Unlock()
	time.Sleep(4*w.oneWay + 50*time.Millisecond)
}

func (w *wire) close() {
	_ = w.listener.Close()
	w.cut()
	w.lines.Wait()
}

// relay carries what a and b say, each byte delayed, until one has closed.
func relay(a, b net.Conn, delay time.Duration) {
	var both sync.WaitGroup
	both.Go(func() { flow(b, a, delay) })
	both.Go(func() { flow(a, b, delay) })
	both.Wait()
}

// parcel is what was said at once; nil is the end.
type parcel struct {
	data []byte
	due  time.Time
}

// flow is one direction. What is said later does not wait for what is under way.
func flow(to, from net.Conn, delay time.Duration) {
	underWay := make(chan parcel, 1024)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(underWay)
		for {
			buf := make([]byte, 16<<10)
			n, err := from.Read(buf)
			if n > 0 {
				underWay <- parcel{buf[:n], time.Now().Add(delay)}
			}
			if err != nil {
				underWay <- parcel{nil, time.Now().Add(delay)}
				return
			}
		}
	})
	for p := range underWay {
		time.Sleep(time.Until(p.due))
		if p.data == nil {
			_ = to.Close()
		} else if _, err := to.Write(p.data); err != nil {
			_ = from.Close() // ends the reading; what is under way is lost
		}
	}
	reading.Wait()
}
