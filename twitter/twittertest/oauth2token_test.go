package twittertest_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// The texts of X's refusals.
const (
	noClient2   = `{"error":"unauthorized_client","error_description":"Missing valid authorization header"}`
	badCode2    = `{"error":"invalid_request","error_description":"Value passed for the authorization code was invalid."}`
	badURI2     = `{"error":"invalid_request","error_description":"Value passed for the redirect uri did not match the uri of the authorization code."}`
	badProof2   = `{"error":"invalid_request","error_description":"Value passed for the code verifier did not match the code challenge."}`
	badToken2   = `{"error":"invalid_request","error_description":"Value passed for the token was invalid."}`
	notTheProof = "the code verifier is not that of the challenge"
	twoWays     = "the client authenticates in the body besides the header"
	noBasic     = "there is no Authorization header of the Basic scheme"
)

func missing2(name string) string {
	return `{"error":"invalid_request","error_description":"Missing required parameter [` + name + `]."}`
}

// request2 is what a row of a table may spoil before it is sent.
type request2 struct {
	form  url.Values
	query string
	edit  func(*http.Request)
}

func (r request2) send(t *testing.T, s *twittertest.Server, path string) answer2 {
	t.Helper()
	req := tokenRequest(t, s, path, r.form)
	req.URL.RawQuery = r.query
	if r.edit != nil {
		r.edit(req)
	}
	return do2(t, s, req)
}

func basic(id, secret string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(id, secret) }
}

func withoutAuthorization(r *http.Request) { r.Header.Del("Authorization") }

func authorizedBy(values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header["Authorization"] = values }
}

