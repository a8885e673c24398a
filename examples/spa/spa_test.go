package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

const (
	ada   = "9007199254740881"
	samir = "9100000000000000027" // has no e-mail address
)

// start runs the program until the test ends, against a stand-in for X that the
// test controls.
func start(t *testing.T) (program string, x *twittertest.Server) {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = x.Close() })
	env := map[string]string{"X_CONSUMER_KEY": twittertest.ConsumerKey, "X_CONSUMER_SECRET": twittertest.ConsumerSecret, "X_API_URL": x.URL()}
	return startWith(t, env), x
}

func startWith(t *testing.T, env map[string]string) (program string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, stdout := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0"}, func(name string) string { return env[name] }, stdout, t.Output())
		stdout.CloseWithError(io.EOF)
		done <- err
	}()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-done)
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	program, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
	require.True(t, ok, line)
	return program
}

// client is what the page's script does, without a page: it keeps cookies, asks
// for JSON, and follows no redirect.
type client struct {
	t       *testing.T
	program string
	http    *http.Client
}

func newClient(t *testing.T, program string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &client{t, program, &http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		// httptest.Server.Close closes the default transport's connections, of parallel tests too.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type answer struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

func (c *client) do(method, target, contentType string, body []byte, edits ...func(http.Header)) answer {
	c.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = c.program + target
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, target, bytes.NewReader(body))
	require.NoError(c.t, err)
	r.Header.Set("Accept", "application/json")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, edit := range edits {
		edit(r.Header)
	}
	res, err := c.http.Do(r)
	require.NoError(c.t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	a := answer{status: res.StatusCode, header: res.Header, text: string(data)}
	if strings.Contains(res.Header.Get("Content-Type"), "json") && string(data) != "null\n" {
		require.NoError(c.t, json.Unmarshal(data, &a.json), string(data))
	}
	return a
}

func (c *client) get(target string) answer {
	c.t.Helper()
	return c.do(http.MethodGet, target, "", nil)
}

// browse is the browser itself opening target, over no redirect. It returns
// where it is sent.
func (c *client) browse(target string) string {
	c.t.Helper()
	a := c.do(http.MethodGet, target, "", nil, func(h http.Header) { h.Set("Accept", "text/html,*/*;q=0.8") })
	require.Equal(c.t, http.StatusSeeOther, a.status, a.text)
	return a.header.Get("Location")
}

// begin starts a sign-up and returns the page at the provider.
func (c *client) begin() string {
	c.t.Helper()
	a := c.do(http.MethodPost, "/auth/twitter/start", "application/x-www-form-urlencoded", []byte(url.Values{"next": {"/account"}}.Encode()))
	require.Equal(c.t, http.StatusOK, a.status, a.text)
	require.Equal(c.t, "started", a.json["outcome"])
	return a.json["location"].(string)
}

// approve comes back from X as person, and returns the view that waits.
func (c *client) approve(x *twittertest.Server, person string) map[string]any {
	c.t.Helper()
	callback, err := x.Approve(c.t.Context(), c.begin(), person)
	require.NoError(c.t, err)
	require.Equal(c.t, "/signup", c.browse(callback))
	return c.get("/api/pending").json
}

// submit posts the form for a view.
func (c *client) submit(view map[string]any, change map[string]string) answer {
	c.t.Helper()
	values := view["values"].(map[string]any)
	form := map[string]any{"username": values["username"], "email": values["email"], "name": values["name"]}
	for field, value := range change {
		form[field] = value
	}
	body, err := json.Marshal(form)
	require.NoError(c.t, err)
	return c.do(http.MethodPost, "/api/signup", "application/json", body, func(h http.Header) { h.Set("Oauthreg-Pending", view["pending"].(string)) })
}

func TestTheSameFlowHeadless(t *testing.T) {
	t.Parallel()
	program, x := start(t)
	c := newClient(t, program)

	assert.Equal(t, "null\n", c.get("/api/me").text)
	offer := c.get("/auth/twitter/start").json
	assert.Equal(t, "X", offer["label"])

	view := c.approve(x, ada)
	values := view["values"].(map[string]any)
	assert.Equal(t, "ada_quill", values["username"])
	assert.Equal(t, "ada.quill@example.com", values["email"])
	assert.Equal(t, "Ada Quill", values["name"])
	assert.Equal(t, []any{}, view["missing"])
	assert.Equal(t, view, c.get("/api/pending").json, "a reload of the form")

	a := c.submit(view, nil)
	require.Equal(t, http.StatusOK, a.status, a.text)
	assert.Equal(t, "/account", a.json["location"])
	me := c.get("/api/me").json
	assert.Equal(t, map[string]any{"username": "ada_quill", "email": "ada.quill@example.com", "email_verified": true, "name": "Ada Quill"}, me)

	// A second click changes nothing. The page goes to the account then.
	assert.Equal(t, "no_pending", c.submit(view, map[string]string{"username": "other"}).json["outcome"])
	assert.Equal(t, me, c.get("/api/me").json)

	assert.Equal(t, http.StatusNoContent, c.do(http.MethodPost, "/api/signout", "application/json", nil).status)
	assert.Equal(t, "null\n", c.get("/api/me").text)
	assert.Equal(t, "no_pending", c.get("/api/pending").json["outcome"])

	// Known now: no form.
	callback, err := x.Approve(t.Context(), c.begin(), ada)
	require.NoError(t, err)
	assert.Equal(t, "/account", c.browse(callback))
	assert.Equal(t, me, c.get("/api/me").json)
}

func TestReloadsAndTheCallbackByFetch(t *testing.T) {
	t.Parallel()
	program, x := start(t)
	c := newClient(t, program)
	callback, err := x.Approve(t.Context(), c.begin(), ada)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"outcome": "new", "provider": "twitter", "location": "/signup"}, c.get(callback).json)
	assert.Equal(t, "/signup", c.browse(callback), "reloaded")
	assert.Equal(t, "replayed", c.get(callback).json["outcome"])
	assert.Equal(t, 1, x.Calls(twittertest.AccessToken))
}

