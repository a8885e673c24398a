package tokenstore_test

import (
	"context"
	"database/sql/driver"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/tokenstore"
)

// on returns a store of a dialect.
func (f *fakeDB) on(t *testing.T, dialect tokenstore.Dialect) *tokenstore.SQL {
	t.Helper()
	s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: f.open(t), Dialect: dialect})
	require.NoError(t, err)
	return s
}

// Every statement of a dialect gets as many arguments as it has places for.
func TestStatementsAndArguments(t *testing.T) {
	t.Parallel()
	for _, dialect := range []tokenstore.Dialect{tokenstore.SQLite, tokenstore.PostgreSQL, tokenstore.MySQL} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			f := &fakeDB{affected: 1}
			s := f.on(t, dialect)
			ctx, id := t.Context(), ann().Identity
			_ = s.Link(ctx, ann())
			_, _, _ = s.Find(ctx, id)
			_, _ = s.ListByUser(ctx, "ann")
			_ = s.Unlink(ctx, "ann", id)
			_, _ = s.Page(ctx, id, 1)
			_, _ = s.Replace(ctx, id, ann().Token, ann().Token)
			other := ann().Token
			other.Subject = ""
			_, _ = s.Replace(ctx, id, ann().Token, other)
			_, _ = s.Lease(ctx, id, "one", time.Minute)
			f.affected = 0
			_, _ = s.Lease(ctx, id, "one", time.Minute)
			_ = s.Release(ctx, id, "one")
			require.GreaterOrEqual(t, len(f.statements), 11)
			for i, text := range f.statements {
				if dialect != tokenstore.PostgreSQL {
					assert.Equal(t, strings.Count(text, "?"), f.counts[i], text)
					assert.NotContains(t, text, "$")
					continue
				}
				assert.NotContains(t, text, "?")
				for n := 1; n <= 9; n++ {
					assert.Equal(t, n <= f.counts[i], strings.Contains(text, "$"+string(rune('0'+n))), text)
				}
			}
		})
	}
}

// MySQL's count says nothing; whose row it is does.
func TestMySQLLinkAsksForTheOwner(t *testing.T) {
	t.Parallel()
	row := func(subject, userID string) []driver.Value {
		return []driver.Value{"twitter", subject, userID, "", nil, int64(1), int64(2)}
	}
	for _, affected := range []int64{0, 1, 2} {
		for _, test := range []struct {
			name string
			rows [][]driver.Value
			want string
		}{
			{"own", [][]driver.Value{row("7588892", "ann")}, ""},
			{"another's", [][]driver.Value{row("7588892", "bob")}, tokenstore.ErrTaken.Error()},
			{"a look-alike's", [][]driver.Value{row("7588892 ", "ann")}, tokenstore.ErrTaken.Error()},
			{"none", nil, "unique index"},
		} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				f := &fakeDB{affected: affected, rows: test.rows}
				err := f.on(t, tokenstore.MySQL).Link(t.Context(), ann())
				if test.want == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, err, test.want)
				assert.NotContains(t, err.Error(), secretValue)
			})
		}
	}
}

// What a database cannot keep is said without a word of it, and all at once.
func TestLimitsOfDialects(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("confidential", 1000)
	bad := ann()
	bad.Provider, bad.Subject, bad.UserID, bad.Username = long, "confidential\xff", long, "confidential\xff"
	nul := ann()
	nul.Subject = "confidential\x00"
	for _, row := range []struct {
		dialect tokenstore.Dialect
		account tokenstore.Account
		want    []string
	}{
		{tokenstore.SQLite, bad, nil},
		{tokenstore.SQLite, nul, nil},
		{tokenstore.PostgreSQL, bad, []string{"Provider has 12000 bytes", "Subject is not UTF-8", "UserID has 12000 bytes", "Username is not UTF-8"}},
		{tokenstore.PostgreSQL, nul, []string{"Subject contains a NUL"}},
		{tokenstore.MySQL, bad, []string{"Provider has 12000 bytes", "Subject is not UTF-8", "UserID has 12000 bytes", "Username is not UTF-8"}},
	} {
		f := &fakeDB{affected: 1}
		err := f.on(t, row.dialect).Link(t.Context(), row.account)
		if row.want == nil {
			require.NoError(t, err)
			continue
		}
		for _, want := range row.want {
			require.ErrorContains(t, err, want)
		}
		assert.NotContains(t, err.Error(), "confidential")
		assert.Empty(t, f.statements, "it must not come to the database")
	}
	for _, dialect := range []tokenstore.Dialect{tokenstore.PostgreSQL, tokenstore.MySQL} {
		f := &fakeDB{affected: 1}
		s := f.on(t, dialect)
		_, err := s.Lease(t.Context(), ann().Identity, long, time.Minute)
		require.ErrorContains(t, err, "holder has 12000 bytes")
		require.NoError(t, s.Release(t.Context(), ann().Identity, long))
		_, err = s.Page(t.Context(), bad.Identity, 1)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "confidential")
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err = s.Find(canceled, bad.Identity)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, s.Unlink(canceled, "ann", bad.Identity), context.Canceled)
		assert.Empty(t, f.statements)
	}
}

// A page goes on past a token that cannot be read.
func TestPageWithAnUnreadableToken(t *testing.T) {
	t.Parallel()
	f := &fakeDB{rows: [][]driver.Value{
		{"twitter", "1", "ann", "", []byte(secretValue), int64(1), int64(2)},
		{"twitter", "2", "bob", "", nil, int64(1), int64(2)},
	}}
	page, err := newSQL(t, f).Page(t.Context(), tokenstore.Identity{}, 10)
	require.NoError(t, err)
	require.Len(t, page, 2)
	require.ErrorIs(t, page[0].Err, tokenstore.ErrUnreadable)
	assert.NotContains(t, page[0].Err.Error(), secretValue)
	assert.True(t, page[0].Token.IsZero())
	assert.Equal(t, "ann", page[0].UserID)
	assert.NoError(t, page[1].Err)
}
