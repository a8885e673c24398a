package twitter_test

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// faults returns "Field" for each fault joined in err, nested or not.
func faults(t *testing.T, err error) (fields []string) {
	t.Helper()
	if e, ok := err.(*provider.ConfigError); ok {
		assert.NotEmpty(t, e.Reason)
		return []string{e.Field}
	}
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%T", err)
	for _, fault := range joined.Unwrap() {
		fields = append(fields, faults(t, fault)...)
	}
	return fields
}

func valid() twitter.Config {
	return twitter.Config{ConsumerKey: madeUpKey, ConsumerSecret: provider.NewSecret(madeUpSecret)}
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	clientID := []byte("QWERTYUIOPasdfghjklz:1:ci")
	for _, row := range []struct {
		name   string
		change func(*twitter.Config)
		want   []string
	}{
		{"no key", func(c *twitter.Config) { c.ConsumerKey = "" }, []string{"ConsumerKey"}},
		{"no secret", func(c *twitter.Config) { c.ConsumerSecret = provider.Secret{} }, []string{"ConsumerSecret"}},
		{"a line break in the secret", func(c *twitter.Config) { c.ConsumerSecret = provider.NewSecret(madeUpSecret + "\r\n") }, []string{"ConsumerSecret"}},
		{"an OAuth 2.0 Client ID", func(c *twitter.Config) { c.ConsumerKey = base64.RawURLEncoding.EncodeToString(clientID) }, []string{"ConsumerKey"}},
		{"an OAuth 2.0 Client ID with padding", func(c *twitter.Config) { c.ConsumerKey = base64.URLEncoding.EncodeToString(clientID) }, []string{"ConsumerKey"}},
		{"a path in BaseURL", func(c *twitter.Config) { c.BaseURL = "https://api.x.com/2" }, []string{"BaseURL"}},
		{"a query in BaseURL", func(c *twitter.Config) { c.BaseURL = "https://api.x.com?a=b" }, []string{"BaseURL"}},
		{"an empty query in BaseURL", func(c *twitter.Config) { c.BaseURL = "https://api.x.com?" }, []string{"BaseURL"}},
		{"a fragment in BaseURL", func(c *twitter.Config) { c.BaseURL = "https://api.x.com#a" }, []string{"BaseURL"}},
		{"an empty fragment in BaseURL", func(c *twitter.Config) { c.BaseURL = "https://api.x.com#" }, []string{"BaseURL"}},
		{"no scheme in BaseURL", func(c *twitter.Config) { c.BaseURL = "api.x.com" }, []string{"BaseURL"}},
		{"no host in BaseURL", func(c *twitter.Config) { c.BaseURL = "https://" }, []string{"BaseURL"}},
		{"not a URL", func(c *twitter.Config) { c.BaseURL = "https://api.x.com:port" }, []string{"BaseURL"}},
		{"http", func(c *twitter.Config) { c.BaseURL = "http://api.x.com" }, []string{"BaseURL"}},
		{"another scheme", func(c *twitter.Config) { c.BaseURL = "ftp://api.x.com" }, []string{"BaseURL"}},
		{"a user", func(c *twitter.Config) { c.BaseURL = "https://user:pass@api.x.com" }, []string{"BaseURL"}},
		{"an access type of one's own", func(c *twitter.Config) { c.AccessType = "admin" }, []string{"AccessType"}},
		{"a profile source of one's own", func(c *twitter.Config) { c.Profile = "v3" }, []string{"Profile"}},
		{"a handle with @", func(c *twitter.Config) { c.ScreenName = "@ana" }, []string{"ScreenName"}},
		{"a handle with more in it", func(c *twitter.Config) { c.ScreenName = "ana&oauth_token=x" }, []string{"ScreenName"}},
		{"a handle with a line break", func(c *twitter.Config) { c.ScreenName = "ana\n" }, []string{"ScreenName"}},
		{"an empty field", func(c *twitter.Config) { c.UserFields = []string{""} }, []string{"UserFields"}},
		{"fields joined by the caller", func(c *twitter.Config) { c.UserFields = []string{"url", "a,b", "A"} }, []string{"UserFields"}},
		{"an API host with a scheme", func(c *twitter.Config) { c.APIHosts = []string{"https://upload.x.com"} }, []string{"APIHosts"}},
		{"a negative time limit", func(c *twitter.Config) { c.Timeout = -1 }, []string{"Timeout"}},
		{"all at once", func(c *twitter.Config) {
			*c = twitter.Config{
				BaseURL: "https://api.x.com/2", AccessType: "a", Profile: "p", ScreenName: "@", UserFields: []string{"%"}, Timeout: -1,
			}
		}, []string{
			"BaseURL", "AccessType", "Profile", "ScreenName", "UserFields",
			"ConsumerKey", "ConsumerSecret", "Timeout",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg := valid()
			row.change(&cfg)
			f, err := twitter.New(cfg)
			require.Error(t, err)
			assert.Nil(t, f)
			assert.Equal(t, row.want, faults(t, err))
			assert.NotContains(t, err.Error(), "oauth1flow", "a package that the app has never heard of")
			assertNoSecrets(t, err)
		})
	}
}

