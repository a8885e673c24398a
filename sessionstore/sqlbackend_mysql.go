package sessionstore

import "strconv"

// mysqlStatements are those that MySQL and MariaDB both understand. MySQL has no
// RETURNING, and MariaDB not the alias that MySQL 8.0.20 wants in the place of
// VALUES(), which MySQL still takes.
func mysqlStatements(table string) sqlStatements {
	quoted, index := "`"+table+"`", "`"+table+"_expires`"
	return sqlStatements{
		migrate: []string{
			"CREATE TABLE IF NOT EXISTS " + quoted + " (\n" +
				"\t`key`     VARBINARY(43) NOT NULL PRIMARY KEY,\n" +
				"\t`value`   MEDIUMBLOB    NOT NULL,\n" +
				"\t`expires` BIGINT        NOT NULL,\n" +
				"\tINDEX " + index + " (`expires`)\n" +
				") ENGINE = InnoDB",
		},
		put: "INSERT INTO " + quoted + " (`key`, `value`, `expires`) VALUES (?, ?, ?)\n" +
			"ON DUPLICATE KEY UPDATE `value` = VALUES(`value`), `expires` = VALUES(`expires`)",
		get:  "SELECT `value`, `expires` FROM " + quoted + " WHERE `key` = ? AND `expires` > ?",
		drop: "DELETE FROM " + quoted + " WHERE `key` = ? AND `expires` = ? AND `value` = ?",
		cleanup: "DELETE FROM " + quoted + " WHERE `expires` <= ?\n" +
			"ORDER BY `expires` LIMIT " + strconv.Itoa(sqlBatch),
	}
}
