package oauth1flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/dghubble/oauth1"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// shelves stands for a provider of books at another company.
func shelves() *httptest.Server {
	mux := http.NewServeMux()
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	mux.HandleFunc("POST /oauth/request_token", say("oauth_token=r1&oauth_token_secret=rs&oauth_callback_confirmed=true"))
	mux.HandleFunc("POST /oauth/access_token", say("oauth_token=a1&oauth_token_secret=as&reader=4711"))
	mux.HandleFunc("GET /api/me", say(`{"reader": {"number": "4711", "nick": "ana", "mail": "ana@example.com"}}`))
	return httptest.NewServer(mux)
}

// Any provider that speaks OAuth 1.0a becomes a provider.Flow from its
// endpoints and a function that reads its profile.
func Example() {
	books := shelves() // in earnest, https://shelves.example
	defer books.Close()
	flow, err := oauth1flow.New(oauth1flow.Config{
		Name:           "shelves",
		ConsumerKey:    "key",
		ConsumerSecret: provider.NewSecret("secret"),
		Endpoint: oauth1.Endpoint{
			RequestTokenURL: books.URL + "/oauth/request_token",
			AuthorizeURL:    "https://shelves.example/oauth/authorize",
			AccessTokenURL:  books.URL + "/oauth/access_token",
		},
		AuthorizeParams: url.Values{"locale": {"pt"}},
		Identify: func(answer url.Values) (subject, username string) {
			return answer.Get("reader"), ""
		},
		ProfileURL: books.URL + "/api/me",
		ParseProfile: func(body []byte) (provider.Profile, error) {
			var v struct {
				Reader struct{ Number, Nick, Mail string }
			}
			if json.Unmarshal(body, &v) != nil {
				return provider.Profile{}, errors.New("this is not the JSON of a reader")
			}
			return provider.Profile{ID: v.Reader.Number, Username: v.Reader.Nick, Email: v.Reader.Mail}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	authURL, handshake, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "https://app.example/auth/shelves/callback"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("send the browser to", authURL)

	// The browser comes back, to the same person's session, with these.
	query := url.Values{"oauth_token": {handshake.ID}, "oauth_verifier": {"v1"}}
	token, err := flow.HandleCallback(ctx, handshake, query)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("reader", token.Subject, "approved")

	profile, err := flow.FetchProfile(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(profile.Username, profile.Email)
	fmt.Printf("%s\n", profile.Raw)

	// Output:
	// send the browser to https://shelves.example/oauth/authorize?locale=pt&oauth_token=r1
	// reader 4711 approved
	// ana ana@example.com
	// {"reader": {"number": "4711", "nick": "ana", "mail": "ana@example.com"}}
}

// New checks the whole Config and names every fault.
func ExampleNew_faults() {
	_, err := oauth1flow.New(oauth1flow.Config{
		Name:           "shelves",
		ConsumerKey:    "key\n",
		ConsumerSecret: provider.NewSecret("secret"),
		Endpoint: oauth1.Endpoint{
			RequestTokenURL: "http://shelves.example/oauth/request_token",
			AuthorizeURL:    "https://shelves.example/oauth/authorize",
			AccessTokenURL:  "https://shelves.example/oauth/access_token",
		},
		Identify: func(answer url.Values) (subject, username string) { return answer.Get("reader"), "" },
	})
	fmt.Println(err)

	// Output:
	// oauth1flow: ConsumerKey: it starts or ends with a blank or a line break; remove it
	// oauth1flow: Endpoint.RequestTokenURL: it must be https: requests carry secrets (RFC 5849 section 2.3, RFC 6749 section 3.2); http is for loopback only
}
