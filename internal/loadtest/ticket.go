package main

import (
	"net/http"
	"strconv"
	"sync"
)

// A ticket goes with each request of a person, so that they know when the app
// is done with those that they gave up, or that were cut off: what such a
// request does late must not be mistaken for a fault later.
type ticket struct {
	mu        sync.Mutex
	idle      sync.Cond
	active    int
	withdrawn bool
}

// tickets are those that are out. The zero tickets are usable.
type tickets struct {
	mu   sync.Mutex
	next uint64
	out  map[string]*ticket
}

const ticketHeader = "Loadtest-Ticket"

func (ts *tickets) issue() (number string, t *ticket) {
	t = &ticket{}
	t.idle.L = &t.mu
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.out == nil {
		ts.out = map[string]*ticket{}
	}
	ts.next++
	number = strconv.FormatUint(ts.next, 36)
	ts.out[number] = t
	return number, t
}

// settle returns when no request runs on the ticket, and none will.
func (ts *tickets) settle(number string, t *ticket) {
	ts.mu.Lock()
	delete(ts.out, number)
	ts.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.withdrawn = true
	for t.active > 0 {
		t.idle.Wait()
	}
}

func (t *ticket) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.withdrawn {
		return false
	}
	t.active++
	return true
}

func (t *ticket) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active--
	t.idle.Broadcast()
}

// check lets only requests with a ticket in. One that was withdrawn has never
// arrived.
func (ts *tickets) check(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ts.mu.Lock()
		t, found := ts.out[r.Header.Get(ticketHeader)]
		ts.mu.Unlock()
		if !found || !t.enter() {
			panic(http.ErrAbortHandler)
		}
		defer t.leave()
		next.ServeHTTP(w, r)
	})
}
