package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

const callback = "http://127.0.0.1:8080/auth/twitter/callback"

// start runs a stand-in for X that knows callback, and returns the environment
// of an app that is set up for it.
func start(t *testing.T) (*twittertest.Server, map[string]string) {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{callback}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	return x, map[string]string{
		"X_CONSUMER_KEY": twittertest.ConsumerKey, "X_CONSUMER_SECRET": twittertest.ConsumerSecret,
		"X_API_URL": x.URL(), "BASE_URL": "http://127.0.0.1:8080",
	}
}

// command runs the command in this process.
func command(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), func(name string) string { return env[name] }, args, &out, &errs)
	all := out.String() + errs.String()
	assert.NotContains(t, all, twittertest.ConsumerSecret)
	if env["X_CONSUMER_KEY"] != "" {
		assert.NotContains(t, all, env["X_CONSUMER_KEY"])
	}
	assert.NotContains(t, all, "\x1b", "a buffer is no terminal")
	return status, out.String(), errs.String()
}

func TestAllIsWell(t *testing.T) {
	t.Parallel()
	x, env := start(t)
	status, out, errs := command(t, env)
	assert.Equal(t, fine, status)
	assert.Empty(t, errs)
	assert.Equal(t, "Asking "+x.URL()+" for a request token\n"+
		"  API Key   test… (17 characters)\n"+
		"  callback  "+callback+"\n"+
		"OK: X accepts the keys and the callback URL, and the clock is right enough\n"+
		"Not checked, because only a real sign-up shows it:\n"+
		"  - Whether the person gets through X's own pages.\n"+
		"  - Whether the app's plan includes the profile, from v1.1 account/verify_credentials.\n"+
		"  - Whether the app may see e-mail addresses: \"Request email from users\" is seen in a profile only.\n"+
		"  - Whether a browser reaches the callback URL, and the app answers there.\n", out)
	assert.Equal(t, 1, x.Calls(twittertest.RequestToken))
}

func TestCallbacks(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, baseURL string
		args          []string
		status        int
		sent          string // "" if X is not asked
		want          string
	}{
		{"base URL with a slash", "http://127.0.0.1:8080/", nil, fine, callback, "OK"},
		{"flag", "", []string{"-callback", callback}, fine, callback, "OK"},
		{"flag before the base URL", "https://elsewhere.example", []string{"-callback", callback}, fine, callback, "OK"},
		{"flag before a wrong base URL", "nonsense", []string{"-callback", callback}, fine, callback, "OK"},
		{"PIN flow", "", []string{"-callback=oob"}, fine, "oob", "the PIN flow"},
		{"localhost", "http://localhost:8080", nil, toFix, "http://localhost:8080/auth/twitter/callback", `add exactly "http://127.0.0.1:8080/auth/twitter/callback"`},
		{"an app's own scheme", "", []string{"-callback", "notes://back"}, toFix, "notes://back", `add exactly "notes://back"`},
		{"base URL with a path", "https://app.example/sub", nil, toFix, "", "BASE_URL: it must be a scheme and a host"},
		{"base URL of http on another machine", "http://app.example", nil, toFix, "", "BASE_URL: it must begin with https:// unless its host is this machine"},
		{"base URL without a scheme", "app.example", nil, toFix, "", "BASE_URL: it must be a scheme and a host"},
		{"base URL with a query", "https://app.example/?", nil, toFix, "", "BASE_URL: it must be a scheme and a host"},
		{"base URL with a password", "https://a:b@app.example", nil, toFix, "", "BASE_URL: it must be a scheme and a host"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x, env := start(t)
			env["BASE_URL"] = row.baseURL
			status, out, errs := command(t, env, row.args...)
			assert.Equal(t, row.status, status)
			assert.Empty(t, errs)
			assert.Contains(t, out, row.want)
			assert.Equal(t, row.sent, x.LastQuery(twittertest.RequestToken).Get("oauth_callback"))
		})
	}
}

