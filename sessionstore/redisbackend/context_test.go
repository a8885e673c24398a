package redisbackend_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// late is a context whose time is over, and that does not say so yet.
type late struct{ context.Context }

func (late) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

// timedOut is a connection that has noticed its deadline.
type timedOut struct{ sent }

func (t *timedOut) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, cmd redis.Cmder) error {
		t.args = cmd.Args()
		cmd.SetErr(os.ErrDeadlineExceeded)
		return os.ErrDeadlineExceeded
	}
}

// Each operation ends with the context's error, whoever notices first that its
// time is over, and one whose time is over already sends nothing.
func TestContextThatIsOver(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	conn := &timedOut{}
	client.AddHook(conn)
	b := newBackend(t, client, "p:")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, run := range map[string]func(ctx context.Context) error{
		"put":  func(ctx context.Context) error { return b.Put(ctx, "key", []byte("value"), time.Hour) },
		"get":  func(ctx context.Context) error { _, _, err := b.Get(ctx, "key"); return err },
		"take": func(ctx context.Context) error { _, _, err := b.Take(ctx, "key"); return err },
	} {
		conn.args = nil
		require.ErrorIs(t, run(canceled), context.Canceled, name)
		assert.Nil(t, conn.args, "%s was sent", name)

		err := run(late{t.Context()})
		assert.NotNil(t, conn.args, "%s was not sent", name)
		require.ErrorIs(t, err, context.DeadlineExceeded, name)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, name)

		err = run(t.Context())
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, name)
		assert.NotErrorIs(t, err, context.DeadlineExceeded, "%s: the connection's own limit is not the caller's", name)
	}
}
