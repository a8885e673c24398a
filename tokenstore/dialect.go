package tokenstore

import (
	"strconv"
	"strings"
)

// Dialect names the kind of database that an [SQL] store talks to. The zero
// Dialect names none.
type Dialect string

const (
	// SQLite needs SQLite 3.24 or later, with any driver for database/sql. It
	// keeps text of any length and any bytes. Where several connections write,
	// let them wait for each other: with modernc.org/sqlite, open
	// "file:app.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate".
	SQLite Dialect = "sqlite"

	// PostgreSQL needs PostgreSQL 11 or later, with github.com/jackc/pgx/v5/stdlib
	// or github.com/lib/pq. Provider, subject, user ID and a lease's holder are
	// UTF-8 without NUL, of at most 255 bytes each; what is not is refused before
	// the database sees it.
	PostgreSQL Dialect = "postgresql"

	// MySQL needs MariaDB 10.5 or MySQL 8.0.16 or later, with
	// github.com/go-sql-driver/mysql. The connection's character set must be
	// utf8mb4, which it is by default; parseTime, clientFoundRows and
	// interpolateParams may be either way. Provider, subject, user ID and a
	// lease's holder are UTF-8 of at most 255 bytes each, a username of at most
	// 65535; what is not is refused before the database could cut it.
	MySQL Dialect = "mysql"
)

// maxKeyLen is the most that an ID has in a database that indexes only so many
// bytes. It is that of [provider.CheckID] too.
const maxKeyLen = 255

// statements is all that one dialect has of its own. A dialect is a file with
// a function that returns them, and a line in the method below.
//
// Identities and user IDs must be compared byte for byte in every statement: a
// collation that ignores case or trailing blanks gives one person another's
// account. Comparing once as the table does, so that its index is used, and
// once by bytes is both fast and right.
//
// Arguments are written $1, $2, ... in the order named here.
type statements struct {
	// lock waits for other instances that migrate, until the transaction ends.
	// Empty where a step that loses a race can be told from one that fails.
	lock string

	// have returns the names of the table's columns and indexes, in one column,
	// in small letters; none if there is no table.
	have string

	// steps make the table and its index, and bring an older one up to date.
	steps []step

	// faults, unless empty, returns the names of columns, and of what else, that
	// could lose or alter a byte.
	faults string

	// noTxDDL says that the database commits whatever is open before a step.
	noTxDDL bool

	// link takes provider, subject, user_id, username, token or NULL, linked_at
	// and updated_at. It inserts the row, or refreshes the one of the same
	// user_id, and affects exactly one row when it did either, none otherwise.
	// It must be one statement: a look before the write would let two people
	// pass at the same time.
	link string

	// owner, unless empty, says that the count of link does not tell. It takes
	// provider and subject, returns what find does, sees the latest row and not
	// a snapshot, and runs in the transaction of link, which has locked it.
	owner string

	// find takes provider and subject; list takes user_id. Both return provider,
	// subject, user_id, username, token, linked_at, updated_at.
	find, list string

	// unlink takes user_id, provider and subject.
	unlink string

	// page takes provider, subject and a limit, and returns what find does of
	// those after, by bytes.
	page string

	// pageFast is page for a table whose own order is that of bytes. notFast
	// returns the names of columns with another. Both are empty where page is
	// fast itself.
	pageFast, notFast string

	// replace takes provider, subject, the old token or NULL, and the new one.
	replace string

	// lease takes provider, subject, holder, the end and the present time.
	// leased takes provider and subject and returns lease_holder and
	// lease_until, the latest. release takes provider, subject and holder.
	lease, leased, release string

	// maxKey is the most bytes of an ID, maxName of a username; 0 is no limit.
	maxKey, maxName int

	// utf8Only and noNUL say what text the database cannot keep.
	utf8Only, noNUL bool

	// numbered says that the driver takes $1; the others take ?.
	numbered bool
}

// step is skipped if what it makes is there already.
type step struct{ makes, text string }

// statements returns false for a Dialect that this library does not speak. The
// table's name has been checked.
func (d Dialect) statements(table string) (statements, bool) {
	switch d {
	case SQLite:
		return sqliteStatements(table), true
	case PostgreSQL:
		return postgresqlStatements(table), true
	case MySQL:
		return mysqlStatements(table), true
	default:
		return statements{}, false
	}
}

// bind returns text and args as the driver takes them: each ? has an argument
// of its own. No text has a dollar sign for anything else.
func (t *statements) bind(text string, args []any) (string, []any) {
	if t.numbered || len(args) == 0 {
		return text, args
	}
	var b strings.Builder
	bound := make([]any, 0, len(args))
	for i, part := range strings.Split(text, "$") {
		if i > 0 {
			digits := len(part) - len(strings.TrimLeft(part, "0123456789"))
			n, _ := strconv.Atoi(part[:digits]) // an index that is wrong panics in every test
			bound = append(bound, args[n-1])
			b.WriteByte('?')
			part = part[digits:]
		}
		b.WriteString(part)
	}
	return b.String(), bound
}
