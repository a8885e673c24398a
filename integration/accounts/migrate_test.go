package accounts_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// earlier is the table as it was before there were leases.
func earlier(p *place) string {
	text, blob := "TEXT", "BLOB"
	switch p.dialect {
	case tokenstore.PostgreSQL:
		text, blob = `TEXT COLLATE "C"`, "BYTEA"
	case tokenstore.MySQL:
		text, blob = "VARBINARY(255)", "LONGBLOB"
	}
	return strings.NewReplacer("ID", text, "BYTES", blob).Replace(`CREATE TABLE TABLE_NAME (
		provider ID NOT NULL, subject ID NOT NULL, user_id ID NOT NULL, username TEXT NOT NULL, token BYTES,
		linked_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, PRIMARY KEY (provider, subject))`)
}

func insert(t *testing.T, p *place, a tokenstore.Account) {
	t.Helper()
	data, err := provider.EncodeToken(a.Token)
	require.NoError(t, err)
	var marks []string
	for i := range 7 {
		marks = append(marks, p.mark(i+1))
	}
	p.exec(t, `INSERT INTO TABLE_NAME (provider, subject, user_id, username, token, linked_at, updated_at)
		VALUES (`+strings.Join(marks, ", ")+`)`, a.Provider, a.Subject, a.UserID, a.Username, data, 1_000_000, 2_000_000)
}

func TestMigrateFromTheEarlierTable(t *testing.T) {
	t.Parallel()
	on(t, all, func(t *testing.T, p *place) {
		p.exec(t, earlier(p))
		want := account("ann", "1")
		insert(t, p, want)

		s := p.migrated(t)
		got, found, err := s.Find(t.Context(), want.Identity)
		require.NoError(t, err)
		require.True(t, found)
		assert.Equal(t, want.UserID, got.UserID)
		assert.Equal(t, want.Username, got.Username)
		assert.Equal(t, want.Token.Access.Reveal(), got.Token.Access.Reveal())
		assert.EqualValues(t, 1, got.LinkedAt.Unix())
		assert.EqualValues(t, 2, got.UpdatedAt.Unix())
		reserved, err := s.Lease(t.Context(), want.Identity, "one", duration(1e9))
		require.NoError(t, err)
		assert.True(t, reserved)
		require.NoError(t, s.Migrate(t.Context()), "a second time")
	})
}

func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(*place) string{
		"no table":          func(*place) string { return "SELECT 1" },
		"the earlier table": earlier,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			on(t, all, func(t *testing.T, p *place) {
				p.exec(t, before(p))
				start := make(chan struct{})
				var wg sync.WaitGroup
				for range 8 {
					db := p.open(t) // a process of its own
					require.NoError(t, db.PingContext(t.Context()))
					wg.Go(func() {
						<-start
						assert.NoError(t, p.store(t, db).Migrate(t.Context()))
					})
				}
				close(start)
				wg.Wait()
				require.NoError(t, p.store(t, p.db).Link(t.Context(), account("ann", "1")))
			})
		})
	}
}

// Nothing is added to a table that is not this library's.
func TestMigrateOverAnotherTable(t *testing.T) {
	t.Parallel()
	on(t, all, func(t *testing.T, p *place) {
		p.exec(t, `CREATE TABLE TABLE_NAME (provider VARCHAR(10), subject VARCHAR(10), user_id VARCHAR(10))`)
		require.ErrorContains(t, p.store(t, p.db).Migrate(t.Context()), "username")
		rows, err := p.db.QueryContext(t.Context(), "SELECT * FROM "+p.table)
		require.NoError(t, err)
		defer func() { _ = rows.Close() }()
		columns, err := rows.Columns()
		require.NoError(t, err)
		assert.Len(t, columns, 3)
	})
}

// A table that is whole is only looked at.
func TestMigrateNeedsNoRights(t *testing.T) {
	t.Parallel()
	on(t, []backend{pgx, pq}, func(t *testing.T, p *place) {
		p.migrated(t)
		tx, err := p.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback() }()
		role := "r_" + p.table[2:]
		for _, text := range []string{
			"CREATE ROLE " + role, "GRANT SELECT ON " + p.table + " TO " + role, "SET LOCAL ROLE " + role,
		} {
			_, err := tx.ExecContext(t.Context(), text)
			require.NoError(t, err)
		}
		require.NoError(t, p.store(t, p.db).In(tx).Migrate(t.Context()))
	})
}

func TestMigrateInATransaction(t *testing.T) {
	t.Parallel()
	on(t, all, func(t *testing.T, p *place) {
		s := p.store(t, p.db)
		tx, err := p.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback() }()
		err = s.In(tx).Migrate(t.Context())
		if p.dialect == tokenstore.MySQL {
			require.ErrorContains(t, err, "outside of it")
			return
		}
		require.NoError(t, err)
		require.NoError(t, tx.Rollback())
		require.Error(t, s.Link(t.Context(), account("ann", "1")), "there must be no table")
	})
}
