package twitter_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// A whole sign-up over OAuth 2.0, with the stand-in for X in the place of X.
// Package oauthreg does all of this in an app, and keeps the handshake between
// the two requests.
func ExampleNewOAuth2() {
	x, err := twittertest.New(twittertest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()

	flow, err := twitter.NewOAuth2(twitter.OAuth2Config{
		ClientID:     twittertest.OAuth2ClientID,
		ClientSecret: provider.NewSecret(twittertest.OAuth2ClientSecret),
		BaseURL:      x.URL(), // leave it out for X
		Scopes:       []string{"users.read", "tweet.read", "users.email"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	// The person wants to sign up: send the browser to X.
	ctx := context.Background()
	authURL, handshake, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "https://app.example/auth/x/callback"})
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
	fmt.Println("granted:", token.Scope)

	profile, err := flow.FetchProfile(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(profile.ID, profile.Username)
	fmt.Println(profile.Name, profile.Email, profile.EmailVerified)

	// Output:
	// granted: users.read tweet.read users.email
	// 9007199254740881 ada_quill
	// Ada Quill ada.quill@example.com true
}

// X's tokens end after two hours. With offline.access they can be renewed, each
// refresh token once.
func ExampleOAuth2Flow_Refresh() {
	x, flow, token := signedUpOAuth2()
	defer x.Close()

	ctx := context.Background()
	fresh, err := flow.Refresh(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("another refresh token:", fresh.Refresh.Reveal() != token.Refresh.Reveal())

	if err := flow.Revoke(ctx, fresh); err != nil {
		fmt.Println(err)
		return
	}
	_, err = flow.Refresh(ctx, fresh)
	fmt.Println("dead:", errors.Is(err, provider.ErrTokenInvalid))

	// Output:
	// another refresh token: true
	// dead: true
}

// A client for later, that renews its token when it has to.
func ExampleOAuth2Flow_RefreshingClient() {
	x, flow, token := signedUpOAuth2()
	defer x.Close()

	client, err := flow.RefreshingClient(context.Background(), token, func(context.Context, provider.Token) error {
		return nil // store the new token: the old one is used up
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := client.Get(x.URL() + "/2/users/me")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status)

	// Output:
	// 200 OK
}

// signedUpOAuth2 goes the road of the first example. What it ignores cannot
// fail there.
func signedUpOAuth2() (*twittertest.Server, *twitter.OAuth2Flow, provider.Token) {
	x, _ := twittertest.New(twittertest.Config{})
	flow, _ := twitter.NewOAuth2(twitter.OAuth2Config{
		ClientID:     twittertest.OAuth2ClientID,
		ClientSecret: provider.NewSecret(twittertest.OAuth2ClientSecret),
		BaseURL:      x.URL(),
		Scopes:       []string{"users.read", "tweet.read", "offline.access"},
	})
	ctx := context.Background()
	authURL, handshake, _ := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "https://app.example/auth/x/callback"})
	back, _ := x.Approve(ctx, authURL, "")
	callback, _ := url.Parse(back)
	token, _ := flow.HandleCallback(ctx, handshake, callback.Query())
	return x, flow, token
}