// Every row is a good exchange, spoilt in one place. The reason shows that it
// was refused for that.
func TestOAuth2TokenIsStrict(t *testing.T) {
	t.Parallel()
	const id, secret = twittertest.OAuth2ClientID, twittertest.OAuth2ClientSecret
	s := start(t, twittertest.Config{CallbackURLs: []string{callback, callback + "/"}})
	set := func(name, value string) func(*testing.T, *request2) {
		return func(_ *testing.T, r *request2) { r.form.Set(name, value) }
	}
	del := func(name string) func(*testing.T, *request2) {
		return func(_ *testing.T, r *request2) { r.form.Del(name) }
	}
	edit := func(edit func(*http.Request)) func(*testing.T, *request2) {
		return func(_ *testing.T, r *request2) { r.edit = edit }
	}
	tests := map[string]struct {
		spoil        func(*testing.T, *request2)
		status       int // 0: 400
		body, reason string
	}{
		"nothing":              {spoil: func(*testing.T, *request2) {}},
		"encoded client":       {spoil: edit(basic(url.QueryEscape(id), url.QueryEscape(secret)))},
		"scheme in lower case": {spoil: edit(func(r *http.Request) { r.Header.Set("Authorization", "basic"+r.Header.Get("Authorization")[5:]) })},
		"unknown parameter":    {spoil: set("audience", "x")},

		"no header":         {edit(withoutAuthorization), 401, noClient2, noBasic},
		"bearer":            {edit(authorizedBy("Bearer abc")), 401, noClient2, noBasic},
		"not base64":        {edit(authorizedBy("Basic !")), 401, noClient2, noBasic},
		"no colon":          {edit(authorizedBy("Basic YQ==")), 401, noClient2, noBasic},
		"two headers":       {edit(authorizedBy("Basic YTpi", "Basic YTpi")), 401, noClient2, "there is more than one Authorization header"},
		"wrong encoding":    {edit(basic(id, "%zz")), 401, noClient2, "the client's ID or secret is not form-encoded"},
		"another client":    {edit(basic("x", secret)), 401, noClient2, "the client ID is not the app's"},
		"API key":           {edit(basic(twittertest.ConsumerKey, twittertest.ConsumerSecret)), 401, noClient2, "the client ID is not the app's"},
		"another secret":    {edit(basic(id, "x")), 401, noClient2, "the client secret is not the app's"},
		"no secret":         {edit(basic(id, "")), 401, noClient2, "the client secret is not the app's"},
		"ID in both":        {set("client_id", id), 0, `{"error":"invalid_request","error_description":"The client is to authenticate in one way."}`, twoWays},
		"secret in both":    {set("client_secret", secret), 0, `{"error":"invalid_request","error_description":"The client is to authenticate in one way."}`, twoWays},
		"as public client":  {func(_ *testing.T, r *request2) { r.form.Set("client_id", id); r.edit = withoutAuthorization }, 401, noClient2, noBasic},
		"secret in body":    {func(_ *testing.T, r *request2) { r.form.Set("client_secret", secret); r.edit = withoutAuthorization }, 401, noClient2, noBasic},
		"code in the query": {func(_ *testing.T, r *request2) { r.query = "code=" + r.form.Get("code"); r.form.Del("code") }, 0, `{"error":"invalid_request","error_description":"The parameters belong in the body."}`, "there are parameters in the query"},
		"code twice":        {func(_ *testing.T, r *request2) { r.form.Add("code", "x") }, 0, `{"error":"invalid_request","error_description":"A parameter is there more than once."}`, `the parameter "code" is there more than once`},
		"body of JSON":      {edit(func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }), 0, missing2("grant_type"), "grant_type is missing"},
		"broken body":       {edit(func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("a=%zz")) }), 0, `{"error":"invalid_request","error_description":"The request cannot be read."}`, "form body: a parameter is not percent-encoded"},
		"GET":               {edit(func(r *http.Request) { r.Method = "GET" }), 405, "Method Not Allowed", "the endpoint does not know the method GET"},

		"no grant type":      {del("grant_type"), 0, missing2("grant_type"), "grant_type is missing"},
		"password grant":     {set("grant_type", "password"), 0, `{"error":"unsupported_grant_type","error_description":"The grant type is not supported."}`, "the grant type is neither authorization_code nor refresh_token"},
		"client credentials": {set("grant_type", "client_credentials"), 0, `{"error":"unsupported_grant_type","error_description":"The grant type is not supported."}`, "the grant type is neither authorization_code nor refresh_token"},
		"no code":            {del("code"), 0, missing2("code"), "code is missing"},
		"no redirect URI":    {del("redirect_uri"), 0, missing2("redirect_uri"), "redirect_uri is missing"},
		"no verifier":        {del("code_verifier"), 0, missing2("code_verifier"), "code_verifier is missing"},
		"unknown code":       {set("code", "x"), 0, badCode2, "the code is unknown"},
		"another redirect":   {set("redirect_uri", callback+"/"), 0, badURI2, "the redirect URI is not that of the code, byte for byte"},
		"another verifier":   {set("code_verifier", verifier2+"x"), 0, badProof2, notTheProof},
		"the challenge":      {set("code_verifier", challenge(verifier2)), 0, badProof2, notTheProof},
		"used before": {func(t *testing.T, r *request2) {
			require.Equal(t, http.StatusOK, r.send(t, s, "/2/oauth2/token").status)
		}, 0, badCode2, "the code was used before"},
		"tried before with another verifier": {func(t *testing.T, r *request2) {
			r.form.Set("code_verifier", verifier2+"x")
			require.Equal(t, http.StatusBadRequest, r.send(t, s, "/2/oauth2/token").status)
			r.form.Set("code_verifier", verifier2)
		}, 0, badCode2, "the code was used before"},
		"tried before with another secret": {func(t *testing.T, r *request2) {
			wrong := *r
			wrong.edit = basic(id, "x")
			require.Equal(t, http.StatusUnauthorized, wrong.send(t, s, "/2/oauth2/token").status)
		}, 200, "", ""},

		"refresh without a token": {func(_ *testing.T, r *request2) { r.form = url.Values{"grant_type": {"refresh_token"}} }, 0, missing2("refresh_token"), "refresh_token is missing"},
		"unknown refresh token":   {func(_ *testing.T, r *request2) { r.form = refreshForm("x") }, 0, badToken2, "the refresh token is unknown or revoked"},
		"access token to refresh": {func(t *testing.T, r *request2) { r.form = refreshForm(signUp2(t, s, "").text("access_token")) }, 0, badToken2, "the refresh token is unknown or revoked"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request2{form: codeForm(approve2(t, s, authorization2(), ""))}
			tt.spoil(t, &r)
			a := r.send(t, s, "/2/oauth2/token")
			assert.Equal(t, tt.reason, a.reason())
			if tt.reason == "" {
				assert.Equal(t, http.StatusOK, a.status)
				return
			}
			want := http.StatusBadRequest
			if tt.status != 0 {
				want = tt.status
			}
			assert.Equal(t, want, a.status)
			assert.Equal(t, tt.body, a.body)
		})
	}
}

// A verifier that is too short or too long is none, though its hash fits.
func TestOAuth2VerifierForm(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	for verifier, want := range map[string]int{
		strings.Repeat("a", 42): 400, strings.Repeat("a", 43): 200, strings.Repeat("a", 128): 200, strings.Repeat("a", 129): 400,
		strings.Repeat("a", 43) + "+": 400, strings.Repeat("a", 43) + "š": 400,
	} {
		v := authorization2()
		v.Set("code_challenge", challenge(verifier))
		form := codeForm(approve2(t, s, v, ""))
		form.Set("code_verifier", verifier)
		assert.Equal(t, want, token2(t, s, form).status, verifier)
	}
}

