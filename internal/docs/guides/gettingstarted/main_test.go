package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// start runs the app against a stand-in for X, and returns both with a browser.
func start(t *testing.T) (*twittertest.Server, *browser) {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = x.Close() })

	var handler http.Handler // it is told its own URL, which the server knows
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	handler, err = newApp(server.URL, twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        x.URL(),
	})
	require.NoError(t, err)
	return x, newBrowser(t, server.URL)
}

// browser keeps cookies, follows redirects within the app, and stops at every
// other site: a test does not leave the machine.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
	atX    string // the page at X that it was sent to
}

func newBrowser(t *testing.T, appURL string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	b := &browser{t: t, url: appURL}
	b.client = &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if "http://"+r.URL.Host != appURL {
			b.atX = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b
}

func (b *browser) get(target string) string {
	b.t.Helper()
	res, err := b.client.Get(target)
	return b.read(res, err)
}

func (b *browser) post(path string, form url.Values) string {
	b.t.Helper()
	res, err := b.client.PostForm(b.url+path, form)
	return b.read(res, err)
}

func (b *browser) read(res *http.Response, err error) string {
	b.t.Helper()
	require.NoError(b.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	return html.UnescapeString(string(body))
}

// pendingPattern finds which sign-up the form is for.
var pendingPattern = regexp.MustCompile(`name="` + oauthreg.PendingField + `" value="([^"]*)"`)

func TestSignUp(t *testing.T) {
	x, b := start(t)
	b.post("/auth/twitter/start", nil)
	callback, err := x.Approve(t.Context(), b.atX, "") // "": the first of the stand-in's people
	require.NoError(t, err)

	page := b.get(callback) // and on to the form
	assert.Contains(t, page, `value="ada_quill"`)
	assert.Contains(t, page, `value="ada.quill@example.com"`)
	field := pendingPattern.FindStringSubmatch(page)
	require.NotNil(t, field)
	page = b.post("/signup", url.Values{
		oauthreg.PendingField: {field[1]}, "username": {"ada"}, "email": {"ada@example.com"},
	})
	assert.Contains(t, page, "Welcome, ada")

	// She signs out and comes back: no form.
	page = b.post("/signout", nil)
	assert.Contains(t, page, "Sign up with X")
	assert.NotContains(t, page, "Welcome")
	b.post("/auth/twitter/start", nil)
	callback, err = x.Approve(t.Context(), b.atX, "")
	require.NoError(t, err)
	assert.Contains(t, b.get(callback), "Welcome, ada")
	assert.Equal(t, 1, x.Calls(twittertest.VerifyCredentials), "somebody who returns costs no call for the profile")
}

func TestDenied(t *testing.T) {
	x, b := start(t)
	b.post("/auth/twitter/start", nil)
	callback, err := x.Deny(t.Context(), b.atX)
	require.NoError(t, err)
	page := b.get(callback)
	assert.Contains(t, page, "You cancelled at X. Nothing was changed, and you can try again.")
	assert.Contains(t, page, `action="/auth/twitter/start"`, "the page with the button")
	assert.Zero(t, x.Calls(twittertest.AccessToken))
}

func TestOutage(t *testing.T) {
	for _, row := range []struct {
		name, want string
		endpoint   twittertest.Endpoint
		fault      twittertest.Fault
	}{
		{"before X", "X cannot be reached right now.", twittertest.RequestToken, twittertest.OverCapacity()},
		{"after X", "X cannot be reached right now.", twittertest.AccessToken, twittertest.OverCapacity()},
		{"callback not registered", "Sign-up with X does not work at the moment.", twittertest.RequestToken, twittertest.CallbackNotApproved()},
		// Without the profile the form still comes, with what the token proved.
		{"no profile", "Almost there, @ada_quill on X", twittertest.VerifyCredentials, twittertest.NoCredits()},
	} {
		t.Run(row.name, func(t *testing.T) {
			x, b := start(t)
			x.Fault(row.endpoint, row.fault)
			page := b.post("/auth/twitter/start", nil)
			if b.atX != "" {
				callback, err := x.Approve(t.Context(), b.atX, "")
				require.NoError(t, err)
				page = b.get(callback)
			}
			assert.Contains(t, page, row.want)
		})
	}
}
