package providertest_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/provider/providertest"
)

const (
	host         = "https://fake.example"
	callbackURL  = "https://app.example/auth/fake/callback?from=fake"
	clientID     = "the-client"
	clientSecret = "the+client/secret"
	person       = "9007199254740993"
	profile      = `{ "id": 9007199254740993, "login": "ada", "mail": "ada@example.com", "face": "https://pictures.example/ada.png" }`
)

// fake is an OAuth 2.0 provider that rotates refresh tokens.
type fake struct {
	mux *http.ServeMux

	mu      sync.Mutex
	codes   map[string]grant
	access  map[string]string // access token to its refresh token
	refresh map[string]bool
}

// grant is what a code is good for.
type grant struct{ challenge, redirect string }

func newFake() *fake {
	f := &fake{mux: http.NewServeMux(), codes: map[string]grant{}, access: map[string]string{}, refresh: map[string]bool{}}
	f.mux.HandleFunc("POST /token", f.token)
	f.mux.HandleFunc("POST /revoke", f.revoke)
	f.mux.HandleFunc("GET /me", f.me)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mux.ServeHTTP(w, r)
}

// approve is the page, and the person who presses "yes".
func (f *fake) approve(_ context.Context, authURL string) (string, error) {
	return f.decide(authURL, func(asked url.Values) url.Values {
		f.mu.Lock()
		defer f.mu.Unlock()
		code := rand.Text()
		f.codes[code] = grant{asked.Get("code_challenge"), asked.Get("redirect_uri")}
		return url.Values{"code": {code}, "scope": {"profile email"}}
	})
}

// deny is the same page, and "no".
func (f *fake) deny(_ context.Context, authURL string) (string, error) {
	return f.decide(authURL, func(url.Values) url.Values { return url.Values{"error": {"access_denied"}} })
}

func (f *fake) decide(authURL string, decision func(asked url.Values) url.Values) (string, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return "", err
	}
	asked := u.Query()
	if asked.Get("response_type") != "code" || asked.Get("client_id") != clientID {
		return "", errors.New("fake: this is not a request for a code")
	}
	back, err := url.Parse(asked.Get("redirect_uri"))
	if err != nil {
		return "", err
	}
	query := back.Query()
	maps.Copy(query, decision(asked))
	query.Set("state", asked.Get("state"))
	back.RawQuery = query.Encode()
	return back.String(), nil
}

func (f *fake) token(w http.ResponseWriter, r *http.Request) {
	if !f.isApp(r) {
		reply(w, http.StatusUnauthorized, `{"error":"invalid_client"}`)
		return
	}
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		g, found := f.codes[r.PostFormValue("code")]
		delete(f.codes, r.PostFormValue("code"))
		if !found || r.PostFormValue("redirect_uri") != g.redirect || oauth2.S256ChallengeFromVerifier(r.PostFormValue("code_verifier")) != g.challenge {
			reply(w, http.StatusBadRequest, `{"error":"invalid_grant"}`)
			return
		}
	case "refresh_token":
		old := r.PostFormValue("refresh_token")
		if !f.refresh[old] {
			reply(w, http.StatusBadRequest, `{"error":"invalid_grant"}`)
			return
		}
		delete(f.refresh, old)
	default:
		reply(w, http.StatusBadRequest, `{"error":"unsupported_grant_type"}`)
		return
	}
	access, refresh := rand.Text(), rand.Text()
	f.access[access], f.refresh[refresh] = refresh, true
	data, err := json.Marshal(map[string]any{
		"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 3600, "user": person,
	})
	if err != nil {
		reply(w, http.StatusInternalServerError, "")
		return
	}
	reply(w, http.StatusOK, string(data))
}

func (f *fake) revoke(w http.ResponseWriter, r *http.Request) {
	if !f.isApp(r) {
		reply(w, http.StatusUnauthorized, `{"error":"invalid_client"}`)
		return
	}
	gone := r.PostFormValue("token")
	delete(f.refresh, gone)
	delete(f.access, gone)
	for access, refresh := range f.access {
		if refresh == gone {
			delete(f.access, access)
		}
	}
	reply(w, http.StatusOK, "{}")
}

func (f *fake) me(w http.ResponseWriter, r *http.Request) {
	for access := range f.access {
		if r.Header.Get("Authorization") == "Bearer "+access {
			reply(w, http.StatusOK, profile)
			return
		}
	}
	reply(w, http.StatusUnauthorized, `{"error":"invalid_token"}`)
}

func (f *fake) isApp(r *http.Request) bool {
	id, secret, ok := r.BasicAuth()
	return ok && id == url.QueryEscape(clientID) && secret == url.QueryEscape(clientSecret)
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the client may have gone
}

// oauth2Config is for an app that the fake knows.
func oauth2Config(client *http.Client, base string) oauth2flow.Config {
	return oauth2flow.Config{
		Name: "fake", ClientID: clientID, ClientSecret: provider.NewSecret(clientSecret),
		Endpoint: oauth2.Endpoint{AuthURL: base + "/authorize", TokenURL: base + "/token"},
		Scopes:   []string{"profile", "email"},
		Identify: func(_ context.Context, _ provider.Handshake, member func(string) any) (string, string, error) {
			subject, _ := member("user").(string)
			return subject, "", nil
		},
		ExtraMembers: []string{"user"},
		ProfileURL:   base + "/me",
		Mapping:      oauth2flow.Mapping{ID: "id", Username: "login", Email: "mail", EmailAlwaysVerified: true, AvatarURL: "face"},
		RevokeURL:    base + "/revoke",
		HTTPClient:   client,
	}
}

func newOAuth2(t *testing.T, cfg oauth2flow.Config) *oauth2flow.Flow {
	t.Helper()
	flow, err := oauth2flow.New(cfg)
	require.NoError(t, err)
	return flow
}

// around is a Provider of the fake with any Flow for it.
func (f *fake) around(flow, twin provider.Flow) providertest.Provider {
	return providertest.Provider{
		Flow: flow, Twin: twin, Handler: f, CallbackURL: callbackURL, Approve: f.approve, Deny: f.deny,
		Subject: person, Secrets: []string{clientSecret},
	}
}
