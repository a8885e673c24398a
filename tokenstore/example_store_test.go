package tokenstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

// The classic mistake is to ignore ErrTaken: the identity is another user's, and
// stays so. Whoever signs the asker in all the same, or looks for the person by
// handle or address, lets one user into the account of another.
func ExampleMemory_Link_mistake() {
	ctx := context.Background()
	accounts := tokenstore.NewMemory()
	id := tokenstore.Identity{Provider: "twitter", Subject: "2244994945"}
	if err := accounts.Link(ctx, tokenstore.Account{Identity: id, UserID: "user-1", Username: "ada"}); err != nil {
		log.Fatal(err)
	}

	// user-2, who is signed in, approves with the account at X that is user-1's.
	err := accounts.Link(ctx, tokenstore.Account{Identity: id, UserID: "user-2", Username: "ada"})
	fmt.Println(err)
	if errors.Is(err, tokenstore.ErrTaken) {
		owner, _, err := accounts.Find(ctx, id)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("it signs in", owner.UserID, "and nobody else")
	}
	// Output:
	// tokenstore: the identity belongs to another user
	// it signs in user-1 and nobody else
}

// The zero Memory will do as well.
func ExampleNewMemory() {
	ctx := context.Background()
	accounts := tokenstore.NewMemory()
	for _, name := range []string{"github", "twitter"} {
		id := tokenstore.Identity{Provider: name, Subject: "42"}
		if err := accounts.Link(ctx, tokenstore.Account{Identity: id, UserID: "user-1"}); err != nil {
			log.Fatal(err)
		}
	}
	list, err := accounts.ListByUser(ctx, "user-1")
	for _, account := range list {
		fmt.Println(account.Provider, account.Subject, err)
	}
	fmt.Println(accounts.Unlink(ctx, "user-1", tokenstore.Identity{Provider: "twitter", Subject: "42"}))
	fmt.Println(accounts.Unlink(ctx, "user-2", tokenstore.Identity{Provider: "github", Subject: "42"}))
	// Output:
	// github 42 <nil>
	// twitter 42 <nil>
	// <nil>
	// tokenstore: no such account of this user
}

// New checks the whole configuration. It does not talk to the database.
func ExampleNewSQL() {
	_, err := tokenstore.NewSQL(tokenstore.SQLConfig{Table: "linked-accounts"})
	fmt.Println(err)
	// Output:
	// tokenstore: DB: it is nil; open one with database/sql
	// tokenstore: Table: it is not made of at most 48 ASCII letters, digits and underscores with no digit in front
	// tokenstore: Dialect: "" is not one this library speaks; use tokenstore.SQLite, PostgreSQL or MySQL
}

// The user and the identity come into being together or not at all. It needs a
// database.
func ExampleSQL_In() {
	ctx := context.Background()
	db, err := sql.Open("pgx", "postgres://app@db.example.com/app")
	if err != nil {
		log.Fatal(err)
	}
	table, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.PostgreSQL})
	if err != nil {
		log.Fatal(err)
	}
	if err := table.Migrate(ctx); err != nil { // at each start
		log.Fatal(err)
	}

	account := tokenstore.Account{Identity: tokenstore.Identity{Provider: "twitter", Subject: "2244994945"}, UserID: "user-1"}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	err = table.In(tx).Link(ctx, account)
	if errors.Is(err, tokenstore.ErrTaken) {
		return // registered a moment ago, in another tab: roll back
	}
	if err != nil {
		log.Fatal(err)
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO users (id) VALUES ($1)", account.UserID); err != nil {
		log.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		log.Fatal(err)
	}
}

// A sealed store inside the app's transaction: the same keys over table.In(tx).
func ExampleSealed_Over() {
	ctx := context.Background()
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		log.Fatal(err)
	}
	accounts, err := tokenstore.Seal(tokenstore.NewMemory(), keys)
	if err != nil {
		log.Fatal(err)
	}
	inTx := tokenstore.NewMemory() // in the place of table.In(tx)
	id := tokenstore.Identity{Provider: "twitter", Subject: "2244994945"}
	token := provider.Token{Access: provider.NewSecret("access"), Secret: provider.NewSecret("secret")}
	if err := accounts.Over(inTx).Link(ctx, tokenstore.Account{Identity: id, UserID: "user-1", Token: token}); err != nil {
		log.Fatal(err)
	}
	stored, _, err := inTx.Find(ctx, id)
	fmt.Println("in the clear:", stored.Token.Access.Reveal() == "access", err)
	// Output:
	// in the clear: false <nil>
}
