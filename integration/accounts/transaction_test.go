package accounts_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/tokenstore/tokentest"
)

// users makes the app's own table.
func users(t *testing.T, p *place) string {
	t.Helper()
	name := "u_" + strings.ToLower(rand.Text())
	p.dropLater(t, name)
	p.exec(t, "CREATE TABLE "+name+" (id VARCHAR(100) PRIMARY KEY)")
	return name
}

// signUp is an app's own: create the user, link the identity, commit.
func signUp(ctx context.Context, p *place, s *tokenstore.SQL, users string, a tokenstore.Account, after func(*sql.Tx) error) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "INSERT INTO "+users+" (id) VALUES ("+p.mark(1)+")", a.UserID); err != nil {
		return err
	}
	if err := s.In(tx).Link(ctx, a); err != nil {
		return err
	}
	if err := after(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func TestUserAndIdentityTogether(t *testing.T) {
	t.Parallel()
	on(t, all, func(t *testing.T, p *place) {
		s, users := p.migrated(t), users(t, p)
		veto := errors.New("veto")
		for _, step := range []struct {
			name            string
			a               tokenstore.Account
			after           error
			want            error
			users, accounts int
		}{
			{"vetoed after the link", account("ann", "1"), veto, veto, 0, 0},
			{"committed", account("ann", "1"), nil, nil, 1, 1},
			{"identity taken", account("bob", "1"), nil, tokenstore.ErrTaken, 1, 1},
			{"another", account("bob", "2"), nil, nil, 2, 2},
		} {
			err := signUp(t.Context(), p, s, users, step.a, func(*sql.Tx) error { return step.after })
			require.ErrorIs(t, err, step.want, step.name)
			assert.Equal(t, step.users, p.count(t, users), step.name)
			assert.Equal(t, step.accounts, p.count(t, p.table), step.name)
		}
		got, found, err := s.Find(t.Context(), account("ann", "1").Identity)
		require.NoError(t, err)
		assert.True(t, found)
		assert.Equal(t, "ann", got.UserID)
	})
}

// PostgreSQL refuses everything in a transaction after an error. ErrTaken must
// not be one of its errors.
func TestTransactionGoesOnAfterErrTaken(t *testing.T) {
	t.Parallel()
	on(t, all, func(t *testing.T, p *place) {
		s, users := p.migrated(t), users(t, p)
		require.NoError(t, s.Link(t.Context(), account("ann", "1")))
		tx, err := p.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback() }()
		in := s.In(tx)
		require.ErrorIs(t, in.Link(t.Context(), account("bob", "1")), tokenstore.ErrTaken)

		got, found, err := in.Find(t.Context(), account("bob", "1").Identity)
		require.NoError(t, err)
		require.True(t, found)
		assert.Equal(t, "ann", got.UserID)
		assert.Equal(t, "name_of_ann", got.Username, "nothing is written before ErrTaken")
		var n int
		require.NoError(t, tx.QueryRowContext(t.Context(), "SELECT count(*) FROM "+users).Scan(&n))
		require.NoError(t, in.Link(t.Context(), account("bob", "2")))
		require.NoError(t, tx.Commit())
		assert.Equal(t, 2, p.count(t, p.table))
	})
}

// A row that came after the transaction's first look is one of another owner
// all the same, although the look does not show it.
func TestErrTakenBehindASnapshot(t *testing.T) {
	t.Parallel()
	on(t, servers, func(t *testing.T, p *place) {
		s := p.migrated(t)
		tx, err := p.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback() }()
		in := s.In(tx)
		_, found, err := in.Find(t.Context(), account("bob", "1").Identity)
		require.NoError(t, err)
		require.False(t, found)
		require.NoError(t, s.Link(t.Context(), account("ann", "1")))
		require.ErrorIs(t, in.Link(t.Context(), account("bob", "1")), tokenstore.ErrTaken)
	})
}

