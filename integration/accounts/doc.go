// Package accounts tests tokenstore on the databases that it speaks to:
// PostgreSQL with two drivers, MariaDB with the settings of its driver that
// change what statements answer, and SQLite.
//
// A server that cannot be reached skips its tests, unless
// OAUTHREG_REQUIRE_SERVICES is 1. OAUTHREG_TEST_POSTGRESQL and
// OAUTHREG_TEST_MYSQL (the latter without settings) name others than the local
// ones.
package accounts
