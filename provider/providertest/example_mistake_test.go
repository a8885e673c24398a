package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/oauthreg/go/provider"
)

// hasty is a Flow that takes every callback for its own. In a browser it works.
type hasty struct{ provider.Flow }

func (hasty) HandleCallback(_ context.Context, _ provider.Handshake, query url.Values) (provider.Token, error) {
	return exchange(query.Get("code"))
}

// careful is the same, put right.
type careful struct{ provider.Flow }

func (careful) HandleCallback(_ context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	if query.Get("state") != hs.ID {
		return provider.Token{}, &provider.Error{Provider: "mine", Op: provider.OpCallback, Kind: provider.ErrMismatch}
	}
	return exchange(query.Get("code"))
}

func exchange(code string) (provider.Token, error) {
	return provider.Token{Access: provider.NewSecret("for " + code), Subject: "4711"}, nil
}

// The classic mistake is to test the one callback that is right. A Flow that
// does not compare the state passes, and lets an attacker finish a stranger's
// sign-up with a code of their own. Run brings callbacks of other attempts, and
// refuses this Flow.
func Example_mistake() {
	stolen := url.Values{"state": {"of another browser"}, "code": {"of the attacker"}}
	for _, flow := range []provider.Flow{hasty{}, careful{}} {
		token, err := flow.HandleCallback(context.Background(), provider.Handshake{ID: "of this browser"}, stolen)
		fmt.Printf("%T: subject %q, %v, %v\n", flow, token.Subject, errors.Is(err, provider.ErrMismatch), err)
	}
	// Output:
	// providertest_test.hasty: subject "4711", false, <nil>
	// providertest_test.careful: subject "", true, mine: callback: the callback does not belong to this handshake
}
