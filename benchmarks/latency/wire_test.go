package main

import (
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRelayDelaysEachDirection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, nearEnd := net.Pipe()
		far, farEnd := net.Pipe()
		done := make(chan struct{})
		go func() {
			relay(nearEnd, farEnd, 50*time.Millisecond)
			close(done)
		}()
		go func() { _, _ = io.Copy(far, far) }() // says again what it hears

		began := time.Now()
		for _, said := range []string{"one", "two"} {
			_, err := io.WriteString(near, said)
			require.NoError(t, err)
		}
		assert.Zero(t, time.Since(began), "who speaks does not wait")
		heard := make([]byte, 6)
		_, err := io.ReadFull(near, heard)
		require.NoError(t, err)
		assert.Equal(t, "onetwo", string(heard))
		assert.Equal(t, 100*time.Millisecond, time.Since(began), "there and back, and nothing waits for what is under way")

		require.NoError(t, near.Close())
		<-done
		_, err = far.Read(heard)
		assert.ErrorIs(t, err, io.EOF, "the end is told to the other side")
	})
}

func TestWireCostsRoundTrips(t *testing.T) {
	const delay = 20 * time.Millisecond
	for _, http1 := range []bool{true, false} {
		far, err := newFarX(delay, http1)
		require.NoError(t, err)
		call := func() time.Duration {
			began := time.Now()
			res, err := http.Post(providerURL+"/oauth/request_token", "", nil)
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Contains(t, string(body), "oauth_callback_confirmed=true")
			assert.Equal(t, !http1, res.ProtoMajor == 2)
			return time.Since(began)
		}
		assert.GreaterOrEqual(t, call(), 3*delay, "TCP, TLS and the call")
		assert.GreaterOrEqual(t, call(), delay, "the call")
		assert.EqualValues(t, 1, far.wire.opened.Load())
		far.wire.cut()
		assert.GreaterOrEqual(t, call(), 3*delay, "a connection that was cut has to be opened again")
		assert.EqualValues(t, 2, far.wire.opened.Load())
		far.close()
	}
}
