package sqlite_test

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

const (
	accessValue = "7588892-access-value-to-look-for"
	secretValue = "token-secret-value-to-look-for"
)

// open opens a new database in a file, as an app would. begin is how a
// transaction begins: deferred or immediate.
func open(t *testing.T, begin string) (db *sql.DB, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "app.db")
	settings := url.Values{
		"_pragma": {"journal_mode(WAL)", "busy_timeout(30000)", "foreign_keys(1)"},
		"_txlock": {begin},
	}
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?"+settings.Encode())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, file
}

// table is a store in db, migrated.
func table(t *testing.T, db *sql.DB) *tokenstore.SQL {
	t.Helper()
	s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

func sealed(t *testing.T, s tokenstore.Store) *tokenstore.Sealed {
	t.Helper()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	accounts, err := tokenstore.Seal(s, keys)
	require.NoError(t, err)
	return accounts
}

func account(userID, subject string) tokenstore.Account {
	return tokenstore.Account{
		Identity: tokenstore.Identity{Provider: "twitter", Subject: subject},
		UserID:   userID,
		Username: "name_of_" + userID,
		Token: provider.Token{
			Access: provider.NewSecret(accessValue), Secret: provider.NewSecret(secretValue), Subject: subject,
		},
	}
}

// exec runs a statement of the app's.
func exec(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), text, args...)
	require.NoError(t, err)
}

func count(t *testing.T, db *sql.DB, from string) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+from).Scan(&n))
	return n
}

// inTransactions runs each call in a transaction of its own.
type inTransactions struct {
	db    *sql.DB
	store func(*sql.Tx) tokenstore.Store
}

func (s inTransactions) do(ctx context.Context, f func(tokenstore.Store) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(s.store(tx)); err != nil {
		return err
	}
	return tx.Commit()
}

func (s inTransactions) Link(ctx context.Context, a tokenstore.Account) error {
	return s.do(ctx, func(in tokenstore.Store) error { return in.Link(ctx, a) })
}

func (s inTransactions) Find(ctx context.Context, id tokenstore.Identity) (a tokenstore.Account, found bool, err error) {
	err = s.do(ctx, func(in tokenstore.Store) (err error) {
		a, found, err = in.Find(ctx, id)
		return err
	})
	return a, found, err
}

func (s inTransactions) ListByUser(ctx context.Context, userID string) (list []tokenstore.Account, err error) {
	err = s.do(ctx, func(in tokenstore.Store) (err error) {
		list, err = in.ListByUser(ctx, userID)
		return err
	})
	return list, err
}

func (s inTransactions) Unlink(ctx context.Context, userID string, id tokenstore.Identity) error {
	return s.do(ctx, func(in tokenstore.Store) error { return in.Unlink(ctx, userID, id) })
}