func TestOAuth2PublicClient(t *testing.T) {
	t.Parallel()
	const id = "another-client"
	s := start(t, twittertest.Config{PublicClient: true, ClientID: id})
	v := authorization2("offline.access")
	v.Set("client_id", id)
	public := func(form url.Values) request2 {
		form.Set("client_id", id)
		return request2{form: form, edit: withoutAuthorization}
	}
	tests := map[string]struct {
		spoil        func(*request2)
		status       int
		body, reason string
	}{
		"nothing":        {func(*request2) {}, 200, "", ""},
		"no client ID":   {func(r *request2) { r.form.Del("client_id") }, 400, missing2("client_id"), "client_id is missing"},
		"another client": {func(r *request2) { r.form.Set("client_id", "x") }, 401, noClient2, "the client ID is not the app's"},
		"secret":         {func(r *request2) { r.form.Set("client_secret", "x") }, 401, noClient2, "a public client has no secret"},
		"empty secret":   {func(r *request2) { r.form.Set("client_secret", "") }, 401, noClient2, "a public client has no secret"},
		"header":         {func(r *request2) { r.form.Del("client_id"); r.edit = basic(id, "") }, 401, noClient2, "a public client sends no Authorization header"},
		"both":           {func(r *request2) { r.edit = basic(id, "") }, 401, noClient2, "a public client sends no Authorization header"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := public(codeForm(approve2(t, s, v, "")))
			tt.spoil(&r)
			a := r.send(t, s, "/2/oauth2/token")
			assert.Equal(t, tt.reason, a.reason())
			assert.Equal(t, tt.status, a.status)
			if tt.reason != "" {
				assert.Equal(t, tt.body, a.body)
				return
			}
			fresh := public(refreshForm(a.text("refresh_token"))).send(t, s, "/2/oauth2/token")
			assert.Equal(t, http.StatusOK, fresh.status, fresh.reason())
			revoked := public(url.Values{"token": {fresh.text("access_token")}}).send(t, s, "/2/oauth2/revoke")
			assert.Equal(t, http.StatusOK, revoked.status, revoked.reason())
		})
	}
}

func TestOAuth2RevokeIsStrict(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	for name, tt := range map[string]struct {
		r            request2
		status       int
		body, reason string
	}{
		"no header":  {request2{form: url.Values{"token": {"x"}}, edit: withoutAuthorization}, 401, noClient2, noBasic},
		"no token":   {request2{form: url.Values{}}, 400, missing2("token"), "token is missing"},
		"other hint": {request2{form: url.Values{"token": {"x"}, "token_type_hint": {"id_token"}}}, 400, `{"error":"invalid_request","error_description":"The token type hint is not known."}`, "token_type_hint is neither access_token nor refresh_token"},
	} {
		a := tt.r.send(t, s, "/2/oauth2/revoke")
		assert.Equal(t, tt.status, a.status, name)
		assert.Equal(t, tt.body, a.body, name)
		assert.Equal(t, tt.reason, a.reason(), name)
	}
}

func TestOAuth2CodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	form := codeForm(approve2(t, s, authorization2("offline.access"), ""))
	race := func(form url.Values) int64 {
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				resp, err := s.Client().Do(tokenRequest(t, s, "/2/oauth2/token", form))
				if assert.NoError(t, err) && resp.StatusCode == http.StatusOK {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		return won.Load()
	}
	assert.EqualValues(t, 1, race(form))
	assert.EqualValues(t, 1, race(refreshForm(signUp2(t, s, "", "offline.access").text("refresh_token"))))
}

func TestOAuth2SecretsAreNotShown(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := twittertest.New(twittertest.Config{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	require.NoError(t, err)
	code := approve2(t, s, authorization2("offline.access"), "")
	a := token2(t, s, codeForm(code))
	fresh := token2(t, s, refreshForm(a.text("refresh_token")))
	require.Equal(t, http.StatusOK, revoke2(t, s, url.Values{"token": {fresh.text("access_token")}}).status)
	require.Equal(t, http.StatusBadRequest, token2(t, s, codeForm(code)).status)
	form := codeForm(code)
	form.Set("client_secret", twittertest.OAuth2ClientSecret)
	require.Equal(t, http.StatusBadRequest, token2(t, s, form).status)
	require.NoError(t, s.Close())

	var shown strings.Builder
	for _, ep := range []twittertest.Endpoint{twittertest.OAuth2Authorize, twittertest.OAuth2Token, twittertest.OAuth2Revoke} {
		for _, r := range s.Requests(ep) {
			shown.WriteString(r.Query.Encode() + " " + r.Form.Encode() + " " + r.OAuth.Encode() + r.Reason + "\n")
			assert.NotContains(t, r.Header, "Authorization")
		}
	}
	assert.Equal(t, "[redacted]", s.Requests(twittertest.OAuth2Token)[0].Form.Get("code_verifier"))
	assert.Equal(t, "authorization_code", s.Requests(twittertest.OAuth2Token)[0].Form.Get("grant_type"))
	assert.Equal(t, "the code was used before", s.Requests(twittertest.OAuth2Token)[2].Reason)
	secrets := []string{
		code, verifier2, twittertest.OAuth2ClientSecret,
		a.text("access_token"), a.text("refresh_token"), fresh.text("access_token"), fresh.text("refresh_token"),
	}
	for _, secret := range secrets {
		require.NotEmpty(t, secret)
		assert.NotContains(t, shown.String(), secret)
		assert.NotContains(t, log.String(), secret)
	}
}
