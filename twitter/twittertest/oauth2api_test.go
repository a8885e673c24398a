package twittertest_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

func TestOAuth2Scopes(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	const me, mail = "/2/users/me", "/2/users/me?user.fields=created_at,confirmed_email"
	problem := func(scopes string) string {
		return `{"title":"Forbidden","detail":"Missing required OAuth2 scopes: ` + scopes + `","type":"about:blank","status":403}`
	}
	for _, tt := range []struct {
		scope, path string
		status      int
		body        string
	}{
		{"users.read tweet.read", me, 200, `{"data":{"id":"9007199254740881","name":"Ada Quill","username":"ada_quill"}}`},
		{"users.read tweet.read users.email", mail, 200,
			`{"data":{"id":"9007199254740881","name":"Ada Quill","username":"ada_quill","created_at":"2011-03-04T09:26:53.000Z","confirmed_email":"ada.quill@example.com"}}`},
		{"users.read tweet.read", mail, 403, problem("users.email")},
		{"users.read", me, 403, problem("tweet.read")},
		{"tweet.read users.email", mail, 403, problem("users.read")},
		{"like.read", mail, 403, problem("users.read tweet.read users.email")},
		{"users.read tweet.read", me + "?user.fields=email", 400, ""},
		{"users.read tweet.read", me + "?access_token=x", 400, ""},
	} {
		v := authorization2()
		v.Set("scope", tt.scope)
		a := token2(t, s, codeForm(approve2(t, s, v, "")))
		require.Equal(t, http.StatusOK, a.status)
		got := get2(t, s, tt.path, a.text("access_token"))
		assert.Equal(t, tt.status, got.status, tt.scope+" "+tt.path)
		if tt.body != "" {
			assert.JSONEq(t, tt.body, got.body)
		}
	}
	v := authorization2("tweet.write")
	a := token2(t, s, codeForm(approve2(t, s, v, "")))
	assert.Equal(t, "read-write", get2(t, s, me, a.text("access_token")).header.Get("X-Access-Level"))
}

// A bearer token is no signature, and nothing else is a bearer token.
func TestOAuth2BearerIsForV2(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	code := approve2(t, s, authorization2(), "")
	a := signUp2(t, s, "", "offline.access")
	access := a.text("access_token")
	signed := signUp(t, s, "")

	for _, path := range []string{profilePath, "/1.1/oauth/invalidate_token.json"} {
		method := "GET"
		if path != profilePath {
			method = "POST"
		}
		req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+access)
		got := do2(t, s, req)
		assert.Equal(t, http.StatusForbidden, got.status)
		assert.Equal(t, "application/problem+json", got.header.Get("Content-Type"))
		assert.Equal(t, "Unsupported Authentication", got.text("title"))
		assert.True(t, strings.HasSuffix(got.text("type"), "/unsupported-authentication"))
		assert.Equal(t, "the endpoint takes requests signed by OAuth 1.0a only", got.reason())

		req.Header.Set("Authorization", "Bearer x")
		got = do2(t, s, req)
		assert.Equal(t, http.StatusUnauthorized, got.status)
		assert.JSONEq(t, `{"errors":[{"code":89,"message":"Invalid or expired token."}]}`, got.body)
	}

	for name, authorization := range map[string]string{
		"refresh token": "Bearer " + a.text("refresh_token"), "code": "Bearer " + code, "signed token": "Bearer " + signed.token,
		"empty": "Bearer ", "scheme only": "Bearer", "client secret": "Bearer " + twittertest.OAuth2ClientSecret, "no scheme": access, "Basic": "Basic " + access,
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL()+"/2/users/me", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", authorization)
		got := do2(t, s, req)
		assert.Equal(t, http.StatusUnauthorized, got.status, name)
		assert.JSONEq(t, `{"title":"Unauthorized","detail":"Unauthorized","type":"about:blank","status":401}`, got.body, name)
	}
	assert.Equal(t, http.StatusOK, get2(t, s, "/2/users/me", access).status, "nothing of that has revoked it")

	parked := signUp2(t, s, "9100000000000000052")
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL()+"/1.1/oauth/invalidate_token.json", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+parked.text("access_token"))
	assert.Equal(t, "Unsupported Authentication", do2(t, s, req).text("title"), "a suspended account is no way around")
	got := get2(t, s, "/2/users/me", parked.text("access_token"))
	assert.Equal(t, http.StatusForbidden, got.status)
	assert.Contains(t, got.body, `"code":64`)
	assert.Equal(t, http.StatusOK, revoke2(t, s, url.Values{"token": {parked.text("access_token")}}).status)
	assert.Equal(t, http.StatusUnauthorized, get2(t, s, "/2/users/me", parked.text("access_token")).status)
}

