package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

func TestTicketIsSettledWhenTheAppIsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ts tickets
		release, settled := make(chan struct{}), false
		handler := ts.check(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
		number, ticket := ts.issue()
		go serveWith(handler, number)
		synctest.Wait()
		go func() { ts.settle(number, ticket); settled = true }()
		synctest.Wait()
		assert.False(t, settled, "the request is under way")
		close(release)
		synctest.Wait()
		assert.True(t, settled)
	})
}

func TestNobodyComesInWithoutATicket(t *testing.T) {
	t.Parallel()
	var ts tickets
	served := 0
	handler := ts.check(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }))
	number, ticket := ts.issue()
	serveWith(handler, number)
	serveWith(handler, number) // a client may repeat what it sent on a dead connection
	assert.Equal(t, 2, served)
	ts.settle(number, ticket)
	for _, late := range []string{number, "", "unknown"} {
		assert.PanicsWithValue(t, http.ErrAbortHandler, func() { serveWith(handler, late) })
	}
	assert.False(t, ticket.enter(), "found before it was withdrawn")
	assert.Equal(t, 2, served)
}

func serveWith(h http.Handler, number string) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set(ticketHeader, number)
	h.ServeHTTP(httptest.NewRecorder(), r)
}
