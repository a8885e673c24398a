package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// sqlAttempts bounds how often a statement is tried that lost against others.
// They take half a second at most, by which they wait for one another.
const sqlAttempts = 10

// retrySQL calls statement again while the database says that it has undone it
// in favor of others. After any other error nobody knows whether it was
// done, and a Take that is tried again would not find what it took itself.
func retrySQL(ctx context.Context, statement func() error) (err error) {
	for attempt := range sqlAttempts {
		if err = statement(); err == nil || !wasUndone(err) {
			return err
		}
		// Who lost together must not meet again.
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(time.Millisecond << attempt)):
		}
	}
	return err
}

// wasUndone knows serialization failures and deadlocks. The errors of
// PostgreSQL's drivers tell by a method, those of MySQL's by their text alone,
// unless one imports the driver: "Error 1213 (40001): Deadlock found when trying
// to get lock". The number is the driver's to write, the rest the server's.
func wasUndone(err error) bool {
	type stater interface {
		error
		SQLState() string
	}
	if e, ok := errors.AsType[stater](err); ok {
		// PostgreSQL's appendix A, class 40.
		return e.SQLState() == "40001" || e.SQLState() == "40P01"
	}
	return strings.Contains(strings.ToLower(err.Error()), "error 1213")
}

// wrapSQL adds ctx's error where a driver reported only that it was
// interrupted.
func wrapSQL(ctx context.Context, op string, err error) error {
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("sessionstore: %s: %w: %w", op, cause, err)
	}
	return fmt.Errorf("sessionstore: %s: %w", op, err)
}