func TestOAuth2Faults(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	s.Fault(twittertest.OAuth2Token, twittertest.OAuth2Error(400, "invalid_request", "Value passed for the authorization code was invalid."))
	a := token2(t, s, url.Values{})
	assert.Equal(t, http.StatusBadRequest, a.status)
	assert.Equal(t, badCode2, a.body)
	assert.Empty(t, a.reason())
	s.NoFault(twittertest.OAuth2Token)

	s.Fault(twittertest.UsersMe, twittertest.MissingScopes("users.email"))
	me := get2(t, s, "/2/users/me", "x")
	assert.Equal(t, http.StatusForbidden, me.status)
	assert.Equal(t, "Missing required OAuth2 scopes: users.email", me.text("detail"))

	// What the lost answer held is used up and issued all the same.
	form := codeForm(approve2(t, s, authorization2(), ""))
	s.Fault(twittertest.OAuth2Token, twittertest.Fault{LoseAnswer: true, Times: 1})
	_, err := s.Client().Do(tokenRequest(t, s, "/2/oauth2/token", form))
	require.Error(t, err)
	assert.Equal(t, "the code was used before", token2(t, s, form).reason())
}

func TestOAuth2Config(t *testing.T) {
	t.Parallel()
	_, err := twittertest.New(twittertest.Config{PublicClient: true, ClientSecret: "x"})
	fault, ok := faultOf(err)
	require.True(t, ok)
	assert.Equal(t, "ClientSecret", fault.Field)
	assert.NotContains(t, err.Error(), `"x"`)

	s := start(t, twittertest.Config{ClientID: "my-client", ClientSecret: "my secret+"})
	v := authorization2()
	v.Set("client_id", "my-client")
	r := request2{form: codeForm(approve2(t, s, v, "")), edit: basic("my-client", "my+secret%2B")}
	assert.Equal(t, http.StatusOK, r.send(t, s, "/2/oauth2/token").status)
}

func TestOAuth2KilledProgramGoesOn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	restart := func(cfg twittertest.Config) *twittertest.Server {
		cfg.StateFile = file
		return start(t, cfg)
	}
	s := restart(twittertest.Config{})
	code, used := approve2(t, s, authorization2("offline.access"), "9100000000000000019"), approve2(t, s, authorization2(), "")
	require.Equal(t, http.StatusOK, token2(t, s, codeForm(used)).status)
	spent := signUp2(t, s, "", "offline.access")
	require.Equal(t, http.StatusOK, token2(t, s, refreshForm(spent.text("refresh_token"))).status)

	s = restart(twittertest.Config{})
	assert.Equal(t, "the code was used before", token2(t, s, codeForm(used)).reason())
	assert.Equal(t, "the refresh token was used before", token2(t, s, refreshForm(spent.text("refresh_token"))).reason())
	assert.Equal(t, http.StatusOK, get2(t, s, "/2/users/me", spent.text("access_token")).status)
	a := token2(t, s, codeForm(code))
	require.Equal(t, http.StatusOK, a.status, a.reason())

	s = restart(twittertest.Config{})
	assert.Contains(t, get2(t, s, "/2/users/me", a.text("access_token")).body, "hanako_mori")
	fresh := token2(t, s, refreshForm(a.text("refresh_token")))
	require.Equal(t, http.StatusOK, fresh.status, fresh.reason())
	require.Equal(t, http.StatusOK, revoke2(t, s, url.Values{"token": {fresh.text("refresh_token")}}).status)

	s = restart(twittertest.Config{})
	assert.Equal(t, http.StatusUnauthorized, get2(t, s, "/2/users/me", fresh.text("access_token")).status, "revoked stays revoked")

	// The person is gone.
	code = approve2(t, s, authorization2(), "9100000000000000019")
	s = restart(twittertest.Config{People: []twittertest.Person{{ID: "1", ScreenName: "a"}}})
	assert.Equal(t, "the person who approved is no longer in Config.People", token2(t, s, codeForm(code)).reason())
	assert.Equal(t, http.StatusUnauthorized, get2(t, s, "/2/users/me", spent.text("access_token")).status)
}

func TestOAuth2StateFileThatIsNone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	for _, content := range []string{
		`{"codes":null}`, `{"bearers":null}`, `{"refreshers":null}`, `{"codes":{"a":null}}`, `{"bearers":{"a":null}}`, `{"refreshers":{"a":null}}`,
	} {
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		_, err := twittertest.New(twittertest.Config{StateFile: file})
		fault, ok := faultOf(err)
		require.True(t, ok, content)
		assert.Equal(t, "StateFile", fault.Field)
	}
	// A file of the time before there was OAuth 2.0.
	require.NoError(t, os.WriteFile(file, []byte(`{"listen":"","request_tokens":{},"access_tokens":{},"nonces":{}}`), 0o600))
	signUp2(t, start(t, twittertest.Config{StateFile: file}), "")
}
