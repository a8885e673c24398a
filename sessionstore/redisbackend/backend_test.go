package redisbackend_test

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/redisbackend"
	"github.com/oauthreg/go/sessionstore/sessiontest"
)

// connect returns a client of the test server, and a prefix whose keys are
// deleted when the test ends.
func connect(t *testing.T) (client *redis.Client, prefix string) {
	t.Helper()
	addr := os.Getenv("OAUTHREG_TEST_REDIS")
	if addr == "" {
		addr = "127.0.0.1:6379"
	}
	client = redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, ContextTimeoutEnabled: true})
	if err := client.Ping(t.Context()).Err(); err != nil {
		_ = client.Close()
		if os.Getenv("OAUTHREG_REQUIRE_SERVICES") == "1" {
			t.Fatalf("no Redis at %s: %v", addr, err)
		}
		t.Skipf("no Redis at %s (set OAUTHREG_TEST_REDIS): %v", addr, err)
	}
	prefix = "test-" + rand.Text() + ":"
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		keys, err := client.Keys(ctx, prefix+"*").Result()
		assert.NoError(t, err)
		for _, key := range keys {
			assert.NoError(t, client.Del(ctx, key).Err())
		}
		assert.NoError(t, client.Close())
	})
	return client, prefix
}

func newBackend(t *testing.T, client redis.UniversalClient, prefix string) *redisbackend.Backend {
	t.Helper()
	b, err := redisbackend.New(redisbackend.Config{Client: client, Prefix: prefix})
	require.NoError(t, err)
	return b
}

func TestConformance(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t)
	sessiontest.RunBackend(t, sessiontest.BackendConfig{
		New:      func(t *testing.T) sessionstore.Backend { return newBackend(t, client, prefix) },
		RealTime: true,
	})
}

func TestServerConformance(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t)
	sessiontest.Run(t, sessiontest.Config{
		New: func(t *testing.T) sessionstore.Store {
			server, err := sessionstore.NewServer(sessionstore.ServerConfig{
				Backend: newBackend(t, client, prefix),
				BaseURL: "https://app.example.com",
			})
			require.NoError(t, err)
			return server
		},
		RealTime: true,
	})
}

func TestNewFaults(t *testing.T) {
	t.Parallel()
	b, err := redisbackend.New(redisbackend.Config{})
	assert.Nil(t, b)
	fault, ok := errors.AsType[*sessionstore.ConfigError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "Client", fault.Field)
}

func TestKeysHaveThePrefixAndAnExpiry(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t)
	key := rand.Text()
	require.NoError(t, newBackend(t, client, prefix).Put(t.Context(), key, []byte("value"), time.Hour))
	ttl, err := client.PTTL(t.Context(), prefix+key).Result()
	require.NoError(t, err)
	assert.InDelta(t, time.Hour, ttl, float64(time.Minute))

	require.NoError(t, newBackend(t, client, prefix).Put(t.Context(), key, []byte("value"), math.MaxInt64))
	ttl, err = client.PTTL(t.Context(), prefix+key).Result()
	require.NoError(t, err)
	assert.Greater(t, ttl, 1000*time.Hour)

	require.NoError(t, newBackend(t, client, "").Put(t.Context(), key, []byte("value"), time.Hour))
	n, err := client.Del(t.Context(), "oauthreg:"+key).Result()
	require.NoError(t, err)
	assert.EqualValues(t, 1, n, "the default prefix is oauthreg:")
}

