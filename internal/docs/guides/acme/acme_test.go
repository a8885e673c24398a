package acme_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/oauthreg/go/internal/docs/guides/acme"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/provider/providertest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
		cfg := acme.Acme()
		cfg.ClientID, cfg.ClientSecret = "our-app", provider.NewSecret("our-app-secret")
		cfg.HTTPClient = client // every call goes to the fake
		flow, err := oauth2flow.New(cfg)
		require.NoError(t, err)
		fake := &fakeAcme{codes: map[string]string{}, tokens: map[string]bool{}}
		return providertest.Provider{
			Flow: flow, Handler: fake, Approve: fake.approve, Deny: fake.deny,
			CallbackURL: "https://app.example/auth/acme/callback",
			Subject:     "900719925474099301", Secrets: []string{"our-app-secret"},
		}
	}})
}

// fakeAcme answers as Acme's documentation says.
type fakeAcme struct {
	mu     sync.Mutex
	codes  map[string]string // to their challenges
	tokens map[string]bool
}

func (f *fakeAcme) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch r.URL.Path {
	case "/oauth/token":
		code := r.PostFormValue("code")
		challenge, found := f.codes[code]
		delete(f.codes, code) // once
		if !found || oauth2.S256ChallengeFromVerifier(r.PostFormValue("code_verifier")) != challenge {
			answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
			return
		}
		token := rand.Text()
		f.tokens[token] = true
		answer(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer"})
	case "/v1/me":
		for token := range f.tokens {
			if r.Header.Get("Authorization") == "Bearer "+token {
				answer(w, http.StatusOK, map[string]any{
					"account":      map[string]any{"number": json.Number("900719925474099301"), "login": "ada"},
					"display_name": "Ada Quill", "email": "ada@example.com", "picture": nil,
				})
				return
			}
		}
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
	default:
		http.NotFound(w, r)
	}
}

// approve is Acme's page, and a person who says yes.
func (f *fakeAcme) approve(_ context.Context, authURL string) (string, error) {
	code := rand.Text()
	return back(authURL, func(asked url.Values) url.Values {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.codes[code] = asked.Get("code_challenge")
		return url.Values{"code": {code}}
	})
}

// deny is the same page, and a person who says no.
func (f *fakeAcme) deny(_ context.Context, authURL string) (string, error) {
	return back(authURL, func(url.Values) url.Values { return url.Values{"error": {"access_denied"}} })
}

func back(authURL string, decide func(asked url.Values) url.Values) (string, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return "", err
	}
	query := url.Values{"state": {u.Query().Get("state")}}
	maps.Copy(query, decide(u.Query()))
	return u.Query().Get("redirect_uri") + "?" + query.Encode(), nil
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
