package twittertest_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

func TestWhatAnAppSentCanBeSeen(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	assert.Zero(t, s.Calls(twittertest.RequestToken))
	assert.Nil(t, s.LastQuery(twittertest.RequestToken))
	assert.Empty(t, s.Requests(twittertest.RequestToken))

	o := requestTokenOrder(s, callback)
	o.query = [][2]string{{"x_auth_access_type", "read"}}
	o.body = [][2]string{{"more", "1"}}
	req, err := o.request(t.Context())
	require.NoError(t, err)
	req.Header.Set("Cookie", "session=abc")
	resp, err := s.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())

	assert.Equal(t, "read", s.LastQuery(twittertest.RequestToken).Get("x_auth_access_type"))
	assert.Equal(t, callback, s.LastQuery(twittertest.RequestToken).Get("oauth_callback"))
	got := s.Requests(twittertest.RequestToken)
	require.Len(t, got, 1)
	assert.Equal(t, "POST", got[0].Method)
	assert.Equal(t, "/oauth/request_token", got[0].Path)
	assert.Equal(t, 200, got[0].Status)
	assert.Equal(t, url.Values{"x_auth_access_type": {"read"}}, got[0].Query)
	assert.Equal(t, url.Values{"more": {"1"}}, got[0].Form)
	assert.Equal(t, "[redacted]", got[0].OAuth.Get("oauth_signature"))
	assert.Equal(t, "[redacted]", got[0].Header.Get("Cookie"))
	assert.NotContains(t, got[0].Header, "Authorization")

	got[0].Query.Set("x_auth_access_type", "write")
	got[0].OAuth["oauth_callback"][0] = "changed"
	assert.Equal(t, "read", s.LastQuery(twittertest.RequestToken).Get("x_auth_access_type"), "they are copies")
	assert.Equal(t, callback, s.LastQuery(twittertest.RequestToken).Get("oauth_callback"))

	c := newHandshake(t, s, callback)
	_, _, err = send(t.Context(), s, accessTokenOrder(s, c, "wrong"))
	require.NoError(t, err)
	last := s.Requests(twittertest.AccessToken)[0]
	assert.Equal(t, 401, last.Status)
	assert.Equal(t, "the request token was not approved", last.Reason)
	assert.Equal(t, "[redacted]", last.OAuth.Get("oauth_verifier"))

	for range 120 {
		browse(t, s, "GET", s.URL()+"/2/users/me", nil)
	}
	assert.Equal(t, 120, s.Calls(twittertest.UsersMe))
	assert.Len(t, s.Requests(twittertest.UsersMe), 100)
}

func TestLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := twittertest.New(twittertest.Config{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	require.NoError(t, err)
	c := newHandshake(t, s, callback)
	verifier := approve(t, s, c, "")
	_, body, err := send(t.Context(), s, accessTokenOrder(s, c, verifier))
	require.NoError(t, err)
	access, _ := credentialsOf(t, body)
	_, _, err = send(t.Context(), s, accessTokenOrder(s, c, verifier))
	require.NoError(t, err)
	require.NoError(t, s.Close())

	lines := bytes.Split(bytes.TrimSpace(log.Bytes()), []byte("\n"))
	require.Len(t, lines, 5)
	var last struct {
		Endpoint, Reason string
		Status           int
	}
	require.NoError(t, json.Unmarshal(lines[4], &last))
	assert.Equal(t, "access_token", last.Endpoint)
	assert.Equal(t, http.StatusUnauthorized, last.Status)
	assert.Equal(t, "the request token was used or declined before", last.Reason)
	for _, secret := range []string{c.token, c.secret, verifier, access.token, access.secret, twittertest.ConsumerSecret} {
		assert.NotContains(t, log.String(), secret)
	}
}
