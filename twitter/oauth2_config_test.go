package twitter_test

import (
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// oauth2Faults takes a joined error apart: field by field.
func oauth2Faults(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, e := range joined.Unwrap() {
			all = append(all, oauth2Faults(e)...)
		}
		return all
	}
	if fault, ok := errors.AsType[*provider.ConfigError](err); ok {
		return []string{fault.Package + " " + fault.Field}
	}
	return nil
}

func TestOAuth2ConfigFaults(t *testing.T) {
	t.Parallel()
	const secret = "made+up/client=secret"
	tests := map[string]struct {
		change func(*twitter.OAuth2Config)
		faults []string // nil: none
	}{
		"least":         {func(*twitter.OAuth2Config) {}, nil},
		"public client": {func(c *twitter.OAuth2Config) { c.ClientSecret = provider.Secret{} }, nil},
		"all": {func(c *twitter.OAuth2Config) {
			c.BaseURL, c.AuthorizeURL = "https://api.x.com/", "https://x.com/i/oauth2/authorize"
			c.Scopes = []string{"users.read", "tweet.read", "tweet.moderate.write", "users.email", "offline.access"}
			c.UserFields, c.APIHosts, c.Timeout = []string{"created_at"}, []string{"upload.x.com"}, time.Second
		}, nil},
		"no fields": {func(c *twitter.OAuth2Config) { c.UserFields = []string{} }, nil},

		"nothing": {func(c *twitter.OAuth2Config) { *c = twitter.OAuth2Config{} }, []string{"twitter ClientID"}},
		"blanks": {func(c *twitter.OAuth2Config) {
			c.ClientID, c.ClientSecret = " id", provider.NewSecret(secret+"\n")
		}, []string{"twitter ClientID", "twitter ClientSecret"}},
		"base with path": {func(c *twitter.OAuth2Config) { c.BaseURL = "https://api.x.com/2" }, []string{"twitter BaseURL"}},
		"base over http": {func(c *twitter.OAuth2Config) { c.BaseURL = "http://api.x.com" }, []string{"twitter BaseURL"}},
		"page over http": {func(c *twitter.OAuth2Config) { c.AuthorizeURL = "http://x.com/i/oauth2/authorize" }, []string{"twitter AuthorizeURL"}},
		"no scopes":      {func(c *twitter.OAuth2Config) { c.Scopes = []string{} }, []string{"twitter Scopes", "twitter Scopes"}},
		"half the pair":  {func(c *twitter.OAuth2Config) { c.Scopes = []string{"users.read", "users.email"} }, []string{"twitter Scopes"}},
		"scopes in one": {func(c *twitter.OAuth2Config) {
			c.Scopes = []string{"users.read", "tweet.read", "users.email offline.access"}
		}, []string{"twitter Scopes"}},
		"OpenID's scope":         {func(c *twitter.OAuth2Config) { c.Scopes = []string{"users.read", "tweet.read", "openid"} }, []string{"twitter Scopes"}},
		"fields in one":          {func(c *twitter.OAuth2Config) { c.UserFields = []string{"url,verified"} }, []string{"twitter UserFields"}},
		"address without scope":  {func(c *twitter.OAuth2Config) { c.UserFields = []string{"confirmed_email"} }, []string{"twitter UserFields"}},
		"negative time":          {func(c *twitter.OAuth2Config) { c.Timeout = -1 }, []string{"twitter Timeout"}},
		"API host with a scheme": {func(c *twitter.OAuth2Config) { c.APIHosts = []string{"https://upload.x.com"} }, []string{"twitter APIHosts"}},
		"all at once": {func(c *twitter.OAuth2Config) {
			c.ClientID, c.BaseURL, c.Scopes, c.UserFields = "", "api.x.com", []string{"a"}, []string{"A"}
		}, []string{
			"twitter BaseURL", "twitter Scopes", "twitter Scopes", "twitter Scopes", "twitter UserFields", "twitter ClientID",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := twitter.OAuth2Config{ClientID: twittertest.OAuth2ClientID, ClientSecret: provider.NewSecret(secret)}
			tt.change(&cfg)
			f, err := twitter.NewOAuth2(cfg)
			assert.ElementsMatch(t, tt.faults, oauth2Faults(err), "%v", err)
			if tt.faults == nil {
				require.NoError(t, err)
				assert.NotNil(t, f)
				return
			}
			assert.Nil(t, f)
			assert.NotContains(t, err.Error(), secret)
		})
	}
}

