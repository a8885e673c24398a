package sessionstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	defaultSQLTable = "oauthreg_sessions"

	// maxSQLTable leaves room for the index, which is named after the table,
	// within the 63 bytes that PostgreSQL allows a name.
	maxSQLTable = 48

	// maxSQLValue lies below what MySQL and MariaDB take in one packet unless
	// told otherwise. What a sign-up keeps is some KiB.
	maxSQLValue = 1 << 20
)

// SQLConfig configures an [SQLBackend].
type SQLConfig struct {
	_ [0]func()

	// DB is the database. Required. The app opens it, with a driver of its
	// choice, and closes it. It must lead to the primary: a replica that lags
	// behind does not know yet what was put, or still has what was taken.
	//
	// With SQLite set a busy timeout, with most drivers in the name of the data
	// source; without one, of two writes at the same time one fails.
	DB *sql.DB

	// Dialect is the kind of database that DB is. Required.
	Dialect Dialect

	// Table is the table's name: ASCII letters, digits and underscores, not
	// starting with a digit, at most 48 bytes; "oauthreg_sessions" if empty.
	Table string
}

// SQLBackend is a [Backend] in a table of the app's own database. Make one with
// [NewSQLBackend], and its table with [SQLBackend.Migrate]. It is safe for
// concurrent use, starts no goroutines and needs no closing; any number of
// processes may share the table.
//
// Of concurrent Takes of one value exactly one finds it, also of several
// processes. A Take that fails may have removed the value; who took it then is
// nobody, and never two.
//
// Expiry goes by the clock of the process and not by that of the database: it
// is the clock that all else in a sign-up goes by, and the same on all kinds of
// databases. Where several processes share a table, their clocks must agree to
// well within the times to live; by what they differ, values live shorter or
// longer.
//
// Rows that have expired are not found, and are deleted in small batches:
// by [SQLBackend.Cleanup], which the app may call from time to time, and now and
// then by a Put, so that an app that never calls it does not fill its disk.
//
// Values and keys lie in the table as they are given. A [Server] gives it sealed
// values under hashed keys, so that whoever reads the database or a backup can
// use neither.
type SQLBackend struct {
	db   *sql.DB
	text sqlStatements

	// For Puts that delete what has expired.
	puts    atomic.Uint64
	sweptAt atomic.Int64 // milliseconds since 1970
}

var _ Backend = (*SQLBackend)(nil)

// NewSQLBackend returns a backend on cfg.DB, or every fault of cfg as joined
// [*ConfigError] values. It does not talk to the database.
func NewSQLBackend(cfg SQLConfig) (*SQLBackend, error) {
	var faults []error
	fault := func(field, reason string) {
		faults = append(faults, &ConfigError{Field: field, Reason: reason})
	}
	if cfg.DB == nil {
		fault("DB", "it is nil; open one with database/sql")
	}
	if cfg.Table == "" {
		cfg.Table = defaultSQLTable
	}
	if !isSQLTable(cfg.Table) {
		fault("Table", fmt.Sprintf("it is not made of at most %d ASCII letters, digits and underscores with no digit in front", maxSQLTable))
	}
	text, known := cfg.Dialect.statements(cfg.Table)
	if !known {
		fault("Dialect", fmt.Sprintf("%q is not one this library speaks; use sessionstore.SQLite, sessionstore.PostgreSQL or sessionstore.MySQL",
			string(cfg.Dialect)))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return &SQLBackend{db: cfg.DB, text: text}, nil
}

// isSQLTable is strict because a name cannot be a parameter of a statement.
func isSQLTable(name string) bool {
	for i, c := range []byte(name) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if digit := '0' <= c && c <= '9'; !letter && (!digit || i == 0) {
			return false
		}
	}
	return len(name) <= maxSQLTable
}

// Put implements [Backend]. A value of more than 1 MiB is [ErrTooLarge]. The
// first Put of a process, every 500th, and the first after each minute also
// delete up to 1000 rows that have expired, which takes a second at most and
// does no harm if it fails.
func (b *SQLBackend) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if len(value) > maxSQLValue {
		return fmt.Errorf("%w: it has %d bytes, and the most is %d", ErrTooLarge, len(value), maxSQLValue)
	}
	if value == nil {
		value = []byte{} // nil is NULL
	}
	expires := ceilMilli(time.Now().Add(ttl))
	err := retrySQL(ctx, func() error {
		_, err := b.db.ExecContext(ctx, b.text.put, key, value, expires)
		return err
	})
	if err != nil {
		return wrapSQL(ctx, "put", err)
	}
	b.sweep(ctx)
	return nil
}

