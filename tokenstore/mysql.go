package tokenstore

import "strings"

// mysqlStatements compares twice: as the table does, for its index, and by
// bytes. The table made here has VARBINARY, which knows neither case nor
// blanks to pad with; an app's own may have text with any collation.
//
// In link, a bare name is the row in the table. How many rows that affects
// depends on the driver's clientFoundRows and on whether anything changed, so
// owner asks whose it is.
func mysqlStatements(table string) statements {
	quoted, index := "`"+table+"`", "`"+table+"_user_id`"
	const columns = `provider, subject, user_id, username, token, linked_at, updated_at`
	bytes := func(column, arg string) string {
		return `CAST(` + column + ` AS BINARY) = CAST(` + arg + ` AS BINARY)`
	}
	same := func(column, arg string) string { return column + ` = ` + arg + ` AND ` + bytes(column, arg) }
	identity := same("provider", "$1") + ` AND ` + same("subject", "$2")
	own := bytes("user_id", "$3") + ` AND ` + bytes("provider", "$1") + ` AND ` + bytes("subject", "$2")
	here := `table_schema = DATABASE() AND table_name = '` + table + `'`
	return statements{
		have: `SELECT LOWER(CAST(column_name AS CHAR)) FROM information_schema.columns WHERE ` + here + `
UNION ALL SELECT LOWER(CAST(index_name AS CHAR)) FROM information_schema.statistics WHERE ` + here,
		steps: []step{
			{"provider", `CREATE TABLE IF NOT EXISTS ` + quoted + ` (
	provider     VARBINARY(255) NOT NULL CHECK (provider <> ''),
	subject      VARBINARY(255) NOT NULL CHECK (subject <> ''),
	user_id      VARBINARY(255) NOT NULL CHECK (user_id <> ''),
	username     TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	token        LONGBLOB,
	linked_at    BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL,
	lease_holder VARBINARY(255) NOT NULL DEFAULT '',
	lease_until  BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (provider, subject),
	INDEX ` + index + ` (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4`},
			{strings.ToLower(table) + "_user_id", `CREATE INDEX ` + index + ` ON ` + quoted + ` (user_id)`},
			{"lease_holder", `ALTER TABLE ` + quoted + ` ADD COLUMN lease_holder VARBINARY(255) NOT NULL DEFAULT ''`},
			{"lease_until", `ALTER TABLE ` + quoted + ` ADD COLUMN lease_until BIGINT NOT NULL DEFAULT 0`},
		},
		// Without a strict mode the database cuts what is too long, and writes a
		// question mark for a character that the column or the connection does not
		// have: two people become one, and a token that was cut opens no more. A
		// column in characters keeps so many bytes at least.
		faults: `SELECT LOWER(CAST(column_name AS CHAR)) FROM information_schema.columns WHERE ` + here + `
AND (column_name IN ('provider', 'subject', 'user_id', 'username', 'lease_holder') AND character_set_name <> 'utf8mb4'
OR FIND_IN_SET('STRICT_TRANS_TABLES', @@sql_mode) = 0 AND FIND_IN_SET('STRICT_ALL_TABLES', @@sql_mode) = 0
	AND (column_name IN ('provider', 'subject', 'user_id', 'lease_holder') AND character_maximum_length < 255
	OR column_name = 'username' AND character_maximum_length < 65535
	OR column_name = 'token' AND (character_maximum_length < 4294967295 OR character_set_name IS NOT NULL)))
UNION ALL SELECT 'the connection' FROM DUAL WHERE @@character_set_client <> 'utf8mb4'`,
		noTxDDL: true,
		link: `INSERT INTO ` + quoted + ` (` + columns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON DUPLICATE KEY UPDATE
	username   = IF(` + own + ` AND LENGTH($4) > 0, $4, username),
	updated_at = IF(` + own + ` AND $5 IS NOT NULL, $7, updated_at),
	token      = IF(` + own + `, COALESCE($5, token), token)`,
		owner: `SELECT ` + columns + ` FROM ` + quoted + `
WHERE provider = $1 AND subject = $2 LOCK IN SHARE MODE`,
		find:   `SELECT ` + columns + ` FROM ` + quoted + ` WHERE ` + identity,
		list:   `SELECT ` + columns + ` FROM ` + quoted + ` WHERE ` + same("user_id", "$1"),
		unlink: `DELETE FROM ` + quoted + ` WHERE ` + same("user_id", "$1") + ` AND ` + same("provider", "$2") + ` AND ` + same("subject", "$3"),
		page: `SELECT ` + columns + ` FROM ` + quoted + `
WHERE CAST(provider AS BINARY) > CAST($1 AS BINARY)
	OR ` + bytes("provider", "$1") + ` AND CAST(subject AS BINARY) > CAST($2 AS BINARY)
ORDER BY CAST(provider AS BINARY), CAST(subject AS BINARY) LIMIT $3`,
		pageFast: `SELECT ` + columns + ` FROM ` + quoted + `
WHERE provider > $1 OR provider = $1 AND subject > $2
ORDER BY provider, subject LIMIT $3`,
		notFast: `SELECT LOWER(CAST(column_name AS CHAR)) FROM information_schema.columns WHERE ` + here + `
AND column_name IN ('provider', 'subject') AND collation_name IS NOT NULL`,
		replace: `UPDATE ` + quoted + ` SET token = $4 WHERE ` + identity + ` AND token <=> $3`,
		lease: `UPDATE ` + quoted + ` SET lease_holder = $3, lease_until = $4
WHERE ` + identity + ` AND (` + bytes("lease_holder", "$3") + ` OR lease_until <= $5)`,
		leased: `SELECT lease_holder, lease_until FROM ` + quoted + ` WHERE ` + identity + ` LOCK IN SHARE MODE`,
		release: `UPDATE ` + quoted + ` SET lease_holder = '', lease_until = 0
WHERE ` + identity + ` AND ` + bytes("lease_holder", "$3"),

		maxKey: maxKeyLen, maxName: 1<<16 - 1, utf8Only: true,
	}
}
