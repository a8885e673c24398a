package twittertest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// browse opens a page as a browser would, without following redirects.
func browse(t *testing.T, s *twittertest.Server, method, target string, form url.Values, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func TestPageForThePerson(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	c := newHandshake(t, s, callback)
	for _, path := range []string{"/oauth/authenticate", "/oauth/authorize"} {
		resp, page := browse(t, s, "GET", s.URL()+path+"?oauth_token="+c.token, nil)
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		assert.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
		policy := resp.Header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'")
		assert.NotContains(t, policy, "form-action", "browsers would stop the redirect to the app")

		assert.Contains(t, page, "This is not X.")
		assert.Contains(t, page, "Nothing you do here is sent to X")
		assert.Contains(t, page, `value="9007199254740881" required checked`, "the first person is picked")
		assert.Equal(t, 1, strings.Count(page, " checked"))
		for _, p := range twittertest.MadeUpPeople() {
			assert.Contains(t, page, "@"+p.ScreenName)
		}
		assert.Contains(t, page, `&lt;b&gt;&amp; Sons&lt;/b&gt;`, "names are text")
		assert.NotContains(t, page, "<script")
		assert.NotContains(t, page, "style=")
		for _, attr := range []string{`href="http`, `src=`, "//"} {
			page = strings.ReplaceAll(page, callback, "")
			assert.NotContains(t, page, attr, "nothing is loaded from anywhere else")
		}
		assert.NotContains(t, page, c.secret)
	}

	_, page := browse(t, s, "GET", authURL(s, c)+"&screen_name=%40Samir_Nour", nil)
	assert.Contains(t, page, `value="9100000000000000027" required checked`)
	_, page = browse(t, s, "GET", authURL(s, c)+"&screen_name=nobody", nil)
	assert.Contains(t, page, `value="9007199254740881" required checked`)

	resp, css := browse(t, s, "GET", s.URL()+"/oauth/standin.css", nil)
	assert.Equal(t, "text/css; charset=utf-8", resp.Header.Get("Content-Type"))
	assert.Contains(t, css, "prefers-color-scheme: dark")
}

func TestPageShowsWhatTheAppMayDo(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	o := requestTokenOrder(s, callback)
	o.query = [][2]string{{"x_auth_access_type", "read"}}
	_, body, err := send(t.Context(), s, o)
	require.NoError(t, err)
	readOnly, _ := credentialsOf(t, body)

	_, page := browse(t, s, "GET", authURL(s, readOnly), nil)
	assert.NotContains(t, page, "change things")
	_, page = browse(t, s, "GET", authURL(s, newHandshake(t, s, callback)), nil)
	assert.Contains(t, page, "change things")
}

func TestDecliningAtThePage(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{CallbackURLs: []string{callback, callback + "?a=%41&b#top", "myapp://back"}})
	for registered, want := range map[string]string{
		callback:                  callback + "?denied=",
		callback + "?a=%41&b#top": callback + "?a=%41&b&denied=",
		"myapp://back":            "myapp://back?denied=",
	} {
		c := newHandshake(t, s, registered)
		back, err := s.Deny(t.Context(), authURL(s, c))
		require.NoError(t, err)
		fragment := ""
		if strings.HasSuffix(registered, "#top") {
			fragment = "#top"
		}
		assert.Equal(t, want+c.token+fragment, back)
		assert.NotContains(t, back, "oauth_")

		_, err = s.Approve(t.Context(), authURL(s, c), "")
		require.ErrorContains(t, err, "403")
	}
}

func TestPageRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	used, fresh := newHandshake(t, s, callback), newHandshake(t, s, callback)
	approve(t, s, used, "")
	form := func(token, person, decision string) url.Values {
		return url.Values{"oauth_token": {token}, "person": {person}, "decision": {decision}}
	}
	page := s.URL() + "/oauth/authorize"
	tests := map[string]struct {
		method, target string
		form           url.Values
		header         []string
		status         int
		reason         string
	}{
		"unknown token":    {method: "GET", target: page + "?oauth_token=x", status: 403, reason: "the request token is unknown"},
		"no token":         {method: "GET", target: page, status: 403, reason: "there is no request token"},
		"used token":       {method: "GET", target: authURL(s, used), status: 403, reason: "the request token was approved before"},
		"approve again":    {method: "POST", target: page, form: form(used.token, "9007199254740881", "authorize"), status: 403, reason: "the request token was approved before"},
		"cancel afterward": {method: "POST", target: page, form: form(used.token, "", "cancel"), status: 403, reason: "the request token was approved before"},
		"unknown person":   {method: "POST", target: page, form: form(fresh.token, "1", "authorize"), status: 400, reason: "no such person: give the ID of one of Config.People, and not the handle"},
		"no button":        {method: "POST", target: page, form: form(fresh.token, "9007199254740881", ""), status: 400, reason: "neither approved nor declined"},
		"token in query":   {method: "POST", target: authURL(s, fresh), form: form("", "", "cancel"), status: 403, reason: "there is no request token"},
		"another site": {method: "POST", target: page, form: form(fresh.token, "9007199254740881", "authorize"),
			header: []string{"Sec-Fetch-Site", "cross-site"}, status: 403, reason: "the form was sent by a page of another site"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := browse(t, s, tt.method, tt.target, tt.form, tt.header...)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.reason, resp.Header.Get("X-Twittertest-Reason"))
			assert.Empty(t, resp.Header.Get("Location"))
			if tt.status == 403 {
				assert.Contains(t, body, "request token for this page is invalid")
				assert.NotContains(t, body, callback, "there is no way back to the app")
			}
		})
	}
}

func TestApproveGoesByTheURL(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	other := start(t, twittertest.Config{})
	c := newHandshake(t, s, callback)
	for name, bad := range map[string]string{
		"real host":      "https://api.x.com/oauth/authenticate?oauth_token=" + c.token,
		"another server": other.URL() + "/oauth/authenticate?oauth_token=" + c.token,
		"another path":   s.URL() + "/oauth/request_token?oauth_token=" + c.token,
		"nonsense":       "http://[::1",
		"empty":          "",
	} {
		_, err := s.Approve(t.Context(), bad, "")
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), c.token, name)
	}
	_, err := s.ApprovePIN(t.Context(), authURL(s, c), "")
	require.ErrorContains(t, err, "no PIN")

	c = newHandshake(t, s, callback)
	_, err = s.Approve(t.Context(), authURL(s, c), "1")
	require.ErrorContains(t, err, "no such person: give the ID of one of Config.People, and not the handle")

	s.Fault(twittertest.Authenticate, twittertest.OverCapacity())
	_, err = s.Approve(t.Context(), authURL(s, c), "")
	require.ErrorContains(t, err, "503: a fault is on")
	_, err = s.Deny(t.Context(), authURL(s, c))
	require.ErrorContains(t, err, "503: a fault is on")
	s.NoFault(twittertest.Authenticate)
	_, err = s.Approve(t.Context(), authURL(s, c), "")
	require.NoError(t, err)
}
