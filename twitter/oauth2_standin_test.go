package twitter_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

const oauth2Callback = "http://127.0.0.1:8080/auth/x/callback"

// newOAuth2 is a flow to the stand-in, in the process, after the changes.
func newOAuth2(t *testing.T, x *twittertest.Server, changes ...func(*twitter.OAuth2Config)) *twitter.OAuth2Flow {
	t.Helper()
	cfg := twitter.OAuth2Config{
		ClientID: twittertest.OAuth2ClientID, ClientSecret: provider.NewSecret(twittertest.OAuth2ClientSecret),
		BaseURL: x.URL(), HTTPClient: x.Client(),
	}
	for _, change := range changes {
		change(&cfg)
	}
	f, err := twitter.NewOAuth2(cfg)
	require.NoError(t, err)
	return f
}

// oauth2Scopes adds to those that are always asked for.
func oauth2Scopes(more ...string) func(*twitter.OAuth2Config) {
	return func(c *twitter.OAuth2Config) { c.Scopes = append([]string{"users.read", "tweet.read"}, more...) }
}

// oauth2Approve goes the road up to the callback.
func oauth2Approve(t *testing.T, x *twittertest.Server, f provider.Flow, personID string) (provider.Handshake, url.Values) {
	t.Helper()
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: oauth2Callback})
	require.NoError(t, err)
	back, err := x.Approve(t.Context(), authURL, personID)
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)
	return hs, u.Query()
}

// oauth2SignUp goes the road up to the token.
func oauth2SignUp(t *testing.T, x *twittertest.Server, f provider.Flow, personID string) provider.Token {
	t.Helper()
	hs, query := oauth2Approve(t, x, f, personID)
	tok, err := f.HandleCallback(t.Context(), hs, query)
	require.NoError(t, err)
	return tok
}

// oauth2Error checks that err is of that kind and no other, of that call, and
// holds none of the secrets.
func oauth2Error(t *testing.T, err, kind error, op provider.Op, secrets ...string) *provider.Error {
	t.Helper()
	e, ok := errors.AsType[*provider.Error](err)
	require.True(t, ok, "%v", err)
	for _, other := range []error{
		provider.ErrDenied, provider.ErrMismatch, provider.ErrExpired, provider.ErrRefused, provider.ErrTokenInvalid, provider.ErrRateLimited,
		provider.ErrNoCredits, provider.ErrAccountUnusable, provider.ErrUnavailable, provider.ErrProtocol, provider.ErrIdentity,
	} {
		assert.Equal(t, other == kind, errors.Is(err, other), "%v: %v", other, err)
	}
	assert.Equal(t, op, e.Op)
	assert.Equal(t, "twitter", e.Provider)
	text := fmt.Sprintf("%v %+v %#v %+v", err, err, err, *e)
	for _, secret := range append(secrets, twittertest.OAuth2ClientSecret) {
		require.NotEmpty(t, secret)
		for _, form := range []string{secret, url.QueryEscape(secret), fmt.Sprintf("%x", secret)} {
			if strings.Contains(text, form) {
				t.Errorf("the error gives %q away: %s", secret, text)
			}
		}
	}
	return e
}

// allEndpoints are all of the stand-in's.
var allEndpoints = []twittertest.Endpoint{
	twittertest.RequestToken, twittertest.Authenticate, twittertest.AccessToken, twittertest.VerifyCredentials, twittertest.UsersMe,
	twittertest.InvalidateToken, twittertest.OAuth2Authorize, twittertest.OAuth2Token, twittertest.OAuth2Revoke,
}

// oauth2Calls counts what a server has been asked, the pages for the person apart.
func oauth2Calls(x *twittertest.Server) (n int) {
	for _, ep := range allEndpoints {
		if ep != twittertest.Authenticate && ep != twittertest.OAuth2Authorize {
			n += x.Calls(ep)
		}
	}
	return n
}

// oauth2Get returns the status of a GET.
func oauth2Get(t *testing.T, client *http.Client, target string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}
