package twitter_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

func TestCheckFindsNothing(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{CallbackURLs: []string{callbackURL}})
	for _, callback := range []string{callbackURL, "oob"} {
		unchecked, err := newFlow(t, x).Check(t.Context(), callback)
		require.NoError(t, err)
		assert.NotEmpty(t, unchecked)
		assert.Equal(t, callback, x.LastQuery(twittertest.RequestToken).Get("oauth_callback"))
	}
	assert.Equal(t, 2, x.Calls(twittertest.RequestToken))
	for _, other := range []twittertest.Endpoint{twittertest.Authenticate, twittertest.AccessToken, twittertest.VerifyCredentials} {
		assert.Zero(t, x.Calls(other))
	}
}

// What is not checked follows from the settings, and is said to be so.
func TestCheckSaysWhatItDoesNotSee(t *testing.T) {
	t.Parallel()
	const email, browser, post, credits = "Request email from users", "a browser reaches", "may post", "credits"
	set := func(source twitter.ProfileSource, access twitter.AccessType) func(*twitter.Config) {
		return func(c *twitter.Config) { c.Profile, c.AccessType = source, access }
	}
	x := start(t, twittertest.Config{})
	for _, row := range []struct {
		name     string
		change   func(*twitter.Config)
		callback string
		want     []string
		not      []string
	}{
		{"by default", set("", ""), callbackURL, []string{email, browser, "v1.1"}, []string{post, credits}},
		{"v2", set(twitter.UsersMe, twitter.ReadOnly), callbackURL, []string{email, browser, credits, "Config.UserFields"}, []string{post, "v1.1"}},
		{"no profile", set(twitter.TokenAnswer, ""), callbackURL, []string{browser}, []string{email, credits, "v1.1", post}},
		{"posting", set("", twitter.ReadWrite), callbackURL, []string{email, post}, nil},
		{"posting as configured", set("", twitter.AsConfigured), callbackURL, []string{email, post}, nil},
		{"PIN", set("", ""), "oob", []string{email}, []string{browser}},
		{"parser", func(c *twitter.Config) { c.ParseProfile = twitter.ParseUsersMe }, callbackURL, []string{"Config.ParseProfile", email}, []string{"v1.1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			unchecked, err := newFlow(t, x, row.change).Check(t.Context(), row.callback)
			require.NoError(t, err)
			all := strings.Join(unchecked, "\n")
			for _, want := range row.want {
				assert.Contains(t, all, want)
			}
			for _, not := range row.not {
				assert.NotContains(t, all, not)
			}
			for _, line := range unchecked {
				assert.Regexp(t, `^Whether .*\.$`, line)
			}
		})
	}
}

