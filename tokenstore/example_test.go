package tokenstore_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

func Example() {
	ctx := context.Background()
	accounts := tokenstore.NewMemory()
	account := tokenstore.Account{
		Identity: tokenstore.Identity{Provider: "twitter", Subject: "2244994945"},
		UserID:   "user-1",
		Username: "XDevelopers",
		Token:    provider.Token{Access: provider.NewSecret("access"), Secret: provider.NewSecret("secret")},
	}
	if err := accounts.Link(ctx, account); err != nil {
		log.Fatal(err)
	}

	found, ok, err := accounts.Find(ctx, account.Identity)
	fmt.Println(found.UserID, ok, err)

	// Someone else who is signed in approves with the same account at X.
	account.UserID = "user-2"
	err = accounts.Link(ctx, account)
	fmt.Println(errors.Is(err, tokenstore.ErrTaken))

	// Output:
	// user-1 true <nil>
	// true
}

func ExampleSeal() {
	ctx := context.Background()
	// From configuration in an app: seal.Parse(os.Getenv("OAUTHREG_KEY")).
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		log.Fatal(err)
	}
	inner := tokenstore.NewMemory()
	accounts, err := tokenstore.Seal(inner, keys)
	if err != nil {
		log.Fatal(err)
	}
	id := tokenstore.Identity{Provider: "twitter", Subject: "2244994945"}
	token := provider.Token{Access: provider.NewSecret("access"), Secret: provider.NewSecret("secret")}
	if err := accounts.Link(ctx, tokenstore.Account{Identity: id, UserID: "user-1", Token: token}); err != nil {
		log.Fatal(err)
	}

	stored, _, _ := inner.Find(ctx, id)
	fmt.Printf("stored: %.19s...\n", stored.Token.Access.Reveal())
	opened, _, _ := accounts.Find(ctx, id)
	fmt.Println("opened:", opened.Token.Access.Reveal())

	// Output:
	// stored: oauthreg-sealed-v1:...
	// opened: access
}

// A new key: put it in front, deploy, run Reseal once, remove the old one.
func ExampleSealed_Reseal() {
	ctx := context.Background()
	inner := tokenstore.NewMemory()
	id := tokenstore.Identity{Provider: "twitter", Subject: "2244994945"}
	token := provider.Token{Access: provider.NewSecret("access"), Secret: provider.NewSecret("secret")}
	// sealed is what an app does with its configuration.
	sealed := func(keys string) *tokenstore.Sealed {
		ring, err := seal.Parse(keys)
		if err != nil {
			log.Fatal(err)
		}
		s, err := tokenstore.Seal(inner, ring)
		if err != nil {
			log.Fatal(err)
		}
		return s
	}
	oldKey, newKey := seal.NewKey(), seal.NewKey()
	if err := sealed(oldKey).Link(ctx, tokenstore.Account{Identity: id, UserID: "user-1", Token: token}); err != nil {
		log.Fatal(err)
	}

	// In a command of the app's, while the app runs with the same two keys.
	report, err := sealed(newKey + "," + oldKey).Reseal(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", report)

	account, _, err := sealed(newKey).Find(ctx, id)
	fmt.Println(account.Token.Access.Reveal(), err)

	// Output:
	// {Total:1 Resealed:1 Current:0 Plaintext:0 Sealed:0 Unreadable:0 Empty:0 Changed:0}
	// access <nil>
}

// A table that has been in use without sealing moves to it.
func ExampleSealed_SealPlaintext() {
	ctx := context.Background()
	table := tokenstore.NewMemory()
	id := tokenstore.Identity{Provider: "twitter", Subject: "2244994945"}
	token := provider.Token{Access: provider.NewSecret("access"), Secret: provider.NewSecret("secret")}
	if err := table.Link(ctx, tokenstore.Account{Identity: id, UserID: "user-1", Token: token}); err != nil {
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

	// Taken for genuine only when told to.
	_, _, err = accounts.Find(ctx, id)
	fmt.Println(errors.Is(err, tokenstore.ErrUnreadable))

	report, err := accounts.SealPlaintext(ctx)
	fmt.Println(report.Sealed, "of", report.Total, err)
	account, _, err := accounts.Find(ctx, id)
	fmt.Println(account.Token.Access.Reveal(), err)

	// Output:
	// true
	// 1 of 1 <nil>
	// access <nil>
}