// inTransactions runs each call in a transaction of its own.
type inTransactions struct {
	db *sql.DB
	s  *tokenstore.SQL
}

func in[T any](ctx context.Context, s inTransactions, do func(*tokenstore.SQL) (T, error)) (got T, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return got, err
	}
	defer func() { _ = tx.Rollback() }()
	if got, err = do(s.s.In(tx)); err != nil {
		return got, err
	}
	return got, tx.Commit()
}

func (s inTransactions) Link(ctx context.Context, a tokenstore.Account) error {
	_, err := in(ctx, s, func(in *tokenstore.SQL) (struct{}, error) { return struct{}{}, in.Link(ctx, a) })
	return err
}

func (s inTransactions) Find(ctx context.Context, id tokenstore.Identity) (a tokenstore.Account, found bool, err error) {
	a, err = in(ctx, s, func(in *tokenstore.SQL) (a tokenstore.Account, err error) {
		a, found, err = in.Find(ctx, id)
		return a, err
	})
	return a, found, err
}

func (s inTransactions) ListByUser(ctx context.Context, userID string) ([]tokenstore.Account, error) {
	return in(ctx, s, func(in *tokenstore.SQL) ([]tokenstore.Account, error) { return in.ListByUser(ctx, userID) })
}

func (s inTransactions) Unlink(ctx context.Context, userID string, id tokenstore.Identity) error {
	_, err := in(ctx, s, func(in *tokenstore.SQL) (struct{}, error) { return struct{}{}, in.Unlink(ctx, userID, id) })
	return err
}

func (s inTransactions) Page(ctx context.Context, after tokenstore.Identity, limit int) ([]tokenstore.Row, error) {
	return in(ctx, s, func(in *tokenstore.SQL) ([]tokenstore.Row, error) { return in.Page(ctx, after, limit) })
}

func (s inTransactions) Replace(ctx context.Context, id tokenstore.Identity, old, token token) (bool, error) {
	return in(ctx, s, func(in *tokenstore.SQL) (bool, error) { return in.Replace(ctx, id, old, token) })
}

func (s inTransactions) Lease(ctx context.Context, id tokenstore.Identity, holder string, d duration) (bool, error) {
	return in(ctx, s, func(in *tokenstore.SQL) (bool, error) { return in.Lease(ctx, id, holder, d) })
}

func (s inTransactions) Release(ctx context.Context, id tokenstore.Identity, holder string) error {
	_, err := in(ctx, s, func(in *tokenstore.SQL) (struct{}, error) { return struct{}{}, in.Release(ctx, id, holder) })
	return err
}

func TestConformanceInTransactions(t *testing.T) {
	t.Parallel()
	for _, b := range []backend{pgx, mariadb, both, sqlite} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			tokentest.Run(t, tokentest.Config{
				New: func(t *testing.T) tokenstore.Store {
					p := at(t, b)
					return inTransactions{p.db, p.migrated(t)}
				},
				RealTime: true, Rewriter: true, Leaser: true,
			})
		})
	}
}

// Two instances of the app, and sixteen people in each who come with one
// identity at once.
func TestManyLinkOneIdentity(t *testing.T) {
	t.Parallel()
	on(t, all, func(t *testing.T, p *place) {
		first := p.migrated(t)
		second := p.store(t, p.open(t))
		for round := range 5 {
			id := rand.Text()
			errs := make([]error, 32)
			start := make(chan struct{})
			var wg sync.WaitGroup
			for i := range errs {
				s := []*tokenstore.SQL{first, second}[i%2]
				wg.Go(func() {
					<-start
					errs[i] = s.Link(t.Context(), account(rand.Text(), id))
				})
			}
			close(start)
			wg.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else {
					require.ErrorIs(t, err, tokenstore.ErrTaken)
				}
			}
			assert.Equal(t, 1, won)
			assert.Equal(t, round+1, p.count(t, p.table))
		}
	})
}
