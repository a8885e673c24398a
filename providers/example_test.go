package providers_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/providers"
)

// A configuration is a value: complete it, change what is not to your liking,
// and make a Flow of it.
func ExampleGitHub() {
	cfg := providers.GitHub()
	cfg.ClientID, cfg.ClientSecret = "Iv1.8a61f9b3a7aba766", provider.NewSecret("from the environment")
	cfg.Scopes = append(cfg.Scopes, "read:org")
	cfg.Header.Set("User-Agent", "choir.example")

	flow, err := oauth2flow.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	authURL, _, err := flow.AuthURL(context.Background(), provider.AuthRequest{CallbackURL: "https://choir.example/auth/github/callback"})
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := url.Parse(authURL)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(u.Host+u.Path, u.Query().Get("scope"), u.Query().Get("code_challenge_method"))

	// Output:
	// github.com/login/oauth/authorize user:email read:org S256
}

// Choir is a provider of one's own: the function is all there is to it. base is
// https://choir.example in earnest.
func Choir(base string) oauth2flow.Config {
	return oauth2flow.Config{
		Name:       "choir",
		Endpoint:   oauth2.Endpoint{AuthURL: base + "/authorize", TokenURL: base + "/token", AuthStyle: oauth2.AuthStyleInHeader},
		Scopes:     []string{"who"},
		ProfileURL: base + "/me",
		Mapping: oauth2flow.Mapping{
			ID: "singer.number", Username: "singer.nick", Email: "singer.mail", EmailVerified: "singer.mail_checked",
		},
	}
}

// An app's own provider is a function of a dozen lines, too.
func Example_ownProvider() {
	mux := http.NewServeMux()
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, text)
		}
	}
	mux.HandleFunc("POST /token", say(`{"access_token": "a1", "token_type": "bearer"}`))
	mux.HandleFunc("GET /me", say(`{"singer": {"number": 4711, "nick": "ana", "mail": "ana@example.com", "mail_checked": true}}`))
	server := httptest.NewServer(mux)
	defer server.Close()

	cfg := Choir(server.URL)
	cfg.ClientID, cfg.ClientSecret = "id", provider.NewSecret("secret")
	flow, err := oauth2flow.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	_, handshake, err := flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: "https://app.example/auth/choir/callback"})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The browser comes back, to the same person's session, with these.
	token, err := flow.HandleCallback(ctx, handshake, url.Values{"state": {handshake.ID}, "code": {"c1"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := flow.FetchProfile(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.ID, p.Username, p.Email, p.EmailVerified)

	// Output:
	// 4711 ana ana@example.com true
}
