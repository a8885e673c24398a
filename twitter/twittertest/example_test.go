package twittertest_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// flowTo is a Flow as an app has it, with the server in the place of X.
func flowTo(x *twittertest.Server) (*twitter.Flow, error) {
	return twitter.New(twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        x.URL(),
	})
}

const appCallback = "http://127.0.0.1:8080/auth/twitter/callback"

// The test of an app: somebody signs up, somebody declines, and what the app
// asked is looked at.
func Example() {
	ctx := context.Background()
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{appCallback}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	flow, err := flowTo(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, decide := range []func(ctx context.Context, authURL string) (string, error){
		func(ctx context.Context, authURL string) (string, error) {
			return x.Approve(ctx, authURL, twittertest.MadeUpPeople()[1].ID)
		},
		x.Deny,
	} {
		authURL, handshake, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: appCallback})
		if err != nil {
			fmt.Println(err)
			return
		}
		back, err := decide(ctx, authURL)
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
		fmt.Printf("%q %v\n", token.Username, err)
	}
	fmt.Println("callback:", x.LastQuery(twittertest.RequestToken).Get("oauth_callback"))
	fmt.Println("exchanges:", x.Calls(twittertest.AccessToken))
	// Output:
	// "hanako_mori" <nil>
	// "" twitter: callback: the person declined
	// callback: http://127.0.0.1:8080/auth/twitter/callback
	// exchanges: 1
}

// The classic mistake is a test server without the app's callback URLs: it takes
// every one, and what X would refuse is found out in production.
func ExampleNew_mistake() {
	for _, registered := range [][]string{nil, {appCallback}} {
		x, err := twittertest.New(twittertest.Config{CallbackURLs: registered})
		if err != nil {
			fmt.Println(err)
			return
		}
		flow, err := flowTo(x)
		if err != nil {
			fmt.Println(err)
			return
		}
		_, _, err = flow.AuthURL(context.Background(), provider.AuthRequest{CallbackURL: appCallback + "/"})
		fmt.Println(len(registered), "registered:", err != nil)
		for _, request := range x.Requests(twittertest.RequestToken) {
			fmt.Printf("%d %q\n", request.Status, request.Reason)
		}
		_ = x.Close()
	}
	// Output:
	// 0 registered: false
	// 200 ""
	// 1 registered: true
	// 403 "the callback is not one of the app's, byte for byte"
}

// An app can be shown what X does on a bad day: here once, then all is well.
func ExampleServer_Fault() {
	ctx := context.Background()
	x, err := twittertest.New(twittertest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	flow, err := flowTo(x)
	if err != nil {
		fmt.Println(err)
		return
	}

	fault := twittertest.OverCapacity()
	fault.Times = 1
	x.Fault(twittertest.RequestToken, fault)
	for range 2 {
		_, _, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: appCallback})
		fmt.Println("unavailable:", errors.Is(err, provider.ErrUnavailable))
	}
	fmt.Println("calls:", x.Calls(twittertest.RequestToken))

	x.Fault(twittertest.RequestToken, twittertest.Fault{Delay: time.Hour}) // until it is switched off
	x.NoFault(twittertest.RequestToken)
	// Output:
	// unavailable: true
	// unavailable: false
	// calls: 2
}

// The person presses Cancel.
func ExampleServer_Deny() {
	ctx := context.Background()
	x, err := twittertest.New(twittertest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	flow, err := flowTo(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	authURL, handshake, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: appCallback})
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := x.Deny(ctx, authURL)
	if err != nil {
		fmt.Println(err)
		return
	}
	callback, err := url.Parse(back)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = flow.HandleCallback(ctx, handshake, callback.Query())
	fmt.Println(errors.Is(err, provider.ErrDenied), x.Calls(twittertest.AccessToken))
	// Output:
	// true 0
}

// The program in a terminal: the page shows a PIN, which the person types in.
func ExampleServer_ApprovePIN() {
	ctx := context.Background()
	x, err := twittertest.New(twittertest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	flow, err := flowTo(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	authURL, _, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "oob"})
	if err != nil {
		fmt.Println(err)
		return
	}
	pin, err := x.ApprovePIN(ctx, authURL, "")
	fmt.Println(len(pin), "digits", err)
	// Output:
	// 7 digits <nil>
}
