package twitter_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// Whether X knows the app, asked once after its settings changed.
func ExampleFlow_Check() {
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{"https://app.example/auth/twitter/callback"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	flow, err := twitter.New(twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        x.URL(), // leave it out for X
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	_, err = flow.Check(ctx, "https://app.example/auth/twitter/callback/")
	if e, ok := errors.AsType[*provider.Error](err); ok {
		fmt.Println(e.Reason)
		fmt.Println(e.Hint)
	}

	unchecked, err := flow.Check(ctx, "https://app.example/auth/twitter/callback")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("Fine. Not checked:")
	for _, sentence := range unchecked {
		fmt.Println("-", sentence)
	}

	// Output:
	// X does not know the callback URL
	// add exactly "https://app.example/auth/twitter/callback/" to the app's callback URLs in the X console: scheme, host, port, path and trailing slash count, at most 10 are allowed, and 127.0.0.1 is accepted where localhost is not
	// Fine. Not checked:
	// - Whether the person gets through X's own pages.
	// - Whether the app's plan includes the profile, from v1.1 account/verify_credentials.
	// - Whether the app may see e-mail addresses: "Request email from users" is seen in a profile only.
	// - Whether a browser reaches the callback URL, and the app answers there.
}
