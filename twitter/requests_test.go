package twitter_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// road goes through all calls, answered well, and returns "METHOD URL" of each,
// with GET and the page's URL for where the browser is sent.
func road(t *testing.T, change func(*twitter.Config)) (requests []string) {
	t.Helper()
	form := func(v ...string) *http.Response { return reply{Status: 200, Body: strings.Join(v, "&")}.response() }
	cfg := valid()
	cfg.HTTPClient = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		requests = append(requests, r.Method+" "+r.URL.String())
		assert.Equal(t, r.URL.Host, r.Host, "the host that is signed is the host that is called")
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "request_token"):
			return form("oauth_token=rt", "oauth_token_secret=rs", "oauth_callback_confirmed=true"), nil
		case strings.HasSuffix(path, "access_token"):
			return form("oauth_token=71-at", "oauth_token_secret=as", "user_id=71", "screen_name=ana"), nil
		case strings.HasPrefix(path, "/2/"):
			return form(`{"data":{"id":"71","username":"ana"}}`), nil
		default:
			return form(`{"id_str":"71","screen_name":"ana"}`), nil
		}
	})}
	change(&cfg)
	f, err := twitter.New(cfg)
	require.NoError(t, err)
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	requests = append(requests, "GET "+authURL)
	tok, err := f.HandleCallback(t.Context(), hs, url.Values{"oauth_token": {"rt"}, "oauth_verifier": {"v"}})
	require.NoError(t, err)
	p, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, "71", p.ID)
	assert.Equal(t, "ana", p.Username)
	require.NoError(t, f.Revoke(t.Context(), tok))
	return requests
}

// Where each request goes, to the letter: the host is part of what is signed
// and where people's cookies lie, so one flow never mixes two.
func TestWhereRequestsGo(t *testing.T) {
	t.Parallel()
	const (
		requestToken = "POST https://api.x.com/oauth/request_token?x_auth_access_type=read"
		authenticate = "GET https://api.x.com/oauth/authenticate?oauth_token=rt"
		accessToken  = "POST https://api.x.com/oauth/access_token"
		profileV1    = "GET https://api.x.com/1.1/account/verify_credentials.json?include_email=true&skip_status=true&include_entities=false"
		profileV2    = "GET https://api.x.com/2/users/me?user.fields=description%2Clocation%2Cprofile_image_url%2Curl%2Cverified"
		revoke       = "POST https://api.x.com/1.1/oauth/invalidate_token.json"
	)
	onHost := func(base string) []string {
		list := []string{requestToken, authenticate, accessToken, profileV1, revoke}
		for i := range list {
			list[i] = strings.Replace(list[i], "https://api.x.com", base, 1)
		}
		return list
	}
	for _, row := range []struct {
		name   string
		change func(*twitter.Config)
		want   []string
	}{
		{"the defaults", func(*twitter.Config) {}, onHost("https://api.x.com")},
		{"the default by name", func(c *twitter.Config) { c.BaseURL = twitter.DefaultBaseURL }, onHost("https://api.x.com")},
		{"the older host", func(c *twitter.Config) { c.BaseURL = "https://api.twitter.com/" }, onHost("https://api.twitter.com")},
		{"a stand-in", func(c *twitter.Config) { c.BaseURL = "http://127.0.0.1:8090" }, onHost("http://127.0.0.1:8090")},
		{"AlwaysAsk", func(c *twitter.Config) { c.AlwaysAsk = true }, []string{
			requestToken, "GET https://api.x.com/oauth/authorize?oauth_token=rt", accessToken, profileV1, revoke,
		}},
		{"ForceLogin", func(c *twitter.Config) { c.ForceLogin = true }, []string{
			requestToken, "GET https://api.x.com/oauth/authenticate?force_login=true&oauth_token=rt", accessToken, profileV1, revoke,
		}},
		{"ScreenName", func(c *twitter.Config) { c.ScreenName = "Ana_1" }, []string{
			requestToken, "GET https://api.x.com/oauth/authenticate?screen_name=Ana_1&oauth_token=rt", accessToken, profileV1, revoke,
		}},
		{"all that the page takes", func(c *twitter.Config) { c.AlwaysAsk, c.ForceLogin, c.ScreenName = true, true, "ana" }, []string{
			requestToken, "GET https://api.x.com/oauth/authorize?force_login=true&screen_name=ana&oauth_token=rt", accessToken, profileV1, revoke,
		}},
		{"ReadOnly", func(c *twitter.Config) { c.AccessType = twitter.ReadOnly }, onHost("https://api.x.com")},
		{"ReadWrite", func(c *twitter.Config) { c.AccessType = twitter.ReadWrite }, []string{
			"POST https://api.x.com/oauth/request_token?x_auth_access_type=write", authenticate, accessToken, profileV1, revoke,
		}},
		{"AsConfigured", func(c *twitter.Config) { c.AccessType = twitter.AsConfigured }, []string{
			"POST https://api.x.com/oauth/request_token", authenticate, accessToken, profileV1, revoke,
		}},
		{"VerifyCredentials", func(c *twitter.Config) { c.Profile = twitter.VerifyCredentials }, onHost("https://api.x.com")},
		{"UsersMe", func(c *twitter.Config) { c.Profile = twitter.UsersMe }, []string{requestToken, authenticate, accessToken, profileV2, revoke}},
		{"UsersMe with fields", func(c *twitter.Config) {
			c.Profile, c.UserFields = twitter.UsersMe, []string{"confirmed_email", "created_at"}
		}, []string{
			requestToken, authenticate, accessToken, "GET https://api.x.com/2/users/me?user.fields=confirmed_email%2Ccreated_at", revoke,
		}},
		{"UsersMe without fields", func(c *twitter.Config) { c.Profile, c.UserFields = twitter.UsersMe, []string{} }, []string{
			requestToken, authenticate, accessToken, "GET https://api.x.com/2/users/me", revoke,
		}},
		{"TokenAnswer makes no call", func(c *twitter.Config) { c.Profile = twitter.TokenAnswer }, []string{
			requestToken, authenticate, accessToken, revoke,
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.want, road(t, row.change))
		})
	}
}

