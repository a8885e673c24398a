package twitter_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

func TestOAuth2Handshake(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		server twittertest.Config
		change func(*twitter.OAuth2Config)
	}{
		"confidential client": {twittertest.Config{}, func(*twitter.OAuth2Config) {}},
		"public client": {twittertest.Config{PublicClient: true},
			func(c *twitter.OAuth2Config) { c.ClientSecret = provider.Secret{} }},
		"over the network": {twittertest.Config{}, func(c *twitter.OAuth2Config) { c.HTTPClient = nil }},
		"secret to be encoded": {twittertest.Config{ClientID: "id:+ä", ClientSecret: "a b+c%20:ü"},
			func(c *twitter.OAuth2Config) {
				c.ClientID, c.ClientSecret = "id:+ä", provider.NewSecret("a b+c%20:ü")
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.server.CallbackURLs = []string{oauth2Callback}
			x := start(t, tt.server)
			f := newOAuth2(t, x, tt.change, oauth2Scopes("offline.access", "users.email"))
			hs, query := oauth2Approve(t, x, f, "")
			assert.Zero(t, oauth2Calls(x), "AuthURL makes no call")
			tok, err := f.HandleCallback(t.Context(), hs, query)
			require.NoError(t, err)
			assert.Equal(t, "users.read tweet.read offline.access users.email", tok.Scope)
			assert.InDelta(t, 7200, time.Until(tok.Expiry).Seconds(), 60)
			assert.False(t, tok.Refresh.IsZero())
			assert.True(t, tok.Secret.IsZero())
			assert.Empty(t, tok.Subject, "the answer does not name the person")

			sent := x.Requests(twittertest.OAuth2Token)[0].Form
			assert.Equal(t, tt.server.PublicClient, sent.Has("client_id"))
			assert.False(t, sent.Has("client_secret"))

			p, err := f.FetchProfile(t.Context(), tok)
			require.NoError(t, err)
			assert.Equal(t, "9007199254740881", p.ID)
			assert.Equal(t, "ada.quill@example.com", p.Email)

			client, err := f.Client(t.Context(), tok)
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, oauth2Get(t, client, x.URL()+"/2/users/me"))
			_, err = client.Get("https://elsewhere.example/")
			require.ErrorIs(t, err, provider.ErrRefused)

			fresh, err := f.Refresh(t.Context(), tok)
			require.NoError(t, err)
			assert.NotEqual(t, tok.Refresh.Reveal(), fresh.Refresh.Reveal())
			require.NoError(t, f.Revoke(t.Context(), fresh))
			_, err = f.FetchProfile(t.Context(), fresh)
			oauth2Error(t, err, provider.ErrTokenInvalid, provider.OpProfile, fresh.Access.Reveal())
		})
	}
}

func TestOAuth2EveryMadeUpPerson(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newOAuth2(t, x, oauth2Scopes("users.email"))
	for _, person := range twittertest.MadeUpPeople() {
		t.Run(person.ScreenName, func(t *testing.T) {
			t.Parallel()
			tok := oauth2SignUp(t, x, f, person.ID)
			p, err := f.FetchProfile(t.Context(), tok)
			if person.Suspended {
				e := oauth2Error(t, err, provider.ErrAccountUnusable, provider.OpProfile, tok.Access.Reveal())
				assert.Equal(t, "64", e.Code)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, person.ID, p.ID, "digit for digit")
			assert.Equal(t, person.ScreenName, p.Username)
			assert.Equal(t, person.Name, p.Name)
			assert.Equal(t, person.Email, p.Email)
			assert.Equal(t, person.Email != "", p.EmailVerified)
			assert.Equal(t, person.Location, p.Location)
			assert.Equal(t, person.Description, p.Description)
			assert.Equal(t, person.URL, p.URL)
			assert.True(t, strings.HasPrefix(p.AvatarURL, "https://"), p.AvatarURL)
			var raw struct{ Data struct{ ID string } }
			require.NoError(t, json.Unmarshal(p.Raw, &raw))
			assert.Equal(t, person.ID, raw.Data.ID)
		})
	}
}

func TestOAuth2Email(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	asking, plain := newOAuth2(t, x, oauth2Scopes("users.email")), newOAuth2(t, x)

	p, err := asking.FetchProfile(t.Context(), oauth2SignUp(t, x, asking, ""))
	require.NoError(t, err)
	assert.Equal(t, "ada.quill@example.com", p.Email)
	assert.True(t, p.EmailVerified)
	assert.Equal(t, "description,location,profile_image_url,url,verified,confirmed_email", x.LastQuery(twittertest.UsersMe).Get("user.fields"))

	tok := oauth2SignUp(t, x, plain, "")
	p, err = plain.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Empty(t, p.Email)
	assert.False(t, p.EmailVerified)
	assert.Equal(t, "description,location,profile_image_url,url,verified", x.LastQuery(twittertest.UsersMe).Get("user.fields"))

	// A token of before the app asked for the address, or whose scope X cut, must
	// not lose the person the whole profile.
	p, err = asking.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, "Ada Quill", p.Name)
	assert.Empty(t, p.Email)
	assert.Equal(t, "description,location,profile_image_url,url,verified", x.LastQuery(twittertest.UsersMe).Get("user.fields"))

	// A token that does not say is taken to have what was asked for.
	tok.Scope = ""
	_, err = asking.FetchProfile(t.Context(), tok)
	e := oauth2Error(t, err, provider.ErrRefused, provider.OpProfile, tok.Access.Reveal())
	assert.Equal(t, http.StatusForbidden, e.Status)
	assert.Contains(t, e.Hint, "users.email")
	assert.Contains(t, e.Hint, "OAuth2Config.Scopes")
}

func TestOAuth2ParseProfile(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newOAuth2(t, x, func(c *twitter.OAuth2Config) {
		c.UserFields = []string{"public_metrics"}
		c.ParseProfile = func(raw []byte) (provider.Profile, error) {
			p, err := twitter.ParseUsersMe(raw)
			p.Description = string(raw)
			return p, err
		}
	})
	p, err := f.FetchProfile(t.Context(), oauth2SignUp(t, x, f, ""))
	require.NoError(t, err)
	assert.Contains(t, p.Description, `"followers_count":42`)

	none := newOAuth2(t, x, func(c *twitter.OAuth2Config) { c.UserFields = []string{} })
	_, err = none.FetchProfile(t.Context(), oauth2SignUp(t, x, none, ""))
	require.NoError(t, err)
	assert.Empty(t, x.LastQuery(twittertest.UsersMe))
}
