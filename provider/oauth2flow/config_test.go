package oauth2flow_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// valid is a Config that needs no provider to be there.
func valid() oauth2flow.Config {
	s := fakeServer{url: "https://api.fake.example"}
	return s.config()
}

// nobody is an Identify that finds nobody.
func nobody(context.Context, provider.Handshake, func(string) any) (subject, username string, err error) {
	return "", "", nil
}

// faultFields returns the fields that the faults joined in err name.
func faultFields(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%T is not joined", err)
	var fields []string
	for _, fault := range joined.Unwrap() {
		e, ok := fault.(*provider.ConfigError)
		require.True(t, ok, "%T", fault)
		assert.Contains(t, []string{"oauth2flow", "oauth2flow (fake)"}, e.Package, "whose it is, where it has a name")
		assert.NotEmpty(t, e.Reason)
		fields = append(fields, e.Field)
	}
	return fields
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	endpoints := []string{"Endpoint.AuthURL", "Endpoint.TokenURL", "ProfileURL", "RevokeURL"}
	everyURL := func(text string) func(*oauth2flow.Config) {
		return func(c *oauth2flow.Config) {
			c.Endpoint.AuthURL, c.Endpoint.TokenURL, c.ProfileURL, c.RevokeURL = text, text, text, text
		}
	}
	for _, row := range []struct {
		name   string
		change func(*oauth2flow.Config)
		want   []string
	}{
		{"no name", func(c *oauth2flow.Config) { c.Name = "" }, []string{"Name"}},
		{"no PKCE and no secret either", func(c *oauth2flow.Config) {
			c.DangerouslyWithoutPKCE, c.ClientSecret = true, provider.Secret{}
		}, []string{"DangerouslyWithoutPKCE"}},
		{"no client ID", func(c *oauth2flow.Config) { c.ClientID = "" }, []string{"ClientID"}},
		{"a blank after the ID", func(c *oauth2flow.Config) { c.ClientID = "id " }, []string{"ClientID"}},
		{"a no-break space before the ID", func(c *oauth2flow.Config) { c.ClientID = "\u00a0id" }, []string{"ClientID"}},
		{"a control character in the ID", func(c *oauth2flow.Config) { c.ClientID = "i\x00d" }, []string{"ClientID"}},
		{"a line break after the secret", func(c *oauth2flow.Config) { c.ClientSecret = provider.NewSecret(clientSecret + "\n") }, []string{"ClientSecret"}},
		{"a line break inside the secret", func(c *oauth2flow.Config) { c.ClientSecret = provider.NewSecret("a\r\nb") }, []string{"ClientSecret"}},
		{"ID and secret, in this order", func(c *oauth2flow.Config) { c.ClientID, c.ClientSecret = "id ", provider.NewSecret("s ") }, []string{"ClientID", "ClientSecret"}},
		{"a way to authenticate that is none", func(c *oauth2flow.Config) { c.Endpoint.AuthStyle = 7 }, []string{"Endpoint.AuthStyle"}},
		{"no endpoints", func(c *oauth2flow.Config) { c.Endpoint = oauth2.Endpoint{} }, endpoints[:2]},
		{"http", everyURL("http://api.fake.example/x"), endpoints},
		{"http to a name that only begins like loopback", everyURL("http://127.0.0.1.fake.example/x"), endpoints},
		{"http to a name that only ends like loopback", everyURL("http://notlocalhost/x"), endpoints},
		{"http to an address of the network", everyURL("http://10.0.0.1/x"), endpoints},
		{"another scheme", everyURL("ftp://api.fake.example/x"), endpoints},
		{"no scheme", everyURL("api.fake.example/x"), endpoints},
		{"scheme-relative", everyURL("//api.fake.example/x"), endpoints},
		{"no host", everyURL("https:///x"), endpoints},
		{"a port without a host", everyURL("https://:443/x"), endpoints},
		{"opaque", everyURL("https:api.fake.example"), endpoints},
		{"not a URL", everyURL("https://api.fake.example/%zz"), endpoints},
		{"a user", everyURL("https://user:" + marker + "@api.fake.example/x"), endpoints},
		{"a fragment", everyURL("https://api.fake.example/x#" + marker), endpoints},
		{"a profile that nobody reads", func(c *oauth2flow.Config) { c.Mapping = oauth2flow.Mapping{} }, []string{"Mapping"}},
		{"a Mapping without the ID", func(c *oauth2flow.Config) { c.Mapping = oauth2flow.Mapping{Email: "email"} }, []string{"Mapping"}},
		{"nobody to tell who it is", func(c *oauth2flow.Config) { c.ProfileURL = "" }, []string{"ProfileURL"}},
		{"an issuer is required, and none given", func(c *oauth2flow.Config) { c.RequireIssuer = true }, []string{"Issuer"}},
		{"an empty API host", func(c *oauth2flow.Config) { c.APIHosts = []string{""} }, []string{"APIHosts"}},
		{"an API host in other letters", func(c *oauth2flow.Config) { c.APIHosts = []string{"bücher.example"} }, []string{"APIHosts"}},
		{"a URL for an API host", func(c *oauth2flow.Config) { c.APIHosts = []string{"https://up.fake.example"} }, []string{"APIHosts"}},
		{"a path in an API host", func(c *oauth2flow.Config) { c.APIHosts = []string{"up.fake.example/x"} }, []string{"APIHosts"}},
		{"a user in an API host", func(c *oauth2flow.Config) { c.APIHosts = []string{"a@up.fake.example"} }, []string{"APIHosts"}},
		{"a port for an API host", func(c *oauth2flow.Config) { c.APIHosts = []string{":443"} }, []string{"APIHosts"}},
		{"two bad API hosts", func(c *oauth2flow.Config) { c.APIHosts = []string{"a/b", "ok.example:444", "c d"} }, []string{"APIHosts", "APIHosts"}},
		{"a negative time limit", func(c *oauth2flow.Config) { c.Timeout = -time.Second }, []string{"Timeout"}},
		{"all at once", func(c *oauth2flow.Config) {
			*c = oauth2flow.Config{
				ClientSecret: provider.NewSecret(" " + clientSecret), RequireIssuer: true, RevokeURL: "x", APIHosts: []string{"/"}, Timeout: -1,
			}
		}, []string{
			"Name", "ClientID", "ClientSecret", "Endpoint.AuthURL", "Endpoint.TokenURL", "RevokeURL", "ProfileURL", "Issuer", "APIHosts", "Timeout",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for range 50 { // the order of the faults is not left to chance
				cfg := valid()
				row.change(&cfg)
				f, err := oauth2flow.New(cfg)
				require.Error(t, err)
				assert.Nil(t, f)
				require.Equal(t, row.want, faultFields(t, err))
				assertNoSecrets(t, err)
			}
		})
	}
}