func TestEndsThatAreNoSignUpAreToldByTheStart(t *testing.T) {
	t.Parallel()
	program, x := start(t)
	for _, tt := range []struct {
		name, outcome, sentence string
		open                    func(c *client) string
	}{
		{"denied", "denied", "You cancelled at X", func(c *client) string {
			callback, err := x.Deny(t.Context(), c.begin())
			require.NoError(t, err)
			return callback
		}},
		{"arrived directly", "not_started", "please start here", func(*client) string { return "/auth/twitter/callback" }},
		{"started elsewhere", "mismatch", "not started in this browser", func(*client) string {
			callback, err := x.Approve(t.Context(), newClient(t, program).begin(), ada)
			require.NoError(t, err)
			return callback
		}},
	} {
		c := newClient(t, program)
		back := c.browse(tt.open(c))
		assert.Equal(t, "/?error="+tt.outcome+"&provider=twitter", back, tt.name)
		// What the page does there.
		problem := c.get("/auth/twitter/start" + strings.TrimPrefix(back, "/")).json["problem"].(map[string]any)
		assert.Equal(t, tt.outcome, problem["outcome"])
		assert.Contains(t, problem["detail"], tt.sentence)
	}

	// Failures of a start come at once.
	x.Fault(twittertest.RequestToken, twittertest.OverCapacity())
	a := newClient(t, program).do(http.MethodPost, "/auth/twitter/start", "application/x-www-form-urlencoded", nil)
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Equal(t, "unavailable", a.json["outcome"])
	assert.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
}

func TestFaultsOfTheFormAreNamed(t *testing.T) {
	t.Parallel()
	program, x := start(t)
	first := newClient(t, program)
	require.Equal(t, http.StatusOK, first.submit(first.approve(x, ada), nil).status)

	c := newClient(t, program)
	view := c.approve(x, samir)
	assert.Equal(t, []any{"email"}, view["missing"])
	for _, tt := range []struct {
		name   string
		change map[string]string
		faults []string
	}{
		{"no address", map[string]string{"email": ""}, []string{"email"}},
		{"all at once", map[string]string{"username": "two words", "email": "nowhere", "name": strings.Repeat("x", 300)}, []string{"username", "email", "name"}},
		{"the username of another", map[string]string{"username": "ADA_quill", "email": "samir@example.com"}, []string{"username"}},
	} {
		a := c.submit(view, tt.change)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, tt.name)
		assert.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
		faults := a.json["errors"].(map[string]any)
		assert.Len(t, faults, len(tt.faults), tt.name)
		for _, field := range tt.faults {
			assert.NotEmpty(t, faults[field], tt.name)
		}
		assert.Equal(t, "null\n", c.get("/api/me").text)
	}
	require.Equal(t, http.StatusOK, c.submit(view, map[string]string{"email": "samir@Example.COM"}).status)
	me := c.get("/api/me").json
	assert.Equal(t, "samir@example.com", me["email"])
	assert.Equal(t, false, me["email_verified"])
}

