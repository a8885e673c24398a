package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
	_ "modernc.org/sqlite"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/redisbackend"
)

// place is a session store with nothing in it.
type place struct {
	store sessionstore.Store

	// learn remembers the one record that is there, and copies makes n more of it,
	// under other keys, in one go. If they are nil, people have to start one by one.
	learn  func(ctx context.Context) error
	copies func(ctx context.Context, n int) error

	// bytes is what the store takes up outside of this process. Nil if nothing.
	bytes func(ctx context.Context) (int64, error)

	close func() error
}

func (p *place) hold(ctx context.Context) (held, error) {
	h := hold()
	if p.bytes == nil {
		return h, nil
	}
	var err error
	h.outside, err = p.bytes(ctx)
	return h, err
}

var allStores = []string{"cookie", "memory", "postgresql", "sqlite", "redis"}

// The databases are asked over this many connections, however many people there
// are: the others wait for one.
const (
	postgresqlConns = 16
	sqliteConns     = 4
	redisConns      = 32
)

func open(ctx context.Context, name string, s settings) (*place, error) {
	switch name {
	case "cookie":
		return openCookie()
	case "memory":
		return openMemory(slices.Max(append(s.waiting, 1)))
	case "postgresql":
		return openPostgreSQL(ctx, s.postgresql)
	case "sqlite":
		return openSQLite(ctx)
	case "redis":
		return openRedis(ctx, s.redis)
	}
	return nil, fmt.Errorf("there is no store %q; there are %s", name, strings.Join(allStores, ", "))
}

func nothing() error { return nil }

func openCookie() (*place, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	keys, err := seal.Parse(base64.StdEncoding.EncodeToString(key))
	if err != nil {
		return nil, err
	}
	store, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: appURL})
	return &place{store: store, close: nothing}, err
}

// openMemory has room for everybody: by default the store lets the oldest go
// beyond a million records.
func openMemory(people int) (*place, error) {
	backend, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{MaxEntries: max(2*people, 1<<21), MaxBytes: 2 << 30})
	if err != nil {
		return nil, err
	}
	p, err := overBackend(backend)
	if err != nil {
		return nil, err
	}
	p.close = backend.Close
	return p, nil
}

func overBackend(backend sessionstore.Backend) (*place, error) {
	store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: appURL})
	if err != nil {
		return nil, err
	}
	return &place{store: store, close: nothing}, nil
}

// overSQL makes a table of its own. Closing drops it.
func overSQL(ctx context.Context, db *sql.DB, dialect sessionstore.Dialect, copies, size string) (*place, error) {
	table := "oauthreg_scale_" + strings.ToLower(rand.Text()[:10])
	backend, err := sessionstore.NewSQLBackend(sessionstore.SQLConfig{DB: db, Dialect: dialect, Table: table})
	if err != nil {
		return nil, err
	}
	if err := backend.Migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p, err := overBackend(backend)
	if err != nil {
		return nil, err
	}
	var value []byte
	var expires int64
	p.learn = func(ctx context.Context) error {
		return db.QueryRowContext(ctx, "SELECT value, expires FROM "+table).Scan(&value, &expires)
	}
	p.copies = func(ctx context.Context, n int) error {
		_, err := db.ExecContext(ctx, strings.ReplaceAll(copies, "TABLE", table), n, value, expires)
		return err
	}
	p.bytes = func(ctx context.Context) (n int64, err error) {
		err = db.QueryRowContext(ctx, strings.ReplaceAll(size, "TABLE", table)).Scan(&n)
		return n, err
	}
	p.close = func() error {
		_, err := db.Exec("DROP TABLE IF EXISTS " + table)
		return errors.Join(err, db.Close())
	}
	return p, nil
}

