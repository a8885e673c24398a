package accounts_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/tokenstore/tokentest"
)

// careful is the table as an app makes it that thinks only of its column types.
func careful(id, username, blob string) string {
	return strings.NewReplacer("ID", id, "NAME", username, "BYTES", blob).Replace(`(
		provider ID NOT NULL, subject ID NOT NULL, user_id ID NOT NULL, username NAME NOT NULL, token BYTES,
		linked_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, remark VARCHAR(20) NOT NULL DEFAULT '',
		PRIMARY KEY (provider, subject))`)
}

// An app may have made the table with a collation that takes different texts
// for equal. There is no room for both then; what counts is that nobody gets
// another's account.
func TestTableThatTakesDifferentTextsForEqual(t *testing.T) {
	t.Parallel()
	const nondeterministic = "TEXT COLLATE app_ci"
	for _, row := range []struct {
		name     string
		backends []backend
		before   string
		columns  string
	}{
		{
			"nondeterministic", []backend{pgx, pq},
			`CREATE COLLATION IF NOT EXISTS app_ci (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`,
			careful(nondeterministic, nondeterministic, "BYTEA"),
		},
		{
			"utf8mb4_general_ci", []backend{mariadb, found, text, both, careless}, "",
			careful("VARCHAR(255)", "TEXT", "LONGBLOB") + " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
		},
		{
			"utf8mb4_unicode_ci", []backend{mariadb, both}, "",
			careful("VARCHAR(255)", "TEXT", "LONGBLOB") + " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
		},
		{"NOCASE", []backend{sqlite}, "", careful("TEXT COLLATE NOCASE", "TEXT", "BLOB")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			on(t, row.backends, func(t *testing.T, p *place) {
				if row.before != "" {
					once(t, p, row.before)
				}
				p.exec(t, "CREATE TABLE TABLE_NAME "+row.columns)
				lookalikes(t, p.migrated(t))
			})
		})
	}
}

// once runs what two at a time cannot, although it says IF NOT EXISTS.
func once(t *testing.T, p *place, text string) {
	t.Helper()
	tx, err := p.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback() }()
	for _, text := range []string{"SELECT pg_advisory_xact_lock(4711)", text} {
		_, err := tx.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
}

func lookalikes(t *testing.T, s *tokenstore.SQL) {
	ctx := t.Context()
	mine, lookalike := account("ann", "abc"), account("ann", "ABC")
	lookalike.Username = "somebody else"
	require.NoError(t, s.Link(ctx, mine))

	_, found, err := s.Find(ctx, lookalike.Identity)
	require.NoError(t, err)
	assert.False(t, found)
	require.ErrorIs(t, s.Unlink(ctx, "ann", lookalike.Identity), tokenstore.ErrNotFound)
	require.ErrorIs(t, s.Unlink(ctx, "ANN", mine.Identity), tokenstore.ErrNotFound)
	list, err := s.ListByUser(ctx, "ANN")
	require.NoError(t, err)
	assert.Empty(t, list)
	require.ErrorIs(t, s.Link(ctx, lookalike), tokenstore.ErrTaken)
	require.ErrorIs(t, s.Link(ctx, account("ANN", "abc")), tokenstore.ErrTaken)
	replaced, err := s.Replace(ctx, lookalike.Identity, mine.Token, lookalike.Token)
	require.NoError(t, err)
	assert.False(t, replaced)
	_, err = s.Lease(ctx, lookalike.Identity, "one", time.Minute)
	require.ErrorIs(t, err, tokenstore.ErrNotFound)
	reserved, err := s.Lease(ctx, mine.Identity, "one", time.Minute)
	require.NoError(t, err)
	assert.True(t, reserved)
	require.NoError(t, s.Release(ctx, mine.Identity, "ONE"))
	reserved, err = s.Lease(ctx, mine.Identity, "ONE", time.Minute)
	require.NoError(t, err)
	assert.False(t, reserved)

	got, found, err := s.Find(ctx, mine.Identity)
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, mine.Username, got.Username)
	assert.Equal(t, mine.Token.Access.Reveal(), got.Token.Access.Reveal())

	// The rest of the contract holds: a refresh, and pages by bytes.
	mine.Username = "new name \U0001f600"
	require.NoError(t, s.Link(ctx, mine))
	for _, subject := range []string{"B", "c", "\u00e9", "D"} {
		require.NoError(t, s.Link(ctx, account("ann", subject)))
	}
	var subjects []string
	after := tokenstore.Identity{}
	for {
		page, err := s.Page(ctx, after, 2)
		require.NoError(t, err)
		for _, row := range page {
			require.NoError(t, row.Err)
			subjects = append(subjects, row.Subject)
			after = row.Identity
		}
		if len(page) < 2 {
			break
		}
	}
	assert.Equal(t, []string{"B", "D", "abc", "c", "\u00e9"}, subjects)
	require.NoError(t, s.Unlink(ctx, "ann", mine.Identity))
}