func TestRequestsThatTheFormDoesNotMake(t *testing.T) {
	t.Parallel()
	program, x := start(t)
	c := newClient(t, program)
	view := c.approve(x, ada)
	pending := func(h http.Header) { h.Set("Oauthreg-Pending", view["pending"].(string)) }
	for _, tt := range []struct {
		name, body string
		edit       func(http.Header)
		status     int
	}{
		{"no JSON", "username=ada", pending, http.StatusBadRequest},
		{"a field of the server's", `{"username":"ada","email":"a@example.com","email_verified":true}`, pending, http.StatusBadRequest},
		{"too much", `{"username":"` + strings.Repeat("x", 100<<10) + `"}`, pending, http.StatusBadRequest},
		{"for another sign-up", `{}`, func(h http.Header) { h.Set("Oauthreg-Pending", "other") }, http.StatusConflict},
		{"from another site", `{}`, func(h http.Header) {
			pending(h)
			h.Set("Sec-Fetch-Site", "cross-site")
			h.Set("Origin", "https://evil.example")
		}, http.StatusForbidden},
	} {
		a := c.do(http.MethodPost, "/api/signup", "application/json", []byte(tt.body), tt.edit)
		assert.Equal(t, tt.status, a.status, tt.name)
	}
	assert.Equal(t, http.StatusConflict, newClient(t, program).submit(view, nil).status, "in another browser")
	assert.Equal(t, "null\n", c.get("/api/me").text)
	for _, path := range []string{"/auth/twitter/start", "/api/signout"} {
		a := c.do(http.MethodPost, path, "", nil, func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") })
		assert.Equal(t, http.StatusForbidden, a.status, path)
	}
	assert.Equal(t, http.StatusOK, c.submit(view, nil).status, "and the person can go on")
}

func TestManyClicksMakeOneUser(t *testing.T) {
	t.Parallel()
	program, x := start(t)
	c := newClient(t, program)
	view := c.approve(x, ada)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if a := c.submit(view, nil); a.status != http.StatusOK {
				// The one before has taken the cookie along; the page goes to the account.
				assert.Equal(t, "no_pending", a.json["outcome"], a.text)
			}
		})
	}
	wg.Wait()
	assert.Equal(t, "ada_quill", c.get("/api/me").json["username"])
	assert.Equal(t, 1, x.Calls(twittertest.AccessToken))
}

func TestThePageIsHardened(t *testing.T) {
	t.Parallel()
	program, _ := start(t)
	c := newClient(t, program)
	for _, path := range []string{"/", "/signup", "/account", "/app.js", "/style.css", "/api/me", "/api/pending"} {
		h := c.get(path).header
		csp := h.Get("Content-Security-Policy")
		assert.Contains(t, csp, "script-src 'self'; style-src 'self'; connect-src 'self'", path)
		assert.NotContains(t, csp, "unsafe", path)
		assert.Equal(t, "no-store", h.Get("Cache-Control"), path)
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
	}
	page := c.get("/").text
	assert.NotContains(t, page, "style=")
	assert.NotContains(t, page, "onclick")
	assert.NotContains(t, c.get("/app.js").text, "innerHTML", "what comes from a server is text")
	assert.Equal(t, http.StatusNotFound, c.get("/nowhere").status)
}

func TestSettingsThatCannotBeUsedStopTheProgram(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		env        map[string]string
		args       []string
	}{
		{"key without secret", "X_CONSUMER_SECRET", map[string]string{"X_CONSUMER_KEY": "k"}, nil},
		{"a base URL with a path", "BASE_URL", map[string]string{"BASE_URL": "https://app.example.com/x"}, nil},
		{"an address that is none", "-addr", nil, []string{"-addr", "nowhere"}},
	} {
		args := tt.args
		if args == nil {
			args = []string{"-addr", "127.0.0.1:0"}
		}
		err := run(t.Context(), args, func(name string) string { return tt.env[name] }, io.Discard, io.Discard)
		assert.ErrorContains(t, err, tt.want, tt.name)
	}
}

// Without keys the program brings a stand-in for X along.
func TestWithoutKeysAStandInRuns(t *testing.T) {
	t.Parallel()
	c := newClient(t, startWith(t, nil))
	u, err := url.Parse(c.begin())
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1", u.Hostname())
}
