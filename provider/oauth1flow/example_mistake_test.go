package oauth1flow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/dghubble/oauth1"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// strict is a provider that knows one app by the key "key", and one person by
// the token "a1".
func strict() *httptest.Server {
	knows := func(member, answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.Header.Get("Authorization"), member) {
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, "oauth_problem=consumer_key_unknown")
				return
			}
			_, _ = io.WriteString(w, answer)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /request_token", knows(`oauth_consumer_key="key"`,
		"oauth_token=r1&oauth_token_secret=rs&oauth_callback_confirmed=true"))
	mux.HandleFunc("GET /books", knows(`oauth_token="a1"`, "3 books"))
	mux.HandleFunc("POST /revoke", knows(`oauth_token="a1"`, ""))
	return httptest.NewServer(mux)
}

func strictConfig(books *httptest.Server, key string) oauth1flow.Config {
	return oauth1flow.Config{
		Name: "shelves", ConsumerKey: key, ConsumerSecret: provider.NewSecret("secret"),
		Endpoint: oauth1.Endpoint{
			RequestTokenURL: books.URL + "/request_token", AuthorizeURL: books.URL + "/authorize", AccessTokenURL: books.URL + "/access_token",
		},
		RevokeURL: books.URL + "/revoke",
		Identify:  func(answer url.Values) (subject, username string) { return answer.Get("reader"), "" },
	}
}

// The classic mistake is the client ID of OAuth 2.0 in the place of the
// consumer key. No configuration can tell; the first attempt does. A developer
// has to change something, so people are not asked to try again.
func ExampleFlow_AuthURL_mistake() {
	books := strict()
	defer books.Close()
	for _, key := range []string{"client-id", "key"} {
		flow, err := oauth1flow.New(strictConfig(books, key))
		if err != nil {
			fmt.Println(err)
			return
		}
		_, handshake, err := flow.AuthURL(context.Background(), provider.AuthRequest{CallbackURL: "https://app.example/auth/shelves/callback"})
		fmt.Printf("%q %v %v\n", handshake.ID, errors.Is(err, provider.ErrRefused), err)
	}
	// Output:
	// "" true shelves: request token: the provider refuses the app's request (HTTP 401, code consumer_key_unknown)
	// "r1" false <nil>
}

// Later on, a client signs each request with a token that was kept, until that
// is given up.
func ExampleFlow_Client() {
	books := strict()
	defer books.Close()
	flow, err := oauth1flow.New(strictConfig(books, "key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	token := provider.Token{Access: provider.NewSecret("a1"), Secret: provider.NewSecret("as")}
	client, err := flow.Client(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := client.Get(books.URL + "/books")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	fmt.Println(string(text), err)

	_, err = client.Get("https://elsewhere.example/")
	fmt.Println("only there:", errors.Is(err, provider.ErrRefused))
	fmt.Println("given up:", flow.Revoke(ctx, token))
	// Output:
	// 3 books <nil>
	// only there: true
	// given up: <nil>
}
