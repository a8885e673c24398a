package tokenstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

func newSQL(t *testing.T, f *fakeDB) *tokenstore.SQL {
	t.Helper()
	s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: f.open(t), Dialect: tokenstore.SQLite})
	require.NoError(t, err)
	return s
}

// faultFields returns the fields that a constructor complained of, in order.
func faultFields(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "want joined faults, got %v", err)
	var fields []string
	for _, fault := range joined.Unwrap() {
		ce, ok := errors.AsType[*provider.ConfigError](fault)
		require.True(t, ok, "%v is not a ConfigError", fault)
		assert.Equal(t, "tokenstore", ce.Package)
		assert.NotEmpty(t, ce.Reason)
		fields = append(fields, ce.Field)
	}
	return fields
}

func TestNewSQLFaults(t *testing.T) {
	t.Parallel()
	db := (&fakeDB{}).open(t)
	for _, row := range []struct {
		name string
		cfg  tokenstore.SQLConfig
		want []string
	}{
		{"nothing", tokenstore.SQLConfig{}, []string{"DB", "Dialect"}},
		{"everything", tokenstore.SQLConfig{Dialect: "oracle", Table: "a b"}, []string{"DB", "Table", "Dialect"}},
		{"no database", tokenstore.SQLConfig{Dialect: tokenstore.SQLite}, []string{"DB"}},
		{"no dialect", tokenstore.SQLConfig{DB: db}, []string{"Dialect"}},
		{"a dialect in capitals", tokenstore.SQLConfig{DB: db, Dialect: "SQLite"}, []string{"Dialect"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, err := tokenstore.NewSQL(row.cfg)
			assert.Nil(t, s)
			assert.Equal(t, row.want, faultFields(t, err))
		})
	}
}

func TestTableNames(t *testing.T) {
	t.Parallel()
	for name, valid := range map[string]bool{
		"":                      true, // the default
		"accounts":              true,
		"_Accounts_2":           true,
		"select":                true, // it is quoted
		strings.Repeat("t", 48): true,
		strings.Repeat("t", 49): false,
		"2accounts":             false,
		"auth.accounts":         false,
		"a b":                   false,
		" accounts":             false,
		"accounts;":             false,
		"accounts\x00":          false,
		"accounts\n":            false,
		"acc\u00f6unts":         false,
		`a"b`:                   false,
		"a'b":                   false,
		"a`b":                   false,
		"a-b":                   false,
		"a--":                   false,
		"[a]":                   false,
	} {
		f := &fakeDB{affected: 1}
		s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: f.open(t), Dialect: tokenstore.SQLite, Table: name})
		if !valid {
			assert.Equal(t, []string{"Table"}, faultFields(t, err), "%q", name)
			continue
		}
		require.NoError(t, err, "%q", name)
		require.NoError(t, s.Migrate(t.Context()))
		require.NoError(t, s.Link(t.Context(), ann()))
		if name == "" {
			name = tokenstore.DefaultTable
		}
		for _, text := range f.statements {
			// As a name, or as the text that a catalogue is asked for.
			assert.Regexp(t, `"`+name+`"|'`+name+`'`, text)
		}
	}
}

func TestSQLLinkOutcomes(t *testing.T) {
	t.Parallel()
	unique := errors.New("UNIQUE constraint failed: oauthreg_accounts.username")
	for _, row := range []struct {
		name string
		db   fakeDB
		want error
	}{
		{"inserted or refreshed", fakeDB{affected: 1}, nil},
		{"counted twice", fakeDB{affected: 2}, nil},
		{"belongs to another", fakeDB{affected: 0}, tokenstore.ErrTaken},
		// A constraint of the app's own says nothing about whose identity it is.
		{"another constraint", fakeDB{execErr: unique}, unique},
		{"driver does not count", fakeDB{affectedErr: driver.ErrSkip}, driver.ErrSkip},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := newSQL(t, &row.db).Link(t.Context(), ann())
			if row.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, row.want)
			assert.Equal(t, row.want == tokenstore.ErrTaken, errors.Is(err, tokenstore.ErrTaken))
			assert.NotContains(t, err.Error(), secretValue)
		})
	}
}