// A database whose default is latin1 is none of the table's business.
func TestConformanceInALatin1Database(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite takes its time on every database; run it without -short")
	}
	t.Parallel()
	p := at(t, mariadb)
	name := "d_" + strings.ToLower(rand.Text())
	p.exec(t, "CREATE DATABASE "+name+" CHARACTER SET latin1 COLLATE latin1_swedish_ci")
	t.Cleanup(func() {
		_, err := p.db.ExecContext(context.WithoutCancel(t.Context()), "DROP DATABASE "+name)
		require.NoError(t, err)
	})
	for _, b := range []backend{mariadb, both} {
		t.Run(b.name, func(t *testing.T) {
			b.dsn = func(t *testing.T) string {
				before, after, found := strings.Cut(mysqlDSN("")(t), "/")
				require.True(t, found)
				_, settings, _ := strings.Cut(after, "?")
				return before + "/" + name + "?" + settings
			}
			tokentest.Run(t, tokentest.Config{
				New:      func(t *testing.T) tokenstore.Store { return at(t, b).migrated(t) },
				RealTime: true, Rewriter: true, Leaser: true,
			})
		})
	}
}

// Columns in which the database would write something else than it is told are
// found at the start.
func TestMigrateRefusesColumnsThatLoseBytes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		backend backend
		columns string
		want    string // empty: it is as good as any
	}{
		{"latin1", mariadb, careful("VARCHAR(255)", "TEXT", "LONGBLOB") + " DEFAULT CHARACTER SET latin1", "provider, subject, user_id, username"},
		{"utf8mb3", mariadb, careful("VARCHAR(255)", "TEXT", "LONGBLOB") + " DEFAULT CHARACTER SET utf8mb3", "provider, subject, user_id, username"},
		{"latin1 username", mariadb, careful("VARBINARY(255)", "TEXT CHARACTER SET latin1", "LONGBLOB"), "username"},
		{
			"connection in utf8mb3", backend{"", "mysql", tokenstore.MySQL, mysqlDSN("charset=utf8")},
			careful("VARBINARY(255)", "TEXT CHARACTER SET utf8mb4", "LONGBLOB"), "the connection",
		},
		{"narrow, not strict", careless, careful("VARBINARY(20)", "TEXT CHARACTER SET utf8mb4", "LONGBLOB"), "provider, subject, user_id"},
		{"64 characters, not strict", careless, careful("VARCHAR(64) CHARACTER SET utf8mb4", "TEXT CHARACTER SET utf8mb4", "LONGBLOB"), "provider, subject, user_id"},
		{"short username, not strict", careless, careful("VARBINARY(255)", "VARCHAR(255) CHARACTER SET utf8mb4", "LONGBLOB"), "to username without"},
		{"short token, not strict", careless, careful("VARBINARY(255)", "TEXT CHARACTER SET utf8mb4", "BLOB"), "to token without"},
		{"token as text, not strict", careless, careful("VARBINARY(255)", "TEXT CHARACTER SET utf8mb4", "LONGTEXT CHARACTER SET utf8mb4"), "to token without"},
		{"nothing, not strict", careless, careful("VARBINARY(255)", "TEXT CHARACTER SET utf8mb4", "LONGBLOB"), ""},
		{"all narrow, strict", mariadb, careful("VARCHAR(20) CHARACTER SET utf8mb4", "VARCHAR(255) CHARACTER SET utf8mb4", "BLOB"), ""},
		{"narrow, strict", mariadb, careful("VARBINARY(20)", "TEXT CHARACTER SET utf8mb4", "LONGBLOB"), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := at(t, row.backend)
			p.exec(t, "CREATE TABLE TABLE_NAME "+row.columns)
			err := p.store(t, p.db).Migrate(t.Context())
			if row.want == "" {
				require.NoError(t, err)
				long := account("ann", strings.Repeat("1", 255))
				long.Username = strings.Repeat("n", 1<<16-1)
				long.Token.Access = provider.NewSecret(strings.Repeat("t", 70_000))
				id := long.Identity
				switch err := p.store(t, p.db).Link(t.Context(), long); p.backend.name {
				case careless.name: // it keeps everything
					require.NoError(t, err)
					got, found, err := p.store(t, p.db).Find(t.Context(), id)
					require.NoError(t, err)
					require.True(t, found)
					assert.Equal(t, long.Username, got.Username)
					assert.Equal(t, long.Token.Access.Reveal(), got.Token.Access.Reveal())
				default: // or says that it does not
					require.Error(t, err)
				}
				return
			}
			require.ErrorContains(t, err, row.want)
		})
	}
}

