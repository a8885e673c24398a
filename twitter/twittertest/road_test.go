package twittertest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

const callback = "http://127.0.0.1:8080/auth/twitter/callback"

// start runs a server for one test.
func start(t *testing.T, cfg twittertest.Config) *twittertest.Server {
	t.Helper()
	s, err := twittertest.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// credentials are a token and its secret.
type credentials struct{ token, secret string }

func credentialsOf(t *testing.T, body string) (credentials, url.Values) {
	t.Helper()
	form, err := url.ParseQuery(body)
	require.NoError(t, err)
	c := credentials{form.Get("oauth_token"), form.Get("oauth_token_secret")}
	require.NotEmpty(t, c.token)
	require.NotEmpty(t, c.secret)
	return c, form
}

func requestTokenOrder(s *twittertest.Server, callbackURL string) order {
	return order{
		method: "POST", base: s.URL(), path: "/oauth/request_token",
		header: [][2]string{{"oauth_callback", callbackURL}},
	}
}

func newHandshake(t *testing.T, s *twittertest.Server, callbackURL string) credentials {
	t.Helper()
	resp, body, err := send(t.Context(), s, requestTokenOrder(s, callbackURL))
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, resp.Header.Get("X-Twittertest-Reason"))
	c, _ := credentialsOf(t, body)
	return c
}

func authURL(s *twittertest.Server, c credentials) string {
	return s.URL() + "/oauth/authenticate?oauth_token=" + url.QueryEscape(c.token)
}

// approve returns the verifier of an approved handshake.
func approve(t *testing.T, s *twittertest.Server, c credentials, personID string) string {
	t.Helper()
	back, err := s.Approve(t.Context(), authURL(s, c), personID)
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)
	require.Equal(t, c.token, u.Query().Get("oauth_token"))
	return u.Query().Get("oauth_verifier")
}

func accessTokenOrder(s *twittertest.Server, c credentials, verifier string) order {
	return order{
		method: "POST", base: s.URL(), path: "/oauth/access_token",
		token: c.token, tokenSecret: c.secret, header: [][2]string{{"oauth_verifier", verifier}},
	}
}

// signUp goes the whole road and returns the access token.
func signUp(t *testing.T, s *twittertest.Server, personID string) credentials {
	t.Helper()
	c := newHandshake(t, s, callback)
	resp, body, err := send(t.Context(), s, accessTokenOrder(s, c, approve(t, s, c, personID)))
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, resp.Header.Get("X-Twittertest-Reason"))
	access, _ := credentialsOf(t, body)
	return access
}

func apiOrder(s *twittertest.Server, method, path string, c credentials, query ...[2]string) order {
	return order{method: method, base: s.URL(), path: path, query: query, token: c.token, tokenSecret: c.secret}
}

func TestWholeRoad(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	ada := twittertest.MadeUpPeople()[0]

	resp, body, err := send(t.Context(), s, requestTokenOrder(s, callback))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"), "X calls its form-encoded bodies HTML")
	request, form := credentialsOf(t, body)
	assert.Equal(t, "true", form.Get("oauth_callback_confirmed"))

	verifier := approve(t, s, request, ada.ID)
	resp, body, err = send(t.Context(), s, accessTokenOrder(s, request, verifier))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))
	access, form := credentialsOf(t, body)
	assert.Equal(t, ada.ID, form.Get("user_id"))
	assert.Equal(t, ada.ScreenName, form.Get("screen_name"))
	assert.True(t, strings.HasPrefix(access.token, ada.ID+"-"))

	resp, body, err = send(t.Context(), s, apiOrder(s, "GET", "/1.1/account/verify_credentials.json", access))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Contains(t, body, `"screen_name":"ada_quill"`)
	assert.Equal(t, "75", resp.Header.Get("X-Rate-Limit-Limit"))

	resp, body, err = send(t.Context(), s, apiOrder(s, "GET", "/2/users/me", access))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.JSONEq(t, `{"data":{"id":"9007199254740881","name":"Ada Quill","username":"ada_quill"}}`, body)

	resp, body, err = send(t.Context(), s, apiOrder(s, "POST", "/1.1/oauth/invalidate_token.json", access))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.JSONEq(t, `{"access_token":"`+access.token+`"}`, body)

	for _, path := range []string{"/1.1/account/verify_credentials.json", "/2/users/me"} {
		resp, body, err = send(t.Context(), s, apiOrder(s, "GET", path, access))
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
		if path == "/2/users/me" {
			assert.JSONEq(t, `{"title":"Unauthorized","detail":"Unauthorized","type":"about:blank","status":401}`, body)
		} else {
			assert.JSONEq(t, `{"errors":[{"code":89,"message":"Invalid or expired token."}]}`, body)
		}
	}

	for ep, want := range map[twittertest.Endpoint]int{
		twittertest.RequestToken: 1, twittertest.Authenticate: 2, twittertest.AccessToken: 1,
		twittertest.VerifyCredentials: 2, twittertest.UsersMe: 2, twittertest.InvalidateToken: 1,
	} {
		assert.Equal(t, want, s.Calls(ep), ep)
	}
}

// The same road over a socket, for what the in-process client cannot show.
func TestWholeRoadOverTheNetwork(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	client := &http.Client{
		// httptest.Server.Close closes the default transport's connections, of parallel tests too.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()

	req, err := requestTokenOrder(s, callback+"?next=%2Fhome").request(t.Context())
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	request := newHandshake(t, s, callback+"?next=%2Fhome")
	resp, err = client.PostForm(s.URL()+"/oauth/authorize", url.Values{
		"oauth_token": {request.token}, "person": {"9100000000000000019"}, "decision": {"authorize"},
	})
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusSeeOther, resp.StatusCode)
	assert.True(t, strings.HasPrefix(resp.Header.Get("Location"), callback+"?next=%2Fhome&oauth_token="+request.token+"&oauth_verifier="),
		"the callback's own query is as the app wrote it")
}

func TestPIN(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{CallbackURLs: []string{callback}})
	c := newHandshake(t, s, "oob")

	_, err := s.Approve(t.Context(), authURL(s, newHandshake(t, s, "oob")), "")
	require.Error(t, err, "there is nowhere to send the browser")

	pin, err := s.ApprovePIN(t.Context(), s.URL()+"/oauth/authorize?oauth_token="+c.token, "")
	require.NoError(t, err)
	assert.Regexp(t, `^[0-9]{7}$`, pin)

	resp, body, err := send(t.Context(), s, accessTokenOrder(s, c, "0"+pin))
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	assert.Equal(t, "Error processing your OAuth request: Invalid oauth_verifier parameter", body)

	resp, body, err = send(t.Context(), s, accessTokenOrder(s, c, pin))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode, "a mistyped PIN does not use up the handshake")
	assert.Contains(t, body, "screen_name=ada_quill", "the first person is picked unless another is")

	back, err := s.Deny(t.Context(), authURL(s, newHandshake(t, s, "oob")))
	require.NoError(t, err)
	assert.Empty(t, back)
}