// A parser of the app's own takes the place of the source's.
func TestOwnParser(t *testing.T) {
	t.Parallel()
	for _, source := range []twitter.ProfileSource{twitter.VerifyCredentials, twitter.UsersMe} {
		f := answered(t, reply{Status: 200, Body: ` {"any":"thing"}`}, func(c *twitter.Config) {
			c.Profile = source
			c.ParseProfile = func(raw []byte) (provider.Profile, error) {
				return provider.Profile{ID: "71", Name: string(raw)}, nil
			}
		})
		p, err := f.FetchProfile(t.Context(), madeUpToken())
		require.NoError(t, err)
		assert.Equal(t, provider.Profile{ID: "71", Name: ` {"any":"thing"}`, Raw: []byte(` {"any":"thing"}`)}, p)
	}
}

// A Config belongs to its caller again once New has returned.
func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	fields, hosts := []string{"url"}, []string{"upload.x.com"}
	got := road(t, func(c *twitter.Config) {
		c.Profile, c.UserFields, c.APIHosts = twitter.UsersMe, fields, hosts
	})
	assert.Contains(t, got, "GET https://api.x.com/2/users/me?user.fields=url")

	var seen []string
	client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r.URL.String())
		return reply{Status: 200, Body: `{"data":{"id":"71"}}`}.response(), nil
	})}
	cfg := valid()
	cfg.Profile, cfg.UserFields, cfg.APIHosts, cfg.HTTPClient = twitter.UsersMe, fields, hosts, client
	f, err := twitter.New(cfg)
	require.NoError(t, err)
	fields[0], hosts[0] = "confirmed_email", "evil.example"
	client.Transport = nil
	cfg.BaseURL = "https://evil.example"
	_, err = f.FetchProfile(t.Context(), madeUpToken())
	require.NoError(t, err)
	assert.Equal(t, []string{"https://api.x.com/2/users/me?user.fields=url"}, seen)
	c, err := f.Client(t.Context(), madeUpToken())
	require.NoError(t, err)
	_, err = c.Get("https://evil.example/")
	requireError(t, err, provider.ErrRefused, provider.OpClient)
	res, err := c.Get("https://upload.x.com/1.1/media/upload.json")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Len(t, seen, 2)
}
