// Package openid runs OpenID Connect and OAuth 2.0 providers that leave the
// protocol to libraries this project did not write: they, not we, decide whether
// a request is right and what an answer looks like. README.md says which they
// are.
package openid

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// RequireEnv names the environment variable that, if not empty, makes a
// missing provider a failure instead of a skipped test.
const RequireEnv = "OAUTHREG_REQUIRE_SERVICES"

// Person is somebody with an account at a provider.
type Person struct {
	// ID is the sub.
	ID string `json:"id"`

	// Username is the preferred_username, which the browser signs in with.
	Username string `json:"username"`

	// GivenName and FamilyName make up the name.
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`

	// Email is "" for those who have none.
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
}

// People have accounts at every provider.
func People() []Person {
	return []Person{
		{ID: "248289761001", Username: "jane", GivenName: "Jane", FamilyName: "O'Neill & Søn", Email: "jane+x@example.org", EmailVerified: true},
		{ID: "AItOawmwtWwcT0k51BayewNvutrJUqsvl6qs7A4", Username: "hanako", GivenName: "花子", FamilyName: "森", Email: "hanako@example.org"},
	}
}

// Client is an app that a provider knows. A public one has no Secret.
type Client struct {
	// ID and Secret are its credentials, Callbacks its redirect URIs.
	ID        string   `json:"id"`
	Secret    string   `json:"secret"`
	Callbacks []string `json:"callbacks"`
}

// Server is a provider that runs until the test ends.
type Server struct {
	// Name is one of [All].
	Name string

	// URL is its scheme and host, on loopback, and its issuer if it has
	// OpenID Connect.
	URL string

	// App and Other are two apps with a secret, Public is one without.
	// oauthlib does not know the latter.
	App, Other, Public Client
}

// starter starts one provider for the clients and people of settings and
// returns its URL.
type starter func(t testing.TB, settings settings) string

// settings are what a provider is started with.
type settings struct {
	People  []Person `json:"people"`
	Clients []Client `json:"clients"`
}

func (s settings) encode(t testing.TB) string {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatalf("encode the settings of a provider: %v", err)
	}
	return string(data)
}

// OpenID returns the names of the providers that speak OpenID Connect.
func OpenID() []string { return []string{"zitadel", "oidcprovider", "authlib"} }

// OAuth2 returns the names of those that speak OAuth 2.0 without it. Their
// endpoints are /authorize, /token, /userinfo and /revoke.
func OAuth2() []string { return []string{"oauthlib", "authlib"} }

// Start runs the provider called name, with apps whose callbacks are the ones
// given. If it is not installed, t is skipped; it fails if [RequireEnv] is set.
func Start(t testing.TB, name string, callbacks ...string) *Server {
	t.Helper()
	start, ok := map[string]starter{
		"zitadel": startZitadel, "oidcprovider": startOIDCProvider,
		"authlib": startAuthlib, "oauthlib": startOAuthlib,
	}[name]
	if !ok {
		t.Fatalf("there is no provider %q, only %s", name, strings.Join(slices.Concat(OpenID(), OAuth2()), ", "))
	}
	s := newServer(name, callbacks)
	s.URL = start(t, s.settings())
	return s
}

func newServer(name string, callbacks []string) *Server {
	return &Server{
		Name:   name,
		App:    Client{ID: "app", Secret: rand.Text(), Callbacks: callbacks},
		Other:  Client{ID: "other", Secret: rand.Text(), Callbacks: callbacks},
		Public: Client{ID: "public", Callbacks: callbacks},
	}
}

func (s *Server) settings() settings {
	return settings{People: People(), Clients: []Client{s.App, s.Other, s.Public}}
}

// A browser tells a provider who sits before it, and whether they decline,
// with these cookies, so that no provider needs a page to sign in on. Only
// zitadel has one, for browsers without them.
const (
	personCookie = "person"
	denyCookie   = "deny"
)

// choice returns what the browser of r says.
func choice(r *http.Request) (username string, deny bool) {
	if c, err := r.Cookie(personCookie); err == nil {
		username = c.Value
	}
	_, err := r.Cookie(denyCookie)
	return username, err == nil
}
