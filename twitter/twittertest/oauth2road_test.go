package twittertest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// verifier2 has every kind of character that RFC 7636 section 4.1 allows.
const verifier2 = "Verifier-of-these._~tests-with-43-characters-or-more"

func challenge(verifier string) string {
	hash := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// authorization2 is a good authorization request.
func authorization2(scopes ...string) url.Values {
	return url.Values{
		"response_type": {"code"}, "client_id": {twittertest.OAuth2ClientID}, "redirect_uri": {callback},
		"scope": {strings.Join(append([]string{"users.read", "tweet.read"}, scopes...), " ")}, "state": {"a state & more"},
		"code_challenge": {challenge(verifier2)}, "code_challenge_method": {"S256"},
	}
}

func authURL2(s *twittertest.Server, v url.Values) string {
	return s.URL() + "/i/oauth2/authorize?" + v.Encode()
}

// approve2 returns the code for an approved request.
func approve2(t *testing.T, s *twittertest.Server, v url.Values, personID string) string {
	t.Helper()
	back, err := s.Approve(t.Context(), authURL2(s, v), personID)
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)
	require.Equal(t, v.Get("state"), u.Query().Get("state"))
	require.Equal(t, v.Get("redirect_uri"), u.Scheme+"://"+u.Host+u.Path)
	require.NotEmpty(t, u.Query().Get("code"))
	return u.Query().Get("code")
}

func codeForm(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier2}}
}

func refreshForm(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

// answer2 is an answer, read and decoded.
type answer2 struct {
	status int
	header http.Header
	body   string
	member map[string]any
}

func (a answer2) reason() string          { return a.header.Get("X-Twittertest-Reason") }
func (a answer2) text(name string) string { s, _ := a.member[name].(string); return s }

// do2 sends a request of the app's, in the process.
func do2(t *testing.T, s *twittertest.Server, req *http.Request) answer2 {
	t.Helper()
	resp, err := s.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	a := answer2{status: resp.StatusCode, header: resp.Header, body: string(data)}
	_ = json.Unmarshal(data, &a.member) // nil if it is none
	return a
}

func tokenRequest(t *testing.T, s *twittertest.Server, path string, form url.Values) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL()+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(twittertest.OAuth2ClientID, twittertest.OAuth2ClientSecret)
	return req
}

// token2 posts to the token endpoint as the confidential client.
func token2(t *testing.T, s *twittertest.Server, form url.Values) answer2 {
	t.Helper()
	return do2(t, s, tokenRequest(t, s, "/2/oauth2/token", form))
}

func revoke2(t *testing.T, s *twittertest.Server, form url.Values) answer2 {
	t.Helper()
	return do2(t, s, tokenRequest(t, s, "/2/oauth2/revoke", form))
}

// get2 calls the API with a bearer token.
func get2(t *testing.T, s *twittertest.Server, path, token string) answer2 {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL()+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	return do2(t, s, req)
}

// signUp2 goes the whole road and returns the token answer.
func signUp2(t *testing.T, s *twittertest.Server, personID string, scopes ...string) answer2 {
	t.Helper()
	a := token2(t, s, codeForm(approve2(t, s, authorization2(scopes...), personID)))
	require.Equal(t, http.StatusOK, a.status, a.reason())
	return a
}

func TestOAuth2WholeRoad(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{CallbackURLs: []string{callback}})
	a := signUp2(t, s, "", "offline.access")
	assert.Equal(t, "application/json; charset=utf-8", a.header.Get("Content-Type"))
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"), "RFC 6749 section 5.1")
	assert.Equal(t, "bearer", a.text("token_type"))
	assert.EqualValues(t, 7200, a.member["expires_in"])
	assert.Equal(t, "users.read tweet.read offline.access", a.text("scope"))
	for name, ending := range map[string]string{"access_token": ":at:1", "refresh_token": ":rt:1"} {
		inner, err := base64.RawURLEncoding.DecodeString(a.text(name))
		require.NoError(t, err, name)
		assert.Contains(t, string(inner), ending)
	}
	assert.NotContains(t, a.body, "9007199254740881", "the answer does not name the person")

	me := get2(t, s, "/2/users/me", a.text("access_token"))
	assert.Equal(t, http.StatusOK, me.status)
	assert.JSONEq(t, `{"data":{"id":"9007199254740881","name":"Ada Quill","username":"ada_quill"}}`, me.body)
	assert.Equal(t, "75", me.header.Get("X-Rate-Limit-Limit"))
	assert.Equal(t, "read", me.header.Get("X-Access-Level"))

	for ep, want := range map[twittertest.Endpoint]int{
		twittertest.OAuth2Authorize: 2, twittertest.OAuth2Token: 1, twittertest.UsersMe: 1, twittertest.Authenticate: 0, twittertest.OAuth2Revoke: 0,
	} {
		assert.Equal(t, want, s.Calls(ep), ep)
	}
}

func TestOAuth2WithoutOfflineAccess(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	assert.NotContains(t, signUp2(t, s, "").member, "refresh_token")
}

