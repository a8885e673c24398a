package twitter_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// A program in a terminal shows a link and asks for the PIN.
func ExampleFlow_StartPIN() {
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

	ctx := context.Background()
	authURL, handshake, err := flow.StartPIN(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}

	// The person opens authURL and approves; X shows the PIN.
	pin, err := x.ApprovePIN(ctx, authURL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	typed := "PIN: " + pin + "\n"

	token, err := flow.FinishPIN(ctx, handshake, typed)
	switch {
	case errors.Is(err, provider.ErrMismatch):
		fmt.Println("that is not the PIN; ask again")
	case errors.Is(err, provider.ErrExpired):
		fmt.Println("too late; start again")
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println("approved by", token.Subject, token.Username)
	}

	// Output:
	// approved by 9007199254740881 ada_quill
}

// What cannot be a PIN costs no call.
func ExampleFlow_FinishPIN() {
	x, flow, _ := signedUp()
	defer x.Close()

	_, handshake, err := flow.StartPIN(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = flow.FinishPIN(context.Background(), handshake, "I have lost it")
	if e, ok := errors.AsType[*provider.Error](err); ok {
		fmt.Println(e.Reason)
		fmt.Println(errors.Is(err, provider.ErrMismatch), e.Status)
	}

	// Output:
	// what was typed is not a PIN: there is more than digits in it
	// true 0
}
