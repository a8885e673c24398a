package twitter_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// A whole sign-up, with the stand-in for X in the place of X. Package oauthreg
// does all of this in an app, and keeps the handshake between the two requests.
func Example() {
	x, err := twittertest.New(twittertest.Config{})
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

	// The person wants to sign up: ask X, and send the browser there.
	ctx := context.Background()
	authURL, handshake, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "https://app.example/auth/twitter/callback"})
	if err != nil {
		fmt.Println(err)
		return
	}

	// The person approves, and the browser comes back.
	back, err := x.Approve(ctx, authURL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	callback, err := url.Parse(back)
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := flow.HandleCallback(ctx, handshake, callback.Query())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("approved by", token.Subject, token.Username)

	profile, err := flow.FetchProfile(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(profile.Name, profile.Email, profile.EmailVerified, profile.Location)

	// Output:
	// approved by 9007199254740881 ada_quill
	// Ada Quill ada.quill@example.com true Porto
}

// A client signs each request in the person's name, with a token that was kept.
func ExampleFlow_Client() {
	x, flow, token := signedUp()
	defer x.Close()

	client, err := flow.Client(context.Background(), token)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := client.Get(x.URL() + "/2/users/me?user.fields=verified")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status)

	// The person's token is for X alone.
	_, err = client.Get("https://elsewhere.example/")
	fmt.Println(errors.Is(err, provider.ErrRefused))

	// Output:
	// 200 OK
	// true
}

// A parser of one's own can start from the one of this package.
func ExampleParseVerifyCredentials() {
	x, _, token := signedUp()
	defer x.Close()

	flow, err := twitter.New(twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        x.URL(),
		ParseProfile: func(raw []byte) (provider.Profile, error) {
			p, err := twitter.ParseVerifyCredentials(raw)
			// The picture in 73 by 73 points in place of 48 by 48.
			p.AvatarURL = strings.Replace(p.AvatarURL, "_normal.", "_bigger.", 1)
			return p, err
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	profile, err := flow.FetchProfile(context.Background(), token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(profile.AvatarURL)

	// Output:
	// https://pbs.twimg.example/profile_images/9007199254740881/k3Yb2aQx_bigger.jpg
}

// When X refuses the app, the error tells the developer what to change. People
// who sign up are told something else.
func Example_hint() {
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{"http://127.0.0.1:8080/auth/twitter/callback"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	flow, err := twitter.New(twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        x.URL(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	_, _, err = flow.AuthURL(context.Background(), provider.AuthRequest{CallbackURL: "http://localhost:8080/auth/twitter/callback"})
	if e, ok := errors.AsType[*provider.Error](err); ok {
		fmt.Println(e.Status, e.Code, e.Reason)
		fmt.Println(e.Hint)
	}
	fmt.Println(errors.Is(err, provider.ErrRefused))

	// Output:
	// 403 415 X does not know the callback URL
	// X asks for 127.0.0.1 in place of localhost, in BaseURL and in the browser too; then add exactly "http://127.0.0.1:8080/auth/twitter/callback", not "http://localhost:8080/auth/twitter/callback", to the app's callback URLs in the X console: scheme, host, port, path and trailing slash count
	// true
}

// signedUp goes the road of the first example. What it ignores cannot fail
// there.
func signedUp() (*twittertest.Server, *twitter.Flow, provider.Token) {
	x, _ := twittertest.New(twittertest.Config{})
	flow, _ := twitter.New(twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        x.URL(),
	})
	ctx := context.Background()
	authURL, handshake, _ := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "https://app.example/auth/twitter/callback"})
	back, _ := x.Approve(ctx, authURL, "")
	callback, _ := url.Parse(back)
	token, _ := flow.HandleCallback(ctx, handshake, callback.Query())
	return x, flow, token
}
