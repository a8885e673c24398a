package twitter_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter/twittertest"
)

// signUpApp is an app that people can sign up to with X in both ways.
type signUpApp struct {
	t        *testing.T
	x        *twittertest.Server
	server   *httptest.Server
	reg      *oauthreg.Registrar
	accounts *tokenstore.Memory

	mu       sync.Mutex
	outcomes []oauthreg.Outcome
	signIns  []tokenstore.Account
}

func newSignUpApp(t *testing.T) *signUpApp {
	t.Helper()
	a := &signUpApp{t: t, accounts: tokenstore.NewMemory()}
	mux := http.NewServeMux()
	a.server = httptest.NewServer(mux)
	t.Cleanup(a.server.Close)
	a.x = start(t, twittertest.Config{CallbackURLs: []string{
		a.server.URL + "/auth/x/callback", a.server.URL + "/auth/twitter/callback",
	}})
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: a.server.URL})
	require.NoError(t, err)
	a.reg, err = oauthreg.New(oauthreg.Config{
		BaseURL: a.server.URL + "/auth",
		Flows: map[string]provider.Flow{
			"x":       newOAuth2(t, a.x, oauth2Scopes("users.email", "offline.access")),
			"twitter": newFlow(t, a.x),
		},
		Sessions: sessions, Accounts: a.accounts, SignIn: a.signIn, SignUpURL: "/signup", DefaultNext: "/home",
		OnOutcome: func(_ http.ResponseWriter, _ *http.Request, res oauthreg.Result) bool {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.outcomes = append(a.outcomes, res.Outcome)
			return false
		},
	})
	require.NoError(t, err)
	mux.Handle("/auth/", a.reg.Handler())
	mux.HandleFunc("POST /signup", a.takeForm)
	return a
}

func (a *signUpApp) signIn(_ http.ResponseWriter, _ *http.Request, account tokenstore.Account) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.signIns = append(a.signIns, account)
	return nil
}

// takeForm takes whatever the profile offers for the form.
func (a *signUpApp) takeForm(w http.ResponseWriter, r *http.Request) {
	p, err := a.reg.Pending(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	form := url.Values{}
	p.Prefill(form)
	done, err := a.reg.Complete(w, r, "user of "+form.Get(oauthreg.FieldEmail))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, done.Next, http.StatusSeeOther)
}

func (a *signUpApp) last() oauthreg.Outcome {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.outcomes[len(a.outcomes)-1]
}

// visitor is a browser that follows nothing by itself.
func (a *signUpApp) visitor() *http.Client {
	jar, err := cookiejar.New(nil)
	require.NoError(a.t, err)
	return &http.Client{
		Jar: jar,
		// httptest.Server.Close closes the default transport's connections, of parallel tests too.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// visit returns where the browser is sent.
func (a *signUpApp) visit(browser *http.Client, method, target string) (location string) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, target, nil)
	require.NoError(a.t, err)
	req.Header.Set("Origin", a.server.URL)
	resp, err := browser.Do(req)
	require.NoError(a.t, err)
	require.NoError(a.t, resp.Body.Close())
	require.Equal(a.t, http.StatusSeeOther, resp.StatusCode, target)
	return resp.Header.Get("Location")
}

// approved goes up to the callback.
func (a *signUpApp) approved(browser *http.Client, name, personID string) (callback string) {
	a.t.Helper()
	callback, err := a.x.Approve(a.t.Context(), a.visit(browser, "POST", a.server.URL+"/auth/"+name+"/start"), personID)
	require.NoError(a.t, err)
	return callback
}

func TestOAuth2ThroughTheRegistrar(t *testing.T) {
	t.Parallel()
	a := newSignUpApp(t)
	const hanako = "9100000000000000019"

	browser := a.visitor()
	callback := a.approved(browser, "x", hanako)
	assert.Equal(t, "/signup", a.visit(browser, "GET", callback))
	assert.Equal(t, oauthreg.NewUser, a.last())
	assert.Equal(t, "/signup", a.visit(browser, "GET", callback), "reloading asks for nothing")
	assert.Equal(t, oauthreg.Replayed, a.last())
	assert.Equal(t, 1, a.x.Calls(twittertest.OAuth2Token))
	assert.Equal(t, 1, a.x.Calls(twittertest.UsersMe))
	assert.Equal(t, "/home", a.visit(browser, "POST", a.server.URL+"/signup"))

	account, found, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "x", Subject: hanako})
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, "user of hanako.mori@example.com", account.UserID)
	assert.False(t, account.Token.Refresh.IsZero())

	// The person returns, from another browser.
	browser = a.visitor()
	assert.Equal(t, "/home", a.visit(browser, "GET", a.approved(browser, "x", hanako)))
	assert.Equal(t, oauthreg.Returning, a.last())
	require.Len(t, a.signIns, 2)
	assert.Equal(t, account.UserID, a.signIns[1].UserID)

	// Under the other name the person is somebody else.
	browser = a.visitor()
	assert.Equal(t, "/signup", a.visit(browser, "GET", a.approved(browser, "twitter", hanako)))
	assert.Equal(t, oauthreg.NewUser, a.last())

	// Who declines is told so.
	browser = a.visitor()
	denied, err := a.x.Deny(t.Context(), a.visit(browser, "POST", a.server.URL+"/auth/x/start"))
	require.NoError(t, err)
	a.visit(browser, "GET", denied)
	assert.Equal(t, oauthreg.Denied, a.last())
}

// The callback of one flow at the path of the other is turned away without a
// call to X, and is still good where it belongs (RFC 9700 section 4.4).
func TestOAuth2CallbackAtTheOtherPath(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]string{"x": "twitter", "twitter": "x"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newSignUpApp(t)
			browser := a.visitor()
			a.approved(browser, other, "") // that an attempt is under way there changes nothing
			callback := a.approved(browser, name, "")
			before := oauth2Calls(a.x)

			astray := strings.Replace(callback, "/auth/"+name+"/", "/auth/"+other+"/", 1)
			require.NotEqual(t, callback, astray)
			assert.Contains(t, a.visit(browser, "GET", astray), "error=mismatch")
			assert.Equal(t, oauthreg.Mismatch, a.last())
			assert.Equal(t, before, oauth2Calls(a.x), "X was asked for nothing")

			assert.Equal(t, "/signup", a.visit(browser, "GET", callback))
			assert.Equal(t, oauthreg.NewUser, a.last())
		})
	}
}

// Without a profile nobody is known over OAuth 2.0.
func TestOAuth2SignUpNeedsTheProfile(t *testing.T) {
	t.Parallel()
	a := newSignUpApp(t)
	browser := a.visitor()
	callback := a.approved(browser, "x", "")
	a.x.Fault(twittertest.UsersMe, twittertest.OverCapacity())
	a.visit(browser, "GET", callback)
	assert.Equal(t, oauthreg.Unavailable, a.last())
	assert.Empty(t, a.signIns)
}
