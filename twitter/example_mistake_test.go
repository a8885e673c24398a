package twitter_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// The classic mistakes: the Client ID of OAuth 2.0 in the place of the API Key,
// and localhost in the place of 127.0.0.1. New refuses the one; X refuses the
// other with the first sign-up, and the Hint says what to change.
func ExampleNew_mistake() {
	const callback = "http://127.0.0.1:8080/auth/twitter/callback"
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{callback}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()

	for _, try := range []struct{ key, secret, callback string }{
		{twittertest.OAuth2ClientID, twittertest.OAuth2ClientSecret, callback},
		{twittertest.ConsumerKey, twittertest.ConsumerSecret, "http://localhost:8080/auth/twitter/callback"},
		{twittertest.ConsumerKey, twittertest.ConsumerSecret, callback},
	} {
		flow, err := twitter.New(twitter.Config{
			ConsumerKey: try.key, ConsumerSecret: provider.NewSecret(try.secret), BaseURL: x.URL(),
		})
		if err != nil {
			fmt.Println(err)
			continue
		}
		_, _, err = flow.AuthURL(context.Background(), provider.AuthRequest{CallbackURL: try.callback})
		if e, ok := errors.AsType[*provider.Error](err); ok {
			fmt.Println(e.Kind)
			fmt.Println("  ", e.Hint)
			continue
		}
		fmt.Println(err)
	}
	// Output:
	// twitter: ConsumerKey: this looks like an OAuth 2.0 Client ID; use the "API Key" from "Keys and tokens" in the X console
	// the provider refuses the app's request
	//    X asks for 127.0.0.1 in place of localhost, in BaseURL and in the browser too; then add exactly "http://127.0.0.1:8080/auth/twitter/callback", not "http://localhost:8080/auth/twitter/callback", to the app's callback URLs in the X console: scheme, host, port, path and trailing slash count
	// <nil>
}

// A parser of one's own for users/me can start from the one of this package.
func ExampleParseUsersMe() {
	profile, err := twitter.ParseUsersMe([]byte(`{"data": {"id": "2244994945", "username": "XDevelopers", "name": "Developers"}}`))
	fmt.Println(profile.ID, profile.Username, err)

	// The answer to a suspended account has status 200 too.
	_, err = twitter.ParseUsersMe([]byte(`{"errors": [{"title": "Forbidden", "detail": "User has been suspended"}]}`))
	fmt.Println(err)
	// Output:
	// 2244994945 XDevelopers <nil>
	// profile: the provider's answer is not understood (HTTP 200): X answered with errors in place of a profile
}
