package oauth2flow_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// shelves stands for a provider of books at another company.
func shelves() *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("grant_type") == "refresh_token" {
			_, _ = io.WriteString(w, `{"access_token":"a2", "token_type":"Bearer", "expires_in":7200, "refresh_token":"r2"}`)
			return
		}
		_, _ = io.WriteString(w, `{"access_token":"a1", "token_type":"Bearer", "expires_in":7200, "refresh_token":"r1"}`)
	})
	mux.HandleFunc("GET /api/me", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"reader": {"number": 4711, "nick": "ana", "mails": [{"address": "ana@example.com", "checked": true}]}}`)
	})
	mux.HandleFunc("GET /api/books", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "books for %s", r.Header.Get("Authorization"))
	})
	return httptest.NewServer(mux)
}

// config is what the other company's documentation says.
func config(books *httptest.Server) oauth2flow.Config {
	return oauth2flow.Config{
		Name:         "shelves",
		ClientID:     "id",
		ClientSecret: provider.NewSecret("secret"),
		Endpoint:     oauth2.Endpoint{AuthURL: "https://shelves.example/authorize", TokenURL: books.URL + "/token"},
		Scopes:       []string{"profile", "email"},
		ProfileURL:   books.URL + "/api/me",
		Mapping: oauth2flow.Mapping{
			ID: "reader.number", Username: "reader.nick", Email: "reader.mails.0.address", EmailVerified: "reader.mails.0.checked",
		},
	}
}

// Any provider that speaks OAuth 2.0 becomes a provider.Flow from its endpoints
// and the names of what is in its profile.
func Example() {
	books := shelves() // in earnest, https://shelves.example
	defer books.Close()
	flow, err := oauth2flow.New(config(books))
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
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("send the browser to", u.Host, "for", u.Query().Get("scope"))

	// The browser comes back, to the same person's session, with these.
	query := url.Values{"state": {handshake.ID}, "code": {"c1"}}
	token, err := flow.HandleCallback(ctx, handshake, query)
	if err != nil {
		fmt.Println(err)
		return
	}
	profile, err := flow.FetchProfile(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("reader", profile.ID, profile.Username)
	fmt.Println(profile.Email, profile.EmailVerified)

	// Output:
	// send the browser to shelves.example for profile email
	// reader 4711 ana
	// ana@example.com true
}

// New checks the whole Config and names every fault.
func ExampleNew_faults() {
	_, err := oauth2flow.New(oauth2flow.Config{
		Name:          "shelves",
		ClientID:      "id\n",
		Endpoint:      oauth2.Endpoint{AuthURL: "https://shelves.example/authorize", TokenURL: "http://shelves.example/token"},
		RequireIssuer: true,
		ProfileURL:    "https://shelves.example/api/me",
	})
	fmt.Println(err)

	// Output:
	// oauth2flow (shelves): ClientID: it has a blank or a line break at an end, or control characters; remove them
	// oauth2flow (shelves): Endpoint.TokenURL: it must be https: requests carry secrets (RFC 5849 section 2.3, RFC 6749 section 3.2); http is for loopback only
	// oauth2flow (shelves): Mapping: ProfileURL needs a Mapping that names at least the ID, or ParseProfile
	// oauth2flow (shelves): Issuer: RequireIssuer needs the issuer to compare with
}

// A token that may expire is refreshed before it is used, and stored before
// that, since the provider accepts a refresh token once.
func ExampleFlow_RefreshingClient() {
	books := shelves()
	defer books.Close()
	flow, err := oauth2flow.New(config(books))
	if err != nil {
		fmt.Println(err)
		return
	}
	stored := provider.Token{
		Access: provider.NewSecret("a1"), Refresh: provider.NewSecret("r1"), Expiry: time.Now().Add(5 * time.Second), Subject: "4711",
	}
	ctx := context.Background()
	client, err := flow.RefreshingClient(ctx, stored, func(_ context.Context, fresh provider.Token) error {
		fmt.Println("save a token for", fresh.Subject, "that prints as", fresh.Access)
		stored = fresh
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		res, err := client.Get(books.URL + "/api/books")
		if err != nil {
			fmt.Println(err)
			return
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		fmt.Println(string(text), err)
	}

	// Output:
	// save a token for 4711 that prints as [redacted]
	// books for Bearer a2 <nil>
	// books for Bearer a2 <nil>
}

// A Mapping can be tried on an answer from the provider's documentation.
func ExampleMapping_Parse() {
	m := oauth2flow.Mapping{ID: "data.0.id", Name: "data.0.name", Email: "data.0.email", EmailVerified: "data.0.email_ok"}
	profile, err := m.Parse([]byte(`{"data": [{"id": 9007199254740993, "name": "Ana", "email": null, "email_ok": true}]}`))
	fmt.Println(profile.ID, profile.Name, err)
	fmt.Printf("%q %v\n", profile.Email, profile.EmailVerified)

	_, err = m.Parse([]byte(`{"data": []}`))
	fmt.Println(err)

	// Output:
	// 9007199254740993 Ana <nil>
	// "" false
	// profile: the person's identity is not certain: the person's ID cannot be used: it is empty
}
