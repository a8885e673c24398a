package oauth2flow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// The classic mistake is a scope that was forgotten: the person approves, and
// the profile is refused (RFC 6750 section 3.1). A developer has to change
// something, so people are not asked to try again.
func ExampleFlow_FetchProfile_mistake() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer with-profile" {
			w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="profile"`)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, `{"id": "4711"}`)
	})
	books := httptest.NewServer(mux)
	defer books.Close()
	flow, err := oauth2flow.New(oauth2flow.Config{
		Name: "shelves", ClientID: "id", ClientSecret: provider.NewSecret("secret"),
		Endpoint:   oauth2.Endpoint{AuthURL: books.URL + "/authorize", TokenURL: books.URL + "/token"},
		ProfileURL: books.URL + "/me",
		Mapping:    oauth2flow.Mapping{ID: "id"}, // never the address, never the handle
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, access := range []string{"without", "with-profile"} {
		profile, err := flow.FetchProfile(context.Background(), provider.Token{Access: provider.NewSecret(access)})
		fmt.Printf("%q %v %v\n", profile.ID, errors.Is(err, provider.ErrRefused), err)
	}
	// Output:
	// "" true shelves: profile: the provider refuses the app's request (HTTP 403, code insufficient_scope); the token lacks a scope that this call needs: add it to the Flow's Scopes, and have the person approve again
	// "4711" false <nil>
}

// A provider with codes of its own: what Diagnose knows, and one hint more.
func ExampleDiagnose() {
	diagnose := func(r provider.Refusal) provider.Error { // for Config.Diagnose
		e := oauth2flow.Diagnose(r)
		if e.Code == "app_in_review" {
			e.Kind, e.Hint = provider.ErrRefused, "ask Shelves to let the app out of review"
		}
		return e
	}
	for _, body := range []string{`{"error": "invalid_grant"}`, `{"error": "app_in_review"}`} {
		e := diagnose(provider.Refusal{Op: provider.OpAccessToken, Status: http.StatusBadRequest, Body: []byte(body)})
		fmt.Printf("%s: %v %q\n", e.Code, e.Kind, e.Hint)
	}
	// Output:
	// invalid_grant: the handshake was used already or is too old ""
	// app_in_review: the provider refuses the app's request "ask Shelves to let the app out of review"
}

// What identifies a person in an id_token of one's own parsing has to name the
// attempt: the nonce that was sent is known again from the handshake.
func ExampleNonce() {
	books := shelves()
	defer books.Close()
	cfg := config(books)
	cfg.SendNonce = true
	flow, err := oauth2flow.New(cfg)
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
	u, err := url.Parse(authURL)
	fmt.Println(u.Query().Get("nonce") == oauth2flow.Nonce(handshake), err)
	// Output:
	// true <nil>
}

// Later on, a client sends a token that was kept, until that is given up.
func ExampleFlow_Client() {
	books := shelves()
	defer books.Close()
	ended := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("revoked:", r.FormValue("token_type_hint"))
	}))
	defer ended.Close()
	cfg := config(books)
	cfg.RevokeURL = ended.URL
	flow, err := oauth2flow.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	token := provider.Token{Access: provider.NewSecret("a1"), Refresh: provider.NewSecret("r1")}
	client, err := flow.Client(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := client.Get(books.URL + "/api/books")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	fmt.Println(strings.TrimSpace(string(text)), err)

	_, err = client.Get("https://elsewhere.example/")
	fmt.Println("only there:", errors.Is(err, provider.ErrRefused))
	fmt.Println(flow.Revoke(ctx, token))
	// Output:
	// books for Bearer a1 <nil>
	// only there: true
	// revoked: refresh_token
	// <nil>
}
