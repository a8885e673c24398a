package sessionstore

import "strconv"

// postgresqlStatements takes a lock for the migration, since CREATE TABLE IF NOT
// EXISTS fails when another session makes the table at the same moment. The
// lock is the transaction's, which also poolers that share sessions can keep.
//
// Take is in a transaction because of pgx: with its simple protocol, which it is
// set to for PgBouncer, it calls a connection that broke before the answer safe
// to retry.
//
// In cleanup the array makes sure that the inner query runs once, and SKIP
// LOCKED that it waits neither for a Put nor for another cleanup. The outer
// condition is looked at once more when the row is locked.
func postgresqlStatements(table string) sqlStatements {
	quoted, index := `"`+table+`"`, `"`+table+`_expires"`
	return sqlStatements{
		migrateLock: `SELECT pg_advisory_xact_lock($1)`,
		migrate: []string{
			`CREATE TABLE IF NOT EXISTS ` + quoted + ` (
	"key"     text   COLLATE "C" NOT NULL PRIMARY KEY,
	"value"   bytea  NOT NULL,
	"expires" bigint NOT NULL
)`,
			`CREATE INDEX IF NOT EXISTS ` + index + ` ON ` + quoted + ` ("expires")`,
		},
		put: `INSERT INTO ` + quoted + ` ("key", "value", "expires") VALUES ($1, $2, $3)
ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value", "expires" = excluded."expires"`,
		get: `SELECT "value", "expires" FROM ` + quoted + ` WHERE "key" = $1 AND "expires" > $2`,
		take: `DELETE FROM ` + quoted + ` WHERE "key" = $1 AND "expires" > $2
RETURNING "value", "expires"`,
		takeInTx: true,
		cleanup: `DELETE FROM ` + quoted + ` WHERE "expires" <= $1 AND "key" = ANY (ARRAY (
	SELECT "key" FROM ` + quoted + ` WHERE "expires" <= $1
	ORDER BY "expires" LIMIT ` + strconv.Itoa(sqlBatch) + ` FOR UPDATE SKIP LOCKED
))`,
	}
}
