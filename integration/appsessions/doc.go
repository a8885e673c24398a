// Package appsessions holds tests of sessionstore on what keeps the sessions of
// an app that somebody else wrote: the session stores of alexedwards/scs on
// PostgreSQL, MariaDB, Redis, SQLite and memory, and its session manager.
//
// Where a service cannot be reached its tests are skipped, and with
// OAUTHREG_REQUIRE_SERVICES=1 they fail. Tables and keys have random names and
// are removed.
package appsessions
