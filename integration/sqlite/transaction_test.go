package sqlite_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

const users = `CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL)`

// A veto after Link, or a Link that fails, leaves neither user nor account.
func TestUserAndIdentityTogether(t *testing.T) {
	t.Parallel()
	veto := errors.New("veto")
	for _, row := range []struct {
		name                   string
		before                 []tokenstore.Account
		after                  error
		want                   error
		wantUsers, wantAccount int
	}{
		{name: "committed", wantUsers: 1, wantAccount: 1},
		{name: "vetoed after the link", after: veto, want: veto},
		{
			name: "identity taken", before: []tokenstore.Account{account("bob", "1")},
			want: tokenstore.ErrTaken, wantAccount: 1,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			db, _ := open(t, "deferred")
			s := table(t, db)
			accounts := sealed(t, s)
			exec(t, db, users)
			for _, a := range row.before {
				require.NoError(t, accounts.Link(t.Context(), a))
			}
			err := signUp(t.Context(), db, s, accounts, account("ann", "1"), row.after)
			require.ErrorIs(t, err, row.want)
			assert.Equal(t, row.wantUsers, count(t, db, "users"))
			assert.Equal(t, row.wantAccount, count(t, db, "oauthreg_accounts"))
			if row.want == nil {
				a, found, err := accounts.Find(t.Context(), account("ann", "1").Identity)
				require.NoError(t, err)
				require.True(t, found)
				assert.Equal(t, secretValue, a.Token.Secret.Reveal())
			}
		})
	}
}

// signUp is an app's own: create the user, link the identity, commit.
func signUp(ctx context.Context, db *sql.DB, s *tokenstore.SQL, accounts *tokenstore.Sealed, a tokenstore.Account, after error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `INSERT INTO users (id, name) VALUES (?, ?)`, a.UserID, a.Username); err != nil {
		return err
	}
	if err := accounts.Over(s.In(tx)).Link(ctx, a); err != nil {
		return err
	}
	if after != nil {
		return after
	}
	return tx.Commit()
}

// The form is sent twice, or sixteen times: each request makes a user of its
// own, and one of them stays.
func TestConcurrentSubmits(t *testing.T) {
	t.Parallel()
	readFirst := func(ctx context.Context, db *sql.DB, s *tokenstore.SQL, accounts *tokenstore.Sealed, a tokenstore.Account) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		in := accounts.Over(s.In(tx))
		if _, found, err := in.Find(ctx, a.Identity); err != nil {
			return err
		} else if found {
			return tokenstore.ErrTaken
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO users (id, name) VALUES (?, '')`, a.UserID); err != nil {
			return err
		}
		if err := in.Link(ctx, a); err != nil {
			return err
		}
		return tx.Commit()
	}
	writeFirst := func(ctx context.Context, db *sql.DB, s *tokenstore.SQL, accounts *tokenstore.Sealed, a tokenstore.Account) error {
		return signUp(ctx, db, s, accounts, a, nil)
	}
	for _, row := range []struct {
		name, begin string
		submit      func(context.Context, *sql.DB, *tokenstore.SQL, *tokenstore.Sealed, tokenstore.Account) error
	}{
		{"writes only", "deferred", writeFirst},
		{"writes only, immediate", "immediate", writeFirst},
		{"reads first, immediate", "immediate", readFirst},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			db, _ := open(t, row.begin)
			s := table(t, db)
			accounts := sealed(t, s)
			exec(t, db, users)

			errs := make([]error, 16)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() { errs[i] = row.submit(t.Context(), db, s, accounts, account(rand.Text(), "1")) })
			}
			wg.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
					continue
				}
				require.ErrorIs(t, err, tokenstore.ErrTaken)
			}
			assert.Equal(t, 1, won)
			assert.Equal(t, 1, count(t, db, "users"))
			assert.Equal(t, 1, count(t, db, "oauthreg_accounts"))
			assert.Equal(t, 1, count(t, db, "users JOIN oauthreg_accounts ON user_id = id"))
		})
	}
}

// Creating the user and linking the identity, together or not at all.
func Example_signUpInOneTransaction() {
	ctx := context.Background()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1) // each connection to :memory: is a database of its own
	if _, err := db.ExecContext(ctx, users); err != nil {
		log.Fatal(err)
	}

	table, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite})
	if err != nil {
		log.Fatal(err)
	}
	if err := table.Migrate(ctx); err != nil {
		log.Fatal(err)
	}
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		log.Fatal(err)
	}
	accounts, err := tokenstore.Seal(table, keys)
	if err != nil {
		log.Fatal(err)
	}

	for _, userID := range []string{"user-1", "user-2"} {
		a := tokenstore.Account{
			Identity: tokenstore.Identity{Provider: "twitter", Subject: "2244994945"},
			UserID:   userID,
			Token:    provider.Token{Access: provider.NewSecret("access"), Secret: provider.NewSecret("secret")},
		}
		err := signUp(ctx, db, table, accounts, a, nil)
		fmt.Println(userID, "taken:", errors.Is(err, tokenstore.ErrTaken))
	}
	var n int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM users").Scan(&n)
	fmt.Println("users:", n, err)

	// Output:
	// user-1 taken: false
	// user-2 taken: true
	// users: 1 <nil>
}
