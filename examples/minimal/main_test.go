package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// TestTheProgramOfTheREADME takes somebody through it.
func TestTheProgramOfTheREADME(t *testing.T) {
	x, err := twittertest.New(twittertest.Config{})
	require.NoError(t, err)
	defer x.Close()
	t.Setenv("X_CONSUMER_KEY", twittertest.ConsumerKey)
	t.Setenv("X_CONSUMER_SECRET", twittertest.ConsumerSecret)
	t.Setenv("X_API_URL", x.URL())

	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer server.Close()
	handler = app(server.URL)

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	page := ""
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if page = r.URL.String(); r.URL.Path == "/oauth/authenticate" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	signIn := func() string {
		res, err := browser.PostForm(server.URL+"/auth/twitter/start", url.Values{})
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		callback, err := x.Approve(t.Context(), page, "")
		require.NoError(t, err)
		res, err = browser.Get(callback)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		require.Equal(t, http.StatusOK, res.StatusCode)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(body)
	}
	const link = `<a href="/auth/twitter/start">Sign up or in with X</a>`
	res, err := browser.Get(server.URL)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, link, string(body))
	assert.Equal(t, "text/html; charset=utf-8", res.Header.Get("Content-Type"))
	assert.Equal(t, "Welcome, ada_quill!", signIn())
	assert.Equal(t, link, signIn(), "who returns is sent home")
}
