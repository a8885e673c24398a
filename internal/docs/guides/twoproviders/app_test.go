package twoproviders

import (
	"fmt"
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
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// fakeGitHub answers the three calls of a sign-up, in place of the network.
type fakeGitHub struct {
	id           int
	login, email string
}

func (g fakeGitHub) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Host + r.URL.Path {
	case "github.com/login/oauth/access_token":
		fmt.Fprint(w, `{"access_token": "gho_made_up", "token_type": "bearer", "scope": "user:email"}`)
	case "api.github.com/user":
		fmt.Fprintf(w, `{"id": %d, "login": %q, "email": null}`, g.id, g.login)
	case "api.github.com/user/emails":
		fmt.Fprintf(w, `[{"email": %q, "primary": true, "verified": true}]`, g.email)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	return w.Result(), nil
}

// approve is what GitHub does when the person says yes on its page: it sends
// the browser to the callback.
func approve(t *testing.T, authURL string) (callbackURL string) {
	t.Helper()
	u, err := url.Parse(authURL)
	require.NoError(t, err)
	back := url.Values{"code": {"made-up"}, "state": {u.Query().Get("state")}}
	return u.Query().Get("redirect_uri") + "?" + back.Encode()
}

func TestSignUpWithGitHub(t *testing.T) {
	_, b := start(t)
	callback := approve(t, b.start("github", nil))
	page := b.get(callback)
	assert.Contains(t, page, `value="ada-gh"`)
	assert.Contains(t, page, `value="ada@example.com"`, "the address is from /user/emails")
	assert.Contains(t, b.submit(page), "GitHub: @ada-gh")
}

// decline is GitHub's way back when the person says no.
func decline(t *testing.T, authURL string) (callbackURL string) {
	t.Helper()
	u, err := url.Parse(authURL)
	require.NoError(t, err)
	back := url.Values{
		"error": {"access_denied"}, "error_description": {"The user has denied your application access."},
		"state": {u.Query().Get("state")},
	}
	return u.Query().Get("redirect_uri") + "?" + back.Encode()
}

func TestDeclinedAtGitHub(t *testing.T) {
	_, b := start(t)
	page := b.get(decline(t, b.start("github", nil)))
	assert.Contains(t, page, "You cancelled at GitHub. Nothing was changed, and you can try again.")
	assert.Contains(t, page, `action="/auth/github/start"`, "the page with the buttons")
}

// Changing the URLs instead takes the address away: it is asked for at
// api.github.com, which is then no host of the provider.
func TestURLsOfAFakeLoseTheAddress(t *testing.T) {
	cfg := gitHub("id", provider.NewSecret("secret"))
	cfg.ProfileURL = "http://127.0.0.1:1/user"
	cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.URL.Host = "api.github.com"
		return fakeGitHub{1, "ada-gh", "ada@example.com"}.RoundTrip(r)
	})}
	flow, err := oauth2flow.New(cfg)
	require.NoError(t, err)
	profile, err := flow.FetchProfile(t.Context(), provider.Token{Access: provider.NewSecret("gho_made_up")})
	require.NoError(t, err)
	assert.Equal(t, "ada-gh", profile.Username)
	assert.Empty(t, profile.Email)
}

func TestReturningAndConnecting(t *testing.T) {
	x, b := start(t)
	b.signUpWithX(x, "")
	page := b.get(b.url + "/account")
	assert.Contains(t, page, "X: @ada_quill")
	assert.NotContains(t, page, "Welcome back")

	b.forgetSession()
	assert.Contains(t, b.viaX(x, ""), "Welcome back, @ada_quill.")
	assert.NotContains(t, b.get(b.url+"/account"), "Welcome back", "once")

	connect := url.Values{"intent": {oauthreg.IntentConnect}}
	assert.Contains(t, b.get(approve(t, b.start("github", connect))), "GitHub is connected.")
	assert.Contains(t, b.get(approve(t, b.start("github", connect))), "GitHub was connected before.")

	// Somebody else cannot connect it, and reads why on the account page.
	b.forgetSession()
	b.signUpWithX(x, twittertest.MadeUpPeople()[1].ID)
	page = b.get(approve(t, b.start("github", connect)))
	assert.Contains(t, page, "connected to somebody else's account here")
	assert.Contains(t, page, "<title>Account</title>")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// start runs the app against a stand-in for X and a fake of GitHub.
func start(t *testing.T) (*twittertest.Server, *browser) {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = x.Close() })

	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	keys := twitter.Config{
		ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret), BaseURL: x.URL(),
	}
	github := gitHub("made-up-id", provider.NewSecret("made-up-secret"))
	github.HTTPClient = &http.Client{Transport: fakeGitHub{4711, "ada-gh", "ada@example.com"}}
	handler, err = newApp(server.URL, keys, github)
	require.NoError(t, err)

	return x, newBrowser(t, server.URL)
}

// browser keeps cookies, follows redirects within the app, and stops at every
// other site: a test must not come to the real github.com.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
	at     string // the provider's page that it was sent to
}

func newBrowser(t *testing.T, appURL string) *browser {
	b := &browser{t: t, url: appURL}
	b.client = &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if "http://"+r.URL.Host != appURL {
			b.at = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	b.forgetSession()
	return b
}

// forgetSession drops all cookies.
func (b *browser) forgetSession() {
	jar, err := cookiejar.New(nil)
	require.NoError(b.t, err)
	b.client.Jar = jar
}

// start presses the button, and returns the provider's page.
func (b *browser) start(name string, form url.Values) string {
	b.t.Helper()
	res, err := b.client.PostForm(b.url+"/auth/"+name+"/start", form)
	b.read(res, err)
	return b.at
}

func (b *browser) viaX(x *twittertest.Server, personID string) string {
	b.t.Helper()
	callback, err := x.Approve(b.t.Context(), b.start("twitter", nil), personID)
	require.NoError(b.t, err)
	return b.get(callback)
}

func (b *browser) signUpWithX(x *twittertest.Server, personID string) {
	b.t.Helper()
	assert.Contains(b.t, b.submit(b.viaX(x, personID)), "<title>Account</title>")
}

// pendingPattern finds which sign-up the form is for.
var pendingPattern = regexp.MustCompile(`name="` + oauthreg.PendingField + `" value="([^"]*)"`)

// submit sends the form as it came.
func (b *browser) submit(page string) string {
	b.t.Helper()
	field := pendingPattern.FindStringSubmatch(page)
	require.NotNil(b.t, field, page)
	res, err := b.client.PostForm(b.url+"/signup", url.Values{oauthreg.PendingField: {field[1]}})
	return b.read(res, err)
}

func (b *browser) get(target string) string {
	b.t.Helper()
	res, err := b.client.Get(target)
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
