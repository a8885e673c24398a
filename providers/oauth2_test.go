package providers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/providers"
)

// row2 is what an OAuth 2.0 provider documents.
type row2 struct {
	function    string
	name        string // also of the fixture
	config      func() oauth2flow.Config
	authURL     string
	scope       string
	token       string // host and path
	basic       bool   // how the client authenticates
	noVerifier  bool
	tokenAnswer string
	profile     string            // host, path and query
	more        map[string]string // other calls, and their fixtures
	header      map[string]string
	want        provider.Profile
}

var rows2 = []row2{{
	function: "Google", name: "google", config: providers.Google,
	authURL: "https://accounts.google.com/o/oauth2/auth", scope: "openid email profile",
	token: "oauth2.googleapis.com/token", profile: "openidconnect.googleapis.com/v1/userinfo",
	want: provider.Profile{
		ID: "104857601048576010485", Name: "Ana Souza", GivenName: "Ana", FamilyName: "Souza",
		Email: "ana@gmail.example", EmailVerified: true, AvatarURL: "https://lh3.googleusercontent.com/a/made-up=s96-c",
	},
}, {
	function: "GitHub", name: "github", config: providers.GitHub,
	authURL: "https://github.com/login/oauth/authorize", scope: "user:email",
	token: "github.com/login/oauth/access_token", profile: "api.github.com/user",
	tokenAnswer: "access_token=" + accessToken + "&scope=user%3Aemail&token_type=bearer",
	more:        map[string]string{"api.github.com/user/emails?per_page=100": "github_emails.json"},
	header: map[string]string{
		"Accept": "application/vnd.github+json", "User-Agent": "oauthreg-go (+https://github.com/oauthreg/go)",
		"X-GitHub-Api-Version": "2022-11-28",
	},
	want: provider.Profile{
		ID: "9007199254740993", Username: "ana-souza", Name: "Ana Souza", Email: "ana@ana.example", EmailVerified: true,
		AvatarURL: "https://avatars.githubusercontent.com/u/9007199254740993?v=4",
		Location:  "Recife", Description: "There once was a compiler", URL: "https://ana.example/blog",
	},
}, {
	// The version is x/oauth2's: when theirs changes, ours has to follow.
	function: "Facebook", name: "facebook", config: providers.Facebook,
	authURL: "https://www.facebook.com/v22.0/dialog/oauth", scope: "public_profile email",
	token:       "graph.facebook.com/v22.0/oauth/access_token",
	tokenAnswer: `{"access_token":"` + accessToken + `","token_type":"bearer","expires_in":5183944}`,
	profile:     "graph.facebook.com/v22.0/me?fields=id,name,first_name,last_name,email,picture.type(large)",
	want: provider.Profile{
		ID: "10223456789012345", Name: "Ana Souza", GivenName: "Ana", FamilyName: "Souza", Email: "ana@ana.example",
		AvatarURL: "https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=10223456789012345&ext=1",
	},
}, {
	function: "LinkedIn", name: "linkedin", config: providers.LinkedIn,
	authURL: "https://www.linkedin.com/oauth/v2/authorization", scope: "openid profile email",
	token: "www.linkedin.com/oauth/v2/accessToken", profile: "api.linkedin.com/v2/userinfo",
	noVerifier: true,
	want: provider.Profile{
		ID: "782bbtaQ_x", Name: "Ana Souza", GivenName: "Ana", FamilyName: "Souza",
		Email: "ana@ana.example", EmailVerified: true, AvatarURL: "https://media.licdn-ei.com/dms/image/made-up/",
	},
}, {
	function: "Microsoft", name: "microsoft", config: func() oauth2flow.Config { return providers.Microsoft("") },
	authURL: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize", scope: "openid profile email",
	token: "login.microsoftonline.com/common/oauth2/v2.0/token", profile: "graph.microsoft.com/oidc/userinfo",
	want: provider.Profile{
		ID: "OLu859SGc2Sr9ZsqbkG-QbeLgJlb41KcdiPoLYNpSFA", Name: "Ana Souza", GivenName: "Ana", FamilyName: "Souza",
		Email: "ana@contoso.example",
	},
}, {
	function: "Discord", name: "discord", config: providers.Discord, basic: true,
	authURL: "https://discord.com/oauth2/authorize", scope: "identify email",
	token: "discord.com/api/oauth2/token", profile: "discord.com/api/v10/users/@me",
	want: provider.Profile{
		ID: "80351110224678912", Username: "ana.souza", Name: "Ana Souza", Email: "ana@ana.example", EmailVerified: true,
		AvatarURL: "https://cdn.discordapp.com/avatars/80351110224678912/a_8342729096ea3675442027381ff50dfe.png",
	},
}, {
	function: "GitLab", name: "gitlab", config: func() oauth2flow.Config { return providers.GitLab("") },
	authURL: "https://gitlab.com/oauth/authorize", scope: "openid profile email",
	token: "gitlab.com/oauth/token", profile: "gitlab.com/oauth/userinfo",
	want: provider.Profile{
		ID: "1048576", Username: "ana.souza", Name: "Ana Souza", Email: "ana@ana.example", EmailVerified: true,
		AvatarURL: "https://gitlab.com/uploads/-/system/user/avatar/1048576/avatar.png", URL: "https://ana.example",
	},
}, {
	function: "Slack", name: "slack", config: providers.Slack,
	authURL: "https://slack.com/openid/connect/authorize", scope: "openid profile email",
	token: "slack.com/api/openid.connect.token", profile: "slack.com/api/openid.connect.userInfo",
	tokenAnswer: `{"ok":true,"access_token":"` + accessToken + `","token_type":"Bearer","id_token":"made.up.jwt"}`,
	want: provider.Profile{
		ID: "T0R7GR-U0R7JM", Name: "Ana Souza", GivenName: "Ana", FamilyName: "Souza",
		Email: "ana@ana.example", EmailVerified: true, AvatarURL: "https://secure.gravatar.com/made-up.png",
	},
}, {
	function: "Spotify", name: "spotify", config: providers.Spotify, basic: true,
	authURL: "https://accounts.spotify.com/authorize", scope: "user-read-email",
	token: "accounts.spotify.com/api/token", profile: "api.spotify.com/v1/me",
	want: provider.Profile{
		ID: "31madeup", Name: "Ana Souza", Email: "ana@ana.example", AvatarURL: "https://i.scdn.co/image/made-up-300",
	},
}, {
	function: "Twitch", name: "twitch", config: func() oauth2flow.Config { return providers.Twitch(clientID) },
	authURL: "https://id.twitch.tv/oauth2/authorize", scope: "user:read:email",
	token: "id.twitch.tv/oauth2/token", profile: "api.twitch.tv/helix/users",
	tokenAnswer: `{"access_token":"` + accessToken + `","expires_in":14124,"refresh_token":"r","scope":["user:read:email"],"token_type":"bearer"}`,
	header:      map[string]string{"Client-Id": clientID},
	want: provider.Profile{
		ID: "141981764", Username: "anasouza", Name: "AnaSouza", Email: "ana@ana.example", EmailVerified: true,
		AvatarURL:   "https://static-cdn.jtvnw.net/jtv_user_pictures/made-up-300x300.png",
		Description: "Sings while compiling.",
	},
}}

