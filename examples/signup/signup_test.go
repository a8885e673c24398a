package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/twitter/twittertest"
)

// fakeX is a stand-in for X that the test controls, with the environment that
// leads the program to it.
func fakeX(t *testing.T) (*twittertest.Server, map[string]string) {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = x.Close() })
	return x, map[string]string{
		"X_CONSUMER_KEY": twittertest.ConsumerKey, "X_CONSUMER_SECRET": twittertest.ConsumerSecret, "X_API_URL": x.URL(),
	}
}

const (
	ada    = "9007199254740881"
	hanako = "9100000000000000019"
	samir  = "9100000000000000027" // has no e-mail address
	bobby  = "9100000000000000031"
)

// signUp takes b all the way and returns the account page.
func signUp(t *testing.T, b *browser, x *twittertest.Server, p *program, person string, change url.Values) answer {
	t.Helper()
	a := b.get(b.approve(x, p, person))
	require.Equal(t, p.url+"/signup", a.location)
	form := inputs(b.get(a.location).body)
	maps.Copy(form, change)
	a = b.post(p.url+"/signup", form)
	require.Equal(t, http.StatusSeeOther, a.status, a.body)
	require.Equal(t, p.url+"/account", a.location)
	return b.get(a.location)
}

func TestSomebodyNewRegistersAndIsRecognisedLater(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)

	home := b.get(p.url + "/")
	assert.Contains(t, home.body, `action="/auth/twitter/start"`)
	assert.Contains(t, home.body, "Sign up with X")

	a := b.get(b.approve(x, p, ada))
	require.Equal(t, http.StatusSeeOther, a.status)
	require.Equal(t, p.url+"/signup", a.location)
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	assert.Equal(t, "no-referrer", a.header.Get("Referrer-Policy"))

	page := b.get(a.location)
	form := inputs(page.body)
	assert.Equal(t, "ada_quill", form.Get("username"))
	assert.Equal(t, "ada.quill@example.com", form.Get("email"))
	assert.Equal(t, "Ada", form.Get("first_name"))
	assert.Equal(t, "Quill", form.Get("last_name"))
	assert.NotContains(t, page.body, "aria-invalid")

	a = b.post(p.url+"/signup", form)
	require.Equal(t, p.url+"/account", a.location)
	account := b.get(a.location).body
	for _, want := range []string{"@ada_quill", "Ada Quill", ada, "ada.quill@example.com", ">confirmed<", "k3Yb2aQx_normal.jpg"} {
		assert.Contains(t, account, want)
	}

	// The form is done with.
	assert.Equal(t, p.url+"/account", b.get(p.url+"/signup").location)
	assert.Equal(t, p.url+"/account", b.post(p.url+"/signup", form).location)

	a = b.post(p.url+"/signout", url.Values{})
	assert.Equal(t, p.url+"/", a.location)
	assert.Equal(t, p.url+"/", b.get(p.url+"/account").location)

	// Known now: no form, and no call for the profile.
	before := x.Calls(twittertest.VerifyCredentials)
	assert.Equal(t, p.url+"/account", b.get(b.approve(x, p, ada)).location)
	assert.Contains(t, b.get(p.url+"/account").body, "@ada_quill")
	assert.Equal(t, before, x.Calls(twittertest.VerifyCredentials))
}

func TestWhatXDoesNotTellIsAskedFor(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	page := b.get(b.get(b.approve(x, p, samir)).location)
	form := inputs(page.body)
	assert.Empty(t, form.Get("email"))
	assert.Equal(t, 1, strings.Count(page.body, "aria-invalid"), "the e-mail, and nothing else, is marked")

	a := b.post(p.url+"/signup", form)
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "Please enter an e-mail address")

	form.Set("email", "samir@Example.COM")
	a = b.post(p.url+"/signup", form)
	require.Equal(t, p.url+"/account", a.location)
	account := b.get(a.location).body
	assert.Contains(t, account, "samir@example.com")
	assert.Contains(t, account, "not confirmed yet")
}

func TestAnEditedAddressIsNotConfirmedByX(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	account := signUp(t, newBrowser(t), x, p, ada, url.Values{"email": {"other@example.com"}}).body
	assert.Contains(t, account, "other@example.com")
	assert.Contains(t, account, "not confirmed yet")
}

