package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func from(addr string, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/auth/twitter/start", nil)
	r.RemoteAddr = addr
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func TestLimiterCountsClients(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, header string
		one, other   *http.Request
		same         bool
	}{
		{"one address, two ports", "", from("192.0.2.1:1"), from("192.0.2.1:2"), true},
		{"two addresses", "", from("192.0.2.1:1"), from("192.0.2.2:1"), false},
		{"one /64", "", from("[2001:db8:1:2::1]:1"), from("[2001:db8:1:2:ffff::9]:1"), true},
		{"two /64", "", from("[2001:db8:1:2::1]:1"), from("[2001:db8:1:3::1]:1"), false},
		{"IPv4 in IPv6", "", from("192.0.2.1:1"), from("[::ffff:192.0.2.1]:1"), true},
		{"a header that nobody asked for", "", from("192.0.2.1:1", "X-Real-IP", "198.51.100.1"), from("192.0.2.1:1", "X-Real-IP", "198.51.100.2"), true},
		{"the proxy's header", "X-Real-IP", from("192.0.2.1:1", "X-Real-IP", "198.51.100.1"), from("192.0.2.1:1", "X-Real-IP", "198.51.100.2"), false},
		{
			"what somebody put in front", "X-Forwarded-For",
			from("192.0.2.1:1", "X-Forwarded-For", "203.0.113.7, 198.51.100.1"), from("192.0.2.1:1", "X-Forwarded-For", "198.51.100.1"), true,
		},
		{
			"what somebody put in a line of its own", "X-Forwarded-For",
			from("192.0.2.1:1", "X-Forwarded-For", "203.0.113.7", "X-Forwarded-For", "198.51.100.1"), from("192.0.2.1:1", "X-Forwarded-For", "198.51.100.1"), true,
		},
		{"no address at all", "X-Real-IP", from("192.0.2.1:1"), from("192.0.2.1:1", "X-Real-IP", "nonsense"), true},
	} {
		l := &limiter{header: row.header}
		assert.Equal(t, row.same, l.client(row.one) == l.client(row.other), row.name)
	}
}

func TestLimiterLetsGoOnAfterAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{}
		asks := func(addr string) time.Duration {
			wait, err := l.wait(from(addr), "twitter")
			require.NoError(t, err)
			return wait
		}
		for range startsAtOnce {
			assert.Zero(t, asks("192.0.2.1:1"))
		}
		wait := asks("192.0.2.1:1")
		assert.Equal(t, time.Hour/startsPerHour, wait)
		assert.Equal(t, wait, asks("192.0.2.1:1"), "who is refused does not wait longer for it")
		assert.Zero(t, asks("192.0.2.2:1"), "others are not")
		time.Sleep(wait)
		assert.Zero(t, asks("192.0.2.1:1"))
		assert.Positive(t, asks("192.0.2.1:1"), "also across a turn")
		time.Sleep(limiterTurn + time.Second)
		for range startsAtOnce {
			assert.Zero(t, asks("192.0.2.1:1"))
		}
		assert.Positive(t, asks("192.0.2.1:1"))
	})
}

func TestLimiterRemembersNoMoreThanItCan(t *testing.T) {
	t.Parallel()
	l := &limiter{}
	for i := range limiterSize + 1000 {
		_, err := l.wait(from(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)), "twitter")
		require.NoError(t, err)
	}
	assert.LessOrEqual(t, len(l.now), limiterSize+1)
	wait, err := l.wait(from("198.51.100.1:1"), "twitter")
	require.NoError(t, err)
	assert.Positive(t, wait, "the rest share one bucket")
}

// Nor when those of before come again.
func TestLimiterIsNotFilledByThoseOfBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{}
		ask := func(first byte) {
			for i := range limiterSize {
				_, err := l.wait(from(fmt.Sprintf("%d.%d.%d.%d:1", first, i>>16, i>>8&255, i&255)), "twitter")
				require.NoError(t, err)
			}
		}
		ask(10)
		time.Sleep(limiterTurn + time.Second)
		ask(11)
		ask(10)
		assert.LessOrEqual(t, len(l.now), limiterSize+1)
	})
}
