package tokenstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

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
// concurrent use; any number of processes may share the table.
//
// Tokens lie in the table as [provider.EncodeToken] writes them, for whoever
// reads the database or a backup of it. Wrap the store with [Seal].
type SQL struct {
	conn conn
	text statements
}

// conn is what *sql.DB and *sql.Tx have in common.
type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

var _ Store = (*SQL)(nil)

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
		fault("Dialect", fmt.Sprintf("%q is not one this library speaks; use tokenstore.SQLite", string(cfg.Dialect)))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return &SQL{conn: cfg.DB, text: text}, nil
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
//	// INSERT INTO users ...
//	err = store.In(tx).Link(ctx, account)
//	err = tx.Commit()
//
// After any error of Link, [ErrTaken] too, roll back. The returned store is of
// no use once tx has ended, and tx must be of the store's own database.
//
// On SQLite, begin with BEGIN IMMEDIATE (most drivers have a setting for it) if
// the transaction reads before it writes; otherwise SQLite refuses the write,
// without waiting, when another connection wrote in between.
func (s *SQL) In(tx *sql.Tx) *SQL { return &SQL{conn: tx, text: s.text} }

// Migrate makes the table and its index unless they are there, and checks that
// the table has the columns this library reads. Run it at each start:
//
//	provider, subject      text, the primary key, compared byte for byte
//	user_id                text, indexed, compared byte for byte
//	username               text, '' if unknown
//	token                  bytes of provider.EncodeToken, NULL if there is none
//	linked_at, updated_at  integers, microseconds since 1970 in UTC
//
// An app with migrations of its own may make the table in them instead, with
// more columns, or user_id as a foreign key, if it likes. The tokens carry the
// version of their form themselves; should the table ever need another column,
// Migrate will add it.
func (s *SQL) Migrate(ctx context.Context) error {
	for _, text := range s.text.migrate {
		if _, err := s.conn.ExecContext(ctx, text); err != nil {
			return wrapSQL(ctx, "migrate", err)
		}
	}
	// IF NOT EXISTS is content with any table of that name.
	_, err := s.query(ctx, "migrate", s.text.find, "", "")
	return err
}

// Link implements [Store].
func (s *SQL) Link(ctx context.Context, a Account) error {
	if err := checkLink(a); err != nil {
		return err
	}
	var token any // NULL
	if !a.Token.IsZero() {
		data, err := provider.EncodeToken(a.Token)
		if err != nil {
			return fmt.Errorf("tokenstore: link: %w", err)
		}
		token = data
	}
	at := now().UnixMicro()
	n, err := s.exec(ctx, "link", s.text.link, a.Provider, a.Subject, a.UserID, a.Username, token, at, at)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrTaken
	}
	return nil
}

// Find implements [Store]. A token that is not as [provider.EncodeToken] wrote
// it is [ErrUnreadable].
func (s *SQL) Find(ctx context.Context, id Identity) (Account, bool, error) {
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
	n, err := s.exec(ctx, "unlink", s.text.unlink, userID, id.Provider, id.Subject)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNotFound
	}
	return nil
}

// exec returns how many rows the statement affected.
func (s *SQL) exec(ctx context.Context, op, text string, args ...any) (int64, error) {
	result, err := s.conn.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, wrapSQL(ctx, op, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, wrapSQL(ctx, op, err)
	}
	return n, nil
}

// accountRow is an account whose token is still encoded.
type accountRow struct {
	account Account
	token   []byte
}

func (r accountRow) decode(op string) (Account, error) {
	if len(r.token) == 0 {
		return r.account, nil
	}
	token, err := provider.DecodeToken(r.token)
	if err != nil {
		return r.account, fmt.Errorf("tokenstore: %s: %w: %w", op, ErrUnreadable, err)
	}
	r.account.Token = token
	return r.account, nil
}

// query reads all rows at once: a transaction can run nothing else while they
// are open.
func (s *SQL) query(ctx context.Context, op, text string, args ...any) (list []accountRow, err error) {
	rows, err := s.conn.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, wrapSQL(ctx, op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told all there is to tell
	for rows.Next() {
		var r accountRow
		var linkedAt, updatedAt int64
		a := &r.account
		err := rows.Scan(&a.Provider, &a.Subject, &a.UserID, &a.Username, &r.token, &linkedAt, &updatedAt)
		if err != nil {
			return nil, wrapSQL(ctx, op, err)
		}
		a.LinkedAt, a.UpdatedAt = time.UnixMicro(linkedAt).UTC(), time.UnixMicro(updatedAt).UTC()
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, wrapSQL(ctx, op, err)
	}
	return list, nil
}

// wrapSQL adds ctx's error where a driver reported only that it was
// interrupted.
func wrapSQL(ctx context.Context, op string, err error) error {
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("tokenstore: %s: %w: %w", op, cause, err)
	}
	return fmt.Errorf("tokenstore: %s: %w", op, err)
}
