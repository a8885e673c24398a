package twitter_test

import (
	"fmt"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// What pages call X, unless the app says otherwise.
func ExampleFlow_Label() {
	x, err := twitter.New(twitter.Config{ConsumerKey: "key", ConsumerSecret: provider.NewSecret("secret")})
	if err != nil {
		fmt.Println(err)
		return
	}
	x2, err := twitter.NewOAuth2(twitter.OAuth2Config{ClientID: "id"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("Sign up with", x.Label(), "or with", x2.Label())
	// Output: Sign up with X or with X
}