func TestSQLFaultsOfTheDatabase(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk I/O error")
	badRow := [][]driver.Value{{"twitter", "7588892", "ann", "", nil, "yesterday", int64(0)}}
	id := ann().Identity
	for _, row := range []struct {
		name string
		db   fakeDB
		call func(context.Context, *tokenstore.SQL) error
		want string
	}{
		{"link", fakeDB{execErr: broken}, func(ctx context.Context, s *tokenstore.SQL) error {
			return s.Link(ctx, ann())
		}, "tokenstore: link: disk I/O error"},
		{"unlink", fakeDB{execErr: broken}, func(ctx context.Context, s *tokenstore.SQL) error {
			return s.Unlink(ctx, "ann", id)
		}, "tokenstore: unlink: disk I/O error"},
		{"find", fakeDB{queryErr: broken}, func(ctx context.Context, s *tokenstore.SQL) error {
			_, found, err := s.Find(ctx, id)
			assert.False(t, found)
			return err
		}, "tokenstore: find: disk I/O error"},
		{"find, in the middle", fakeDB{rowsErr: broken}, func(ctx context.Context, s *tokenstore.SQL) error {
			_, _, err := s.Find(ctx, id)
			return err
		}, "tokenstore: find: disk I/O error"},
		{"find, a column of another type", fakeDB{rows: badRow}, func(ctx context.Context, s *tokenstore.SQL) error {
			_, found, err := s.Find(ctx, id)
			assert.False(t, found)
			return err
		}, "tokenstore: find: sql: Scan error"},
		{"list", fakeDB{queryErr: broken}, func(ctx context.Context, s *tokenstore.SQL) error {
			_, err := s.ListByUser(ctx, "ann")
			return err
		}, "tokenstore: list: disk I/O error"},
		{"migrate", fakeDB{execErr: broken}, func(ctx context.Context, s *tokenstore.SQL) error {
			return s.Migrate(ctx)
		}, "tokenstore: migrate: disk I/O error"},
		{"migrate, a table without the columns", fakeDB{queryErr: broken}, func(ctx context.Context, s *tokenstore.SQL) error {
			return s.Migrate(ctx)
		}, "tokenstore: migrate: disk I/O error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, row.call(t.Context(), newSQL(t, &row.db)), row.want)
		})
	}
}

// Drivers differ in what they say when they were interrupted.
func TestSQLAddsTheErrorOfTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := errors.New("interrupted (9)")
	s := newSQL(t, &fakeDB{execErr: interrupted, onExec: cancel})
	err := s.Link(ctx, ann())
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, interrupted)
}

// The database's idea of equality is not trusted.
func TestSQLComparesBytesAfterTheDatabase(t *testing.T) {
	t.Parallel()
	row := func(name, subject, userID string) []driver.Value {
		return []driver.Value{name, subject, userID, "", nil, int64(1), int64(2)}
	}
	f := &fakeDB{rows: [][]driver.Value{row("twitter", "ABC", "bob"), row("Twitter", "abc", "eve")}}
	s := newSQL(t, f)
	_, found, err := s.Find(t.Context(), tokenstore.Identity{Provider: "twitter", Subject: "abc"})
	require.NoError(t, err)
	assert.False(t, found)

	f.rows = append(f.rows, row("twitter", "abc", "ann"))
	assert.Equal(t, "ann", find(t, s, tokenstore.Identity{Provider: "twitter", Subject: "abc"}).UserID)

	f.rows = [][]driver.Value{row("twitter", "1", "ANN"), row("twitter", "2", "ann"), row("twitter", "3", "ann ")}
	list, err := s.ListByUser(t.Context(), "ann")
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, "2", list[0].Subject)
}

func TestSQLUnreadableToken(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string][]byte{
		"not the codec's":   []byte(secretValue),
		"of a later format": []byte(`{"v":2,"a":"` + secretValue + `"}`),
		"cut short":         []byte(`{"v":1,"a":"` + secretValue),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSQL(t, &fakeDB{rows: [][]driver.Value{
				{"twitter", "7588892", "ann", "ann_at_x", stored, int64(1), int64(2)},
			}})
			a, found, err := s.Find(t.Context(), ann().Identity)
			require.ErrorIs(t, err, tokenstore.ErrUnreadable)
			assert.NotContains(t, err.Error(), secretValue)
			assert.True(t, found)
			assert.Equal(t, "ann", a.UserID)
			assert.Equal(t, provider.Token{}, a.Token)

			list, err := s.ListByUser(t.Context(), "ann")
			require.ErrorIs(t, err, tokenstore.ErrUnreadable)
			assert.Nil(t, list)
		})
	}
}

func TestSQLIn(t *testing.T) {
	t.Parallel()
	f := &fakeDB{affected: 1}
	db := f.open(t)
	s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite})
	require.NoError(t, err)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	inside := s.In(tx)
	require.NoError(t, inside.Link(t.Context(), ann()))
	require.NoError(t, tx.Rollback())
	require.Error(t, inside.Link(t.Context(), ann()), "the transaction has ended")
	require.NoError(t, s.Link(t.Context(), ann()), "In must leave the store it is called on alone")
}
