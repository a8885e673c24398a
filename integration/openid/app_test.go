package openid_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/oauthreg/go/integration/openid"
	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/provider/oidcflow"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // zitadel logs what it refuses
	os.Exit(m.Run())
}

// refreshable asks for a refresh token, too.
func refreshable(c *oidcflow.Config) {
	c.Scopes = []string{"openid", "profile", "email", "offline_access"}
	c.AuthorizeParams = url.Values{"prompt": {"consent"}}
}

// openID returns a Flow for the first app of s; each change may set what the
// test is about.
func openID(t *testing.T, s *openid.Server, changes ...func(*oidcflow.Config)) *oidcflow.Flow {
	t.Helper()
	cfg := oidcflow.Config{Issuer: s.URL, Name: s.Name, ClientID: s.App.ID, ClientSecret: provider.NewSecret(s.App.Secret)}
	for _, change := range changes {
		change(&cfg)
	}
	f, err := oidcflow.New(cfg)
	require.NoError(t, err)
	return f
}

// plain returns a Flow that makes do without OpenID Connect.
func plain(t *testing.T, s *openid.Server) *oauth2flow.Flow {
	t.Helper()
	f, err := oauth2flow.New(oauth2flow.Config{
		Name: s.Name, ClientID: s.App.ID, ClientSecret: provider.NewSecret(s.App.Secret),
		Endpoint: oauth2.Endpoint{AuthURL: s.URL + "/authorize", TokenURL: s.URL + "/token"},
		Scopes:   []string{"profile", "email"}, ProfileURL: s.URL + "/userinfo", RevokeURL: s.URL + "/revoke",
		Mapping: oauth2flow.Mapping{
			ID: "sub", Username: "preferred_username", Name: "name", GivenName: "given_name", FamilyName: "family_name",
			Email: "email", EmailVerified: "email_verified",
		},
	})
	require.NoError(t, err)
	return f
}

// road is a provider, and how to make a Flow for it.
type road struct {
	name  string
	start func(t *testing.T, callbacks ...string) *openid.Server
	flow  func(t *testing.T, s *openid.Server) provider.Flow
}

// roads are all ways to sign up.
func roads() (all []road) {
	for _, name := range openid.OpenID() {
		all = append(all, road{
			"OpenID Connect with " + name,
			func(t *testing.T, callbacks ...string) *openid.Server { return openid.Start(t, name, callbacks...) },
			func(t *testing.T, s *openid.Server) provider.Flow { return openID(t, s, refreshable) },
		})
	}
	for _, name := range openid.OAuth2() {
		all = append(all, road{
			"OAuth 2.0 with " + name,
			func(t *testing.T, callbacks ...string) *openid.Server { return openid.Start(t, name, callbacks...) },
			func(t *testing.T, s *openid.Server) provider.Flow { return plain(t, s) },
		})
	}
	return all
}

// app is a web app on loopback that people sign up to.
type app struct {
	url      string
	reg      *oauthreg.Registrar
	accounts *tokenstore.Memory

	mu      sync.Mutex
	pending oauthreg.Pending // as its form saw it last
	results []oauthreg.Result
	signIns []tokenstore.Account
}

// serve starts an app; flows makes its providers, which have to know its
// callbacks first.
func serve(t *testing.T, flows func(callback func(name string) string) map[string]provider.Flow) *app {
	t.Helper()
	var handler atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.Load().(http.Handler).ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a := &app{url: server.URL, accounts: tokenstore.NewMemory()}
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	// The store with the least room.
	sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: server.URL})
	require.NoError(t, err)
	a.reg, err = oauthreg.New(oauthreg.Config{
		BaseURL: server.URL + "/auth", SignUpURL: "/signup", Sessions: sessions, Accounts: a.accounts,
		Flows: flows(func(name string) string { return server.URL + "/auth/" + name + "/callback" }),
		SignIn: func(_ http.ResponseWriter, _ *http.Request, account tokenstore.Account) error {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.signIns = append(a.signIns, account)
			return nil
		},
		OnOutcome: func(_ http.ResponseWriter, _ *http.Request, res oauthreg.Result) bool {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.results = append(a.results, res)
			return false
		},
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/auth/", a.reg.Handler())
	mux.HandleFunc("GET /signup", func(w http.ResponseWriter, r *http.Request) {
		p, err := a.reg.Pending(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.pending = *p
	})
	mux.HandleFunc("POST /signup", func(w http.ResponseWriter, r *http.Request) {
		if _, err := a.reg.Complete(w, r, "user-of-"+r.PostFormValue("name")); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
		}
	})
	handler.Store(http.Handler(mux))
	return a
}

// start sends b to the provider called name, and returns the URL there.
func (a *app) start(t *testing.T, b *openid.Browser, name string) string {
	t.Helper()
	status, location, body := b.Send(http.MethodPost, a.url+"/auth/"+name+"/start", url.Values{})
	require.Equal(t, http.StatusSeeOther, status, body)
	require.NotNil(t, location)
	return location.String()
}

// outcome returns how the latest start or callback ended.
func (a *app) outcome() (oauthreg.Outcome, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.results) == 0 {
		return "", nil
	}
	last := a.results[len(a.results)-1]
	return last.Outcome, last.Err
}

// signUp registers person and returns what is stored.
func (a *app) signUp(t *testing.T, b *openid.Browser, name string, person openid.Person) tokenstore.Account {
	t.Helper()
	back := b.Approve(a.start(t, b, name), a.url, person)
	status, location, _ := b.Send(http.MethodGet, back.String(), nil)
	outcome, err := a.outcome()
	require.NoError(t, err)
	require.Equal(t, oauthreg.NewUser, outcome)
	require.Equal(t, http.StatusSeeOther, status)
	require.Equal(t, "/signup", location.Path)
	status, _, body := b.Send(http.MethodGet, a.url+"/signup", nil)
	require.Equal(t, http.StatusOK, status, body)
	status, _, body = b.Send(http.MethodPost, a.url+"/signup", url.Values{"name": {person.Username}, oauthreg.PendingField: {a.pending.ID}})
	require.Equal(t, http.StatusOK, status, body)
	account, found, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: name, Subject: person.ID})
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "user-of-"+person.Username, account.UserID)
	return account
}

// replace returns u with another value of a parameter.
func replace(u *url.URL, name, value string) string {
	changed := *u
	query := changed.Query()
	query.Set(name, value)
	changed.RawQuery = query.Encode()
	return changed.String()
}

// noSecrets wants a text without anything secret in it.
func noSecrets(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("a secret is in %q", text)
		}
	}
}
