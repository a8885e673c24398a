package oidcflow_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
)

// Package oauthreg makes these calls; an app gives it the Flow and makes none.
func Example() {
	op := newForger() // in the place of a real provider
	flow, err := oidcflow.New(oidcflow.Config{
		Issuer:       "https://op.example",
		ClientID:     "the-client",
		ClientSecret: provider.NewSecret("the-client-s-secret"),
		HTTPClient:   &http.Client{Transport: op},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	authURL, hs, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "https://app.example/auth/op/callback"})
	if err != nil {
		fmt.Println(err)
		return
	}
	tok, err := flow.HandleCallback(ctx, hs, op.approve(authURL))
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := flow.FetchProfile(ctx, tok)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tok.Subject, p.Name, p.Email, p.EmailVerified)

	// Output:
	// 248289761001 Jane Doe jane@example.com true
}

// New finds all faults at once and makes no call. What is wrong with the
// provider itself shows in the first attempt.
func ExampleNew() {
	_, err := oidcflow.New(oidcflow.Config{Issuer: "http://op.example", Scopes: []string{"email"}})
	fmt.Println(err)

	op := newForger()
	op.metadata["issuer"] = "https://op.example/"
	flow, err := oidcflow.New(oidcflow.Config{Issuer: "https://op.example", ClientID: "the-client", HTTPClient: &http.Client{Transport: op}})
	fmt.Println(err)
	_, _, err = flow.AuthURL(context.Background(), provider.AuthRequest{CallbackURL: "https://app.example/cb"})
	fmt.Println(err)

	// Output:
	// oidcflow: Issuer: it must be https: requests carry secrets (RFC 5849 section 2.3, RFC 6749 section 3.2); http is for loopback only
	// oidcflow: Scopes: openid must be among them: without it the answer does not say who signs up
	// oidcflow: ClientID: it is required
	// <nil>
	// op.example: discovery: the provider's answer is not understood (HTTP 200): the metadata are of another issuer; write Issuer exactly as in the provider's metadata; a slash at the end counts
}

// A token for somebody else's app is no proof of who signs up here.
func ExampleFlow_HandleCallback() {
	op := newForger()
	op.claims["aud"] = "another-client"
	flow, err := oidcflow.New(op.config())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	authURL, hs, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "https://app.example/auth/op/callback"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = flow.HandleCallback(ctx, hs, op.approve(authURL))
	fmt.Println(errors.Is(err, provider.ErrIdentity))
	fmt.Println(err)

	// Output:
	// true
	// op: access token: the person's identity is not certain (HTTP 200): the id_token is refused: it is for another client
}

// approve is what a person does at the provider.
func (op *forger) approve(authURL string) url.Values {
	u, err := url.Parse(authURL)
	if err != nil {
		panic(err)
	}
	op.set(func() { op.claims["nonce"] = u.Query().Get("nonce") })
	return url.Values{"state": {u.Query().Get("state")}, "code": {"the-code"}}
}

// The classic mistake is the URL of the metadata in the place of the issuer.
// The issuer is what they say about themselves, to the letter.
func ExampleNew_mistake() {
	op := newForger()
	for _, issuer := range []string{"https://op.example/.well-known/openid-configuration", "https://op.example"} {
		flow, err := oidcflow.New(oidcflow.Config{Issuer: issuer, ClientID: "the-client", HTTPClient: &http.Client{Transport: op}})
		if err != nil {
			fmt.Println(err)
			continue
		}
		authURL, _, err := flow.AuthURL(context.Background(), provider.AuthRequest{CallbackURL: "https://app.example/cb"})
		fmt.Println(authURL != "", err)
	}

	// Output:
	// false op.example: discovery: the provider refuses the app's request (HTTP 404): there are no metadata or keys at this address; check Issuer: its metadata are at Issuer/.well-known/openid-configuration, without a redirect
	// true <nil>
}
