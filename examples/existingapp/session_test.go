package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

func TestARestartBetweenAnyTwoStepsIsNotNoticed(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	address := strings.TrimPrefix(p.url, "http://")
	restart := func() {
		t.Helper()
		require.NoError(t, p.stop())
		p = start(t, env, "-addr", address, "-db", p.db)
	}
	approve := func(page, person string) string {
		t.Helper()
		callback, err := x.Approve(t.Context(), page, person)
		require.NoError(t, err)
		return callback
	}

	// Registering.
	b := newBrowser(t)
	page := b.begin(p, "")
	restart()
	a := b.get(approve(page, ada))
	restart()
	require.Equal(t, p.url+"/welcome", a.location)
	form := inputs(b.get(a.location).body, "/welcome")
	restart()
	require.Equal(t, p.url+"/account", b.post(p.url+"/welcome", form).location)
	restart()
	require.Contains(t, b.get(p.url+"/account").body, "@ada_quill", "the session is there")

	// Connecting, which has to see who is signed in on both sides of X.
	page = b.begin(p, "connect")
	restart()
	a = b.get(approve(page, bobby))
	restart()
	require.Contains(t, b.follow(a).body, "Your X account is connected.")

	// What waits for the owner of an address to sign in.
	b = newBrowser(t)
	b.register(p, "hanako", "hanako.mori@example.com")
	b.signOut(p)
	require.Contains(t, b.follow(b.through(x, p, "", hanako)).body, emailSentence)
	restart()
	account := b.follow(b.signIn(p, "hanako.mori@example.com", password))
	restart()
	account = b.follow(b.post(p.url+"/account/connect", inputs(account.body, "/account/connect")))
	assert.Contains(t, account.body, "@hanako_mori")
}

func TestTheStandInRunsWithoutKeysAndSurvivesARestart(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	b := newBrowser(t)
	assert.Contains(t, b.get(p.url+"/").body, "stand-in for X runs at")
	page := b.begin(p, "")
	require.NoError(t, p.stop())
	p = start(t, nil, "-addr", strings.TrimPrefix(p.url, "http://"), "-db", p.db)

	// As a browser does, because the stand-in is the program's own.
	target, err := url.Parse(page)
	require.NoError(t, err)
	consent := inputs(b.get(page).body, "")
	consent.Set("person", ada)
	consent.Set("decision", "authorize")
	target.Path, target.RawQuery = "/oauth/authorize", ""
	a := b.get(b.post(target.String(), consent).location)
	assert.Equal(t, p.url+"/welcome", a.location)
}

// sessionCookie returns the browser's, or "".
func (b *browser) sessionCookie(p *program) string {
	b.t.Helper()
	u, err := url.Parse(p.url)
	require.NoError(b.t, err)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == "session" {
			return c.Value
		}
	}
	return ""
}

func TestSessionsAreTheAppsOwn(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	for _, path := range []string{"/", "/signin", "/register"} {
		b.get(p.url + path)
	}
	b.begin(p, "")
	assert.Empty(t, b.sessionCookie(p), "who looks around, or is at X, has no session")

	b.register(p, "ada", "ada@example.net")
	before := b.sessionCookie(p)
	require.NotEmpty(t, before)
	b.follow(b.through(x, p, "connect", ada))
	assert.Equal(t, before, b.sessionCookie(p), "connecting signs nobody in")
	a := b.through(x, p, "", ada)
	require.Equal(t, p.url+"/account", a.location)
	after := b.sessionCookie(p)
	assert.NotEqual(t, before, after, "signing in renews the token")
	var found bool
	for _, line := range a.header.Values("Set-Cookie") {
		if strings.HasPrefix(line, "session=") {
			found = true
			assert.Contains(t, line, "HttpOnly")
			assert.Contains(t, line, "SameSite=Lax")
		}
	}
	assert.True(t, found)

	assert.Zero(t, p.count(t, "sessions WHERE token = ?", after), "tokens are stored as hashes")

	// The old one, and the one that was signed out, lead nowhere.
	b.signOut(p)
	for _, token := range []string{before, after} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", p.url+"/account", nil)
		require.NoError(t, err)
		req.AddCookie(&http.Cookie{Name: "session", Value: token})
		res, err := b.client.Transport.RoundTrip(req)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, "/signin", res.Header.Get("Location"))
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	b.register(p, "ada", adaEmail)
	page := b.follow(b.through(x, p, "connect", bobby))
	disconnect := inputs(page.body, "/account/disconnect")
	page = b.follow(b.through(x, p, "", ada))
	connect := inputs(page.body, "/account/connect")
	require.NotEmpty(t, disconnect)
	require.NotEmpty(t, connect)

	for path, form := range map[string]url.Values{
		"/account/connect":    connect,
		"/account/forget":     connect,
		"/account/disconnect": disconnect,
		"/account/password":   {"current": {password}, "password": {"chosen by another site"}},
		"/account/confirm":    {"code": {"x"}},
		"/auth/twitter/start": {"intent": {"connect"}},
		"/register":           {"username": {"eve"}, "email": {"eve@example.net"}, "password": {password}},
		"/signin":             {"email": {adaEmail}, "password": {password}},
		"/welcome":            {"username": {"eve"}, "email": {"eve@example.net"}},
		"/signout":            {},
	} {
		for _, header := range []http.Header{
			{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}},
		} {
			req, err := http.NewRequestWithContext(t.Context(), "POST", p.url+path, strings.NewReader(form.Encode()))
			require.NoError(t, err)
			req.Header = header.Clone()
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, err := b.client.Do(req)
			require.NoError(t, err)
			res.Body.Close()
			assert.Equal(t, http.StatusForbidden, res.StatusCode, "%s %v", path, header)
			assert.Empty(t, res.Header.Values("Set-Cookie"), path)
		}
	}
	assert.Equal(t, 1, p.count(t, "oauthreg_accounts"))
	assert.Equal(t, 1, p.count(t, "users"))
	page = b.get(p.url + "/account")
	assert.Equal(t, connect, inputs(page.body, "/account/connect"), "what waits still waits")
	assert.Contains(t, page.body, "@Bobby_OTables")
	require.Equal(t, p.url+"/account", newBrowser(t).signIn(p, adaEmail, password).location)

	// The app's own pages can.
	assert.Contains(t, b.follow(b.post(p.url+"/account/connect", connect)).body, "Your X account is connected.")
}

