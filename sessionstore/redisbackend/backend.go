package redisbackend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/oauthreg/go/sessionstore"
)

// maxValue keeps one value from filling the memory that all share. What a
// sign-up keeps is some KiB.
const maxValue = 1 << 20

// Config configures a [Backend].
type Config struct {
	_ [0]func()

	// Client is a client of a server, of a cluster, or with Sentinel. Required. The
	// app makes it and closes it.
	Client redis.UniversalClient

	// Prefix is put before each key, to keep apart what several apps have in one
	// database; "oauthreg:" if empty.
	Prefix string
}

// Backend is a [sessionstore.Backend] in Redis. Make one with [New]. It is
// immutable, safe for concurrent use, starts no goroutines and needs no closing;
// any number of processes may share the database.
//
// Of concurrent Takes of one value exactly one finds it. A Take that fails may
// have removed the value: it is never sent a second time, whatever the client's
// MaxRetries, since that would find nothing and call it expired.
//
// Expiry is the server's. Values lie there as they are given; a
// [sessionstore.Server] gives sealed values under hashed keys.
type Backend struct {
	client redis.UniversalClient
	prefix string
}

var _ sessionstore.Backend = (*Backend)(nil)

// New returns a backend on cfg.Client, or the fault of cfg as a
// [*sessionstore.ConfigError]. It does not talk to Redis.
func New(cfg Config) (*Backend, error) {
	if cfg.Client == nil {
		return nil, &sessionstore.ConfigError{Field: "Client", Reason: "it is nil; make one with redis.NewClient or redis.NewUniversalClient"}
	}
	if cfg.Prefix == "" {
		cfg.Prefix = "oauthreg:"
	}
	return &Backend{client: cfg.Client, prefix: cfg.Prefix}, nil
}

// Put implements [sessionstore.Backend]. A value of more than 1 MiB is
// [sessionstore.ErrTooLarge].
func (b *Backend) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if len(value) > maxValue {
		return fmt.Errorf("%w: it has %d bytes, and the most is %d", sessionstore.ErrTooLarge, len(value), maxValue)
	}
	if err := ctx.Err(); err != nil {
		return wrap(ctx, "put", err)
	}
	if err := b.client.Set(ctx, b.prefix+key, value, expiry(ttl)).Err(); err != nil {
		return wrap(ctx, "put", err)
	}
	return nil
}

// expiry rounds up to what Redis counts in, since a value must not expire before
// its time. It is never zero, by which the client means for good, and not so
// long that it overflows.
func expiry(ttl time.Duration) time.Duration {
	const most = 100 * 365 * 24 * time.Hour
	rounded := (min(ttl, most) + time.Millisecond - 1).Truncate(time.Millisecond)
	return max(time.Millisecond, rounded)
}

// Get implements [sessionstore.Backend].
func (b *Backend) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, wrap(ctx, "get", err)
	}
	return answer(ctx, "get", b.client.Get(ctx, b.prefix+key))
}

// Take implements [sessionstore.Backend].
func (b *Backend) Take(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, wrap(ctx, "take", err)
	}
	cmd := redis.NewStringCmd(ctx, "getdel", b.prefix+key)
	_ = b.client.Process(ctx, sentOnce{cmd}) // cmd has the error
	return answer(ctx, "take", cmd)
}

// sentOnce is a command that the client does not send again when its answer did
// not come.
type sentOnce struct{ *redis.StringCmd }

func (sentOnce) NoRetry() bool { return true }

func answer(ctx context.Context, op string, cmd *redis.StringCmd) (value []byte, found bool, err error) {
	// Its Bytes would lie in the memory of a string.
	text, err := cmd.Result()
	switch {
	case err == nil:
		return []byte(text), true, nil
	case errors.Is(err, redis.Nil):
		return nil, false, nil
	}
	return nil, false, wrap(ctx, op, err)
}

// wrap adds ctx's error where the client reported only that it could not go on.
func wrap(ctx context.Context, op string, err error) error {
	cause := ctx.Err()
	// The connection has the context's deadline too, and may notice it first.
	if at, ok := ctx.Deadline(); cause == nil && ok && !time.Now().Before(at) {
		cause = context.DeadlineExceeded
	}
	if cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("redisbackend: %s: %w: %w", op, cause, err)
	}
	return fmt.Errorf("redisbackend: %s: %w", op, err)
}
