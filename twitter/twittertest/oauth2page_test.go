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

func TestOAuth2Page(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	v := authorization2("offline.access")
	v.Set("state", `<"state"&'>`)
	resp, page := browse(t, s, "GET", authURL2(s, v), nil)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	assert.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
	assert.Contains(t, page, "This is not X.")
	for scope := range strings.FieldsSeq(v.Get("scope")) {
		assert.Contains(t, page, "<code>"+scope+"</code>")
	}
	for _, p := range twittertest.MadeUpPeople() {
		assert.Contains(t, page, "@"+p.ScreenName)
	}
	assert.NotContains(t, page, `<"state"`)
	assert.Contains(t, page, callback)

	resp, css := browse(t, s, "GET", s.URL()+"/i/oauth2/standin.css", nil)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Contains(t, css, "prefers-color-scheme: dark")

	assert.NotEmpty(t, approve2(t, s, v, "9100000000000000044"), "state comes back as it was")
}

func TestOAuth2Declining(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	back, err := s.Deny(t.Context(), authURL2(s, authorization2()))
	require.NoError(t, err)
	assert.Equal(t, callback+"?state=a+state+%26+more&error=access_denied", back)
}

// Every row is a good request, spoilt in one place. X tells the person, and the
// app nothing.
func TestOAuth2PageIsStrict(t *testing.T) {
	t.Parallel()
	const badRedirect = "the redirect URI is not one of the app's, byte for byte"
	const badChallenge = "code_challenge is not the base64url of a SHA-256 hash"
	s := start(t, twittertest.Config{CallbackURLs: []string{callback, callback + "#top", "myapp://back"}})
	set := func(name, value string) func(url.Values) { return func(v url.Values) { v.Set(name, value) } }
	del := func(name string) func(url.Values) { return func(v url.Values) { v.Del(name) } }
	tests := map[string]struct {
		spoil  func(url.Values)
		reason string // "": accepted
	}{
		"nothing":             {func(url.Values) {}, ""},
		"scheme of the app's": {set("redirect_uri", "myapp://back"), ""},
		"500 characters":      {set("state", strings.Repeat("ü", 500)), ""},
		"every scope": {set("scope", "tweet.read tweet.write tweet.moderate.write users.email users.read follows.read follows.write "+
			"offline.access space.read mute.read mute.write like.read like.write list.read list.write block.read block.write "+
			"bookmark.read bookmark.write dm.read dm.write media.write"), ""},
		"unknown parameter": {set("lang", "en"), ""},

		"no response type":    {del("response_type"), "response_type is not code"},
		"implicit grant":      {set("response_type", "token"), "response_type is not code"},
		"no client ID":        {del("client_id"), "the client ID is not the app's"},
		"API key":             {set("client_id", twittertest.ConsumerKey), "the client ID is not the app's"},
		"no redirect URI":     {del("redirect_uri"), badRedirect},
		"slash":               {set("redirect_uri", callback+"/"), badRedirect},
		"query":               {set("redirect_uri", callback+"?a=1"), badRedirect},
		"localhost":           {set("redirect_uri", strings.Replace(callback, "127.0.0.1", "localhost", 1)), badRedirect},
		"upper case":          {set("redirect_uri", strings.ToUpper(callback)), badRedirect},
		"fragment":            {set("redirect_uri", callback+"#top"), badRedirect},
		"PIN":                 {set("redirect_uri", "oob"), badRedirect},
		"no scope":            {del("scope"), "scope is missing"},
		"scopes with commas":  {set("scope", "users.read,tweet.read"), `"users.read,tweet.read" is no scope of X's`},
		"scopes with +":       {set("scope", "users.read+tweet.read"), `"users.read+tweet.read" is no scope of X's`},
		"two blanks":          {set("scope", "users.read  tweet.read"), "scopes are separated by one blank"},
		"blank at the end":    {set("scope", "users.read "), "scopes are separated by one blank"},
		"OpenID's scope":      {set("scope", "openid"), `"openid" is no scope of X's`},
		"scope twice":         {set("scope", "users.read users.read"), `the scope "users.read" is there more than once`},
		"no state":            {del("state"), "state is missing"},
		"501 characters":      {set("state", strings.Repeat("x", 501)), "state is longer than 500 characters"},
		"no challenge":        {del("code_challenge"), badChallenge},
		"padded challenge":    {set("code_challenge", challenge(verifier2)+"="), badChallenge},
		"loose challenge":     {set("code_challenge", strings.Repeat("A", 42)+"B"), badChallenge},
		"tight challenge":     {set("code_challenge", strings.Repeat("A", 42)+"A"), ""},
		"hex challenge":       {set("code_challenge", strings.Repeat("0f", 32)), badChallenge},
		"no challenge method": {del("code_challenge_method"), "code_challenge_method is not S256"},
		"plain":               {set("code_challenge_method", "plain"), "code_challenge_method is not S256"},
		"lower case":          {set("code_challenge_method", "s256"), "code_challenge_method is not S256"},
		"state twice":         {func(v url.Values) { v.Add("state", "2") }, `the parameter "state" is there more than once`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := authorization2()
			tt.spoil(v)
			resp, page := browse(t, s, "GET", authURL2(s, v), nil)
			assert.Equal(t, tt.reason, resp.Header.Get("X-Twittertest-Reason"))
			v.Set("person", "9007199254740881")
			v.Set("decision", "authorize")
			sent, _ := browse(t, s, "POST", s.URL()+"/i/oauth2/authorize", v)
			assert.Equal(t, tt.reason, sent.Header.Get("X-Twittertest-Reason"), "the form is checked like the page")
			if tt.reason == "" {
				assert.Equal(t, http.StatusOK, resp.StatusCode)
				assert.Equal(t, http.StatusSeeOther, sent.StatusCode)
				return
			}
			assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
			assert.Contains(t, page, "Something went wrong")
			assert.NotContains(t, page, callback, "there is no way back to the app")
			assert.Empty(t, resp.Header.Get("Location"))
			assert.Empty(t, sent.Header.Get("Location"))
			_, err := s.Approve(t.Context(), s.URL()+"/i/oauth2/authorize?"+v.Encode(), "")
			require.ErrorContains(t, err, "the page answered 400: "+tt.reason)
		})
	}
}