// Every fault has a hint, and says no secret.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	reset := time.Now().Add(14 * time.Minute)
	for _, row := range []struct {
		name   string
		fault  twittertest.Fault
		change func(*twitter.Config)
		kind   error
		code   string
		hint   string
	}{
		{name: "callback not registered", fault: twittertest.CallbackNotApproved(), kind: provider.ErrRefused, code: "415", hint: `add exactly "` + callbackURL + `"`},
		{name: "no callback registered", fault: twittertest.DesktopApp(), kind: provider.ErrRefused, hint: "the X app has no callback URL"},
		{name: "no callback registered, with code", fault: twittertest.APIError(401, 417, "Desktop applications only"),
			kind: provider.ErrRefused, code: "417", hint: "the X app has no callback URL"},
		{name: "wrong keys", fault: twittertest.Code32(), kind: provider.ErrRefused, code: "32", hint: `"API Key Secret"`},
		{name: "wrong keys, as text", fault: twittertest.BadSignatureText(), kind: provider.ErrRefused, hint: `"API Key Secret"`},
		{name: "another key", change: func(c *twitter.Config) { c.ConsumerKey = madeUpKey }, kind: provider.ErrRefused, code: "32", hint: `"API Key"`},
		{name: "another secret", change: func(c *twitter.Config) { c.ConsumerSecret = provider.NewSecret(madeUpSecret) },
			kind: provider.ErrRefused, code: "32", hint: `"API Key"`},
		{name: "clock behind", fault: twittertest.Timestamp135(10 * time.Minute), kind: provider.ErrRefused, code: "135", hint: "s behind X"},
		{name: "clock ahead", fault: twittertest.Timestamp135(-10 * time.Minute), kind: provider.ErrRefused, code: "135", hint: "s ahead of X"},
		{name: "suspended", fault: twittertest.APIError(401, 416, "Invalid / suspended application"), kind: provider.ErrRefused, code: "416", hint: "suspended or has no plan"},
		{name: "access level", fault: twittertest.APIError(403, 453, "You currently have access to a subset of X API V2 endpoints"),
			kind: provider.ErrRefused, code: "453", hint: "access level does not include signing in"},
		{name: "no project", fault: twittertest.NotEnrolled(), kind: provider.ErrRefused, hint: "attach the app to a project"},
		{name: "header removed", fault: twittertest.APIError(400, 215, "Bad Authentication data."), kind: provider.ErrRefused, code: "215", hint: "removes Authorization"},
		{name: "limit", fault: twittertest.RateLimited(reset), kind: provider.ErrRateLimited, code: "88", hint: "try again at " + reset.UTC().Format("15:04:05")},
		{name: "limit without end", fault: twittertest.APIError(429, 88, "Rate limit exceeded"), kind: provider.ErrRateLimited, code: "88", hint: "15 minutes"},
		{name: "over capacity", fault: twittertest.OverCapacity(), kind: provider.ErrUnavailable, hint: "try again later"},
		{name: "blocked at the edge", fault: twittertest.CloudflareBlock(), kind: provider.ErrUnavailable, hint: "blocks this server's address"},
		{name: "a page with 503", fault: twittertest.Fault{Status: 503, Body: "<html><h1>Service Unavailable</h1></html>"}, kind: provider.ErrUnavailable, hint: "out of order"},
		{name: "internal error", fault: twittertest.APIError(500, 131, "Internal error"), kind: provider.ErrUnavailable, code: "131", hint: "try again later"},
		{name: "empty 502", fault: twittertest.Fault{Status: 502}, kind: provider.ErrUnavailable, hint: "out of order"},
		{name: "a log-in page", fault: twittertest.Fault{Status: 200, Body: "<html>Welcome to our Wi-Fi</html>"}, kind: provider.ErrProtocol, hint: "log-in page"},
		{name: "a redirect", fault: twittertest.RedirectTo("https://portal.example/?u=1"), kind: provider.ErrProtocol, hint: "log-in page"},
		{name: "callback not confirmed", fault: twittertest.CallbackNotConfirmed("false"), kind: provider.ErrProtocol, hint: "Config.BaseURL"},
		{name: "an unknown refusal", fault: twittertest.APIError(403, 999, "No."), kind: provider.ErrRefused, code: "999", hint: "look at the app"},
		{name: "a wrong address", fault: twittertest.APIError(404, 34, "Sorry, that page does not exist."), kind: provider.ErrRefused, code: "34", hint: "Config.BaseURL"},
		{name: "no answer", fault: twittertest.Fault{Drop: true}, kind: provider.ErrUnavailable, hint: "check that this machine reaches http://127.0.0.1:"},
		{name: "too slow", fault: twittertest.Fault{Delay: time.Minute}, change: func(c *twitter.Config) { c.Timeout = 50 * time.Millisecond },
			kind: provider.ErrUnavailable, hint: "Config.Timeout is very short"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := start(t, twittertest.Config{})
			changes := []func(*twitter.Config){}
			if row.change != nil {
				changes = append(changes, row.change)
			}
			x.Fault(twittertest.RequestToken, row.fault)
			unchecked, err := newFlow(t, x, changes...).Check(t.Context(), callbackURL)
			assert.Nil(t, unchecked)
			e := requireError(t, err, row.kind, provider.OpRequestToken)
			assert.Equal(t, row.code, e.Code)
			assert.Contains(t, e.Hint, row.hint)
			assert.NotContains(t, e.Hint, "proxy 127", "there is none")
			assert.Equal(t, row.name == "limit", !e.RetryAt.IsZero())
			assert.Equal(t, 1, x.Calls(twittertest.RequestToken))
		})
	}
}

// The seconds are those between the two clocks.
func TestCheckTellsTheSeconds(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	synctest.Test(t, func(t *testing.T) {
		x.Fault(twittertest.RequestToken, twittertest.Timestamp135(-400*time.Second))
		f := newFlow(t, x, func(c *twitter.Config) { c.HTTPClient = x.Client() })
		_, err := f.Check(t.Context(), callbackURL)
		e := requireError(t, err, provider.ErrRefused, provider.OpRequestToken)
		assert.Equal(t, "this machine's clock is 400 s ahead of X; synchronise it (NTP)", e.Hint)
	})
}

func TestCheckWithoutACallback(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	_, err := newFlow(t, x).Check(t.Context(), "")
	e := requireError(t, err, provider.ErrRefused, provider.OpRequestToken)
	assert.Contains(t, e.Hint, `"oob" for the PIN flow`)
	assert.Zero(t, x.Calls(twittertest.RequestToken))
}

// The PIN flow wants a callback URL in the settings too.
func TestCheckOfThePINFlow(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	x.Fault(twittertest.RequestToken, twittertest.DesktopApp())
	_, err := newFlow(t, x).Check(t.Context(), "oob")
	e := requireError(t, err, provider.ErrRefused, provider.OpRequestToken)
	assert.Contains(t, e.Hint, "for the PIN flow too")
}

func TestCheckIsGivenUp(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newFlow(t, x).Check(ctx, callbackURL)
	require.ErrorIs(t, err, context.Canceled)
	_, isOurs := errors.AsType[*provider.Error](err)
	assert.False(t, isOurs)
}

// A client ID in the place of the key needs no call to be seen.
func TestClientIDInPlaceOfTheKey(t *testing.T) {
	t.Parallel()
	_, err := twitter.New(twitter.Config{
		ConsumerKey: twittertest.OAuth2ClientID, ConsumerSecret: provider.NewSecret(madeUpSecret),
	})
	e, ok := errors.AsType[*provider.ConfigError](err)
	require.True(t, ok)
	assert.Equal(t, "ConsumerKey", e.Field)
	assert.Contains(t, e.Reason, `use the "API Key"`)
}

// proxied makes requests go through a proxy, without asking the environment.
func proxied(proxy string) func(*twitter.Config) {
	return func(c *twitter.Config) {
		c.BaseURL = "https://127.0.0.1:1"
		c.HTTPClient = &http.Client{Transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse(proxy) }}}
	}
}
