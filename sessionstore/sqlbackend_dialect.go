package sessionstore

// Dialect names the kind of database that an [SQLBackend] talks to. The zero
// Dialect names none.
type Dialect string

const (
	// SQLite needs SQLite 3.35 or later, for RETURNING.
	SQLite Dialect = "sqlite"

	// PostgreSQL needs PostgreSQL 9.5 or later, for ON CONFLICT.
	PostgreSQL Dialect = "postgresql"

	// MySQL needs MySQL 8 or MariaDB 10.5, or later.
	MySQL Dialect = "mysql"
)

// sqlStatements is all that one dialect has of its own. A dialect is a file with
// a function that returns them, and a line in the method below.
//
// Times are milliseconds since 1970. A row is alive while expires is greater
// than now.
type sqlStatements struct {
	// migrate makes the table and its index. Each may run any number of times.
	migrate []string

	// migrateLock is run first in a transaction with migrate, with a number that
	// stands for the table, where two that run migrate at once would get into each
	// other's way. Empty where they do not.
	migrateLock string

	// put takes key, value and expires, and inserts or replaces.
	put string

	// get takes key and now, and returns value and expires of a row alive.
	get string

	// take is like get and deletes the row, in one statement. If it is empty, drop
	// takes key, expires and value, and deletes the row that has all three.
	take, drop string

	// takeInTx runs take in a transaction of its own.
	takeInTx bool

	// cleanup takes now and deletes at most sqlBatch rows that are not alive.
	cleanup string
}

// statements returns false for a Dialect that this library does not speak. The
// table's name has been checked.
func (d Dialect) statements(table string) (sqlStatements, bool) {
	switch d {
	case SQLite:
		return sqliteStatements(table), true
	case PostgreSQL:
		return postgresqlStatements(table), true
	case MySQL:
		return mysqlStatements(table), true
	default:
		return sqlStatements{}, false
	}
}
