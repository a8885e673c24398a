package tokenstore

// Dialect names the kind of database that an [SQL] store talks to. The zero
// Dialect names none.
type Dialect string

// SQLite needs SQLite 3.24 or later, with any driver for database/sql.
const SQLite Dialect = "sqlite"

// statements is all that one dialect has of its own. A dialect is a file with
// a function that returns them, and a line in the method below.
//
// Identities and user IDs must be compared byte for byte in every statement: a
// collation that ignores case or trailing blanks gives one person another's
// account.
type statements struct {
	// migrate makes the table and its index. Each may run any number of times.
	migrate []string

	// link takes provider, subject, user_id, username, token or NULL, linked_at
	// and updated_at. It inserts the row, or refreshes the one of the same
	// user_id, and affects exactly one row when it did either, none otherwise.
	// It must be one statement: a look before the write would let two people
	// pass at the same time.
	link string

	// find takes provider and subject; list takes user_id. Both return provider,
	// subject, user_id, username, token, linked_at, updated_at.
	find, list string

	// unlink takes user_id, provider and subject.
	unlink string
}

// statements returns false for a Dialect that this library does not speak. The
// table's name has been checked.
func (d Dialect) statements(table string) (statements, bool) {
	switch d {
	case SQLite:
		return sqliteStatements(table), true
	default:
		return statements{}, false
	}
}
