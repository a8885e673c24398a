package sqlite_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/tokenstore/tokentest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]func(*testing.T) tokenstore.Store{
		"plain": func(t *testing.T) tokenstore.Store {
			db, _ := open(t, "deferred")
			return table(t, db)
		},
		"sealed": func(t *testing.T) tokenstore.Store {
			db, _ := open(t, "deferred")
			return sealed(t, table(t, db))
		},
		"in transactions": func(t *testing.T) tokenstore.Store {
			db, _ := open(t, "deferred")
			s := table(t, db)
			return inTransactions{db, func(tx *sql.Tx) tokenstore.Store { return s.In(tx) }}
		},
		"sealed in immediate transactions": func(t *testing.T) tokenstore.Store {
			db, _ := open(t, "immediate")
			s := table(t, db)
			accounts := sealed(t, s)
			return inTransactions{db, func(tx *sql.Tx) tokenstore.Store { return accounts.Over(s.In(tx)) }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tokentest.Run(t, tokentest.Config{New: store, RealTime: true})
		})
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	t.Run("twice, with rows", func(t *testing.T) {
		t.Parallel()
		db, _ := open(t, "deferred")
		s := table(t, db)
		require.NoError(t, s.Link(t.Context(), account("ann", "1")))
		require.NoError(t, s.Migrate(t.Context()))
		_, found, err := s.Find(t.Context(), account("ann", "1").Identity)
		require.NoError(t, err)
		assert.True(t, found)
	})
	t.Run("by instances that start together", func(t *testing.T) {
		t.Parallel()
		db, _ := open(t, "deferred")
		s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite})
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { assert.NoError(t, s.Migrate(t.Context())) })
		}
		wg.Wait()
	})
	t.Run("rolled back", func(t *testing.T) {
		t.Parallel()
		db, _ := open(t, "deferred")
		s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite})
		require.NoError(t, err)
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		require.NoError(t, s.In(tx).Migrate(t.Context()))
		require.NoError(t, tx.Rollback())
		require.Error(t, s.Link(t.Context(), account("ann", "1")), "there must be no table")
	})
	t.Run("over a table of another shape", func(t *testing.T) {
		t.Parallel()
		db, _ := open(t, "deferred")
		exec(t, db, `CREATE TABLE oauthreg_accounts (provider TEXT, subject TEXT, user_id TEXT)`)
		s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite})
		require.NoError(t, err)
		require.ErrorContains(t, s.Migrate(t.Context()), "no such column")
	})
	t.Run("two tables, one with a reserved word for a name", func(t *testing.T) {
		t.Parallel()
		db, _ := open(t, "deferred")
		first := table(t, db)
		second, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite, Table: "select"})
		require.NoError(t, err)
		require.NoError(t, second.Migrate(t.Context()))
		require.NoError(t, first.Link(t.Context(), account("ann", "1")))
		require.NoError(t, second.Link(t.Context(), account("bob", "1")))
		assert.Equal(t, 1, count(t, db, "oauthreg_accounts"))
		assert.Equal(t, 1, count(t, db, `"select"`))
	})
}

// An app may have made the table itself, and carelessly.
func TestTableThatIgnoresCase(t *testing.T) {
	t.Parallel()
	db, _ := open(t, "deferred")
	exec(t, db, `CREATE TABLE oauthreg_accounts (
		provider TEXT NOT NULL COLLATE NOCASE, subject TEXT NOT NULL COLLATE NOCASE, user_id TEXT NOT NULL COLLATE NOCASE,
		username TEXT NOT NULL, token BLOB, linked_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
		PRIMARY KEY (provider, subject))`)
	s := table(t, db)
	mine, lookalike := account("ann", "abc"), account("ann", "ABC")
	lookalike.Username = "somebody else"
	require.NoError(t, s.Link(t.Context(), mine))

	_, found, err := s.Find(t.Context(), lookalike.Identity)
	require.NoError(t, err)
	assert.False(t, found)
	require.ErrorIs(t, s.Unlink(t.Context(), "ann", lookalike.Identity), tokenstore.ErrNotFound)
	require.ErrorIs(t, s.Unlink(t.Context(), "ANN", mine.Identity), tokenstore.ErrNotFound)
	list, err := s.ListByUser(t.Context(), "ANN")
	require.NoError(t, err)
	assert.Empty(t, list)
	// There is no room for both; better an error than one person's token in the
	// other's row.
	require.ErrorIs(t, s.Link(t.Context(), lookalike), tokenstore.ErrTaken)
	require.ErrorIs(t, s.Link(t.Context(), account("ANN", "abc")), tokenstore.ErrTaken)
	got, found, err := s.Find(t.Context(), mine.Identity)
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, mine.Username, got.Username)
}

func TestSecretsInTheFile(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		wrap    func(*testing.T, tokenstore.Store) tokenstore.Store
		visible bool
	}{
		// The first row shows that the search finds what is there.
		{"plain", func(_ *testing.T, s tokenstore.Store) tokenstore.Store { return s }, true},
		{"sealed", func(t *testing.T, s tokenstore.Store) tokenstore.Store { return sealed(t, s) }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			db, file := open(t, "deferred")
			s := row.wrap(t, table(t, db))
			require.NoError(t, s.Link(t.Context(), account("ann", "7588892")))
			require.NoError(t, s.Link(t.Context(), account("ann", "7588892")))

			files, err := filepath.Glob(file + "*") // the write-ahead log too
			require.NoError(t, err)
			var all []byte
			for _, name := range files {
				data, err := os.ReadFile(name)
				require.NoError(t, err)
				all = append(all, data...)
			}
			require.True(t, bytes.Contains(all, []byte("name_of_ann")), "the row is not in the files")
			for _, secret := range []string{accessValue, secretValue} {
				assert.Equal(t, row.visible, bytes.Contains(all, []byte(secret)))
			}
		})
	}
}

func TestSwappedCiphertexts(t *testing.T) {
	t.Parallel()
	db, _ := open(t, "deferred")
	s := sealed(t, table(t, db))
	ann, bob := account("ann", "1"), account("bob", "2")
	require.NoError(t, s.Link(t.Context(), ann))
	require.NoError(t, s.Link(t.Context(), bob))
	exec(t, db, `CREATE TEMP TABLE before AS SELECT subject, token FROM oauthreg_accounts;
		UPDATE oauthreg_accounts SET token = (
			SELECT token FROM before WHERE before.subject <> oauthreg_accounts.subject)`)

	for _, a := range []tokenstore.Account{ann, bob} {
		got, _, err := s.Find(t.Context(), a.Identity)
		require.ErrorIs(t, err, tokenstore.ErrUnreadable)
		require.ErrorIs(t, err, seal.ErrOpen)
		assert.True(t, got.Token.IsZero())
		_, err = s.ListByUser(t.Context(), a.UserID)
		require.ErrorIs(t, err, seal.ErrOpen)
	}
}
