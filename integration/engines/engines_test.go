package engines_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/engines"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

const plainCallback = "https://app.example/auth/twitter/callback"

func people() []engines.Person {
	return []engines.Person{
		{ID: "12", ScreenName: "jack", Name: "no e-mail"},
		{ID: "9007199254740993", ScreenName: "layla_q", Name: "ليلى القاسم", Email: new("layla+x@example.org")},
		{ID: "9223372036854775807", ScreenName: "mei_ling", Name: "陳美玲 🦁 Löwe", Email: new("mei@example.org")},
		{ID: "1072250532645998596", ScreenName: "Bobby_T", Name: `<script>alert("1 & 'x'")</script> \u0041`},
	}
}

// each runs test for every engine, with plain and with odd tokens, each with a
// process of its own.
func each(t *testing.T, test func(t *testing.T, e *engines.Engine)) {
	t.Helper()
	for _, name := range engines.All() {
		for kind, odd := range map[string]bool{"plain tokens": false, "odd tokens": true} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				test(t, engines.Start(t, name, people(), odd))
			})
		}
	}
}

// flow returns a Flow for e; each change may set what the test is about.
func flow(t *testing.T, e *engines.Engine, changes ...func(*twitter.Config)) *twitter.Flow {
	t.Helper()
	cfg := twitter.Config{
		ConsumerKey: e.ConsumerKey, ConsumerSecret: provider.NewSecret(e.ConsumerSecret), BaseURL: e.URL,
	}
	for _, change := range changes {
		change(&cfg)
	}
	f, err := twitter.New(cfg)
	require.NoError(t, err)
	return f
}

// approve plays the browser: it opens authURL as the person and returns the
// parameters that the callback gets. More parameters are for the engine.
func approve(t *testing.T, authURL, callback, person string, more url.Values) url.Values {
	t.Helper()
	page, err := url.Parse(authURL)
	require.NoError(t, err)
	query := page.Query()
	query.Set("person", person)
	maps.Copy(query, more)
	page.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page.String(), nil)
	require.NoError(t, err)
	resp, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusFound, resp.StatusCode)
	location := resp.Header.Get("Location")
	require.True(t, strings.HasPrefix(location, callback), "sent to %s", location)
	back, err := url.Parse(location)
	require.NoError(t, err)
	brought, err := url.ParseQuery(back.RawQuery)
	require.NoError(t, err)
	return brought
}

// signUp goes all the way to the access token.
func signUp(t *testing.T, f *twitter.Flow, callback, person string) provider.Token {
	t.Helper()
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callback})
	require.NoError(t, err)
	tok, err := f.HandleCallback(t.Context(), hs, approve(t, authURL, callback, person, nil))
	require.NoError(t, err)
	return tok
}

// requireKind checks that err is typed and of the kind.
func requireKind(t *testing.T, err, kind error, status int) {
	t.Helper()
	e, ok := errors.AsType[*provider.Error](err)
	require.True(t, ok, "not a provider.Error: %v", err)
	require.ErrorIs(t, err, kind)
	require.Equal(t, status, e.Status)
}

func TestSignUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *engines.Engine) {
		v1 := flow(t, e)
		v2 := flow(t, e, func(c *twitter.Config) { c.Profile = twitter.UsersMe; c.AlwaysAsk = true })
		var revoked []provider.Token
		for _, person := range people() {
			for _, f := range []*twitter.Flow{v1, v2} {
				tok := signUp(t, f, plainCallback, person.ID)
				assert.Equal(t, person.ID, tok.Subject)
				assert.Equal(t, person.ScreenName, tok.Username)
				odd := strings.Contains(e.ConsumerSecret, "&")
				assert.Equal(t, odd, strings.Contains(tok.Access.Reveal(), `+/=&% ~"`), "odd characters in the token")
				assert.Equal(t, odd, strings.Contains(tok.Secret.Reveal(), `+/=&% ~"`), "odd characters in its secret")

				profile, err := f.FetchProfile(t.Context(), tok)
				require.NoError(t, err)
				assertProfile(t, person, profile, f == v1)

				require.NoError(t, f.Revoke(t.Context(), tok))
				revoked = append(revoked, tok)
			}
		}
		n := len(revoked)
		stats := e.Stats()
		require.Zero(t, stats.Refused, stats.Reasons)
		require.Equal(t, map[string]int{
			"/oauth/request_token": n, "/oauth/authenticate": n / 2, "/oauth/authorize": n / 2, "/oauth/access_token": n,
			"/1.1/account/verify_credentials.json": n / 2, "/2/users/me": n / 2, "/1.1/oauth/invalidate_token.json": n,
		}, stats.Requests)

		_, err := v1.FetchProfile(t.Context(), revoked[0])
		requireKind(t, err, provider.ErrTokenInvalid, http.StatusUnauthorized)
		_, err = v2.FetchProfile(t.Context(), revoked[1])
		requireKind(t, err, provider.ErrTokenInvalid, http.StatusUnauthorized)
		requireKind(t, v1.Revoke(t.Context(), revoked[0]), provider.ErrTokenInvalid, http.StatusUnauthorized)
		status, _ := call(t, v1, revoked[0], http.MethodGet, e.URL+"/1.1/echo.json", "")
		require.Equal(t, http.StatusUnauthorized, status)
		require.Equal(t, 4, e.Stats().Refused)
	})
}

func assertProfile(t *testing.T, person engines.Person, profile provider.Profile, v1 bool) {
	t.Helper()
	email := ""
	if person.Email != nil && v1 {
		email = *person.Email
	}
	assert.Equal(t, person.ID, profile.ID)
	assert.Equal(t, person.ScreenName, profile.Username)
	assert.Equal(t, person.Name, profile.Name)
	assert.Equal(t, email, profile.Email)
	assert.Equal(t, email != "", profile.EmailVerified)
	assert.Equal(t, "https://pbs.twimg.com/profile_images/"+person.ID+"/picture_normal.jpg", profile.AvatarURL)
	if v1 {
		var raw struct{ ID json.Number }
		require.NoError(t, json.Unmarshal(profile.Raw, &raw))
		assert.Equal(t, person.ID, raw.ID.String(), "the number keeps its digits")
	}
}