func TestOAuth2ConfigIsNotComparableAndKeyed(t *testing.T) {
	t.Parallel()
	typ := reflect.TypeFor[twitter.OAuth2Config]()
	assert.False(t, typ.Comparable())
	assert.Equal(t, "_", typ.Field(0).Name)
}

func TestOAuth2AuthURL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		cfg         twitter.OAuth2Config
		page, scope string
	}{
		"defaults":          {twitter.OAuth2Config{}, "https://x.com/i/oauth2/authorize", "users.read tweet.read"},
		"X's own base":      {twitter.OAuth2Config{BaseURL: twitter.DefaultBaseURL + "/"}, "https://x.com/i/oauth2/authorize", "users.read tweet.read"},
		"another base":      {twitter.OAuth2Config{BaseURL: "http://127.0.0.1:1/"}, "http://127.0.0.1:1/i/oauth2/authorize", "users.read tweet.read"},
		"another page":      {twitter.OAuth2Config{AuthorizeURL: "https://x.example/a"}, "https://x.example/a", "users.read tweet.read"},
		"both":              {twitter.OAuth2Config{BaseURL: "http://127.0.0.1:1", AuthorizeURL: "http://127.0.0.1:2/a"}, "http://127.0.0.1:2/a", "users.read tweet.read"},
		"scopes of its own": {twitter.OAuth2Config{Scopes: []string{"tweet.read", "users.email", "users.read"}}, "https://x.com/i/oauth2/authorize", "tweet.read users.email users.read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.cfg.ClientID = "client"
			f, err := twitter.NewOAuth2(tt.cfg)
			require.NoError(t, err)
			authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: oauth2Callback})
			require.NoError(t, err)
			u, err := url.Parse(authURL)
			require.NoError(t, err)
			page, _, _ := strings.Cut(authURL, "?")
			assert.Equal(t, tt.page, page)
			q := u.Query()
			assert.Len(t, q.Get("code_challenge"), 43)
			assert.Equal(t, hs.ID, q.Get("state"))
			assert.LessOrEqual(t, len(hs.ID), 500, "X takes no longer one")
			assert.GreaterOrEqual(t, len(hs.ID), 22, "128 bits")
			assert.NotContains(t, authURL, hs.Secret.Reveal())
			assert.Equal(t, oauth2Callback, hs.CallbackURL)
			q.Del("state")
			q.Del("code_challenge")
			assert.Equal(t, url.Values{
				"response_type": {"code"}, "client_id": {"client"}, "redirect_uri": {oauth2Callback},
				"scope": {tt.scope}, "code_challenge_method": {"S256"},
			}, q)
		})
	}
}

func TestOAuth2ConfigIsCopied(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	cfg := twitter.OAuth2Config{
		ClientID: twittertest.OAuth2ClientID, ClientSecret: provider.NewSecret(twittertest.OAuth2ClientSecret), BaseURL: x.URL(),
		Scopes: []string{"users.read", "tweet.read", "users.email"}, UserFields: make([]string, 1, 8),
	}
	cfg.UserFields[0] = "url"
	f, err := twitter.NewOAuth2(cfg)
	require.NoError(t, err)
	assert.Empty(t, cfg.UserFields[:2][1], "the caller's array is not written to")
	cfg.Scopes[2], cfg.UserFields[0] = "changed", "changed"
	p, err := f.FetchProfile(t.Context(), oauth2SignUp(t, x, f, ""))
	require.NoError(t, err)
	assert.Equal(t, "ada.quill@example.com", p.Email)
	assert.Equal(t, "url,confirmed_email", x.LastQuery(twittertest.UsersMe).Get("user.fields"))
}
