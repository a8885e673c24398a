package redisbackend_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sent keeps the arguments of commands, and sends none.
type sent struct {
	redis.Hook

	args []any
}

func (s *sent) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *sent) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, cmd redis.Cmder) error {
		s.args = cmd.Args()
		return nil
	}
}

func (s *sent) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestExpiryIsRoundedUp(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { _ = client.Close() })
	s := &sent{}
	client.AddHook(s)
	b := newBackend(t, client, "p:")
	for _, row := range []struct {
		ttl  time.Duration
		want []any
	}{
		{1, []any{"px", int64(1)}},
		{time.Millisecond, []any{"px", int64(1)}},
		{2500 * time.Microsecond, []any{"px", int64(3)}},
		{1500 * time.Millisecond, []any{"px", int64(1500)}},
		{time.Minute - 1, []any{"ex", int64(60)}},
		{time.Minute, []any{"ex", int64(60)}},
	} {
		require.NoError(t, b.Put(t.Context(), "key", []byte("value"), row.ttl))
		assert.Equal(t, append([]any{"set", "p:key", []byte("value")}, row.want...), s.args, "%v", row.ttl)
	}
}