func TestUsernameOfSomebodyElse(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	signUp(t, newBrowser(t), x, p, ada, nil)
	b := newBrowser(t)
	form := inputs(b.get(b.get(b.approve(x, p, hanako)).location).body)
	form.Set("username", "ADA_quill")
	form.Set("first_name", "typed")
	a := b.post(p.url+"/signup", form)
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "Somebody else has this username")
	assert.Equal(t, "typed", inputs(a.body).Get("first_name"), "what was typed is still there")

	// Nothing is half done: the same person can go on.
	form.Set("username", "hanako")
	assert.Equal(t, p.url+"/account", b.post(p.url+"/signup", form).location)
}

func TestAPostedFormCannotChangeWhoItIs(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	account := signUp(t, newBrowser(t), x, p, bobby, url.Values{
		"provider": {"other"}, "uid": {ada}, "id": {ada}, "subject": {ada}, "email_verified": {"1"},
		"next": {"https://evil.example/"}, "avatar_url": {"https://evil.example/x.png"},
	}).body
	assert.Contains(t, account, bobby)
	assert.NotContains(t, account, "evil.example")
	assert.NotContains(t, account, "<b>&", "names are escaped")
}

func TestEndsThatAreNoSignUpLeadHomeWithASentence(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	for _, tt := range []struct {
		name, sentence string
		open           func() answer
	}{
		{"denied", "You cancelled at X", func() answer {
			callback, err := x.Deny(t.Context(), b.begin(p))
			require.NoError(t, err)
			return b.get(callback)
		}},
		{"arrived directly", "please start here", func() answer { return b.get(p.url + "/auth/twitter/callback") }},
		{"started in another browser", "was not started in this browser", func() answer {
			return newBrowser(t).get(b.approve(x, p, ada))
		}},
		{"X out of order at the start", "cannot be reached right now", func() answer {
			x.Fault(twittertest.RequestToken, twittertest.OverCapacity())
			defer x.NoFault(twittertest.RequestToken)
			return b.post(p.url+"/auth/twitter/start", url.Values{})
		}},
		{"X out of order at the exchange", "cannot be reached right now", func() answer {
			x.Fault(twittertest.AccessToken, twittertest.OverCapacity())
			defer x.NoFault(twittertest.AccessToken)
			return b.get(b.approve(x, p, ada))
		}},
		{"callback not registered", "does not work at the moment", func() answer {
			x.Fault(twittertest.RequestToken, twittertest.CallbackNotApproved())
			defer x.NoFault(twittertest.RequestToken)
			return b.post(p.url+"/auth/twitter/start", url.Values{})
		}},
	} {
		a := tt.open()
		require.Equal(t, http.StatusSeeOther, a.status, tt.name)
		require.True(t, strings.HasPrefix(a.location, p.url+"/?"), "%s: %s", tt.name, a.location)
		assert.Contains(t, b.get(a.location).body, tt.sentence, tt.name)
	}
	assert.Contains(t, p.log.String(), p.url+"/auth/twitter/callback", "the log names the URL to register")
}

func TestAProfileThatCannotBeHadDoesNotStopASignUp(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	x.Fault(twittertest.VerifyCredentials, twittertest.NoCredits())
	p := start(t, env)
	b := newBrowser(t)
	page := b.get(b.get(b.approve(x, p, ada)).location)
	assert.Contains(t, page.body, "could not hand out your profile")
	form := inputs(page.body)
	assert.Equal(t, "ada_quill", form.Get("username"))
	form.Set("email", "ada@example.com")
	assert.Equal(t, p.url+"/account", b.post(p.url+"/signup", form).location)
}

func TestTheFormOfOnePersonNeverCompletesAnother(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t) // two tabs of one browser
	first := inputs(b.get(b.get(b.approve(x, p, ada)).location).body)
	second := inputs(b.get(b.get(b.approve(x, p, hanako)).location).body)
	require.NotEqual(t, first.Get("oauthreg_pending"), second.Get("oauthreg_pending"))

	require.Equal(t, p.url+"/account", b.post(p.url+"/signup", first).location)
	assert.Contains(t, b.get(p.url+"/account").body, ada)
	require.Equal(t, p.url+"/account", b.post(p.url+"/signup", second).location)
	account := b.get(p.url + "/account").body
	assert.Contains(t, account, hanako)
	assert.NotContains(t, account, ada)
}

