package tokenstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

var dialects = []tokenstore.Dialect{tokenstore.SQLite, tokenstore.PostgreSQL, tokenstore.MySQL}

// Whichever statement of an operation fails, its error comes out, and nothing
// is taken for an answer.
func TestSQLFaultOfAnyStatement(t *testing.T) {
	t.Parallel()
	boom := errors.New("the database went away")
	a := ann()
	for name, do := range map[string]func(context.Context, *tokenstore.SQL) error{
		"Link":    func(ctx context.Context, s *tokenstore.SQL) error { return s.Link(ctx, a) },
		"Migrate": func(ctx context.Context, s *tokenstore.SQL) error { return s.Migrate(ctx) },
		"Lease": func(ctx context.Context, s *tokenstore.SQL) error {
			_, err := s.Lease(ctx, a.Identity, "holder", time.Minute)
			return err
		},
		"Release": func(ctx context.Context, s *tokenstore.SQL) error { return s.Release(ctx, a.Identity, "holder") },
		"Page": func(ctx context.Context, s *tokenstore.SQL) error {
			_, err := s.Page(ctx, tokenstore.Identity{}, 10)
			return err
		},
		"Replace": func(ctx context.Context, s *tokenstore.SQL) error {
			_, err := s.Replace(ctx, a.Identity, a.Token, tokenOf("new"))
			return err
		},
		"Replace by the same": func(ctx context.Context, s *tokenstore.SQL) error {
			_, err := s.Replace(ctx, a.Identity, a.Token, a.Token)
			return err
		},
		"Unlink": func(ctx context.Context, s *tokenstore.SQL) error { return s.Unlink(ctx, a.UserID, a.Identity) },
	} {
		for _, dialect := range dialects {
			for failAt := 1; ; failAt++ {
				f := &fakeDB{failAt: failAt, failErr: boom}
				err := do(t.Context(), f.on(t, dialect))
				if len(f.statements) < failAt {
					break // it has no more
				}
				what := fmt.Sprintf("%s on %s, statement %d", name, dialect, failAt)
				require.ErrorIs(t, err, boom, what)
				if dialect == tokenstore.PostgreSQL {
					assert.Len(t, f.statements, failAt, "%s: the transaction is over, and something came after it", what)
				}
			}
		}
	}
}

// A table that is there is read before anything is added to it.
func TestMigrateLeavesAnothersTableAlone(t *testing.T) {
	t.Parallel()
	boom := errors.New("no such column: subject")
	for _, dialect := range dialects {
		f := &fakeDB{failErr: boom, failAt: 2, answers: func(string) [][]driver.Value { return [][]driver.Value{{"id"}} }}
		if dialect == tokenstore.PostgreSQL {
			f.failAt = 3 // after the lock
		}
		require.ErrorIs(t, f.on(t, dialect).Migrate(t.Context()), boom, dialect)
		assert.Len(t, f.statements, f.failAt, dialect)
	}
}

func TestSQLFaultsOfTransactions(t *testing.T) {
	t.Parallel()
	boom := errors.New("the database went away")
	rows := [][]driver.Value{{"twitter", "7588892", "ann", "ann_at_x", nil, int64(1), int64(1)}}
	require.NoError(t, (&fakeDB{affected: 1, rows: rows}).on(t, tokenstore.MySQL).Link(t.Context(), ann()))
	f := &fakeDB{beginErr: boom, rows: rows}
	require.ErrorIs(t, f.on(t, tokenstore.MySQL).Link(t.Context(), ann()), boom)
	assert.Empty(t, f.statements)
	// What is not committed was not linked.
	require.ErrorIs(t, (&fakeDB{commitErr: boom, affected: 1, rows: rows}).on(t, tokenstore.MySQL).Link(t.Context(), ann()), boom)
}

// What the database cannot hold is not there, and it is not asked for it.
func TestWhatADatabaseCannotHoldIsNotAskedFor(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a\xff", strings.Repeat("x", 256)} {
		f := &fakeDB{affected: 1}
		s := f.on(t, tokenstore.PostgreSQL)
		id := tokenstore.Identity{Provider: "twitter", Subject: text}
		list, err := s.ListByUser(t.Context(), text)
		require.NoError(t, err)
		assert.Empty(t, list)
		_, found, err := s.Find(t.Context(), id)
		require.NoError(t, err)
		assert.False(t, found)
		replaced, err := s.Replace(t.Context(), id, tokenOf("old"), tokenOf("new"))
		require.NoError(t, err)
		assert.False(t, replaced)
		leased, err := s.Lease(t.Context(), id, "holder", time.Minute)
		require.ErrorIs(t, err, tokenstore.ErrNotFound)
		assert.False(t, leased)
		require.ErrorIs(t, s.Unlink(t.Context(), "ann", id), tokenstore.ErrNotFound)
		require.NoError(t, s.Release(t.Context(), id, "holder"))
		_, err = s.Page(t.Context(), id, 10)
		require.ErrorContains(t, err, "after is nothing that this database can keep")
		assert.Empty(t, f.statements)
	}
}

// A database that counts only what changes says 0 for a lease that its holder
// has already, and for one that another has.
func TestLeaseThatChangedNothing(t *testing.T) {
	t.Parallel()
	later, sooner := time.Now().Add(time.Hour).UnixMicro(), time.Now().Add(time.Second).UnixMicro()
	for _, row := range []struct {
		name   string
		leased []driver.Value
		want   bool
		err    error
	}{
		{"the holder's, as long", []driver.Value{"holder", later}, true, nil},
		{"the holder's, shorter", []driver.Value{"holder", sooner}, false, nil},
		{"another's", []driver.Value{"another", later}, false, nil},
		{"not there", nil, false, tokenstore.ErrNotFound},
	} {
		f := &fakeDB{}
		if row.leased != nil {
			f.rows = [][]driver.Value{row.leased}
		}
		leased, err := f.on(t, tokenstore.MySQL).Lease(t.Context(), ann().Identity, "holder", time.Minute)
		require.ErrorIs(t, err, row.err, row.name)
		assert.Equal(t, row.want, leased, row.name)
	}
}

// Replacing a token by the same one looks, and tells whether it lies there.
func TestReplaceByTheSame(t *testing.T) {
	t.Parallel()
	stored, err := provider.EncodeToken(tokenOf("stored"))
	require.NoError(t, err)
	f := &fakeDB{affected: 1, rows: [][]driver.Value{{"twitter", "7588892", "ann", "", stored, int64(1), int64(1)}}}
	s := newSQL(t, f)
	for text, want := range map[string]bool{"stored": true, "another": false} {
		replaced, err := s.Replace(t.Context(), ann().Identity, tokenOf(text), tokenOf(text))
		require.NoError(t, err)
		assert.Equal(t, want, replaced, text)
	}
}

// Drivers differ in what they make of a slice that is nil.
func TestNoTokenIsNULL(t *testing.T) {
	t.Parallel()
	f := &fakeDB{affected: 1}
	a := ann()
	a.Token = provider.Token{}
	require.NoError(t, newSQL(t, f).Link(t.Context(), a))
	require.Len(t, f.args, 1)
	var values []any
	for _, arg := range f.args[0] {
		values = append(values, arg.Value)
	}
	assert.Contains(t, values, nil)
}
