package tokenstore

import "strings"

// sqliteStatements spells the collation out in every comparison, not in the
// table alone: an app may have made the table itself, with another one.
//
// In link, "old" is the row in the table and "excluded" the one offered. A
// username of ” and a token of NULL are the empty ones.
func sqliteStatements(table string) statements {
	quoted, index := `"`+table+`"`, `"`+table+`_user_id"`
	const columns = `provider, subject, user_id, username, token, linked_at, updated_at`
	const same = `provider = $1 COLLATE BINARY AND subject = $2 COLLATE BINARY`
	return statements{
		have: `SELECT lower(name) FROM pragma_table_info('` + table + `')
UNION ALL SELECT lower(name) FROM pragma_index_list('` + table + `')`,
		steps: []step{
			{"provider", `CREATE TABLE IF NOT EXISTS ` + quoted + ` (
	provider     TEXT    NOT NULL COLLATE BINARY CHECK (provider <> ''),
	subject      TEXT    NOT NULL COLLATE BINARY CHECK (subject <> ''),
	user_id      TEXT    NOT NULL COLLATE BINARY CHECK (user_id <> ''),
	username     TEXT    NOT NULL,
	token        BLOB,
	linked_at    INTEGER NOT NULL,
	updated_at   INTEGER NOT NULL,
	lease_holder TEXT    NOT NULL DEFAULT '' COLLATE BINARY,
	lease_until  INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (provider, subject)
)`},
			{strings.ToLower(table) + "_user_id", `CREATE INDEX IF NOT EXISTS ` + index + ` ON ` + quoted + ` (user_id)`},
			{"lease_holder", `ALTER TABLE ` + quoted + ` ADD COLUMN lease_holder TEXT NOT NULL DEFAULT '' COLLATE BINARY`},
			{"lease_until", `ALTER TABLE ` + quoted + ` ADD COLUMN lease_until INTEGER NOT NULL DEFAULT 0`},
		},
		link: `INSERT INTO ` + quoted + ` AS old (` + columns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (provider, subject) DO UPDATE SET
	username   = CASE WHEN excluded.username = '' THEN old.username ELSE excluded.username END,
	token      = COALESCE(excluded.token, old.token),
	updated_at = CASE WHEN excluded.token IS NULL THEN old.updated_at ELSE excluded.updated_at END
WHERE old.user_id = excluded.user_id COLLATE BINARY
	AND old.provider = excluded.provider COLLATE BINARY
	AND old.subject = excluded.subject COLLATE BINARY`,
		find: `SELECT ` + columns + ` FROM ` + quoted + ` WHERE ` + same,
		list: `SELECT ` + columns + ` FROM ` + quoted + ` WHERE user_id = $1 COLLATE BINARY`,
		unlink: `DELETE FROM ` + quoted + `
WHERE user_id = $1 COLLATE BINARY AND provider = $2 COLLATE BINARY AND subject = $3 COLLATE BINARY`,
		page: `SELECT ` + columns + ` FROM ` + quoted + `
WHERE (provider COLLATE BINARY, subject COLLATE BINARY) > ($1, $2)
ORDER BY provider COLLATE BINARY, subject COLLATE BINARY LIMIT $3`,
		replace: `UPDATE ` + quoted + ` SET token = $4 WHERE ` + same + ` AND token IS $3`,
		lease: `UPDATE ` + quoted + ` SET lease_holder = $3, lease_until = $4
WHERE ` + same + ` AND (lease_holder = $3 COLLATE BINARY OR lease_until <= $5)`,
		leased: `SELECT lease_holder, lease_until FROM ` + quoted + ` WHERE ` + same,
		release: `UPDATE ` + quoted + ` SET lease_holder = '', lease_until = 0
WHERE ` + same + ` AND lease_holder = $3 COLLATE BINARY`,
	}
}