func openPostgreSQL(ctx context.Context, source string) (*place, error) {
	db, err := sql.Open("pgx", source)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(postgresqlConns)
	db.SetMaxIdleConns(postgresqlConns)
	return overSQL(ctx, db, sessionstore.PostgreSQL,
		`INSERT INTO TABLE SELECT substr(md5(random()::text) || md5(random()::text), 1, 43), $2::bytea, $3::bigint
FROM generate_series(1, $1::int)`,
		`SELECT pg_total_relation_size('TABLE')`)
}

func openSQLite(ctx context.Context) (*place, error) {
	dir, err := os.MkdirTemp("", "oauthreg-scale")
	if err != nil {
		return nil, err
	}
	settings := url.Values{"_pragma": {"busy_timeout(60000)", "journal_mode(WAL)", "synchronous(NORMAL)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, "app.db"))+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(sqliteConns)
	db.SetMaxIdleConns(sqliteConns)
	p, err := overSQL(ctx, db, sessionstore.SQLite,
		`INSERT INTO TABLE SELECT substr(hex(randomblob(32)), 1, 43), ?2, ?3
FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?1) SELECT i FROM n)`,
		`SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	drop := p.close
	p.close = func() error { return errors.Join(drop(), os.RemoveAll(dir)) }
	return p, nil
}

func openRedis(ctx context.Context, address string) (*place, error) {
	client := redis.NewClient(&redis.Options{
		Addr: address, PoolSize: redisConns,
		// By default a person who waits four seconds for a connection fails.
		PoolTimeout: time.Minute,
	})
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	prefix := "oauthreg-scale:" + rand.Text() + ":"
	backend, err := redisbackend.New(redisbackend.Config{Client: client, Prefix: prefix})
	if err != nil {
		return nil, err
	}
	p, err := overBackend(backend)
	if err != nil {
		return nil, err
	}
	var one redisRecord
	p.learn = func(ctx context.Context) (err error) {
		one, err = learnRedis(ctx, client, prefix)
		return err
	}
	p.copies = func(ctx context.Context, n int) error { return one.copy(ctx, client, prefix, n) }
	p.bytes = func(ctx context.Context) (int64, error) { return redisMemory(ctx, client) }
	p.close = func() error { return errors.Join(emptyRedis(client, prefix), client.Close()) }
	return p, nil
}

const redisBatch = 1000

type redisRecord struct {
	value []byte
	left  time.Duration
}

func learnRedis(ctx context.Context, client *redis.Client, prefix string) (one redisRecord, err error) {
	keys := client.Scan(ctx, 0, prefix+"*", redisBatch).Iterator()
	if !keys.Next(ctx) {
		return one, errors.Join(errors.New("there is no record to copy"), keys.Err())
	}
	if one.value, err = client.Get(ctx, keys.Val()).Bytes(); err != nil {
		return one, err
	}
	one.left, err = client.PTTL(ctx, keys.Val()).Result()
	return one, err
}

func (one redisRecord) copy(ctx context.Context, client *redis.Client, prefix string, n int) error {
	for ; n > 0; n -= redisBatch {
		batch := client.Pipeline()
		for range min(n, redisBatch) {
			batch.Set(ctx, prefix+(rand.Text() + rand.Text())[:43], one.value, one.left)
		}
		if _, err := batch.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// redisMemory is of the whole server: others who use it show.
func redisMemory(ctx context.Context, client *redis.Client) (n int64, err error) {
	info, err := client.Info(ctx, "memory").Result()
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(info, "used_memory:")
	_, err = fmt.Sscan(rest, &n)
	return n, err
}

func emptyRedis(client *redis.Client, prefix string) error {
	ctx := context.Background()
	keys := client.Scan(ctx, 0, prefix+"*", redisBatch).Iterator()
	var batch []string
	for keys.Next(ctx) {
		if batch = append(batch, keys.Val()); len(batch) == redisBatch {
			if err := client.Unlink(ctx, batch...).Err(); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if len(batch) > 0 {
		if err := client.Unlink(ctx, batch...).Err(); err != nil {
			return err
		}
	}
	return keys.Err()
}