func TestManyClicksMakeOneUser(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	callback := b.approve(x, p, ada)
	form := inputs(b.get(b.get(callback).location).body)
	before := x.Calls(twittertest.AccessToken)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if a := b.post(p.url+"/signup", form); a.location != p.url+"/account" {
				t.Errorf("status %d, location %s", a.status, a.location)
			}
		})
	}
	wg.Wait()
	db, err := openDB(t.Context(), p.db)
	require.NoError(t, err)
	defer db.Close()
	for _, table := range []string{"users", "oauthreg_accounts"} {
		var n int
		require.NoError(t, db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
		assert.Equal(t, 1, n, table)
	}
	assert.Equal(t, before, x.Calls(twittertest.AccessToken))
}

func TestARestartBetweenAnyTwoStepsIsNotNoticed(t *testing.T) {
	t.Parallel()
	for _, withStandIn := range []bool{false, true} {
		t.Run(fmt.Sprintf("stand-in %v", withStandIn), func(t *testing.T) {
			t.Parallel()
			_, env := fakeX(t)
			if withStandIn {
				env = nil
			}
			p := start(t, env)
			address := strings.TrimPrefix(p.url, "http://")
			restart := func() {
				t.Helper()
				require.NoError(t, p.stop())
				p = start(t, env, "-addr", address, "-db", p.db)
			}
			b := newBrowser(t)
			page := b.begin(p)
			restart()
			// As a browser does, because the stand-in is the program's own.
			consent := inputs(b.get(page).body)
			restart()
			consent.Set("person", ada)
			consent.Set("decision", "authorize")
			target, err := url.Parse(page)
			require.NoError(t, err)
			target.Path, target.RawQuery = "/oauth/authorize", ""
			callback := b.post(target.String(), consent).location
			restart()
			a := b.get(callback)
			require.Equal(t, p.url+"/signup", a.location)
			restart()
			form := inputs(b.get(a.location).body)
			require.Equal(t, "ada_quill", form.Get("username"))
			restart()
			require.Equal(t, p.url+"/account", b.post(p.url+"/signup", form).location)
			restart()
			require.Contains(t, b.get(p.url+"/account").body, "@ada_quill")
			require.Equal(t, p.url+"/signup", b.get(callback).location, "a reload of the callback ends where it did")
		})
	}
}

func TestTokensAreSealedInTheDatabase(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	signUp(t, newBrowser(t), x, p, ada, nil)
	require.NoError(t, p.stop())
	files, err := filepath.Glob(p.db + "*")
	require.NoError(t, err)
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		// Access tokens of X begin with the user's ID and a hyphen.
		assert.NotContains(t, string(data), ada+"-", file)
	}
	data, err := os.ReadFile(p.db)
	require.NoError(t, err)
	assert.Contains(t, string(data), "oauthreg-sealed-v1:")
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	older, newer := seal.NewKey(), seal.NewKey()
	env["OAUTHREG_KEY"] = older
	p := start(t, env)
	b := newBrowser(t)
	signUp(t, b, x, p, ada, nil)
	require.NoError(t, p.stop())
	assert.NoFileExists(t, p.db+".key", "a key that is given is not kept")

	env["OAUTHREG_KEY"] = newer + "," + older
	q := start(t, env, "-db", p.db, "-addr", strings.TrimPrefix(p.url, "http://"))
	assert.Contains(t, b.get(q.url+"/account").body, "@ada_quill", "still signed in")
	assert.Equal(t, q.url+"/account", b.get(b.approve(x, q, ada)).location, "still known")
}

