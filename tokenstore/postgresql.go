package tokenstore

import "strings"

// postgresqlStatements compares twice: as the table does, for its index, and
// under "C", for the bytes. An app may have made the table itself, with a
// collation that takes different texts for equal (a nondeterministic one), or
// with columns of type citext; hence the casts.
//
// In link, "old" is the row in the table and "excluded" the one offered. WHERE
// leaves a row of another owner alone without an error, so the app's
// transaction goes on.
func postgresqlStatements(table string) statements {
	quoted, index := `"`+table+`"`, `"`+table+`_user_id"`
	const columns = `provider, subject, user_id, username, token, linked_at, updated_at`
	same := func(column, arg string) string {
		return column + ` = ` + arg + `::text AND ` + column + `::text COLLATE "C" = ` + arg + `::text`
	}
	identity := same("provider", "$1") + ` AND ` + same("subject", "$2")
	return statements{
		// The name is the same for everybody who migrates this table, and unlikely
		// to be that of a lock of the app's.
		lock: `SELECT pg_advisory_xact_lock(hashtextextended('oauthreg tokenstore ` + table + `', 0))`,
		have: `SELECT lower(attname::text) FROM pg_attribute
WHERE attrelid = to_regclass('` + quoted + `') AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT lower(relname::text) FROM pg_index JOIN pg_class ON oid = indexrelid
WHERE indrelid = to_regclass('` + quoted + `')`,
		steps: []step{
			{"provider", `CREATE TABLE IF NOT EXISTS ` + quoted + ` (
	provider     TEXT   COLLATE "C" NOT NULL CHECK (provider <> ''),
	subject      TEXT   COLLATE "C" NOT NULL CHECK (subject <> ''),
	user_id      TEXT   COLLATE "C" NOT NULL CHECK (user_id <> ''),
	username     TEXT   NOT NULL,
	token        BYTEA,
	linked_at    BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL,
	lease_holder TEXT   COLLATE "C" NOT NULL DEFAULT '',
	lease_until  BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (provider, subject)
)`},
			{strings.ToLower(table) + "_user_id", `CREATE INDEX IF NOT EXISTS ` + index + ` ON ` + quoted + ` (user_id)`},
			{"lease_holder", `ALTER TABLE ` + quoted + ` ADD COLUMN IF NOT EXISTS lease_holder TEXT COLLATE "C" NOT NULL DEFAULT ''`},
			{"lease_until", `ALTER TABLE ` + quoted + ` ADD COLUMN IF NOT EXISTS lease_until BIGINT NOT NULL DEFAULT 0`},
		},
		link: `INSERT INTO ` + quoted + ` AS old (` + columns + `)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::bytea, $6::bigint, $7::bigint)
ON CONFLICT (provider, subject) DO UPDATE SET
	username   = CASE WHEN $4::text = '' THEN old.username ELSE excluded.username END,
	token      = COALESCE(excluded.token, old.token),
	updated_at = CASE WHEN excluded.token IS NULL THEN old.updated_at ELSE excluded.updated_at END
WHERE old.user_id::text COLLATE "C" = $3::text
	AND old.provider::text COLLATE "C" = $1::text
	AND old.subject::text COLLATE "C" = $2::text`,
		find:   `SELECT ` + columns + ` FROM ` + quoted + ` WHERE ` + identity,
		list:   `SELECT ` + columns + ` FROM ` + quoted + ` WHERE ` + same("user_id", "$1"),
		unlink: `DELETE FROM ` + quoted + ` WHERE ` + same("user_id", "$1") + ` AND ` + same("provider", "$2") + ` AND ` + same("subject", "$3"),
		page: `SELECT ` + columns + ` FROM ` + quoted + `
WHERE (provider::text COLLATE "C", subject::text COLLATE "C") > ($1::text, $2::text)
ORDER BY provider::text COLLATE "C", subject::text COLLATE "C" LIMIT $3::bigint`,
		replace: `UPDATE ` + quoted + ` SET token = $4::bytea WHERE ` + identity + ` AND token IS NOT DISTINCT FROM $3::bytea`,
		lease: `UPDATE ` + quoted + ` SET lease_holder = $3::text, lease_until = $4::bigint
WHERE ` + identity + ` AND (lease_holder::text COLLATE "C" = $3::text OR lease_until <= $5::bigint)`,
		leased: `SELECT lease_holder, lease_until FROM ` + quoted + ` WHERE ` + identity,
		release: `UPDATE ` + quoted + ` SET lease_holder = '', lease_until = 0
WHERE ` + identity + ` AND lease_holder::text COLLATE "C" = $3::text`,

		maxKey: maxKeyLen, utf8Only: true, noNUL: true, numbered: true,
	}
}
