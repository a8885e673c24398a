package oauthreg_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

// The only identity of a user stays until there is another way in.
func ExampleRegistrar_Disconnect() {
	passwords := map[string]bool{}
	accounts := tokenstore.NewMemory()
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "https://app.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	reg, err := oauthreg.New(oauthreg.Config{
		BaseURL: "https://app.example.com/auth", Flows: map[string]provider.Flow{"x": newFakeFlow("x")},
		Sessions: sessions, Accounts: accounts, SignUpURL: "/signup",
		SignIn:     func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
		OtherWayIn: func(_ context.Context, userID string) (bool, error) { return passwords[userID], nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, id := context.Background(), tokenstore.Identity{Provider: "x", Subject: "2244994945"}
	if err := accounts.Link(ctx, tokenstore.Account{Identity: id, UserID: "user-1"}); err != nil {
		fmt.Println(err)
		return
	}

	_, err = reg.Disconnect(ctx, "user-1", id)
	fmt.Println("set a password first:", errors.Is(err, oauthreg.ErrLastWayIn))
	passwords["user-1"] = true
	_, err = reg.Disconnect(ctx, "user-1", id)
	fmt.Println("disconnected:", err == nil)
	// Output:
	// set a password first: true
	// disconnected: true
}
