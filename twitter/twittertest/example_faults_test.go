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

// What an app gets to hear of X on a bad day, for each of the ready-made
// faults. Their fields can be changed: how often, how late, how much of the
// answer.
func ExampleFault() {
	reset := time.Date(2030, 1, 2, 15, 4, 5, 0, time.UTC)
	for _, bad := range []struct {
		name  string
		at    twittertest.Endpoint
		fault twittertest.Fault
	}{
		{"Code32", twittertest.RequestToken, twittertest.Code32()},
		{"BadSignatureText", twittertest.RequestToken, twittertest.BadSignatureText()},
		{"Timestamp135", twittertest.RequestToken, twittertest.Timestamp135(time.Hour)},
		{"CallbackNotApproved", twittertest.RequestToken, twittertest.CallbackNotApproved()},
		{"DesktopApp", twittertest.RequestToken, twittertest.DesktopApp()},
		{"CallbackNotConfirmed", twittertest.RequestToken, twittertest.CallbackNotConfirmed("")},
		{"RedirectTo", twittertest.RequestToken, twittertest.RedirectTo("https://elsewhere.example/")},
		{"InvalidRequestToken", twittertest.AccessToken, twittertest.InvalidRequestToken()},
		{"InvalidVerifier", twittertest.AccessToken, twittertest.InvalidVerifier()},
		{"NoUserID", twittertest.AccessToken, twittertest.NoUserID()},
		{"APIError", twittertest.VerifyCredentials, twittertest.APIError(403, 326, "To protect our users ...")},
		{"InvalidToken", twittertest.VerifyCredentials, twittertest.InvalidToken()},
		{"SuspendedUser", twittertest.VerifyCredentials, twittertest.SuspendedUser()},
		{"RateLimited", twittertest.VerifyCredentials, twittertest.RateLimited(reset)},
		{"OverCapacity", twittertest.VerifyCredentials, twittertest.OverCapacity()},
		{"CloudflareBlock", twittertest.VerifyCredentials, twittertest.CloudflareBlock()},
		{"TruncatedBody", twittertest.VerifyCredentials, twittertest.TruncatedBody()},
		{"Huge", twittertest.VerifyCredentials, twittertest.Huge(8 << 20)},
		{"Gzip", twittertest.VerifyCredentials, twittertest.Gzip()},
		{"OAuth2Error", twittertest.OAuth2Token, twittertest.OAuth2Error(400, "invalid_grant", "...")},
		{"PartialV2", twittertest.UsersMe, twittertest.PartialV2()},
		{"NoCredits", twittertest.UsersMe, twittertest.NoCredits()},
		{"NotEnrolled", twittertest.UsersMe, twittertest.NotEnrolled()},
		{"MissingScopes", twittertest.UsersMe, twittertest.MissingScopes("users.read")},
		{"Problem", twittertest.UsersMe, twittertest.Problem(400, "invalid-request", "Invalid Request", "...")},
	} {
		err := signUpWhile(bad.at, bad.fault)
		said := "nothing"
		if e, ok := errors.AsType[*provider.Error](err); ok {
			said = e.Kind.Error()
		}
		fmt.Printf("%s: %s\n", bad.name, said)
	}
	// Output:
	// Code32: the provider refuses the app's request
	// BadSignatureText: the provider refuses the app's request
	// Timestamp135: the provider refuses the app's request
	// CallbackNotApproved: the provider refuses the app's request
	// DesktopApp: the provider refuses the app's request
	// CallbackNotConfirmed: the provider's answer is not understood
	// RedirectTo: the provider's answer is not understood
	// InvalidRequestToken: the handshake was used already or is too old
	// InvalidVerifier: the handshake was used already or is too old
	// NoUserID: nothing
	// APIError: the person's account at the provider is suspended or locked
	// InvalidToken: the access token is not valid
	// SuspendedUser: the person's account at the provider is suspended or locked
	// RateLimited: the provider's rate limit is reached
	// OverCapacity: the provider is unavailable
	// CloudflareBlock: the provider is unavailable
	// TruncatedBody: the provider is unavailable
	// Huge: the provider's answer is not understood
	// Gzip: nothing
	// OAuth2Error: the handshake was used already or is too old
	// PartialV2: the provider's answer is not understood
	// NoCredits: the app has no credits left at the provider
	// NotEnrolled: the provider refuses the app's request
	// MissingScopes: the provider refuses the app's request
	// Problem: the provider refuses the app's request
}

// signUpWhile takes a person through a sign-up while a fault is on.
func signUpWhile(at twittertest.Endpoint, fault twittertest.Fault) error {
	x, err := twittertest.New(twittertest.Config{})
	if err != nil {
		return err
	}
	defer func() { _ = x.Close() }()
	x.Fault(at, fault)
	var flow provider.Flow
	if at == twittertest.UsersMe || at == twittertest.OAuth2Token {
		flow, err = twitter.NewOAuth2(twitter.OAuth2Config{
			ClientID: twittertest.OAuth2ClientID, ClientSecret: provider.NewSecret(twittertest.OAuth2ClientSecret), BaseURL: x.URL(),
		})
	} else {
		flow, err = twitter.New(twitter.Config{
			ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret), BaseURL: x.URL(),
		})
	}
	if err != nil {
		return err
	}
	ctx := context.Background()
	authURL, handshake, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "http://127.0.0.1:8080/auth/twitter/callback"})
	if err != nil {
		return err
	}
	back, err := x.Approve(ctx, authURL, "")
	if err != nil {
		return err
	}
	callback, err := url.Parse(back)
	if err != nil {
		return err
	}
	token, err := flow.HandleCallback(ctx, handshake, callback.Query())
	if err != nil {
		return err
	}
	_, err = flow.FetchProfile(ctx, token)
	return err
}
