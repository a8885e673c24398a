package sessionstore

import "strconv"

// sqliteStatements spells the collation out in every comparison, not in the
// table alone: an app may have made the table itself, with another one.
//
// The columns are not quoted: what is in quotes and no column is a string to
// SQLite, and Migrate would be content with any table. As a rule SQLite is built
// without LIMIT in DELETE.
func sqliteStatements(table string) sqlStatements {
	quoted, index := `"`+table+`"`, `"`+table+`_expires"`
	return sqlStatements{
		migrate: []string{
			`CREATE TABLE IF NOT EXISTS ` + quoted + ` (
	key     TEXT    NOT NULL COLLATE BINARY PRIMARY KEY,
	value   BLOB    NOT NULL,
	expires INTEGER NOT NULL
)`,
			`CREATE INDEX IF NOT EXISTS ` + index + ` ON ` + quoted + ` (expires)`,
		},
		put: `INSERT INTO ` + quoted + ` (key, value, expires) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires`,
		get: `SELECT value, expires FROM ` + quoted + `
WHERE key = ? COLLATE BINARY AND expires > ?`,
		take: `DELETE FROM ` + quoted + `
WHERE key = ? COLLATE BINARY AND expires > ?
RETURNING value, expires`,
		cleanup: `DELETE FROM ` + quoted + ` WHERE key IN (
	SELECT key FROM ` + quoted + ` WHERE expires <= ? ORDER BY expires LIMIT ` + strconv.Itoa(sqlBatch) + `
)`,
	}
}