// A ttl that is not positive is against the contract. It must not mean for good.
func TestNothingIsKeptForGood(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t)
	b := newBackend(t, client, prefix)
	for _, ttl := range []time.Duration{0, -1, redis.KeepTTL, -time.Hour, 1} {
		require.NoError(t, b.Put(t.Context(), "key", []byte("value"), ttl), "%v", ttl)
		require.Eventually(t, func() bool {
			_, found, err := b.Get(t.Context(), "key")
			return err == nil && !found
		}, 5*time.Second, time.Millisecond, "%v", ttl)
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t)
	b := newBackend(t, client, prefix)
	require.NoError(t, b.Put(t.Context(), "key", make([]byte, 1<<20), time.Hour))
	require.ErrorIs(t, b.Put(t.Context(), "key", make([]byte, 1<<20+1), time.Hour), sessionstore.ErrTooLarge)
	value, found, err := b.Get(t.Context(), "key")
	require.NoError(t, err)
	assert.True(t, found)
	assert.Len(t, value, 1<<20)
}

func TestTwoClientsHaveOneWinner(t *testing.T) {
	t.Parallel()
	one, prefix := connect(t)
	two, _ := connect(t)
	backends := []*redisbackend.Backend{newBackend(t, one, prefix), newBackend(t, two, prefix)}
	require.NoError(t, backends[0].Put(t.Context(), "key", []byte("value"), time.Hour))
	var winners atomic.Int32
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			_, found, err := backends[i%2].Take(t.Context(), "key")
			assert.NoError(t, err)
			if found {
				winners.Add(1)
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 1, winners.Load())
}

// What cannot be reached is an error, and never "not found".
func TestUnreachable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	stopped := redis.NewClient(&redis.Options{Addr: listener.Addr().String(), MaxRetries: -1})
	t.Cleanup(func() { _ = stopped.Close() })
	closed := redis.NewClient(&redis.Options{Addr: listener.Addr().String()})
	require.NoError(t, closed.Close())
	for name, client := range map[string]*redis.Client{"stopped server": stopped, "closed client": closed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, client, "")
			_, found, err := b.Get(t.Context(), "key")
			require.ErrorContains(t, err, "redisbackend: get: ")
			assert.False(t, found)
			_, found, err = b.Take(t.Context(), "key")
			require.ErrorContains(t, err, "redisbackend: take: ")
			assert.False(t, found)
			require.ErrorContains(t, b.Put(t.Context(), "key", nil, time.Hour), "redisbackend: put: ")
		})
	}
}

// A server may do what it was asked and its answer be lost. Asked again it would
// say that there is nothing, and a person who is in time were sent away as late.
func TestTakeIsSentOnce(t *testing.T) {
	t.Parallel()
	var commands atomic.Int32
	client := redis.NewClient(&redis.Options{
		Addr: deafServer(t, func(command string) {
			if strings.Contains(command, "getdel") {
				commands.Add(1)
			}
		}),
		MaxRetries:  3,
		ReadTimeout: 100 * time.Millisecond,
		Protocol:    2,
	})
	t.Cleanup(func() { _ = client.Close() })
	b := newBackend(t, client, "")
	_, found, err := b.Take(t.Context(), "key")
	require.Error(t, err)
	assert.False(t, found)
	assert.EqualValues(t, 1, commands.Load(), "GETDEL was sent this often")
}

func TestDeadlineBoundsAnAnswerThatDoesNotCome(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: deafServer(t, func(string) {}), Protocol: 2, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	b := newBackend(t, client, "")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, found, err := b.Take(ctx, "key")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.False(t, found)
	assert.Less(t, time.Since(start), 2*time.Second)
}

// deafServer greets its clients and answers nothing that has to do with values.
func deafServer(t *testing.T, seen func(command string)) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var group sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		group.Wait()
	})
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer func() { _ = conn.Close() }()
				stop := context.AfterFunc(t.Context(), func() { _ = conn.Close() })
				defer stop()
				buffer := make([]byte, 64<<10)
				for {
					n, err := conn.Read(buffer)
					if err != nil {
						return
					}
					command := string(buffer[:n])
					seen(command)
					if strings.Contains(command, "getdel") {
						continue
					}
					// A greeting: as many refusals as there are commands in it.
					_, _ = conn.Write([]byte(strings.Repeat("-ERR unknown command\r\n", strings.Count("\r\n"+command, "\r\n*"))))
				}
			})
		}
	})
	return listener.Addr().String()
}
