package providertest_test

import (
	"net/http"
	"testing"

	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/provider/providertest"
)

// newExample returns the Flow of a provider's author with a stand-in for the
// provider: a handler with the token and profile endpoints, and what its page
// does.
func newExample(_ *testing.T, client *http.Client) providertest.Provider {
	fake := newFake()
	// All the Flow's requests go through client. It needs no URL of its own: the
	// endpoints may be the provider's real ones.
	flow, err := oauth2flow.New(oauth2Config(client, "https://api.fake.example"))
	if err != nil {
		panic(err)
	}
	return providertest.Provider{
		Flow:        flow,
		Handler:     fake,
		CallbackURL: callbackURL,
		Approve:     fake.approve,
		Deny:        fake.deny,
		Subject:     person,
		Secrets:     []string{clientSecret},
	}
}

// The author of a Flow runs the suite in a test of that Flow's package.
func Example() {
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		providertest.Run(t, providertest.Config{New: newExample})
	}
}

func TestExample(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Config{New: newExample})
}
