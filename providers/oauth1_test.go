package providers_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/providers"
)

// row1 is what an OAuth 1.0a provider documents.
type row1 struct {
	function     string
	name         string // also of the fixture
	config       func() oauth1flow.Config
	request      string // host and path
	authURL      string
	access       string
	tokenMembers string
	profile      string
	agent        bool // wants a User-Agent
	sign         bool // the fixture is signed
	want         provider.Profile
}

var rows1 = []row1{{
	function: "Discogs", name: "discogs", config: providers.Discogs, agent: true,
	request: "api.discogs.com/oauth/request_token",
	authURL: "https://www.discogs.com/oauth/authorize?oauth_token=request-token",
	access:  "api.discogs.com/oauth/access_token", profile: "api.discogs.com/oauth/identity",
	want: provider.Profile{ID: "9007199254740993", Username: "ana_souza"},
}, {
	function: "Flickr", name: "flickr", config: providers.Flickr,
	request:      "www.flickr.com/services/oauth/request_token",
	authURL:      "https://www.flickr.com/services/oauth/authorize?perms=read&oauth_token=request-token",
	access:       "www.flickr.com/services/oauth/access_token",
	tokenMembers: "&fullname=Ana%20Souza&user_nsid=12037949754%40N01&username=ana%20souza",
	profile:      "api.flickr.com/services/rest/?method=flickr.test.login&format=json&nojsoncallback=1",
	want:         provider.Profile{ID: "12037949754@N01", Username: "ana souza"},
}, {
	function: "MediaWiki", name: "mediawiki", agent: true, sign: true,
	config: func() oauth1flow.Config {
		return providers.MediaWiki("https://wiki.example/w/index.php", consumerKey, provider.NewSecret(consumerSecret))
	},
	request: "wiki.example/w/index.php?title=Special%3AOAuth%2Finitiate",
	authURL: "https://wiki.example/w/index.php?oauth_consumer_key=consumer-key&title=Special%3AOAuth%2Fauthenticate&oauth_token=request-token",
	access:  "wiki.example/w/index.php?title=Special%3AOAuth%2Ftoken",
	profile: "wiki.example/w/index.php?title=Special%3AOAuth%2Fidentify",
	want: provider.Profile{
		ID: "9007199254740993", Username: "Ana Souza", Name: "Ana Maria Souza", Email: "ana@ana.example", EmailVerified: true,
	},
}, {
	function: "Trello", name: "trello", config: providers.Trello,
	request: "trello.com/1/OAuthGetRequestToken",
	authURL: "https://trello.com/1/OAuthAuthorizeToken?expiration=30days&scope=read&oauth_token=request-token",
	access:  "trello.com/1/OAuthGetAccessToken",
	profile: "api.trello.com/1/members/me?fields=id,username,fullName,email,bio,avatarUrl",
	want: provider.Profile{
		ID: "5abbe4b7ddc1b351ef961414", Username: "anasouza", Name: "Ana Souza", Email: "ana@ana.example", Description: "Moves cards.",
		AvatarURL: "https://trello-members.s3.amazonaws.com/5abbe4b7ddc1b351ef961414/fc8faaaee46666a4eb8b626c08933e16/170.png",
	},
}, {
	function: "Tumblr", name: "tumblr", config: providers.Tumblr, agent: true,
	request: "www.tumblr.com/oauth/request_token",
	authURL: "https://www.tumblr.com/oauth/authorize?oauth_token=request-token",
	access:  "www.tumblr.com/oauth/access_token", profile: "api.tumblr.com/v2/user/info",
	want: provider.Profile{
		ID: "t:0aMadeUp_-Q", Username: "anasouza", Name: "Ana's notes", Description: "Notes, <b>many</b>.", URL: "https://anasouza.tumblr.com/",
	},
}}

// rowOf1 returns the row of a function.
func rowOf1(t *testing.T, function string) row1 {
	t.Helper()
	for _, row := range rows1 {
		if row.function == function {
			return row
		}
	}
	require.FailNow(t, "no row for "+function)
	return row1{}
}

func TestOAuth1SignUp(t *testing.T) {
	t.Parallel()
	for _, row := range rows1 {
		t.Run(row.function, func(t *testing.T) {
			t.Parallel()
			f := newFake1(t, row)
			tok, p, err := f.signUp()
			require.NoError(t, err)
			assert.Equal(t, "access-token", tok.Access.Reveal())
			assert.Equal(t, "access-secret", tok.Secret.Reveal())
			row.want.Raw = p.Raw
			assert.Equal(t, row.want, p)
			assert.NotEmpty(t, p.Raw)
			assert.Equal(t, []string{row.request, row.access, row.profile}, f.calls)
		})
	}
}

// The configured URLs are the documented ones, also where the fake cannot see
// the host.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, row := range rows1 {
		cfg := row.config()
		assert.Equal(t, "https://"+row.request, cfg.Endpoint.RequestTokenURL)
		assert.Equal(t, "https://"+row.access, cfg.Endpoint.AccessTokenURL)
		assert.Equal(t, "https://"+row.profile, cfg.ProfileURL)
	}
	for _, row := range rows2 {
		cfg := row.config()
		assert.Equal(t, "https://"+row.token, cfg.Endpoint.TokenURL)
		assert.Equal(t, "https://"+row.profile, cfg.ProfileURL)
	}
}

// The token answer names the person before any profile is asked for.
func TestFlickrIdentifies(t *testing.T) {
	t.Parallel()
	f := newFake1(t, rowOf1(t, "Flickr"))
	tok, _, err := f.signUp()
	require.NoError(t, err)
	assert.Equal(t, "12037949754@N01", tok.Subject)
	assert.Equal(t, "ana souza", tok.Username)
	assert.Equal(t, "Ana Souza", tok.Extra["fullname"].Reveal())

	f = newFake1(t, rowOf1(t, "Flickr"))
	f.profile = `{"user":{"id":"666@N01","username":{"_content":"mallory"}},"stat":"ok"}`
	_, _, err = f.signUp()
	assert.ErrorIs(t, err, provider.ErrIdentity, "the profile is of somebody else")
}
