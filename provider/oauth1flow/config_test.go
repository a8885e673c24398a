package oauth1flow_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// faultFields returns the fields that the faults joined in err name.
func faultFields(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%T is not joined", err)
	var fields []string
	for _, fault := range joined.Unwrap() {
		e, ok := fault.(*provider.ConfigError)
		require.True(t, ok, "%T", fault)
		assert.Equal(t, "oauth1flow", e.Package)
		assert.NotEmpty(t, e.Reason)
		fields = append(fields, e.Field)
	}
	return fields
}

// valid is a Config that needs no provider to be there.
func valid() oauth1flow.Config {
	p := fakeProvider{url: "https://api.fake.example"}
	return p.config()
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	endpoints := []string{"Endpoint.RequestTokenURL", "Endpoint.AuthorizeURL", "Endpoint.AccessTokenURL", "ProfileURL", "RevokeURL"}
	everyURL := func(text string) func(*oauth1flow.Config) {
		return func(c *oauth1flow.Config) {
			c.Endpoint.RequestTokenURL, c.Endpoint.AuthorizeURL, c.Endpoint.AccessTokenURL = text, text, text
			c.ProfileURL, c.RevokeURL = text, text
		}
	}
	for _, row := range []struct {
		name   string
		change func(*oauth1flow.Config)
		want   []string
	}{
		{"no name", func(c *oauth1flow.Config) { c.Name = "" }, []string{"Name"}},
		{"no key", func(c *oauth1flow.Config) { c.ConsumerKey = "" }, []string{"ConsumerKey"}},
		{"a blank after the key", func(c *oauth1flow.Config) { c.ConsumerKey = "key " }, []string{"ConsumerKey"}},
		{"a blank before the key", func(c *oauth1flow.Config) { c.ConsumerKey = " key" }, []string{"ConsumerKey"}},
		{"a no-break space after the key", func(c *oauth1flow.Config) { c.ConsumerKey = "key\u00a0" }, []string{"ConsumerKey"}},
		{"a key of blanks", func(c *oauth1flow.Config) { c.ConsumerKey = "  " }, []string{"ConsumerKey"}},
		{"a control character in the key", func(c *oauth1flow.Config) { c.ConsumerKey = "k\x00ey" }, []string{"ConsumerKey"}},
		{"no secret", func(c *oauth1flow.Config) { c.ConsumerSecret = provider.Secret{} }, []string{"ConsumerSecret"}},
		{"no secret for HMAC-SHA256", func(c *oauth1flow.Config) {
			c.ConsumerSecret, c.SignatureMethod = provider.Secret{}, oauth1flow.HMACSHA256
		}, []string{"ConsumerSecret"}},
		{"a line break after the secret", func(c *oauth1flow.Config) { c.ConsumerSecret = provider.NewSecret(consumerSecret + "\n") }, []string{"ConsumerSecret"}},
		{"a line break inside the secret", func(c *oauth1flow.Config) { c.ConsumerSecret = provider.NewSecret("a\r\nb") }, []string{"ConsumerSecret"}},
		{"a method that sends the secrets", func(c *oauth1flow.Config) { c.SignatureMethod = "PLAINTEXT" }, []string{"SignatureMethod"}},
		{"a method in lower case", func(c *oauth1flow.Config) { c.SignatureMethod = "hmac-sha1" }, []string{"SignatureMethod"}},
		{"RSA without a key", func(c *oauth1flow.Config) { c.SignatureMethod = oauth1flow.RSASHA1 }, []string{"PrivateKey"}},
		{"no endpoints", func(c *oauth1flow.Config) {
			c.Endpoint.RequestTokenURL, c.Endpoint.AuthorizeURL, c.Endpoint.AccessTokenURL = "", "", ""
		}, endpoints[:3]},
		{"http", everyURL("http://api.fake.example/x"), endpoints},
		{"http to a name that only begins like loopback", everyURL("http://127.0.0.1.fake.example/x"), endpoints},
		{"http to a name that only ends like loopback", everyURL("http://notlocalhost/x"), endpoints},
		{"http to an address of the network", everyURL("http://10.0.0.1/x"), endpoints},
		{"another scheme", everyURL("ftp://api.fake.example/x"), endpoints},
		{"no scheme", everyURL("api.fake.example/x"), endpoints},
		{"scheme-relative", everyURL("//api.fake.example/x"), endpoints},
		{"no host", everyURL("https:///x"), endpoints},
		{"opaque", everyURL("https:api.fake.example"), endpoints},
		{"not a URL", everyURL("https://api.fake.example/%zz"), endpoints},
		{"a user", everyURL("https://user:pass@api.fake.example/x"), endpoints},
		{"an empty user", everyURL("https://@api.fake.example/x"), endpoints},
		{"a fragment", everyURL("https://api.fake.example/x#part"), endpoints},
		{"a parameter of the protocol", everyURL("https://api.fake.example/x?a=b&oauth_version=1.0"), []string{
			"Endpoint.RequestTokenURL", "Endpoint.AccessTokenURL", "ProfileURL", "RevokeURL",
		}},
		{"parameters of the protocol", func(c *oauth1flow.Config) {
			c.RequestTokenParams = url.Values{"a": {"b"}, "oauth_callback": {"https://evil.example/"}, "oauth_token": {"stranger"}}
		}, []string{"RequestTokenParams"}},
		{"no parser", func(c *oauth1flow.Config) { c.ParseProfile = nil }, []string{"ParseProfile"}},
		{"nobody to tell who it is", func(c *oauth1flow.Config) { c.ProfileURL, c.Identify = "", nil }, []string{"ProfileURL"}},
		{"an empty API host", func(c *oauth1flow.Config) { c.APIHosts = []string{""} }, []string{"APIHosts"}},
		{"an API host in other letters", func(c *oauth1flow.Config) { c.APIHosts = []string{"bücher.example"} }, []string{"APIHosts"}},
		{"a URL for an API host", func(c *oauth1flow.Config) { c.APIHosts = []string{"https://up.fake.example"} }, []string{"APIHosts"}},
		{"a path in an API host", func(c *oauth1flow.Config) { c.APIHosts = []string{"up.fake.example/x"} }, []string{"APIHosts"}},
		{"a user in an API host", func(c *oauth1flow.Config) { c.APIHosts = []string{"a@up.fake.example"} }, []string{"APIHosts"}},
		{"two bad API hosts", func(c *oauth1flow.Config) { c.APIHosts = []string{"a/b", "ok.example:444", "c d"} }, []string{"APIHosts", "APIHosts"}},
		{"a negative time limit", func(c *oauth1flow.Config) { c.Timeout = -time.Second }, []string{"Timeout"}},
		{"all at once", func(c *oauth1flow.Config) { *c = oauth1flow.Config{Timeout: -1} }, []string{
			"Name", "ConsumerKey", "ConsumerSecret", "Endpoint.RequestTokenURL", "Endpoint.AuthorizeURL",
			"Endpoint.AccessTokenURL", "ProfileURL", "Timeout",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg := valid()
			row.change(&cfg)
			f, err := oauth1flow.New(cfg)
			require.Error(t, err)
			assert.Nil(t, f)
			assert.Equal(t, row.want, faultFields(t, err))
			assertNoSecrets(t, err)
		})
	}
}

