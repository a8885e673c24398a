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
