package accounts_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// backend is a database server and a way to speak to it.
type backend struct {
	name, driver string
	dialect      tokenstore.Dialect
	dsn          func(*testing.T) string
}

// service returns a DSN from the environment, or the local one.
func service(env, local string) func(*testing.T) string {
	return func(*testing.T) string {
		if dsn := os.Getenv(env); dsn != "" {
			return dsn
		}
		return local
	}
}

// mysqlDSN adds settings of the driver.
func mysqlDSN(settings string) func(*testing.T) string {
	return func(t *testing.T) string {
		return service("OAUTHREG_TEST_MYSQL", "root@tcp(127.0.0.1:3306)/test")(t) + "?" + settings
	}
}

func pgSetting(setting string) func(*testing.T) string {
	return func(t *testing.T) string { return pgDSN(t) + "&" + setting }
}

func sqliteFile(t *testing.T) string {
	settings := url.Values{
		"_pragma": {"journal_mode(WAL)", "busy_timeout(30000)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}
	return "file:" + filepath.ToSlash(filepath.Join(t.TempDir(), "app.db")) + "?" + settings.Encode()
}

var (
	pgDSN = service("OAUTHREG_TEST_POSTGRESQL", "postgres://postgres@127.0.0.1:5432/test?sslmode=disable")

	pgx     = backend{"PostgreSQL, pgx", "pgx", tokenstore.PostgreSQL, pgDSN}
	pq      = backend{"PostgreSQL, pq", "postgres", tokenstore.PostgreSQL, pgDSN}
	mariadb = backend{"MariaDB", "mysql", tokenstore.MySQL, mysqlDSN("")}
	// simple and binary are for pools between app and server.
	simple = backend{"PostgreSQL, pgx, simple protocol", "pgx", tokenstore.PostgreSQL, pgSetting("default_query_exec_mode=simple_protocol")}
	binary = backend{"PostgreSQL, pq, binary parameters", "postgres", tokenstore.PostgreSQL, pgSetting("binary_parameters=yes")}

	sqlite = backend{"SQLite", "sqlite", tokenstore.SQLite, sqliteFile}

	// found counts rows that were matched; not those that were changed.
	found = backend{"MariaDB, clientFoundRows", "mysql", tokenstore.MySQL, mysqlDSN("clientFoundRows=true&parseTime=true")}
	// text sends no prepared statements.
	text = backend{"MariaDB, interpolateParams", "mysql", tokenstore.MySQL, mysqlDSN("interpolateParams=true")}
	both = backend{"MariaDB, both", "mysql", tokenstore.MySQL, mysqlDSN("clientFoundRows=true&interpolateParams=true")}
	// careless cuts what is too long, instead of refusing it.
	careless = backend{"MariaDB, not strict", "mysql", tokenstore.MySQL, mysqlDSN("sql_mode=''")}

	all     = []backend{pgx, pq, simple, binary, mariadb, found, text, both, careless, sqlite}
	servers = []backend{pgx, pq, mariadb, found}
)

// place is a database with a table name that nobody else has.
type place struct {
	backend
	dsn, table string
	db         *sql.DB
}

// at opens b, or skips the test if it cannot be reached.
func at(t *testing.T, b backend) *place {
	t.Helper()
	p := &place{backend: b, dsn: b.dsn(t), table: "t_" + strings.ToLower(rand.Text())}
	p.db = p.open(t)
	if err := p.db.PingContext(t.Context()); err != nil {
		require.NotEqual(t, "1", os.Getenv("OAUTHREG_REQUIRE_SERVICES"), "%s: %v", b.name, err)
		t.Skipf("%s cannot be reached: %v", b.name, err)
	}
	p.dropLater(t, p.table)
	return p
}

// open is another pool of connections, as another process would have.
func (p *place) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open(p.driver, p.dsn)
	require.NoError(t, err)
	db.SetMaxOpenConns(4)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func (p *place) dropLater(t *testing.T, table string) {
	t.Cleanup(func() {
		// t.Context has ended by now.
		_, err := p.db.ExecContext(context.WithoutCancel(t.Context()), "DROP TABLE IF EXISTS "+table)
		require.NoError(t, err)
	})
}

// store is on the table, which it does not make.
func (p *place) store(t *testing.T, db *sql.DB) *tokenstore.SQL {
	t.Helper()
	s, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: p.dialect, Table: p.table})
	require.NoError(t, err)
	return s
}

// migrated is a store on a table that is there.
func (p *place) migrated(t *testing.T) *tokenstore.SQL {
	t.Helper()
	s := p.store(t, p.db)
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

// exec runs a statement of the app's. TABLE in it is the table.
func (p *place) exec(t *testing.T, text string, args ...any) {
	t.Helper()
	_, err := p.db.ExecContext(t.Context(), strings.ReplaceAll(text, "TABLE_NAME", p.table), args...)
	require.NoError(t, err)
}

func (p *place) count(t *testing.T, from string) (n int) {
	t.Helper()
	require.NoError(t, p.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+from).Scan(&n))
	return n
}

// mark is the n-th argument of a statement of the app's.
func (p *place) mark(n int) string {
	if p.dialect == tokenstore.PostgreSQL {
		return fmt.Sprintf("$%d", n)
	}
	return "?"
}

// turns bounds how many places are open at once: the servers are shared, and
// allow a hundred connections in all.
var turns = make(chan struct{}, 8)

// on runs a test on several.
func on(t *testing.T, backends []backend, test func(*testing.T, *place)) {
	t.Helper()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			turns <- struct{}{}
			t.Cleanup(func() { <-turns })
			test(t, at(t, b))
		})
	}
}

func account(userID, subject string) tokenstore.Account {
	return tokenstore.Account{
		Identity: tokenstore.Identity{Provider: "twitter", Subject: subject},
		UserID:   userID,
		Username: "name_of_" + userID,
		Token: provider.Token{
			Access: provider.NewSecret("access-" + subject), Secret: provider.NewSecret("secret-" + subject), Subject: subject,
		},
	}
}

// TestMain lets more tests wait at once than there are processors: most of the
// time they wait for a database, or for something to expire.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
