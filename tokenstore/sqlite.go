package tokenstore

// sqliteStatements spells the collation out in every comparison, not in the
// table alone: an app may have made the table itself, with another one.
//
// In link, "old" is the row in the table and "excluded" the one offered. A
// username of ” and a token of NULL are the empty ones.
func sqliteStatements(table string) statements {
	quoted, index := `"`+table+`"`, `"`+table+`_user_id"`
	const columns = `provider, subject, user_id, username, token, linked_at, updated_at`
	return statements{
		migrate: []string{
			`CREATE TABLE IF NOT EXISTS ` + quoted + ` (
	provider   TEXT    NOT NULL COLLATE BINARY CHECK (provider <> ''),
	subject    TEXT    NOT NULL COLLATE BINARY CHECK (subject <> ''),
	user_id    TEXT    NOT NULL COLLATE BINARY CHECK (user_id <> ''),
	username   TEXT    NOT NULL,
	token      BLOB,
	linked_at  INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (provider, subject)
)`,
			`CREATE INDEX IF NOT EXISTS ` + index + ` ON ` + quoted + ` (user_id)`,
		},
		link: `INSERT INTO ` + quoted + ` AS old (` + columns + `)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (provider, subject) DO UPDATE SET
	username   = CASE WHEN excluded.username = '' THEN old.username ELSE excluded.username END,
	token      = COALESCE(excluded.token, old.token),
	updated_at = CASE WHEN excluded.token IS NULL THEN old.updated_at ELSE excluded.updated_at END
WHERE old.user_id = excluded.user_id COLLATE BINARY
	AND old.provider = excluded.provider COLLATE BINARY
	AND old.subject = excluded.subject COLLATE BINARY`,
		find: `SELECT ` + columns + ` FROM ` + quoted + `
WHERE provider = ? COLLATE BINARY AND subject = ? COLLATE BINARY`,
		list: `SELECT ` + columns + ` FROM ` + quoted + `
WHERE user_id = ? COLLATE BINARY`,
		unlink: `DELETE FROM ` + quoted + `
WHERE user_id = ? COLLATE BINARY AND provider = ? COLLATE BINARY AND subject = ? COLLATE BINARY`,
	}
}
