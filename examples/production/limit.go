package main

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Somebody who registers starts once or twice. Thirty at once leave room for
// the people behind one address of an office or a mobile network.
const (
	startsAtOnce  = 30
	startsPerHour = 600

	// limiterTurn is how often the older half of what is remembered goes. A
	// bucket is full again by then, so that forgetting it changes nothing.
	limiterTurn = startsAtOnce * time.Hour / startsPerHour
	// limiterSize bounds each half.
	limiterSize = 100_000
)

// limiter bounds how often one address may start, since each start costs a call
// of X and a record in Redis. Every instance counts for itself.
type limiter struct {
	// header is the one in which the proxy names the address of the client; "" if
	// people connect directly. Anybody can send it, so the proxy must set it anew.
	header string

	mu        sync.Mutex
	now, past map[netip.Prefix]*rate.Limiter
	turned    time.Time
}

// wait is for oauthreg.Config.Limit.
func (l *limiter) wait(r *http.Request, _ string) (time.Duration, error) {
	reservation := l.bucket(l.client(r)).Reserve()
	delay := reservation.Delay()
	if delay > 0 {
		reservation.Cancel() // who is refused is not made to wait longer for it
	}
	return delay, nil
}

// bucket returns that of one client. When there are too many to remember, the
// rest share one: a flood is not to fill the memory.
func (l *limiter) bucket(client netip.Prefix) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := time.Now(); l.now == nil || at.Sub(l.turned) > limiterTurn {
		l.past, l.now, l.turned = l.now, map[netip.Prefix]*rate.Limiter{}, at
	}
	b, ok := l.now[client]
	if ok {
		return b
	}
	b, ok = l.past[client]
	if len(l.now) >= limiterSize {
		if ok {
			return b // it stays where it is
		}
		client = netip.Prefix{}
		b, ok = l.now[client]
	}
	if !ok {
		b = rate.NewLimiter(startsPerHour/rate.Limit(time.Hour.Seconds()), startsAtOnce)
	}
	l.now[client] = b
	return b
}

// client returns the network that counts as one: an IPv4 address, or the /64
// that a provider gives to one customer.
func (l *limiter) client(r *http.Request) netip.Prefix {
	text := r.RemoteAddr
	if l.header != "" {
		// A proxy adds to the end what it knows itself.
		list := strings.Join(r.Header.Values(l.header), ",")
		text = strings.TrimSpace(list[strings.LastIndex(list, ",")+1:])
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		withPort, _ := netip.ParseAddrPort(text)
		addr = withPort.Addr() // the zero Addr: all of them count as one
	}
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
