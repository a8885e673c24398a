package sessions_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
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

	"github.com/oauthreg/go/sessionstore"
)

// database is a database server and a way to speak to it.
type database struct {
	name, driver string
	dialect      sessionstore.Dialect
	dsn          func(*testing.T) string
}

// postgresql adds settings of the driver and of the server.
func postgresql(settings ...string) func(*testing.T) string {
	return func(*testing.T) string {
		dsn := os.Getenv("OAUTHREG_TEST_POSTGRESQL")
		if dsn == "" {
			dsn = "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"
		}
		return strings.Join(append([]string{dsn}, settings...), "&")
	}
}

// mysql adds settings of the driver and of the server.
func mysql(settings string) func(*testing.T) string {
	return func(*testing.T) string {
		dsn := os.Getenv("OAUTHREG_TEST_MYSQL")
		if dsn == "" {
			dsn = "root@tcp(127.0.0.1:3306)/test"
		}
		return dsn + "?" + settings
	}
}

func sqliteFile(journal string) func(*testing.T) string {
	return func(t *testing.T) string {
		settings := url.Values{"_pragma": {"busy_timeout(30000)", "journal_mode(" + journal + ")"}}
		return "file:" + filepath.ToSlash(filepath.Join(t.TempDir(), "app.db")) + "?" + settings.Encode()
	}
}

var (
	pgx     = database{"PostgreSQL, pgx", "pgx", sessionstore.PostgreSQL, postgresql()}
	pq      = database{"PostgreSQL, pq", "postgres", sessionstore.PostgreSQL, postgresql()}
	mariadb = database{"MariaDB", "mysql", sessionstore.MySQL, mysql("")}
	sqlite  = database{"SQLite", "sqlite", sessionstore.SQLite, sqliteFile("WAL")}

	// simple is how one talks through PgBouncer.
	simple = database{"PostgreSQL, simple protocol", "pgx", sessionstore.PostgreSQL, postgresql("default_query_exec_mode=simple_protocol")}
	// serializable fails statements that get into each other's way.
	serializable = database{"PostgreSQL, serializable", "pgx", sessionstore.PostgreSQL, postgresql("default_transaction_isolation=serializable")}
	// found counts rows that were matched; text sends no prepared statements.
	found = database{"MariaDB, clientFoundRows", "mysql", sessionstore.MySQL, mysql("clientFoundRows=true&parseTime=true")}
	text  = database{"MariaDB, interpolateParams", "mysql", sessionstore.MySQL, mysql("interpolateParams=true")}
	// rollback has one journal for readers and writers.
	rollback = database{"SQLite, rollback journal", "sqlite", sessionstore.SQLite, sqliteFile("DELETE")}

	basic    = []database{pgx, mariadb, sqlite}
	spoken   = []database{pgx, pq, simple, mariadb, text, sqlite}
	everyone = []database{pgx, pq, simple, serializable, mariadb, found, text, sqlite, rollback}
)

// place is a database with a table name that nobody else has.
type place struct {
	database
	source, table string
	db            *sql.DB
}

// turns bounds how many places are open at once: the servers are shared, and
// allow a hundred connections in all.
var turns = make(chan struct{}, 8)

// on runs a test on several databases. It skips those that cannot be reached.
func on(t *testing.T, databases []database, test func(*testing.T, *place)) {
	t.Helper()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			turns <- struct{}{}
			t.Cleanup(func() { <-turns })
			p := &place{database: d, source: d.dsn(t), table: "t_" + strings.ToLower(rand.Text())}
			p.db = p.open(t, p.source)
			if err := p.db.PingContext(t.Context()); err != nil {
				require.NotEqual(t, "1", os.Getenv("OAUTHREG_REQUIRE_SERVICES"), "%s: %v", d.name, err)
				t.Skipf("%s cannot be reached: %v", d.name, err)
			}
			t.Cleanup(func() {
				// t.Context has ended by now.
				_, err := p.db.ExecContext(context.WithoutCancel(t.Context()), "DROP TABLE IF EXISTS "+p.table)
				require.NoError(t, err)
			})
			test(t, p)
		})
	}
}

// open is another pool of connections, as another process would have.
func (p *place) open(t *testing.T, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(p.driver, source)
	require.NoError(t, err)
	db.SetMaxOpenConns(4)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// backend is on the table, which it does not make.
func (p *place) backend(t *testing.T, db *sql.DB) *sessionstore.SQLBackend {
	t.Helper()
	b, err := sessionstore.NewSQLBackend(sessionstore.SQLConfig{DB: db, Dialect: p.dialect, Table: p.table})
	require.NoError(t, err)
	return b
}

// migrated is a backend on a table that is there.
func (p *place) migrated(t *testing.T) *sessionstore.SQLBackend {
	t.Helper()
	b := p.backend(t, p.db)
	require.NoError(t, b.Migrate(t.Context()))
	return b
}

func (p *place) count(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, p.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+p.table).Scan(&n))
	return n
}

// fill inserts rows that expire at a time, in milliseconds since 1970.
func (p *place) fill(t *testing.T, n int, expires int64) {
	t.Helper()
	const each = 500
	for ; n > 0; n -= each {
		var rows []string
		for range min(n, each) {
			rows = append(rows, fmt.Sprintf("('%s', 'value', %d)", key(rand.Text()), expires))
		}
		_, err := p.db.ExecContext(t.Context(), "INSERT INTO "+p.table+" VALUES "+strings.Join(rows, ", "))
		require.NoError(t, err)
	}
}

// key has the form of a Server's.
func key(name string) string {
	hash := sha256.Sum256([]byte(name))
	return base64.RawURLEncoding.EncodeToString(hash[:])
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