func TestConfigAccepted(t *testing.T) {
	t.Parallel()
	at := func(base string) func(*oauth2flow.Config) {
		return func(c *oauth2flow.Config) { s := fakeServer{url: base}; *c = s.config() }
	}
	for _, row := range []struct {
		name   string
		change func(*oauth2flow.Config)
	}{
		{"as it is", func(*oauth2flow.Config) {}},
		{"a public client", func(c *oauth2flow.Config) { c.ClientSecret = provider.Secret{} }},
		{"no scopes", func(c *oauth2flow.Config) { c.Scopes = nil }},
		{"no way to revoke", func(c *oauth2flow.Config) { c.RevokeURL = "" }},
		{"identity from the token answer alone", func(c *oauth2flow.Config) { c.ProfileURL, c.Identify = "", nobody }},
		{"a parser in place of the Mapping", func(c *oauth2flow.Config) {
			c.Mapping = oauth2flow.Mapping{}
			c.ParseProfile = func([]byte) (provider.Profile, error) { return provider.Profile{}, nil }
		}},
		{"an issuer that is not required", func(c *oauth2flow.Config) { c.Issuer = issuer }},
		{"API hosts", func(c *oauth2flow.Config) {
			c.APIHosts = []string{"up.fake.example", "UP.fake.example:444", "[::1]:80"}
		}},
		{"http on 127.0.0.1", at("http://127.0.0.1:8080")},
		{"http on another loopback address", at("http://127.8.9.10")},
		{"http on ::1", at("http://[::1]:8080")},
		{"http on localhost", at("http://localhost:8080")},
		{"http on a name below localhost", at("http://fake.localhost:8080")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg := valid()
			row.change(&cfg)
			f, err := oauth2flow.New(cfg)
			require.NoError(t, err)
			assert.NotNil(t, f)
		})
	}
}

