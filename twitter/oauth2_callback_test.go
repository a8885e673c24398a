package twitter_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// What is wrong with a callback shows without a call.
func TestOAuth2CallbackOfAnother(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newOAuth2(t, x)
	mine, query := oauth2Approve(t, x, f, "")
	other, otherQuery := oauth2Approve(t, x, f, "9100000000000000019")
	code := query.Get("code")
	for name, tt := range map[string]struct {
		hs    provider.Handshake
		query url.Values
	}{
		"swapped":       {mine, otherQuery},
		"swapped back":  {other, query},
		"no state":      {mine, url.Values{"code": {code}}},
		"empty state":   {mine, url.Values{"code": {code}, "state": {""}}},
		"state twice":   {mine, url.Values{"code": {code}, "state": {mine.ID, mine.ID}}},
		"code twice":    {mine, url.Values{"code": {code, code}, "state": {mine.ID}}},
		"no code":       {mine, url.Values{"state": {mine.ID}}},
		"of OAuth 1.0a": {mine, url.Values{"oauth_token": {mine.ID}, "oauth_verifier": {code}}},
		"no handshake":  {provider.Handshake{}, url.Values{"code": {code}, "state": {""}}},
		"foreign error": {mine, url.Values{"error": {"access_denied"}, "state": {other.ID}}},
	} {
		_, err := f.HandleCallback(t.Context(), tt.hs, tt.query)
		require.ErrorIs(t, err, provider.ErrMismatch, name)
		oauth2Error(t, err, provider.ErrMismatch, provider.OpCallback, code, mine.ID, mine.Secret.Reveal())
	}
	assert.Zero(t, oauth2Calls(x))
	_, err := f.HandleCallback(t.Context(), mine, query)
	require.NoError(t, err, "none of that has used up the code")
}

func TestOAuth2Denied(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newOAuth2(t, x)
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: oauth2Callback})
	require.NoError(t, err)
	back, err := x.Deny(t.Context(), authURL)
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)
	_, err = f.HandleCallback(t.Context(), hs, u.Query())
	e := oauth2Error(t, err, provider.ErrDenied, provider.OpCallback)
	assert.Equal(t, "access_denied", e.Code)
	assert.Zero(t, oauth2Calls(x))
}

// What the stand-in refuses in earnest.
func TestOAuth2Refusals(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	public := start(t, twittertest.Config{PublicClient: true})
	noSecret := func(c *twitter.OAuth2Config) { c.ClientSecret = provider.Secret{} }
	none := func(*twitter.OAuth2Config) {}
	tests := map[string]struct {
		server *twittertest.Server
		change func(*twitter.OAuth2Config)
		spoil  func(t *testing.T, f *twitter.OAuth2Flow, hs *provider.Handshake, q url.Values)
		kind   error
		status int
		code   string
		hint   string
	}{
		"wrong verifier": {x, none, func(_ *testing.T, _ *twitter.OAuth2Flow, hs *provider.Handshake, _ url.Values) {
			hs.Secret = provider.NewSecret(strings.Repeat("v", 43))
		}, provider.ErrExpired, 400, "invalid_request", "another handshake"},
		"code of another": {x, none, func(t *testing.T, f *twitter.OAuth2Flow, _ *provider.Handshake, q url.Values) {
			_, other := oauth2Approve(t, x, f, "9100000000000000019")
			q.Set("code", other.Get("code"))
		}, provider.ErrExpired, 400, "invalid_request", "another handshake"},
		"reused code": {x, none, func(t *testing.T, f *twitter.OAuth2Flow, hs *provider.Handshake, q url.Values) {
			_, err := f.HandleCallback(t.Context(), *hs, q)
			require.NoError(t, err)
		}, provider.ErrExpired, 400, "invalid_request", "30 seconds"},
		"another callback URL": {x, none, func(_ *testing.T, _ *twitter.OAuth2Flow, hs *provider.Handshake, _ url.Values) {
			hs.CallbackURL += "/"
		}, provider.ErrRefused, 400, "invalid_request", "to the letter"},
		"no callback URL": {x, none, func(_ *testing.T, _ *twitter.OAuth2Flow, hs *provider.Handshake, _ url.Values) {
			hs.CallbackURL = ""
		}, provider.ErrRefused, 400, "invalid_request", "proxy"},
		"confidential client without its secret": {x, noSecret, nil, provider.ErrRefused, 401, "unauthorized_client", "OAuth2Config.ClientSecret"},
		"wrong secret": {x, func(c *twitter.OAuth2Config) { c.ClientSecret = provider.NewSecret(twittertest.ConsumerSecret) }, nil,
			provider.ErrRefused, 401, "unauthorized_client", "Client Secret"},
		"public client with a secret": {public, none, nil, provider.ErrRefused, 401, "unauthorized_client", "Native App"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newOAuth2(t, tt.server, tt.change)
			hs, query := oauth2Approve(t, tt.server, f, "")
			code := query.Get("code")
			if tt.spoil != nil {
				tt.spoil(t, f, &hs, query)
			}
			_, err := f.HandleCallback(t.Context(), hs, query)
			e := oauth2Error(t, err, tt.kind, provider.OpAccessToken, code, hs.ID, hs.Secret.Reveal())
			assert.Equal(t, tt.status, e.Status)
			assert.Equal(t, tt.code, e.Code)
			assert.Contains(t, e.Hint, tt.hint)
			assert.NotEmpty(t, e.RequestID)
			assert.NotContains(t, e.Hint, "does not look like X's", "the client ID is X's form")
		})
	}
}

// A client ID that is none is told to the person, not to the app; where X does
// answer, the hint says so.
func TestOAuth2ClientIDThatIsAnAPIKey(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newOAuth2(t, x, func(c *twitter.OAuth2Config) { c.ClientID = twittertest.ConsumerKey })
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: oauth2Callback})
	require.NoError(t, err)
	_, err = x.Approve(t.Context(), authURL, "")
	require.ErrorContains(t, err, "the client ID is not the app's")

	_, err = f.HandleCallback(t.Context(), hs, url.Values{"state": {hs.ID}, "code": {"made-up-code"}})
	e := oauth2Error(t, err, provider.ErrRefused, provider.OpAccessToken, "made-up-code")
	assert.Contains(t, e.Hint, `"API Key" of OAuth 1.0a`)
}
