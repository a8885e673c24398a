package tokentest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/tokenstore/tokentest"
)

// The author of a store runs the suite in a test of that store's package. A
// store on a database needs RealTime; one that has the optional powers should
// demand them.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		tokentest.Run(t, tokentest.Config{
			New:      func(*testing.T) tokenstore.Store { return tokenstore.NewMemory() },
			Rewriter: true,
			Leaser:   true,
		})
	}
}

// upsert is a store whose Link is INSERT ... ON CONFLICT DO UPDATE SET user_id.
type upsert struct {
	tokenstore.Store
	owner map[tokenstore.Identity]string
}

func (u upsert) Link(_ context.Context, a tokenstore.Account) error {
	u.owner[a.Identity] = a.UserID
	return nil
}

func (u upsert) Find(_ context.Context, id tokenstore.Identity) (tokenstore.Account, bool, error) {
	return tokenstore.Account{Identity: id, UserID: u.owner[id]}, u.owner[id] != "", nil
}

// The classic mistake is a Link that gives an identity to whoever asked last:
// its owner does not find their account again. Run refuses it.
func Example_mistake() {
	ctx := context.Background()
	id := tokenstore.Identity{Provider: "twitter", Subject: "2244994945"}
	for _, store := range []tokenstore.Store{upsert{owner: map[tokenstore.Identity]string{}}, tokenstore.NewMemory()} {
		_ = store.Link(ctx, tokenstore.Account{Identity: id, UserID: "user-1"})
		err := store.Link(ctx, tokenstore.Account{Identity: id, UserID: "user-2"})
		account, _, _ := store.Find(ctx, id)
		fmt.Printf("%T: %s, %v\n", store, account.UserID, err)
	}
	// Output:
	// tokentest_test.upsert: user-2, <nil>
	// *tokenstore.Memory: user-1, tokenstore: the identity belongs to another user
}
