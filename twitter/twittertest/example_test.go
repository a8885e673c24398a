package twittertest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/oauthreg/go/twitter/twittertest"
)

// A sign-up without a browser. An app would do the signed calls by way of
// package twitter; send, a signer of a few lines, is in this package's tests.
func Example() {
	ctx := context.Background()
	x, err := twittertest.New(twittertest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()

	_, body, err := send(ctx, x, order{
		method: http.MethodPost, base: x.URL(), path: "/oauth/request_token",
		header: [][2]string{{"oauth_callback", "http://127.0.0.1:8080/callback"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	request, _ := url.ParseQuery(body)
	fmt.Println("confirmed:", request.Get("oauth_callback_confirmed"))

	// What a person would do in a browser.
	hanako := twittertest.MadeUpPeople()[1]
	back, err := x.Approve(ctx, x.URL()+"/oauth/authenticate?oauth_token="+request.Get("oauth_token"), hanako.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	callback, _ := url.Parse(back)
	fmt.Println("callback:", callback.Host+callback.Path)

	_, body, err = send(ctx, x, order{
		method: http.MethodPost, base: x.URL(), path: "/oauth/access_token",
		header: [][2]string{{"oauth_verifier", callback.Query().Get("oauth_verifier")}},
		token:  request.Get("oauth_token"), tokenSecret: request.Get("oauth_token_secret"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	access, _ := url.ParseQuery(body)
	fmt.Println("signed up:", access.Get("user_id"), access.Get("screen_name"))
	// Output:
	// confirmed: true
	// callback: 127.0.0.1:8080/callback
	// signed up: 9100000000000000019 hanako_mori
}

// An app can be shown what X does on a bad day.
func ExampleServer_Fault() {
	ctx := context.Background()
	x, err := twittertest.New(twittertest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()

	fault := twittertest.OverCapacity()
	fault.Times = 1
	x.Fault(twittertest.RequestToken, fault)

	for range 2 {
		resp, _, err := send(ctx, x, order{
			method: http.MethodPost, base: x.URL(), path: "/oauth/request_token",
			header: [][2]string{{"oauth_callback", "http://127.0.0.1:8080/callback"}},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.Status)
	}
	fmt.Println("calls:", x.Calls(twittertest.RequestToken))
	// Output:
	// 503 Service Unavailable
	// 200 OK
	// calls: 2
}