// rowOf2 returns the row of a function.
func rowOf2(t *testing.T, function string) row2 {
	t.Helper()
	for _, row := range rows2 {
		if row.function == function {
			return row
		}
	}
	require.FailNow(t, "no row for "+function)
	return row2{}
}

func TestOAuth2SignUp(t *testing.T) {
	t.Parallel()
	for _, row := range rows2 {
		t.Run(row.function, func(t *testing.T) {
			t.Parallel()
			f := newFake2(t, row)
			tok, p, err := f.signUp()
			require.NoError(t, err)
			assert.Equal(t, accessToken, tok.Access.Reveal())
			if row.tokenAnswer == "" || strings.Contains(row.tokenAnswer, "expires_in") {
				assert.WithinDuration(t, time.Now().Add(60*24*time.Hour), tok.Expiry, 60*24*time.Hour, "expires_in was not understood")
			}
			row.want.Raw = []byte(fixture(t, row.name+".json"))
			assert.Equal(t, row.want, p)
			assert.Len(t, f.calls, 2+len(row.more), "calls: %v", f.calls)
		})
	}
}

// With another issuer in the callback, the code stays unused.
func TestGoogleChecksIssuer(t *testing.T) {
	t.Parallel()
	f := newFake2(t, rowOf2(t, "Google"))
	flow := f.start()
	for issuer, kind := range map[string]error{"https://accounts.google.com": nil, "https://evil.example": provider.ErrMismatch} {
		authURL, hs, err := flow.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
		require.NoError(t, err)
		f.checkAuthURL(authURL, hs)
		_, err = flow.HandleCallback(t.Context(), hs, map[string][]string{"code": {code}, "state": {hs.ID}, "iss": {issuer}})
		assert.ErrorIs(t, err, kind, issuer)
	}
	assert.Len(t, f.calls, 1)
}

func TestInstancesAndTenants(t *testing.T) {
	t.Parallel()
	cfg := providers.GitLab("https://git.example.org/gitlab/")
	assert.Equal(t, "https://git.example.org/gitlab/oauth/authorize", cfg.Endpoint.AuthURL)
	assert.Equal(t, "https://git.example.org/gitlab/oauth/token", cfg.Endpoint.TokenURL)
	assert.Equal(t, "https://git.example.org/gitlab/oauth/userinfo", cfg.ProfileURL)
	assert.Equal(t, "https://git.example.org/gitlab/oauth/revoke", cfg.RevokeURL)

	cfg = providers.Microsoft("contoso.example")
	assert.Equal(t, "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize", cfg.Endpoint.AuthURL)

	cfg = providers.GitLab("http://git.example.org")
	cfg.ClientID = clientID
	_, err := oauth2flow.New(cfg)
	assert.ErrorContains(t, err, "Endpoint.TokenURL", "a token over http")
}
