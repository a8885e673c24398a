package usernames_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/usernames"
)

// errTaken is what the app's database says when its unique index is violated.
var errTaken = errors.New("users: the username is taken")

// The classic mistake is to take a suggestion for a reservation. Two people can
// be shown the same one; a unique index decides, and the form is shown again.
func ExampleSuggest_mistake() {
	ctx := context.Background()
	users := map[string]bool{} // with a unique index on lower(username)
	insert := func(username string) error {
		if users[username] {
			return errTaken
		}
		users[username] = true
		return nil
	}
	suggest := func() []string {
		names, err := usernames.Suggest(ctx, provider.Profile{Username: "ada_quill"}, usernames.Rules{
			Taken: func(_ context.Context, candidates []string) ([]string, error) {
				return slices.DeleteFunc(candidates, func(name string) bool { return !users[name] }), nil
			},
		})
		if err != nil {
			fmt.Println(err)
		}
		return names
	}

	first, second := suggest(), suggest() // two forms, before either is posted
	fmt.Println(first[0], insert(first[0]))
	err := insert(second[0])
	fmt.Println(second[0], err)
	if errors.Is(err, errTaken) {
		second = suggest() // show the form again, with what is free now
		fmt.Println(second[0], insert(second[0]))
	}
	// Output:
	// ada_quill <nil>
	// ada_quill users: the username is taken
	// adaquill <nil>
}

// The words that nobody may have, with some of the app's own. What the form
// posts has to be compared with them as well.
func ExampleReserved() {
	reserved := append(usernames.Reserved(), "shelves", "librarian")
	names, err := usernames.Suggest(context.Background(), provider.Profile{Username: "Librarian", Name: "Ana Silva"}, usernames.Rules{
		Reserved: reserved,
	})
	fmt.Println(names, err)
	fmt.Println(slices.Contains(reserved, "admin"))
	// Output:
	// [ana_silva anasilva ana_silva2] <nil>
	// true
}