// The same road over a socket.
func TestOAuth2OverTheNetwork(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	client := &http.Client{
		// httptest.Server.Close closes the default transport's connections, of parallel tests too.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	v := authorization2()
	v.Set("redirect_uri", callback+"?next=%2Fhome")
	v.Set("person", "9100000000000000019")
	v.Set("decision", "authorize")
	resp, err := client.PostForm(s.URL()+"/i/oauth2/authorize", v)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusSeeOther, resp.StatusCode)
	location := resp.Header.Get("Location")
	assert.True(t, strings.HasPrefix(location, callback+"?next=%2Fhome&state=a+state+%26+more&code="), location)
	u, err := url.Parse(location)
	require.NoError(t, err)

	form := codeForm(u.Query().Get("code"))
	form.Set("redirect_uri", callback+"?next=%2Fhome")
	resp, err = client.Do(tokenRequest(t, s, "/2/oauth2/token", form))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusOK, resp.StatusCode, resp.Header.Get("X-Twittertest-Reason"))
}

func TestOAuth2Refresh(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	first := signUp2(t, s, "9100000000000000019", "offline.access")
	second := token2(t, s, refreshForm(first.text("refresh_token")))
	require.Equal(t, http.StatusOK, second.status, second.reason())
	assert.NotEqual(t, first.text("access_token"), second.text("access_token"))
	assert.NotEqual(t, first.text("refresh_token"), second.text("refresh_token"))
	assert.Equal(t, first.text("scope"), second.text("scope"))
	assert.Contains(t, get2(t, s, "/2/users/me", second.text("access_token")).body, "hanako_mori")

	again := token2(t, s, refreshForm(first.text("refresh_token")))
	assert.Equal(t, http.StatusBadRequest, again.status)
	assert.JSONEq(t, `{"error":"invalid_request","error_description":"Value passed for the token was invalid."}`, again.body)
	assert.Equal(t, "the refresh token was used before", again.reason())

	third := token2(t, s, refreshForm(second.text("refresh_token")))
	assert.Equal(t, http.StatusOK, third.status, third.reason())
}

func TestOAuth2Revoke(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	status := func(a answer2) int { return get2(t, s, "/2/users/me", a.text("access_token")).status }

	one, other := signUp2(t, s, "", "offline.access"), signUp2(t, s, "", "offline.access")
	a := revoke2(t, s, url.Values{"token": {one.text("access_token")}, "token_type_hint": {"access_token"}})
	assert.Equal(t, http.StatusOK, a.status)
	assert.JSONEq(t, `{"revoked":true}`, a.body)
	assert.Equal(t, http.StatusUnauthorized, status(one))
	assert.Equal(t, http.StatusOK, status(other))
	renewed := token2(t, s, refreshForm(one.text("refresh_token")))
	require.Equal(t, http.StatusOK, renewed.status, "the refresh token lives on")

	// A refresh token takes all that came of its approval with it.
	require.Equal(t, http.StatusOK, revoke2(t, s, url.Values{"token": {renewed.text("refresh_token")}}).status)
	assert.Equal(t, http.StatusUnauthorized, status(renewed))
	dead := token2(t, s, refreshForm(renewed.text("refresh_token")))
	assert.Equal(t, http.StatusBadRequest, dead.status)
	assert.Equal(t, "the refresh token is unknown or revoked", dead.reason())
	assert.Equal(t, http.StatusOK, status(other))
	assert.Equal(t, http.StatusOK, token2(t, s, refreshForm(other.text("refresh_token"))).status)

	// Nobody learns whether there was such a token.
	a = revoke2(t, s, url.Values{"token": {"unknown"}, "token_type_hint": {"refresh_token"}})
	assert.Equal(t, http.StatusOK, a.status)
	assert.JSONEq(t, `{"revoked":true}`, a.body)
}

func TestOAuth2Lifetimes(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	synctest.Test(t, func(t *testing.T) {
		early, late := approve2(t, s, authorization2("offline.access"), ""), approve2(t, s, authorization2(), "")
		time.Sleep(30 * time.Second)
		a := token2(t, s, codeForm(early))
		require.Equal(t, http.StatusOK, a.status)
		time.Sleep(time.Second)
		refused := token2(t, s, codeForm(late))
		assert.Equal(t, http.StatusBadRequest, refused.status)
		assert.Equal(t, "Value passed for the authorization code was invalid.", refused.text("error_description"))
		assert.Equal(t, "the code is too old", refused.reason())

		time.Sleep(2*time.Hour - 2*time.Second)
		assert.Equal(t, http.StatusOK, get2(t, s, "/2/users/me", a.text("access_token")).status)
		time.Sleep(time.Second)
		me := get2(t, s, "/2/users/me", a.text("access_token"))
		assert.Equal(t, http.StatusUnauthorized, me.status)
		assert.JSONEq(t, `{"title":"Unauthorized","detail":"Unauthorized","type":"about:blank","status":401}`, me.body)
		assert.Equal(t, "the access token is too old", me.reason())

		time.Sleep(48 * time.Hour)
		assert.Equal(t, http.StatusOK, token2(t, s, refreshForm(a.text("refresh_token"))).status)
		assert.Equal(t, "the access token is unknown or revoked", get2(t, s, "/2/users/me", a.text("access_token")).reason(), "it was forgotten")
		assert.Equal(t, "the code is unknown", token2(t, s, codeForm(late)).reason())
	})
}