func TestOtherProvidersHaveButtonsWhenTheyAreSetUp(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	assert.NotContains(t, newBrowser(t).get(p.url+"/").body, "GitHub")

	env["GITHUB_CLIENT_ID"], env["GITHUB_CLIENT_SECRET"] = "id", "secret"
	env["OIDC_ISSUER"], env["OIDC_CLIENT_ID"], env["OIDC_CLIENT_SECRET"] = "http://127.0.0.1:1", "id", "secret"
	p = start(t, env)
	b := newBrowser(t)
	home := b.get(p.url + "/").body
	for _, want := range []string{"Sign up with X", "Sign up with GitHub", "Sign up with OpenID", `action="/auth/oidc/start"`} {
		assert.Contains(t, home, want)
	}
	a := b.post(p.url+"/auth/github/start", url.Values{})
	assert.Contains(t, a.location, "https://github.com/login/oauth/authorize?")
	assert.Contains(t, a.location, url.QueryEscape(p.url+"/auth/github/callback"))

	// Nobody answers at that issuer: a sentence, and X still works.
	a = b.post(p.url+"/auth/oidc/start", url.Values{})
	assert.Contains(t, b.get(a.location).body, "OpenID cannot be reached right now")
	account := signUp(t, b, x, p, ada, nil).body
	assert.Contains(t, account, "Connect GitHub")
	assert.NotContains(t, account, "Connect X")

	// To connect is for who is signed in.
	a = newBrowser(t).post(p.url+"/auth/github/start", url.Values{"intent": {"connect"}})
	assert.Contains(t, newBrowser(t).get(a.location).body, "Please sign in before you connect GitHub")
}

func TestSettingsThatAreHalfOrMalformedStopTheProgram(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"GitHub without its secret", map[string]string{"GITHUB_CLIENT_ID": "id"}, nil, "GITHUB_CLIENT_SECRET is not"},
		{"OpenID without its issuer", map[string]string{"OIDC_CLIENT_ID": "id", "OIDC_CLIENT_SECRET": "s3cr3t"}, nil, "OIDC_ISSUER is not"},
		{"OpenID over http", map[string]string{
			"OIDC_ISSUER": "http://op.example.com", "OIDC_CLIENT_ID": "id", "OIDC_CLIENT_SECRET": "s3cr3t",
		}, nil, "Issuer"},
		{"key without secret", map[string]string{"X_CONSUMER_KEY": "k"}, nil, "X_CONSUMER_SECRET is not"},
		{"secret without key", map[string]string{"X_CONSUMER_SECRET": "s3cr3t"}, nil, "X_CONSUMER_KEY is not"},
		{"API URL without keys", map[string]string{"X_API_URL": "https://api.x.com"}, nil, "set all three"},
		{"API URL malformed", map[string]string{"X_CONSUMER_KEY": "k", "X_CONSUMER_SECRET": "s3cr3t", "X_API_URL": "api.x.com"}, nil, "X_API_URL"},
		{"API URL not https", map[string]string{"X_CONSUMER_KEY": "k", "X_CONSUMER_SECRET": "s3cr3t", "X_API_URL": "http://api.x.com"}, nil, "https"},
		{"key with a line break", map[string]string{"X_CONSUMER_KEY": "k\n", "X_CONSUMER_SECRET": "s3cr3t"}, nil, "line break"},
		{"base URL without scheme", map[string]string{"BASE_URL": "app.example.com"}, nil, "BASE_URL must be"},
		{"base URL with a path", map[string]string{"BASE_URL": "https://app.example.com/x"}, nil, "BASE_URL must be"},
		{"base URL not https", map[string]string{"BASE_URL": "http://app.example.com"}, nil, "https"},
		{"sealing key not base64", map[string]string{"OAUTHREG_KEY": "s3cr3t!"}, nil, "OAUTHREG_KEY"},
		{"sealing key too short", map[string]string{"OAUTHREG_KEY": "c2hvcnQ="}, nil, "not 32"},
		{"argument", nil, []string{"serve"}, "unexpected argument"},
		{"flag", nil, []string{"-port", "1"}, "-port"},
		{"address", nil, []string{"-addr", "nowhere"}, "-addr"},
		{"database in no folder", nil, []string{"-addr", "127.0.0.1:0", "-db", filepath.Join("no", "such", "x.db")}, "OAUTHREG_KEY, or choose a -db"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := filepath.Join(t.TempDir(), "x.db")
			args := tt.args
			if args == nil {
				args = []string{"-addr", "127.0.0.1:0", "-db", db}
			}
			log := &lockedBuffer{}
			err := run(t.Context(), args, func(name string) string { return tt.env[name] }, log, log)
			require.Error(t, err)
			assert.Contains(t, err.Error(), tt.want)
			assert.NotContains(t, err.Error(), "s3cr3t")
			assert.NotContains(t, log.String(), "listening")
			assert.NoFileExists(t, db)
		})
	}
}
