package tokenstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/oauthreg/go/provider"
)

// DefaultTable is the table of an [SQL] store whose configuration names none.
const DefaultTable = "oauthreg_accounts"

// maxTableLen leaves room for the index, which is named after the table, within
// the 63 bytes that PostgreSQL allows a name.
const maxTableLen = 48

// SQLConfig configures an [SQL] store.
type SQLConfig struct {
	_ [0]func()

	// DB is the database. Required. The app opens it, with a driver of its
	// choice, and closes it.
	DB *sql.DB

	// Dialect is the kind of database that DB is. Required.
	Dialect Dialect

	// Table is the table's name: ASCII letters, digits and underscores, not
	// starting with a digit, at most 48 bytes. If empty, [DefaultTable].
	Table string
}

// SQL is a [Store] in a table of the app's own database. Make one with
// [NewSQL], and its table with [SQL.Migrate]. It is immutable and safe for
// concurrent use; any number of processes may share the table. What the database
// undoes to end a deadlock is tried again, except inside [SQL.In].
//
// Tokens lie in the table as [provider.EncodeToken] writes them, for whoever
// reads the database or a backup of it. Wrap the store with [Seal].
type SQL struct {
	conn conn
	db   *sql.DB // nil inside a transaction of the app
	text statements
}

// conn is what *sql.DB and *sql.Tx have in common.
type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

var (
	_ Store    = (*SQL)(nil)
	_ Rewriter = (*SQL)(nil)
	_ Leaser   = (*SQL)(nil)
)

// NewSQL returns a store on cfg.DB, or every fault of cfg, joined, as
// [*provider.ConfigError] values. It does not talk to the database.
func NewSQL(cfg SQLConfig) (*SQL, error) {
	var faults []error
	fault := func(field, reason string) {
		faults = append(faults, &provider.ConfigError{Package: "tokenstore", Field: field, Reason: reason})
	}
	if cfg.DB == nil {
		fault("DB", "it is nil; open one with database/sql")
	}
	if cfg.Table == "" {
		cfg.Table = DefaultTable
	}
	if !isTableName(cfg.Table) {
		fault("Table", fmt.Sprintf("it is not made of at most %d ASCII letters, digits and underscores with no digit in front", maxTableLen))
	}
	text, known := cfg.Dialect.statements(cfg.Table)
	if !known {
		fault("Dialect", fmt.Sprintf("%q is not one this library speaks; use tokenstore.SQLite, PostgreSQL or MySQL", string(cfg.Dialect)))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return &SQL{conn: cfg.DB, db: cfg.DB, text: text}, nil
}

// isTableName is strict because a name cannot be a parameter of a statement.
func isTableName(name string) bool {
	for i, c := range []byte(name) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if digit := '0' <= c && c <= '9'; !letter && (!digit || i == 0) {
			return false
		}
	}
	return len(name) <= maxTableLen
}

// In returns the same store inside tx. What it writes is there when tx commits
// and was never there when tx rolls back, so that an app's new user and their
// identity come into being together or not at all:
//
//	tx, err := db.BeginTx(ctx, nil)
//	defer tx.Rollback()
//	err = store.In(tx).Link(ctx, account)
//	// INSERT INTO users ...
//	err = tx.Commit()
//
// Link first: when a form is posted twice, the second finds ErrTaken, and not
// its own username taken by the first.
//
// After any error of Link, roll back. [ErrTaken] leaves tx in working order, also
// on PostgreSQL, so an app may look around in it first. A deadlock or a
// serialisation failure is returned: the app does all of the transaction again.
// The returned store is of no use once tx has ended, and tx must be of the
// store's own database.
//
// On SQLite, begin with BEGIN IMMEDIATE if the transaction reads before it
// writes; otherwise SQLite refuses the write, without waiting, when another
// connection wrote in between. modernc.org/sqlite does so with _txlock=immediate in
// the name of the database, see [SQLite].
func (s *SQL) In(tx *sql.Tx) *SQL { return &SQL{conn: tx, text: s.text} }

// Link implements [Store]. What the database cannot keep exactly, see [Dialect],
// is an error.
func (s *SQL) Link(ctx context.Context, a Account) error {
	if err := errors.Join(checkLink(a), s.text.checkAccount(a)); err != nil {
		return err
	}
	token, err := encodeToken("link", a.Token)
	if err != nil {
		return err
	}
	at := now().UnixMicro()
	args := []any{a.Provider, a.Subject, a.UserID, a.Username, orNull(token), at, at}
	if s.text.owner != "" {
		return s.inTx(ctx, "link", func(in *SQL) error { return in.linkAndAsk(ctx, a, args) })
	}
	n, err := s.exec(ctx, "link", s.text.link, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrTaken
	}
	return nil
}

// linkAndAsk is for a database whose count does not tell whether Link did
// anything. The row is locked by then, so its owner is who Link met.
func (s *SQL) linkAndAsk(ctx context.Context, a Account, args []any) error {
	if _, err := s.exec(ctx, "link", s.text.link, args...); err != nil {
		return err
	}
	rows, err := s.query(ctx, "link", s.text.owner, a.Provider, a.Subject)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errors.New("tokenstore: link: another unique index of the table refused the row; provider and subject must be the only unique columns")
	}
	if owner := rows[0].account; owner.Identity != a.Identity || owner.UserID != a.UserID {
		return ErrTaken
	}
	return nil
}

// Find implements [Store]. A token that is not as [provider.EncodeToken] wrote
// it is [ErrUnreadable].
func (s *SQL) Find(ctx context.Context, id Identity) (Account, bool, error) {
	if !s.text.holds(id.Provider, id.Subject) {
		return Account{}, false, ctx.Err()
	}
	rows, err := s.query(ctx, "find", s.text.find, id.Provider, id.Subject)
	if err != nil {
		return Account{}, false, err
	}
	for _, row := range rows {
		// The database may have another idea of equality than bytes.
		if row.account.Identity == id {
			a, err := row.decode("find")
			return a, true, err
		}
	}
	return Account{}, false, nil
}

// ListByUser implements [Store]. One token that is not as
// [provider.EncodeToken] wrote it makes the answer [ErrUnreadable].
func (s *SQL) ListByUser(ctx context.Context, userID string) ([]Account, error) {
	if !s.text.holds(userID) {
		return nil, ctx.Err()
	}
	rows, err := s.query(ctx, "list", s.text.list, userID)
	if err != nil {
		return nil, err
	}
	var list []Account
	for _, row := range rows {
		if row.account.UserID != userID {
			continue
		}
		a, err := row.decode("list")
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	sortAccounts(list)
	return list, nil
}

// Unlink implements [Store].
func (s *SQL) Unlink(ctx context.Context, userID string, id Identity) error {
	if !s.text.holds(userID, id.Provider, id.Subject) {
		return cmp.Or(ctx.Err(), ErrNotFound)
	}
	n, err := s.exec(ctx, "unlink", s.text.unlink, userID, id.Provider, id.Subject)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNotFound
	}
	return nil
}