// ceilMilli rounds up: a value must not expire before its time.
func ceilMilli(t time.Time) int64 {
	return t.Add(time.Millisecond - 1).UnixMilli()
}

// Get implements [Backend].
func (b *SQLBackend) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	var row sqlRow
	err = retrySQL(ctx, func() error {
		row, found, err = querySQL(ctx, b.db, b.text.get, key, time.Now().UnixMilli())
		return err
	})
	if err != nil {
		return nil, false, wrapSQL(ctx, "get", err)
	}
	return row.value, found, nil
}

// Take implements [Backend]. With SQLite it is one statement, and with PostgreSQL
// one in a transaction. With MySQL and MariaDB it is two: one reads the value, one
// deletes the row if it is still as it was read; who deletes it has won.
func (b *SQLBackend) Take(ctx context.Context, key string) (value []byte, found bool, err error) {
	take := b.takeReturning
	switch {
	case b.text.take == "":
		take = b.takeUnchanged
	case b.text.takeInTx:
		take = b.takeReturningInTx
	}
	var row sqlRow
	err = retrySQL(ctx, func() error {
		row, found, err = take(ctx, key)
		return err
	})
	if err != nil {
		return nil, false, wrapSQL(ctx, "take", err)
	}
	return row.value, found, nil
}

func (b *SQLBackend) takeReturning(ctx context.Context, key string) (row sqlRow, found bool, err error) {
	return querySQL(ctx, b.db, b.text.take, key, time.Now().UnixMilli())
}

// takeReturningInTx is for drivers that tell database/sql to ask again on
// another connection when they do not know what became of a statement. In a
// transaction it does so for BEGIN alone.
func (b *SQLBackend) takeReturningInTx(ctx context.Context, key string) (row sqlRow, found bool, err error) {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return sqlRow{}, false, err
	}
	defer func() { _ = tx.Rollback() }() // of no effect after Commit
	row, found, err = querySQL(ctx, tx, b.text.take, key, time.Now().UnixMilli())
	if err != nil || !found {
		return sqlRow{}, false, err
	}
	if err := tx.Commit(); err != nil {
		return sqlRow{}, false, err
	}
	return row, true, nil
}

// takeAttempts bounds how often takeUnchanged reads. It loses against a Put each
// time, and so many of one key come only from what is out of order.
const takeAttempts = 100

// errUnsteady says that a Take lost against Puts again and again.
var errUnsteady = errors.New("the value was replaced each time it was read; try again")

// takeUnchanged needs no transaction, so no lock outlasts a statement. The row
// is compared whole: of a Put in between only its own value may be taken.
func (b *SQLBackend) takeUnchanged(ctx context.Context, key string) (row sqlRow, found bool, err error) {
	for range takeAttempts {
		row, found, err = querySQL(ctx, b.db, b.text.get, key, time.Now().UnixMilli())
		if err != nil || !found {
			return sqlRow{}, false, err
		}
		n, err := b.exec(ctx, b.text.drop, key, row.expires, row.value)
		if err != nil {
			return sqlRow{}, false, err
		}
		if n > 0 {
			return row, true, nil
		}
	}
	return sqlRow{}, false, errUnsteady
}

type sqlRow struct {
	value   []byte
	expires int64
}

// sqlQueryer is what *sql.DB and *sql.Tx have in common.
type sqlQueryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// querySQL reads to the end even of one row: a statement that deletes may fail
// after it has returned it.
func querySQL(ctx context.Context, on sqlQueryer, text string, args ...any) (row sqlRow, found bool, err error) {
	rows, err := on.QueryContext(ctx, text, args...)
	if err != nil {
		return sqlRow{}, false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := rows.Scan(&row.value, &row.expires); err != nil {
			return sqlRow{}, false, err
		}
		found = true
	}
	if err := rows.Err(); err != nil {
		return sqlRow{}, false, err
	}
	if row.value == nil {
		row.value = []byte{} // so that takeUnchanged does not compare with NULL
	}
	return row, found, nil
}

// exec returns how many rows the statement affected.
func (b *SQLBackend) exec(ctx context.Context, text string, args ...any) (int64, error) {
	result, err := b.db.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
