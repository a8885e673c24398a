package tokenstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/tokenstore"
)

// stateError is as the drivers of PostgreSQL have it.
type stateError string

func (e stateError) Error() string    { return "ERROR: (SQLSTATE " + string(e) + ")" }
func (e stateError) SQLState() string { return string(e) }

func TestSQLTriesAgainWhatWasUndone(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		err   error
		again bool
	}{
		{"deadlock, PostgreSQL", stateError("40P01"), true},
		{"serialization failure, PostgreSQL", stateError("40001"), true},
		{"deadlock, wrapped", fmt.Errorf("driver: %w", stateError("40P01")), true},
		{"deadlock, MySQL", errors.New("Error 1213 (40001): Deadlock found when trying to get lock; try restarting transaction"), true},
		{"snapshot, MariaDB", errors.New("Error 1020 (HY000): Record has changed since last read in table 't'"), true},
		{"unique violation", stateError("23505"), false},
		{"lock wait timeout, MySQL", errors.New("Error 1205 (HY000): Lock wait timeout exceeded; try restarting transaction"), false},
		{"connection lost", errors.New("unexpected EOF"), false},
		{"a name like a number", errors.New("no such user: Error 1213"), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for times, want := range map[int]bool{1: row.again, 3: row.again, 100: false} {
					f := &fakeDB{affected: 1, execErr: row.err}
					tries := 0
					f.onExec = func() {
						if tries++; tries > times {
							f.execErr = nil
						}
					}
					err := newSQL(t, f).Link(t.Context(), ann())
					if want {
						require.NoError(t, err)
						assert.Equal(t, times+1, tries)
						continue
					}
					require.ErrorIs(t, err, row.err)
					assert.LessOrEqual(t, tries, 10)
					assert.Equal(t, row.again, tries > 1)
				}
			})
		})
	}
}

// Inside the app's transaction everything was undone, not the last call alone.
func TestSQLDoesNotTryAgainInATransaction(t *testing.T) {
	t.Parallel()
	for _, dialect := range []tokenstore.Dialect{tokenstore.SQLite, tokenstore.PostgreSQL, tokenstore.MySQL} {
		f := &fakeDB{execErr: stateError("40001")}
		db := f.open(t)
		s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: dialect})
		require.NoError(t, err)
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		require.ErrorIs(t, s.In(tx).Link(t.Context(), ann()), f.execErr)
		assert.Len(t, f.statements, 1)
		require.NoError(t, tx.Rollback())
	}
}

func TestSQLStopsTryingWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		f := &fakeDB{execErr: stateError("40P01")}
		err := newSQL(t, f).Link(ctx, ann())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Len(t, f.statements, 1)
	})
}
