package sessions_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	on(t, everyone, func(t *testing.T, p *place) {
		b := p.migrated(t)
		require.NoError(t, b.Put(t.Context(), key("kept"), []byte("value"), time.Hour))
		require.NoError(t, b.Migrate(t.Context()))
		_, found, err := b.Get(t.Context(), key("kept"))
		require.NoError(t, err)
		assert.True(t, found)
	})
}

func TestMigrateByInstancesThatStartTogether(t *testing.T) {
	t.Parallel()
	on(t, everyone, func(t *testing.T, p *place) {
		// Each with a pool of its own, and more than once: the race is a short one.
		var instances []*sessionstore.SQLBackend
		for range 8 {
			instances = append(instances, p.backend(t, p.open(t, p.source)))
		}
		for range 3 {
			_, err := p.db.ExecContext(t.Context(), "DROP TABLE IF EXISTS "+p.table)
			require.NoError(t, err)
			var group sync.WaitGroup
			start := make(chan struct{})
			for _, b := range instances {
				group.Go(func() {
					<-start
					assert.NoError(t, b.Migrate(t.Context()))
				})
			}
			close(start)
			group.Wait()
		}
		assert.Zero(t, p.count(t))
	})
}

func TestMigrateOverATableOfAnotherShape(t *testing.T) {
	t.Parallel()
	on(t, basic, func(t *testing.T, p *place) {
		_, err := p.db.ExecContext(t.Context(), "CREATE TABLE "+p.table+" (expires INTEGER)")
		require.NoError(t, err)
		require.ErrorContains(t, p.backend(t, p.db).Migrate(t.Context()), "sessionstore: migrate: ")
	})
}

// The documentation gives the types to apps with migrations of their own.
func TestTableOfTheApp(t *testing.T) {
	t.Parallel()
	text := map[sessionstore.Dialect]string{
		sessionstore.SQLite:     `(key TEXT COLLATE BINARY PRIMARY KEY, value BLOB NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID`,
		sessionstore.PostgreSQL: `(key text COLLATE "C" PRIMARY KEY, value bytea NOT NULL, expires bigint NOT NULL)`,
		sessionstore.MySQL:      "(`key` VARBINARY(43) PRIMARY KEY, value MEDIUMBLOB NOT NULL, expires BIGINT NOT NULL) ENGINE = InnoDB",
	}
	on(t, basic, func(t *testing.T, p *place) {
		_, err := p.db.ExecContext(t.Context(), "CREATE TABLE "+p.table+" "+text[p.dialect])
		require.NoError(t, err)
		b := p.backend(t, p.db)
		require.NoError(t, b.Put(t.Context(), key("a"), []byte("value"), time.Hour))
		value, found, err := b.Take(t.Context(), key("a"))
		require.NoError(t, err)
		assert.True(t, found)
		assert.Equal(t, "value", string(value))
		p.fill(t, 3, 1)
		n, err := b.Cleanup(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 3, n)
	})
}
