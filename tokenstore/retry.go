package tokenstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// maxTries is how often something is done that the database keeps undoing.
const maxTries = 8

// retry does again what the database undid for the sake of others. Inside the
// app's transaction all of that is undone, and only the app can do it again.
func (s *SQL) retry(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if err == nil || s.db == nil || try == maxTries || !undone(err) {
			return err
		}
		// Apart from each other, or those who met will meet again.
		pause := time.NewTimer(rand.N(time.Millisecond << try))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}

// undone reports whether the database rolled back to end a deadlock, or because
// it could not serialise. The errors of drivers are known by what they have in
// common, so that no driver is required.
func undone(err error) bool {
	// pgx and pq: serialization_failure, deadlock_detected.
	if e, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); ok {
		return e.SQLState() == "40001" || e.SQLState() == "40P01"
	}
	// go-sql-driver/mysql keeps its number in a field, and begins its text with
	// it: ER_LOCK_DEADLOCK, and MariaDB's ER_CHECKREAD.
	for ; err != nil; err = errors.Unwrap(err) {
		for _, prefix := range []string{"Error 1213", "Error 1020"} {
			if strings.HasPrefix(err.Error(), prefix) {
				return true
			}
		}
	}
	return false
}

// inTx runs do with the store in a transaction: the app's, or one of its own.
func (s *SQL) inTx(ctx context.Context, op string, do func(*SQL) error) error {
	if s.db == nil {
		return do(s)
	}
	return s.retry(ctx, func() error {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return wrapSQL(ctx, op, err)
		}
		defer func() { _ = tx.Rollback() }() // nothing to do after Commit
		if err := do(s.In(tx)); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return wrapSQL(ctx, op, err)
		}
		return nil
	})
}
