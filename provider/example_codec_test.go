package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/oauthreg/go/provider"
)

// The classic mistakes with a Token: to look its owner up by the handle, which
// somebody else can have tomorrow, and to store it as JSON or to log it.
func ExampleToken_mistake() {
	users := map[string]string{"XDevelopers": "user-1"} // by handle: wrong
	accounts := map[string]string{"2244994945": "user-1"}

	// The handle was given up, and somebody else has taken it.
	token := provider.Token{Access: provider.NewSecret("nnch734d00sl2jdk"), Subject: "6253282", Username: "XDevelopers"}
	fmt.Printf("by handle: %q, by ID: %q\n", users[token.Username], accounts[token.Subject])

	_, err := json.Marshal(token)
	fmt.Println(err)
	data, err := provider.EncodeToken(token) // and seal it
	fmt.Println(len(data) > 0, err)
	// Output:
	// by handle: "user-1", by ID: ""
	// json: error calling MarshalJSON for type provider.Secret: provider: a Secret is not encoded implicitly; store tokens with EncodeToken, sealed
	// true <nil>
}

// What was not written by EncodeToken is an error, and not a token without
// anything in it.
func ExampleDecodeToken() {
	data, err := provider.EncodeToken(provider.Token{Access: provider.NewSecret("nnch734d00sl2jdk"), Subject: "2244994945"})
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := provider.DecodeToken(data)
	fmt.Println(token.Access, token.Subject, err)

	_, err = provider.DecodeToken([]byte(`{"access_token": "nnch734d00sl2jdk"}`))
	fmt.Println(err)
	// Output:
	// [redacted] 2244994945 <nil>
	// provider: stored token has version 0, this library reads 1
}

// An attempt is kept between the two requests of a browser, sealed.
func ExampleEncodeHandshake() {
	data, err := provider.EncodeHandshake(provider.Handshake{ID: "state", Secret: provider.NewSecret("code verifier")})
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := provider.DecodeHandshake(data)
	fmt.Println(again.ID, again.Secret.Reveal(), err)
	// Output:
	// state code verifier <nil>
}

// What DecodeHandshake did not write is refused.
func ExampleDecodeHandshake() {
	_, err := provider.DecodeHandshake([]byte("from somewhere else"))
	fmt.Println(err)
	// Output:
	// provider: stored handshake is not in the form this library writes
}

// IDs that a provider made out of "no value" would be one person for all.
func ExampleCheckID() {
	for _, id := range []string{"2244994945", "", "null", "a\nb"} {
		fmt.Println(provider.CheckID(id))
	}
	// Output:
	// <nil>
	// profile: the person's identity is not certain: the person's ID cannot be used: it is empty
	// profile: the person's identity is not certain: the person's ID cannot be used: it is a word for no value
	// profile: the person's identity is not certain: the person's ID cannot be used: it contains blanks or control characters
}

// A provider's code goes into logs, so it has to be a word.
func ExampleCodeWord() {
	fmt.Printf("%q %q\n", provider.CodeWord("invalid_grant"), provider.CodeWord("invalid\nlevel=INFO msg=\"all is well\""))
	// Output:
	// "invalid_grant" ""
}

// Diagnose functions of the flows build on it.
func ExampleRefusal_Diagnosis() {
	e := provider.Refusal{
		Op: provider.OpProfile, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"90"}},
		ReceivedAt: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC),
	}.Diagnosis()
	fmt.Println(errors.Is(e.Kind, provider.ErrRateLimited), e.RetryAt)
	// Output:
	// true 2026-01-02 15:05:35 +0000 UTC
}