// What a database could not keep does not come to it, nor into its words.
func TestWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	const marker = "confidential"
	for _, row := range []struct {
		name  string
		field string
		value string
		on    []backend
	}{
		{"long subject", "Subject", marker + strings.Repeat("1", 10_000), []backend{pgx, pq, mariadb, careless}},
		{"long user", "UserID", marker + strings.Repeat("1", 10_000), []backend{pgx, pq, mariadb, careless}},
		{"long provider", "Provider", marker + strings.Repeat("1", 10_000), []backend{pgx, pq, mariadb, careless}},
		{"256 bytes", "Subject", marker + strings.Repeat("1", 256-len(marker)), []backend{pgx, pq, mariadb, careless}},
		{"long username", "Username", marker + strings.Repeat("1", 1<<16), []backend{mariadb, careless}},
		{"NUL in the subject", "Subject", marker + "\x00", []backend{pgx, pq}},
		{"NUL in the username", "Username", marker + "\x00", []backend{pgx, pq}},
		{"not UTF-8", "Subject", marker + "\xff", []backend{pgx, pq, mariadb, careless}},
		{"username not UTF-8", "Username", marker + "\xff", []backend{pgx, pq, mariadb, careless}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			on(t, row.on, func(t *testing.T, p *place) {
				s := p.migrated(t)
				a := account("ann", "1")
				switch row.field {
				case "Subject":
					a.Subject = row.value
				case "UserID":
					a.UserID = row.value
				case "Provider":
					a.Provider = row.value
				case "Username":
					a.Username = row.value
				}
				err := s.Link(t.Context(), a)
				require.ErrorContains(t, err, "tokenstore: link: "+row.field+" ")
				require.NotErrorIs(t, err, tokenstore.ErrTaken)
				assert.NotContains(t, err.Error(), marker)
				assert.Zero(t, p.count(t, p.table))

				_, found, err := s.Find(t.Context(), a.Identity)
				require.NoError(t, err)
				assert.False(t, found)
				_, err = s.ListByUser(t.Context(), a.UserID)
				require.NoError(t, err)
				require.ErrorIs(t, s.Unlink(t.Context(), a.UserID, a.Identity), tokenstore.ErrNotFound)
				_, err = s.Lease(t.Context(), a.Identity, "one", time.Minute)
				require.ErrorIs(t, err, tokenstore.ErrNotFound)
			})
		})
	}
}

// An app that locks users in the order of its own meets deadlocks. In its
// transaction they are its own to try again; outside of one nobody notices.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	on(t, servers, func(t *testing.T, p *place) {
		s := p.migrated(t)
		a, b := account("ann", "1"), account("ann", "2")
		require.NoError(t, s.Link(t.Context(), a))
		require.NoError(t, s.Link(t.Context(), b))
		begin := func() *sql.Tx {
			tx, err := p.db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			t.Cleanup(func() { _ = tx.Rollback() })
			return tx
		}
		one, two := begin(), begin()
		require.NoError(t, s.In(one).Link(t.Context(), a))
		require.NoError(t, s.In(two).Link(t.Context(), b))
		errs := make(chan error, 2)
		go func() {
			err := s.In(one).Link(t.Context(), b)
			_ = one.Rollback()
			errs <- err
		}()
		go func() {
			err := s.In(two).Link(t.Context(), a)
			_ = two.Rollback()
			errs <- err
		}()
		all := fmt.Sprint(<-errs, <-errs)
		assert.Contains(t, strings.ToLower(all), "deadlock", "one of both is returned to the app")
		assert.Contains(t, all, "<nil>", "the other goes on")
		require.NoError(t, s.Link(t.Context(), a))
	})
}