// Of a BaseURL the fault says what one looks like, in the words of this package.
func TestBaseURLFault(t *testing.T) {
	t.Parallel()
	const want = "BaseURL: it must be a scheme and a host, such as https://api.x.com"
	for _, base := range []string{"api.x.com", "https://", "https:///", "/2", "https://api.x.com/2", "https://api.x.com?a=b", "https://api.x.com/%zz"} {
		cfg := valid()
		cfg.BaseURL = base
		_, err := twitter.New(cfg)
		require.ErrorContains(t, err, want, base)
		_, err = twitter.NewOAuth2(twitter.OAuth2Config{ClientID: "id", BaseURL: base})
		require.ErrorContains(t, err, want, base)
	}
}

// The fault tells which of the console's many keys is the right one.
func TestClientIDHint(t *testing.T) {
	t.Parallel()
	cfg := valid()
	cfg.ConsumerKey = base64.RawURLEncoding.EncodeToString([]byte("QWERTYUIOPasdfghjklz:1:ci"))
	_, err := twitter.New(cfg)
	require.ErrorContains(t, err, "OAuth 2.0 Client ID")
	require.ErrorContains(t, err, `"API Key"`)
	assert.NotContains(t, err.Error(), cfg.ConsumerKey)
}

func TestConfigAccepted(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*twitter.Config)
	}{
		{"key and secret alone", func(*twitter.Config) {}},
		{"the key of the documentation", func(c *twitter.Config) { c.ConsumerKey = "xvz1evFS4wEEPTGEFPHBog" }},
		{"another key of the documentation", func(c *twitter.Config) { c.ConsumerKey = "cChZNFj6T5R0TigYB9yd1w" }},
		{"a key of 25 characters", func(c *twitter.Config) { c.ConsumerKey = "A1b2C3d4E5f6G7h8I9j0K1l2M" }},
		{"base64 of something else", func(c *twitter.Config) { c.ConsumerKey = base64.RawURLEncoding.EncodeToString([]byte("abc:at:1")) }},
		{"a Client ID with something after it", func(c *twitter.Config) {
			c.ConsumerKey = base64.RawURLEncoding.EncodeToString([]byte("QWERTYUIOPasdfghjkl:1:ci")) + "."
		}},
		{"the older host", func(c *twitter.Config) { c.BaseURL = "https://api.twitter.com" }},
		{"a slash at the end", func(c *twitter.Config) { c.BaseURL = "https://api.x.com/" }},
		{"a port", func(c *twitter.Config) { c.BaseURL = "https://api.x.com:8443" }},
		{"loopback", func(c *twitter.Config) { c.BaseURL = "http://127.0.0.1:8090" }},
		{"loopback by IPv6", func(c *twitter.Config) { c.BaseURL = "http://[::1]:8090/" }},
		{"everything", func(c *twitter.Config) {
			c.AlwaysAsk, c.ForceLogin, c.ScreenName = true, true, "Ana_1"
			c.AccessType, c.Profile, c.UserFields = twitter.ReadWrite, twitter.UsersMe, []string{"confirmed_email"}
			c.ParseProfile, c.APIHosts = twitter.ParseUsersMe, []string{"upload.x.com"}
			c.HTTPClient, c.Timeout = http.DefaultClient, time.Second
		}},
		{"no fields", func(c *twitter.Config) { c.Profile, c.UserFields = twitter.UsersMe, []string{} }},
		{"no profile", func(c *twitter.Config) { c.Profile = twitter.TokenAnswer }},
		{"no profile, but a parser", func(c *twitter.Config) {
			c.Profile, c.ParseProfile = twitter.TokenAnswer, twitter.ParseUsersMe
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg := valid()
			row.change(&cfg)
			f, err := twitter.New(cfg)
			require.NoError(t, err)
			assert.NotNil(t, f)
		})
	}
}