func TestTokensAreSealedInTheDatabase(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	b.signUp(x, p, ada, nil)
	newBrowser(t).through(x, p, "", hanako) // waits for its form
	check := func() {
		t.Helper()
		files, err := filepath.Glob(p.db + "*")
		require.NoError(t, err)
		for _, file := range files {
			info, err := os.Stat(file)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, secret := range []string{ada + "-", hanako, "hanako.mori@"} {
				assert.NotContains(t, string(data), secret, file)
			}
		}
	}
	check() // the log of what was written holds what was overwritten too
	require.NoError(t, p.stop())
	check()
	data, err := os.ReadFile(p.db)
	require.NoError(t, err)
	assert.Contains(t, string(data), "oauthreg-sealed-v1:")
	for _, secret := range []string{ada + "-", twittertest.ConsumerSecret, b.sessionCookie(p)} {
		assert.NotContains(t, p.log.String(), secret)
	}
}

// What the doc comment promises: without the added files and the lines marked
// new, the app is whole.
func TestWithoutTheNewLinesTheAppBuilds(t *testing.T) {
	t.Parallel()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("the go command is not in PATH")
	}
	here, err := filepath.Abs(".")
	require.NoError(t, err)
	dir, replace := t.TempDir(), map[string]string{}
	for _, added := range []string{"oauth.go", "oauthpages.go", "standin.go"} {
		replace[filepath.Join(here, added)] = "" // as if it were not there
	}
	for _, own := range []string{"app.go", "main.go", "pages.go", "passwords.go", "settings.go", "users.go"} {
		data, err := os.ReadFile(own)
		require.NoError(t, err)
		stripped := regexp.MustCompile(`(?m)^.*// new\n`).ReplaceAllString(string(data), "")
		for _, word := range []string{"oauthreg/", "twitter"} {
			_, code, _ := strings.Cut(stripped, "\npackage main")
			assert.NotContains(t, code, word, own)
		}
		file := filepath.Join(dir, own)
		require.NoError(t, os.WriteFile(file, []byte(stripped), 0o600))
		replace[filepath.Join(here, own)] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))
	cmd := exec.CommandContext(t.Context(), goTool, "build", "-overlay", file, "-o", filepath.Join(dir, "app"), ".")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))

	// So are its pages.
	stripped := fstest.MapFS{}
	for _, name := range []string{"account", "confirm", "home", "layout", "register", "signin"} {
		data, err := os.ReadFile("pages/" + name + ".html")
		require.NoError(t, err)
		text := regexp.MustCompile(`(?m)^.*\{\{/\* new \*/\}\}\n`).ReplaceAllString(string(data), "")
		stripped[name+".html"] = &fstest.MapFile{Data: []byte(text)}
	}
	templates, err := template.ParseFS(stripped, "*.html")
	require.NoError(t, err)
	for _, name := range []string{"account", "confirm", "home", "register", "signin"} {
		var body strings.Builder
		require.NoError(t, templates.ExecuteTemplate(&body, name+".html", page{
			"User": user{ID: "1"}, "Notice": notice{}, "Values": url.Values{}, "Errors": map[string]string{}, "Email": "", "Code": "",
		}))
		assert.NotContains(t, body.String(), "X account", name)
	}
}
