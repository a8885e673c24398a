package sessionstore

import (
	"context"
	"hash/fnv"
	"time"
)

const (
	// sqlBatch is how many rows one statement deletes, so that it locks none for
	// long.
	sqlBatch = 1000

	// Every so many Puts, and so often, one batch is deleted by a Put. It deletes
	// more rows than were put since, so that the table cannot but shrink.
	sweepPuts  = sqlBatch / 2
	sweepEvery = time.Minute

	// sweepTime is how long a Put takes longer for it at most.
	sweepTime = time.Second
)

// Migrate makes the table and its index unless they are there, and checks that
// the table has the columns this library reads. Run it at each start, also of
// several processes at once:
//
//	key      43 bytes of ASCII, the primary key, compared byte for byte
//	value    bytes, up to 1 MiB, never NULL
//	expires  integer of 64 bits, milliseconds since 1970 in UTC, indexed
//
// The types are, in the order of the columns:
//
//	SQLite      TEXT COLLATE BINARY, BLOB, INTEGER
//	PostgreSQL  text COLLATE "C", bytea, bigint
//	MySQL       VARBINARY(43), MEDIUMBLOB, BIGINT; ENGINE = InnoDB
//
// An app with migrations of its own may make the table in them instead and not
// call Migrate, which needs the right to create tables. MySQL wants backticks
// around key. PostgreSQL may do without its log, with CREATE UNLOGGED TABLE:
// after a crash the table is then empty, and people who were signing up begin again.
func (b *SQLBackend) Migrate(ctx context.Context) error {
	if err := b.create(ctx); err != nil {
		return wrapSQL(ctx, "migrate", err)
	}
	// IF NOT EXISTS is content with any table of that name.
	if _, _, err := querySQL(ctx, b.db, b.text.get, "", int64(0)); err != nil {
		return wrapSQL(ctx, "migrate", err)
	}
	return nil
}

func (b *SQLBackend) create(ctx context.Context) error {
	if b.text.migrateLock == "" {
		for _, text := range b.text.migrate {
			if _, err := b.db.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		return nil
	}
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of no effect after Commit
	if _, err := tx.ExecContext(ctx, b.text.migrateLock, lockNumber(b.text.migrate[0])); err != nil {
		return err
	}
	for _, text := range b.text.migrate {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// lockNumber stands for the table in PostgreSQL's advisory locks, which have
// numbers for names.
func lockNumber(text string) int64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte("github.com/oauthreg/go/sessionstore " + text))
	return int64(hash.Sum64())
}

// Cleanup deletes all rows that have expired by now, and returns how many, also
// with an error. It deletes 1000 rows with a statement, so that none locks the
// table for long, and may run in several processes at once. An app may call it
// from time to time, say each hour; see [SQLBackend] for what happens otherwise.
func (b *SQLBackend) Cleanup(ctx context.Context) (removed int64, err error) {
	now := time.Now()
	for {
		n, err := b.cleanBatch(ctx, now)
		removed += n
		if err != nil {
			return removed, wrapSQL(ctx, "cleanup", err)
		}
		if n < sqlBatch {
			return removed, nil
		}
	}
}

func (b *SQLBackend) cleanBatch(ctx context.Context, now time.Time) (removed int64, err error) {
	err = retrySQL(ctx, func() error {
		removed, err = b.exec(ctx, b.text.cleanup, now.UnixMilli())
		return err
	})
	return removed, err
}

// sweep deletes one batch if it is time to. What it was called for has
// succeeded, so that its own failure is nobody's: the next sweep tries again.
func (b *SQLBackend) sweep(ctx context.Context) {
	now := time.Now()
	last := b.sweptAt.Load()
	byCount := b.puts.Add(1)%sweepPuts == 0
	byTime := now.Sub(time.UnixMilli(last)) >= sweepEvery
	// Of several Puts that find it is time, one goes.
	if !byCount && (!byTime || !b.sweptAt.CompareAndSwap(last, now.UnixMilli())) {
		return
	}
	b.sweptAt.Store(now.UnixMilli())
	ctx, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()
	_, _ = b.cleanBatch(ctx, now)
}
