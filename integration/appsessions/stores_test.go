package appsessions_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/mysqlstore"
	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2/memstore"
	_ "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/oauthreg/go/sessionstore"
)

// store is a session store for scs as it is released.
type store struct {
	name string
	open func(t *testing.T) sessionstore.SCSStore

	// realTime says that it keeps time by another clock than this process.
	realTime bool
}

var (
	inMemory  = store{"memory", openMemory, false}
	onRedis   = store{"Redis", openRedis, true}
	allStores = []store{
		inMemory,
		onRedis,
		{"PostgreSQL", openPostgreSQL, true},
		{"MariaDB", openMariaDB, true},
		{"SQLite", openSQLite, true},
	}
)

// needs skips the test if the service is not there.
func needs(t *testing.T, service string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if os.Getenv("OAUTHREG_REQUIRE_SERVICES") == "1" {
		t.Fatalf("%s: %v", service, err)
	}
	t.Skipf("%s cannot be reached: %v", service, err)
}

// address returns where a service is.
func address(env, local string) string {
	if a := os.Getenv(env); a != "" {
		return a
	}
	return local
}

// cleanupContext is for t.Cleanup, where the context of a test is over.
func cleanupContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
}

func randomName() string { return "oauthreg_" + strings.ToLower(rand.Text()) }

func openMemory(*testing.T) sessionstore.SCSStore { return memstore.NewWithCleanupInterval(0) }

func openRedis(t *testing.T) sessionstore.SCSStore {
	options, err := redis.ParseURL(address("OAUTHREG_TEST_REDIS", "redis://127.0.0.1:6379"))
	require.NoError(t, err)
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	needs(t, "Redis", client.Ping(t.Context()).Err())

	prefix := randomName() + ":"
	t.Cleanup(func() {
		ctx, cancel := cleanupContext(t.Context())
		defer cancel()
		keys := client.Scan(ctx, 0, prefix+"*", 1000).Iterator()
		for keys.Next(ctx) {
			require.NoError(t, client.Del(ctx, keys.Val()).Err())
		}
		require.NoError(t, keys.Err())
	})
	return goredisstore.NewWithPrefix(client, prefix)
}

// openPostgreSQL makes a schema, since the store's table is always "sessions".
func openPostgreSQL(t *testing.T) sessionstore.SCSStore {
	config, err := pgxpool.ParseConfig(address("OAUTHREG_TEST_POSTGRESQL", "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"))
	require.NoError(t, err)
	schema := randomName()
	config.ConnConfig.RuntimeParams["search_path"] = schema
	config.MaxConns = 8
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	needs(t, "PostgreSQL", pool.Ping(t.Context()))

	t.Cleanup(func() {
		ctx, cancel := cleanupContext(t.Context())
		defer cancel()
		_, err := pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
		require.NoError(t, err)
	})
	for _, statement := range []string{
		"CREATE SCHEMA " + schema,
		"CREATE TABLE sessions (token TEXT PRIMARY KEY, data BYTEA NOT NULL, expiry TIMESTAMPTZ NOT NULL)",
		"CREATE INDEX sessions_expiry_idx ON sessions (expiry)",
	} {
		_, err := pool.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	return pgxstore.NewWithCleanupInterval(pool, 0)
}

// openMariaDB makes a database, for the same reason.
func openMariaDB(t *testing.T) sessionstore.SCSStore {
	server := address("OAUTHREG_TEST_MYSQL", "root@tcp(127.0.0.1:3306)/test")
	admin := openSQL(t, "mysql", server)
	needs(t, "MariaDB", admin.PingContext(t.Context()))
	name := randomName()
	t.Cleanup(func() {
		ctx, cancel := cleanupContext(t.Context())
		defer cancel()
		_, err := admin.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name)
		require.NoError(t, err)
	})
	_, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)

	db := openSQL(t, "mysql", server[:strings.LastIndex(server, "/")+1]+name+"?parseTime=true")
	for _, statement := range []string{
		"CREATE TABLE sessions (token CHAR(43) PRIMARY KEY, data BLOB NOT NULL, expiry TIMESTAMP(6) NOT NULL)",
		"CREATE INDEX sessions_expiry_idx ON sessions (expiry)",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	return mysqlstore.NewWithCleanupInterval(db, 0)
}

func openSQLite(t *testing.T) sessionstore.SCSStore {
	file := filepath.ToSlash(filepath.Join(t.TempDir(), "app.db"))
	db := openSQL(t, "sqlite", "file:"+file+"?_pragma=busy_timeout(30000)&_pragma=journal_mode(WAL)&_txlock=immediate")
	for _, statement := range []string{
		"CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL)",
		"CREATE INDEX sessions_expiry_idx ON sessions (expiry)",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	return sqlite3store.NewWithCleanupInterval(db, 0)
}

func openSQL(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(4)
	return db
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