func TestCalledWrongly(t *testing.T) {
	t.Parallel()
	x, env := start(t)
	for _, row := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"help", []string{"-h"}, fine, "-callback URL"},
		{"help with the settings", []string{"-h"}, fine, "X_CONSUMER_SECRET"},
		{"an unknown flag", []string{"-secret", "x"}, usage, "flag provided but not defined"},
		{"an argument", []string{"check"}, usage, `unexpected argument "check"`},
		{"a relative callback", []string{"-callback", "/auth/twitter/callback"}, usage, "-callback must be an absolute URL"},
		{"a callback without a scheme", []string{"-callback", "localhost:8080/auth/twitter/callback"}, usage, "-callback must be an absolute URL"},
		{"a callback without a host", []string{"-callback", "https:///x"}, usage, "-callback must be an absolute URL"},
		{"no URL", []string{"-callback", "http://[::1"}, usage, "-callback must be an absolute URL"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, out, errs := command(t, env, row.args...)
			assert.Equal(t, row.status, status)
			assert.Empty(t, out)
			assert.Contains(t, errs, row.want)
		})
	}
	assert.Zero(t, x.Calls(twittertest.RequestToken))
}

// What is missing or cannot be used is named at once, with where to get it, and
// each once.
func TestSettingsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		env  map[string]string
		want []string // the start of each line, in order
	}{
		{"nothing", map[string]string{}, []string{
			`X_CONSUMER_KEY: set it to the "API Key" (consumer key) from "Keys and tokens" of your app at https://console.x.com`,
			`X_CONSUMER_SECRET: set it to the "API Key Secret"`, "BASE_URL: set it to the app's public URL"}},
		{"all wrong", map[string]string{
			"X_CONSUMER_KEY": twittertest.OAuth2ClientID, "X_CONSUMER_SECRET": "secret-with-a-blank ",
			"X_API_URL": "http://x.example/api", "BASE_URL": "app",
		}, []string{"BASE_URL: it must be", "X_CONSUMER_KEY: this looks like an OAuth 2.0 Client ID", "X_API_URL: it must be a scheme and a host",
			"X_CONSUMER_SECRET: it starts or ends with a blank"}},
		{"the key alone", map[string]string{"X_CONSUMER_KEY": "a-key-of-no-app", "BASE_URL": "https://app.example"},
			[]string{"X_CONSUMER_SECRET: "}},
		{"http", map[string]string{
			"X_CONSUMER_KEY": "a-key-of-no-app", "X_CONSUMER_SECRET": "s", "X_API_URL": "http://api.x.com", "BASE_URL": "https://app.example",
		}, []string{"X_API_URL: it must be https"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			status, out, errs := command(t, row.env)
			assert.Equal(t, toFix, status)
			assert.Empty(t, errs)
			lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			assert.Equal(t, "FIX: the settings cannot be used; nothing was asked of X", lines[0])
			require.Len(t, lines, len(row.want)+1, out)
			for i, want := range row.want {
				assert.Contains(t, lines[i+1], "  "+want)
			}
			assert.NotContains(t, out, "secret-with-a-blank")
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	reset := time.Now().Add(10 * time.Minute)
	for _, row := range []struct {
		name  string
		fault twittertest.Fault
		want  string
		hint  string
	}{
		{"callback not registered", twittertest.CallbackNotApproved(), "FIX: X does not know the callback URL (HTTP 403, code 415, request ", `add exactly "` + callback + `"`},
		{"no callback registered", twittertest.DesktopApp(), "FIX: X takes the app for a desktop application (HTTP 401", "the X app has no callback URL"},
		{"wrong keys", twittertest.Code32(), "FIX: X cannot verify the app's keys (HTTP 401, code 32", `"API Key Secret" (OAuth 1.0a)`},
		{"clock", twittertest.Timestamp135(time.Hour), "FIX: the timestamp of the signature is out of bounds (HTTP 401, code 135", " s behind X; synchronise it"},
		{"suspended", twittertest.APIError(401, 416, "Invalid / suspended application"), "FIX: the app is suspended (HTTP 401, code 416", "owner's e-mail"},
		{"access level", twittertest.APIError(403, 453, "a subset"), "FIX: signing in is not in the app's access level (HTTP 403, code 453", "attach the app to a project"},
		{"limit", twittertest.RateLimited(reset), "LATER: the provider's rate limit is reached (HTTP 429, code 88", "try again at " + reset.UTC().Format("15:04:05 UTC")},
		{"over capacity", twittertest.OverCapacity(), "LATER: X is over capacity (HTTP 503", "try again later"},
		{"blocked", twittertest.CloudflareBlock(), "LATER: a web page came in place of an answer: X's front door blocks this server (HTTP 403", "blocks this server's address"},
		{"a log-in page", twittertest.Fault{Status: 200, Body: "<html>"}, "FIX: oauth_token is missing from the answer (HTTP 200", "check X_API_URL, and for a proxy"},
		{"no answer", twittertest.Fault{Drop: true}, "FIX: the provider is unavailable: EOF", "check that this machine reaches http://127.0.0.1:"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x, env := start(t)
			x.Fault(twittertest.RequestToken, row.fault)
			status, out, errs := command(t, env)
			assert.Equal(t, toFix, status)
			assert.Empty(t, errs)
			lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			require.Len(t, lines, 5, out)
			assert.Contains(t, lines[3], row.want)
			assert.Contains(t, lines[4], row.hint)
			assert.NotContains(t, out, "Not checked")
			assert.NotContains(t, out, "Config.BaseURL", "the command has a name of its own for it")
		})
	}
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	_, env := start(t)
	env["X_CONSUMER_SECRET"] = "the-secret-of-another-app"
	status, out, _ := command(t, env)
	assert.Equal(t, toFix, status)
	assert.Contains(t, out, "code 32")
	assert.NotContains(t, out, "the-secret-of-another-app")
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	_, env := start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	env["X_API_URL"] = "http://" + l.Addr().String()
	require.NoError(t, l.Close())
	status, out, _ := command(t, env)
	assert.Equal(t, toFix, status)
	assert.Contains(t, out, "nothing listens there, or a firewall says no: check X_API_URL")
}

// A setting that nobody has set is not what to look at.
func TestHintsNameWhatIsSet(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ hint, set, unset string }{
		{"the name cannot be looked up: check Config.BaseURL, and this machine's name server",
			"the name cannot be looked up: check X_API_URL, and this machine's name server",
			"the name cannot be looked up: check this machine's name server"},
		{"what answers does not speak TLS: check the port in Config.BaseURL, and that a proxy's URL begins with http://",
			"what answers does not speak TLS: check the port in X_API_URL, and that a proxy's URL begins with http://",
			"what answers does not speak TLS: check that a proxy's URL begins with http://"},
		{"look at the app in the X console, and check Config.BaseURL",
			"look at the app in the X console, and check X_API_URL", "look at the app in the X console"},
		{"check Config.BaseURL", "check X_API_URL", "check X_API_URL"},
		{"try again later", "try again later", "try again later"},
	} {
		for apiURL, want := range map[string]string{"https://x.example": row.set, twitter.DefaultBaseURL: row.unset} {
			var out bytes.Buffer
			printer{w: &out}.refused(settings{apiURL: apiURL}, &provider.Error{Kind: provider.ErrUnavailable, Hint: row.hint})
			assert.Equal(t, "FIX: the provider is unavailable\n  "+want+"\n", out.String())
		}
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	_, env := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	assert.Equal(t, toFix, run(ctx, func(name string) string { return env[name] }, nil, &out, &out))
	assert.Contains(t, out.String(), "STOPPED: before X answered")
}

func TestShortened(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"xvz1evFS4wEEPTGEFPHBog": "xvz1… (22 characters)",
		"short":                  "… (5 characters)",
		"ab\x1b[31mcdefghi":      `ab\x1b[… (14 characters)`,
	} {
		assert.Equal(t, want, shortened(key))
	}
}
