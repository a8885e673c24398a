package oidcflow_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
)

func TestNewFindsEveryFault(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*oidcflow.Config)
		fields []string
	}{
		{"none", func(*oidcflow.Config) {}, nil},
		{"no issuer", func(c *oidcflow.Config) { c.Issuer = "" }, []string{"Issuer"}},
		{"issuer over http", func(c *oidcflow.Config) { c.Issuer = "http://op.example" }, []string{"Issuer"}},
		{"issuer over http on loopback", func(c *oidcflow.Config) { c.Issuer = "http://127.0.0.1:8080/realm" }, nil},
		{"issuer without scheme", func(c *oidcflow.Config) { c.Issuer = "op.example" }, []string{"Issuer"}},
		{"issuer with a query", func(c *oidcflow.Config) { c.Issuer += "?tenant=1" }, []string{"Issuer"}},
		{"issuer with an empty query", func(c *oidcflow.Config) { c.Issuer += "?" }, []string{"Issuer"}},
		{"issuer with a fragment", func(c *oidcflow.Config) { c.Issuer += "#x" }, []string{"Issuer"}},
		{"issuer with a user", func(c *oidcflow.Config) { c.Issuer = "https://a:b@op.example" }, []string{"Issuer"}},
		{"no client ID", func(c *oidcflow.Config) { c.ClientID = "" }, []string{"ClientID"}},
		{"client ID with a line break", func(c *oidcflow.Config) { c.ClientID += "\n" }, []string{"ClientID"}},
		{"secret with a blank", func(c *oidcflow.Config) { c.ClientSecret = provider.NewSecret("s3cr3t ") }, []string{"ClientSecret"}},
		{"no secret", func(c *oidcflow.Config) { c.ClientSecret = provider.Secret{} }, nil},
		{"scopes without openid", func(c *oidcflow.Config) { c.Scopes = []string{"profile"} }, []string{"Scopes"}},
		{"empty scopes", func(c *oidcflow.Config) { c.Scopes = []string{} }, []string{"Scopes"}},
		{"request object", func(c *oidcflow.Config) { c.AuthorizeParams = url.Values{"request": {"x"}} }, []string{"AuthorizeParams"}},
		{"request object by reference", func(c *oidcflow.Config) { c.AuthorizeParams = url.Values{"request_uri": {"x"}} }, []string{"AuthorizeParams"}},
		{"form_post", func(c *oidcflow.Config) { c.AuthorizeParams = url.Values{"response_mode": {"form_post"}} }, []string{"AuthorizeParams"}},
		{"query twice", func(c *oidcflow.Config) { c.AuthorizeParams = url.Values{"response_mode": {"query", "fragment"}} }, []string{"AuthorizeParams"}},
		{"query", func(c *oidcflow.Config) { c.AuthorizeParams = url.Values{"response_mode": {"query"}} }, nil},
		{"host with a path", func(c *oidcflow.Config) { c.APIHosts = []string{"api.example/x"} }, []string{"APIHosts"}},
		{"negative timeout", func(c *oidcflow.Config) { c.Timeout = -time.Second }, []string{"Timeout"}},
		{"nothing at all", func(c *oidcflow.Config) { *c = oidcflow.Config{} }, []string{"Issuer", "ClientID"}},
		{"several", func(c *oidcflow.Config) { c.Issuer, c.ClientID, c.Scopes, c.Timeout = "x", "", []string{"a"}, -1 }, []string{"Issuer", "Scopes", "ClientID", "Timeout"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			cfg := op.config()
			test.change(&cfg)
			f, err := oidcflow.New(cfg)
			assert.Zero(t, op.count(""), "New made a call")
			if test.fields == nil {
				require.NoError(t, err)
				require.NotNil(t, f)
				return
			}
			require.Error(t, err)
			assert.Nil(t, f)
			joined, ok := err.(interface{ Unwrap() []error })
			require.True(t, ok)
			var fields []string
			for _, fault := range joined.Unwrap() {
				e, ok := fault.(*provider.ConfigError)
				require.True(t, ok, "%T", fault)
				assert.Equal(t, "oidcflow", e.Package)
				fields = append(fields, e.Field)
			}
			assert.Equal(t, test.fields, fields)
			assert.NotContains(t, err.Error(), "s3cr3t")
		})
	}
}

// What is missing is said to be missing, and not to have a wrong form.
func TestNoIssuer(t *testing.T) {
	t.Parallel()
	cfg := newForger().config()
	cfg.Issuer = ""
	_, err := oidcflow.New(cfg)
	assert.ErrorContains(t, err, "Issuer: it is required")
}

func TestConfigPromises(t *testing.T) {
	t.Parallel()
	kind := reflect.TypeFor[oidcflow.Config]()
	assert.False(t, kind.Comparable())
	assert.False(t, kind.Field(0).IsExported(), "unkeyed literals compile")
}

func TestTheConfigIsCopied(t *testing.T) {
	t.Parallel()
	op := newForger()
	params, scopes := url.Values{"prompt": {"login"}}, []string{"openid"}
	client := &http.Client{Transport: op}
	f := op.flow(t, func(c *oidcflow.Config) { c.AuthorizeParams, c.Scopes, c.HTTPClient = params, scopes, client })
	params["prompt"][0], scopes[0], client.Transport = "none", "changed", nil
	params.Set("new", "1")
	authURL, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callback})
	require.NoError(t, err)
	u, err := url.Parse(authURL)
	require.NoError(t, err)
	assert.Equal(t, []string{"login"}, u.Query()["prompt"])
	assert.Equal(t, []string{"openid"}, u.Query()["scope"])
	assert.False(t, u.Query().Has("new"))
}

func TestAuthURL(t *testing.T) {
	t.Parallel()
	op := newForger()
	op.metadata["authorization_endpoint"] = issuer + "/authorize?tenant=1"
	f := op.flow(t, func(c *oidcflow.Config) {
		c.AuthorizeParams = url.Values{"nonce": {"mine"}, "state": {"mine"}, "login_hint": {"jane"}}
	})
	seen := map[string]bool{}
	for range 2 {
		authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callback})
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(authURL, issuer+"/authorize?"))
		u, err := url.Parse(authURL)
		require.NoError(t, err)
		q := u.Query()
		assert.Equal(t, "openid profile email", q.Get("scope"))
		assert.Equal(t, "1", q.Get("tenant"))
		assert.Equal(t, "jane", q.Get("login_hint"))
		assert.Equal(t, "S256", q.Get("code_challenge_method"))
		assert.Equal(t, callback, hs.CallbackURL)
		assert.Equal(t, []string{hs.ID}, q["state"])
		for _, name := range []string{"state", "nonce", "code_challenge"} {
			require.Len(t, q[name], 1)
			assert.GreaterOrEqual(t, len(q.Get(name)), 26, name)
			assert.False(t, seen[q.Get(name)], "%s repeats", name)
			seen[q.Get(name)] = true
		}
		assert.NotContains(t, authURL, hs.Secret.Reveal())
	}
}