func TestOAuth2PageForm(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	page := s.URL() + "/i/oauth2/authorize"
	with := func(person, decision string) url.Values {
		v := authorization2()
		v.Set("person", person)
		v.Set("decision", decision)
		return v
	}
	tests := map[string]struct {
		method, target string
		form           url.Values
		header         []string
		status         int
		reason         string
	}{
		"unknown person": {method: "POST", target: page, form: with("1", "authorize"), status: 400, reason: "no such person: give the ID of one of Config.People, and not the handle"},
		"no button":      {method: "POST", target: page, form: with("9007199254740881", ""), status: 400, reason: "neither approved nor declined"},
		"in the query":   {method: "POST", target: authURL2(s, with("9007199254740881", "authorize")), form: url.Values{}, status: 400, reason: "response_type is not code"},
		"another site": {method: "POST", target: page, form: with("9007199254740881", "authorize"),
			header: []string{"Sec-Fetch-Site", "cross-site"}, status: 400, reason: "the form was sent by a page of another site"},
		"broken query": {method: "GET", target: page + "?a=%zz", status: 400, reason: "query: a parameter is not percent-encoded"},
		"PUT":          {method: "PUT", target: page, status: 405, reason: "the endpoint does not know the method PUT"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, _ := browse(t, s, tt.method, tt.target, tt.form, tt.header...)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.reason, resp.Header.Get("X-Twittertest-Reason"))
			assert.Empty(t, resp.Header.Get("Location"))
		})
	}

	s.Fault(twittertest.OAuth2Authorize, twittertest.OverCapacity())
	_, err := s.Approve(t.Context(), authURL2(s, authorization2()), "")
	require.ErrorContains(t, err, "503: a fault is on")
	s.NoFault(twittertest.OAuth2Authorize)
	_, err = s.ApprovePIN(t.Context(), authURL2(s, authorization2()), "")
	require.ErrorContains(t, err, "no PIN")
}