func TestConfigAccepted(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	loopback := func(base string) func(*oauth1flow.Config) {
		return func(c *oauth1flow.Config) { p := fakeProvider{url: base}; *c = p.config() }
	}
	for _, row := range []struct {
		name   string
		change func(*oauth1flow.Config)
	}{
		{"as it is", func(*oauth1flow.Config) {}},
		{"http to 127.0.0.1", loopback("http://127.0.0.1:8090")},
		{"http to all of 127/8", loopback("http://127.9.8.7")},
		{"http to ::1", loopback("http://[::1]:8090")},
		{"http to localhost", loopback("http://localhost:8090")},
		{"http to a name below localhost", loopback("http://x.localhost")},
		{"upper case", loopback("HTTPS://API.Fake.Example:444")},
		{"a query in the URLs", func(c *oauth1flow.Config) { c.Endpoint.AuthorizeURL += "?lang=pt" }},
		{"no profile URL", func(c *oauth1flow.Config) { c.ProfileURL, c.ParseProfile = "", nil }},
		{"no Identify", func(c *oauth1flow.Config) { c.Identify = nil }},
		{"no revocation", func(c *oauth1flow.Config) { c.RevokeURL = "" }},
		{"API hosts", func(c *oauth1flow.Config) { c.APIHosts = []string{"up.fake.example", "up.fake.example:444", "[::1]:9"} }},
		{"RSA without a secret", func(c *oauth1flow.Config) {
			c.SignatureMethod, c.PrivateKey, c.ConsumerSecret = oauth1flow.RSASHA1, key, provider.Secret{}
		}},
		{"no time limit of one's own", func(c *oauth1flow.Config) { c.Timeout = 0 }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg := valid()
			row.change(&cfg)
			f, err := oauth1flow.New(cfg)
			require.NoError(t, err)
			assert.NotNil(t, f)
		})
	}
}

// A Config belongs to its caller again once New has returned.
func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	p, other := newProvider(t), newProvider(t)
	cfg := p.config()
	cfg.RequestTokenParams = url.Values{"scope": {"read"}}
	cfg.AuthorizeParams = url.Values{"force": {"yes"}}
	cfg.APIHosts = []string{"up.fake.example"}
	cfg.HTTPClient = &http.Client{}
	f, err := oauth1flow.New(cfg)
	require.NoError(t, err)

	cfg.RequestTokenParams["scope"][0] = "write"
	cfg.RequestTokenParams.Set("more", "1")
	cfg.AuthorizeParams["force"][0] = "no"
	cfg.AuthorizeParams.Set("oauth_token", "stranger")
	cfg.APIHosts[0] = "127.0.0.1:1"
	cfg.HTTPClient.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("the caller's client was changed after New")
		return nil, http.ErrHandlerTimeout
	})
	cfg.Endpoint.RequestTokenURL = other.url
	cfg.ConsumerKey, cfg.Name = "other", "other"
	cfg.Identify, cfg.ParseProfile = nil, nil

	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	assert.Equal(t, p.url+"/authorize?force=yes&oauth_token="+url.QueryEscape(requestToken), authURL)
	assert.Equal(t, []pair{{"scope", "read"}}, p.made("/request_token")[0].query)
	tok, err := f.HandleCallback(t.Context(), hs, approved())
	require.NoError(t, err)
	assert.Equal(t, "71", tok.Subject)
	_, err = f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Empty(t, other.made(""))

	c, err := f.Client(t.Context(), tok)
	require.NoError(t, err)
	_, err = c.Get("http://127.0.0.1:1/")
	requireError(t, err, provider.ErrRefused, provider.OpClient)
}

// The caller's client is copied, not used up: its jar, its redirect policy and
// its fields are as they were.
func TestTheCallersHTTPClientStaysItsOwn(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	client := &http.Client{Timeout: time.Minute}
	f := p.flow(func(c *oauth1flow.Config) { c.HTTPClient = client })
	_, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	assert.Nil(t, client.Transport)
	assert.Nil(t, client.CheckRedirect)
	assert.Nil(t, client.Jar)
	assert.Equal(t, time.Minute, client.Timeout)
}