// What the caller does with its Config after New is of no consequence.
func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.extra = map[string]any{"kept": "k-" + secretMark, "other": "o-" + secretMark}
	cfg := s.config()
	cfg.AuthorizeParams = url.Values{"prompt": {"consent"}}
	cfg.Header = http.Header{"X-Version": {"1"}}
	cfg.ExtraMembers = []string{"kept"}
	cfg.APIHosts = []string{"up.fake.example"}
	cfg.HTTPClient = &http.Client{}
	f, err := oauth2flow.New(cfg)
	require.NoError(t, err)
	before, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)

	cfg.Scopes[0] = "admin"
	cfg.AuthorizeParams["prompt"][0] = "none"
	cfg.AuthorizeParams["hacked"] = []string{"1"}
	cfg.Header["X-Version"][0] = "2"
	cfg.Header["X-Hacked"] = []string{"1"}
	cfg.ExtraMembers[0] = "other"
	cfg.APIHosts[0] = "evil.example"
	cfg.HTTPClient.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("the transport was exchanged after New")
		return nil, http.ErrServerClosed
	})

	after, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	assert.Equal(t, without(t, before, "state", "code_challenge"), without(t, after, "state", "code_challenge"))
	tok := s.signIn(f)
	assert.Equal(t, "k-"+secretMark, tok.Extra["kept"].Reveal())
	assert.NotContains(t, tok.Extra, "other")
	_, err = f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	header := s.made("/me")[0].header
	assert.Equal(t, []string{"1"}, header["X-Version"])
	assert.NotContains(t, header, "X-Hacked")
	c, err := f.Client(t.Context(), tok)
	require.NoError(t, err)
	_, err = c.Get("https://evil.example/")
	requireError(t, err, provider.ErrRefused, provider.OpClient)
}

// without returns the query of a URL, less what is new each time.
func without(t *testing.T, text string, names ...string) url.Values {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	query := u.Query()
	for _, name := range names {
		query.Del(name)
	}
	return query
}

// Whatever prints what the package hands out, the secrets are not in it.
func TestNothingPrintsSecrets(t *testing.T) {
	t.Parallel()
	for _, auth := range []clientAuth{inHeader, inBody} {
		s := newFake(t)
		s.auth = auth
		s.extra = map[string]any{"id_token": "id-" + secretMark}
		cfg := s.config()
		s.inProcess(&cfg) // a real transport is at work while it is printed
		cfg.ExtraMembers = []string{"id_token"}
		f, err := oauth2flow.New(cfg)
		require.NoError(t, err)
		hs, query := s.start(f)
		tok, err := f.HandleCallback(t.Context(), hs, query)
		require.NoError(t, err)
		_, err = f.Refresh(t.Context(), tok)
		require.NoError(t, err)
		client, err := f.Client(t.Context(), tok)
		require.NoError(t, err)
		for _, v := range []any{f, *f, cfg, &cfg, hs, &hs, tok, &tok, client, *client, client.Transport, []any{f, tok}, struct{ inner any }{f}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				text := fmt.Sprintf(verb, v)
				assertNoSecretsIn(t, text)
				assert.NotContains(t, text, hs.Secret.Reveal())
			}
		}
	}
}
