package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// demoData is where a demo keeps things: a schema of its own in PostgreSQL and
// keys of its own in Redis, so that nothing else there is touched and nothing
// stays. It is not for production.
type demoData struct {
	databaseURL, redisURL string
	name                  string // of the schema, and before every key
}

// newDemoData makes the schema.
func newDemoData(ctx context.Context, getenv func(string) string) (*demoData, error) {
	d := &demoData{
		databaseURL: cmp.Or(getenv("DATABASE_URL"), "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"),
		redisURL:    cmp.Or(getenv("REDIS_URL"), "redis://127.0.0.1:6379/0"),
		name:        "fieldnotes_demo_" + strings.ToLower(rand.Text()),
	}
	if err := d.exec(ctx, "CREATE SCHEMA "+d.name); err != nil {
		return nil, fmt.Errorf("cannot make a schema for the demo; is PostgreSQL running, and does DATABASE_URL say where? %w", err)
	}
	return d, nil
}

// env is what leads an instance there.
func (d *demoData) env() []string {
	own := d.databaseURL + " search_path=" + d.name // "host=... dbname=..."
	if u, err := url.Parse(d.databaseURL); err == nil && u.Scheme != "" {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&search_path="+d.name, "&")
		own = u.String()
	}
	return []string{"DATABASE_URL=" + own, "REDIS_URL=" + d.redisURL, "REDIS_PREFIX=" + d.name + ":"}
}

// drop removes all of it.
func (d *demoData) drop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	return errors.Join(d.exec(ctx, "DROP SCHEMA "+d.name+" CASCADE"), d.dropKeys(ctx))
}

func (d *demoData) exec(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, d.databaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func (d *demoData) dropKeys(ctx context.Context) error {
	options, err := redis.ParseURL(d.redisURL)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer client.Close()
	keys := client.Scan(ctx, 0, d.name+":*", 1000).Iterator()
	for keys.Next(ctx) {
		if err := client.Del(ctx, keys.Val()).Err(); err != nil {
			return err
		}
	}
	return keys.Err()
}
