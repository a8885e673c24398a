package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/oauthreg/go/provider"
)

// What to do about an error is decided by its kind; what to tell the developer
// is in the fields of [provider.Error].
func Example() {
	answer := func(err error) string {
		switch {
		case err == nil:
			return "welcome"
		case errors.Is(err, provider.ErrDenied):
			return "you declined; sign up another way?"
		case errors.Is(err, provider.ErrMismatch), errors.Is(err, provider.ErrExpired):
			return "please start again"
		case errors.Is(err, provider.ErrRateLimited):
			if e, ok := errors.AsType[*provider.Error](err); ok && !e.RetryAt.IsZero() {
				return "please try again at " + e.RetryAt.Format(time.TimeOnly)
			}
			return "please try again later"
		default:
			return "that did not work"
		}
	}

	fmt.Println(answer(&provider.Error{Provider: "twitter", Op: provider.OpCallback, Kind: provider.ErrDenied}))
	limited := &provider.Error{
		Provider: "twitter", Op: provider.OpProfile, Kind: provider.ErrRateLimited,
		Status: http.StatusTooManyRequests, RetryAt: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC),
	}
	fmt.Println(answer(fmt.Errorf("sign up: %w", limited)))
	fmt.Println(limited)

	// Output:
	// you declined; sign up another way?
	// please try again at 15:04:05
	// twitter: profile: the provider's rate limit is reached (HTTP 429)
}

func ExampleSecret() {
	s := provider.NewSecret("kd94hf93k423kf44")
	fmt.Println(s)
	fmt.Printf("%+v\n", struct{ Token provider.Secret }{s})
	_, err := json.Marshal(s)
	fmt.Println("json refuses it:", err != nil)
	fmt.Println(s.Reveal())

	// Output:
	// [redacted]
	// {Token:[redacted]}
	// json refuses it: true
	// kd94hf93k423kf44
}

func ExampleEncodeToken() {
	token := provider.Token{
		Access:  provider.NewSecret("nnch734d00sl2jdk"),
		Secret:  provider.NewSecret("pfkkdhi9sl3r4s00"),
		Subject: "2244994945",
	}
	data, err := provider.EncodeToken(token)
	if err != nil {
		fmt.Println(err)
		return
	}
	// data holds the secrets in the clear: seal it before it goes anywhere.
	again, err := provider.DecodeToken(data)
	fmt.Println(again.Access.Reveal() == token.Access.Reveal(), again.Subject, err)

	// Output:
	// true 2244994945 <nil>
}

// The ID decides who somebody is. A handle can be given up, and taken by
// somebody else.
func ExampleCheckIdentity() {
	token := provider.Token{Access: provider.NewSecret("a"), Subject: "2244994945", Username: "XDevelopers"}

	fmt.Println(provider.CheckIdentity(token, provider.Profile{ID: "2244994945", Username: "new_handle"}))
	fmt.Println(provider.CheckIdentity(token, provider.Profile{ID: "6253282", Username: "XDevelopers"}))

	// Output:
	// <nil>
	// profile: the person's identity is not certain: the profile is of another person than the token answer
}
