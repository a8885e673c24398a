package twitter_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// Every made-up person signs up, with each source of the profile. The stand-in
// checks every signature, nonce and parameter with code of its own.
func TestEveryoneSignsUp(t *testing.T) {
	t.Parallel()
	people := twittertest.MadeUpPeople()
	people = append(people, twittertest.Person{
		ID: "9007199254740993", ScreenName: "no_id_str", Name: "Above 2^53", OmitIDStr: true, Email: "odd@example.com",
	})
	for _, source := range []twitter.ProfileSource{twitter.VerifyCredentials, twitter.UsersMe, twitter.TokenAnswer} {
		for _, person := range people {
			t.Run(string(source)+"/"+person.ScreenName, func(t *testing.T) {
				t.Parallel()
				x := start(t, twittertest.Config{People: people, CallbackURLs: []string{callbackURL}})
				f := newFlow(t, x, func(c *twitter.Config) {
					c.Profile = source
					if source == twitter.UsersMe {
						c.UserFields = []string{"confirmed_email", "description", "location", "profile_image_url", "url"}
					}
				})
				tok := signUp(t, x, f, person.ID)
				assert.Equal(t, person.ID, tok.Subject)
				assert.Equal(t, person.ScreenName, tok.Username)
				got, err := f.FetchProfile(t.Context(), tok)
				if person.Suspended && source != twitter.TokenAnswer {
					e := requireError(t, err, provider.ErrAccountUnusable, provider.OpProfile)
					assert.Equal(t, "64", e.Code)
					return
				}
				require.NoError(t, err)
				want := profileOf(person)
				if source == twitter.TokenAnswer {
					want = provider.Profile{ID: person.ID, Username: person.ScreenName}
				}
				if source == twitter.VerifyCredentials || source == twitter.UsersMe {
					assert.NotEmpty(t, got.Raw)
				}
				got.Raw = nil
				assert.Equal(t, want, got)
				assert.Equal(t, 1, x.Calls(twittertest.RequestToken))
				assert.Equal(t, 1, x.Calls(twittertest.AccessToken))
			})
		}
	}
}

func profileOf(p twittertest.Person) provider.Profile {
	profile := provider.Profile{
		ID: p.ID, Username: p.ScreenName, Name: p.Name, Email: p.Email, EmailVerified: p.Email != "",
		AvatarURL: p.AvatarURL, Location: p.Location, Description: p.Description, URL: p.URL,
	}
	if profile.AvatarURL == "" { // X has a default picture
		profile.AvatarURL = "https://abs.twimg.example/sticky/default_profile_images/default_profile_normal.png"
	}
	return profile
}

// What X sent is what the app gets, also where no encoder would write it so.
func TestRawIsWhatXSent(t *testing.T) {
	t.Parallel()
	raw := "\n{ \"id\":9007199254740993 ,\t\"name\":\"\\u0041\\/<\" , \"x\":1.50 }\r\n"
	rawV2 := "{ \"data\" : { \"id\":\"9007199254740993\" } }\n"
	x := start(t, twittertest.Config{People: []twittertest.Person{{
		ID: "9007199254740993", ScreenName: "odd", Raw: []byte(raw), RawV2: []byte(rawV2),
	}}})
	f := newFlow(t, x)
	tok := signUp(t, x, f, "")
	got, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, provider.Profile{ID: "9007199254740993", Name: "A/<", Raw: []byte(raw)}, got)

	got, err = newFlow(t, x, func(c *twitter.Config) { c.Profile = twitter.UsersMe }).FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, provider.Profile{ID: "9007199254740993", Raw: []byte(rawV2)}, got)
}

// The requests of a sign-up with the defaults, as the stand-in saw them.
func TestWhatXSees(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	tok := signUp(t, x, f, "")
	_, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)

	request := x.Requests(twittertest.RequestToken)[0]
	assert.Equal(t, url.Values{"x_auth_access_type": {"read"}}, request.Query)
	assert.Equal(t, callbackURL, request.OAuth.Get("oauth_callback"))
	assert.Empty(t, request.Form)

	access := x.Requests(twittertest.AccessToken)[0]
	assert.Empty(t, access.Query)
	assert.Empty(t, access.Form)
	assert.True(t, access.OAuth.Has("oauth_verifier"), "in the header and nowhere else")

	profile := x.Requests(twittertest.VerifyCredentials)[0]
	assert.Equal(t, url.Values{"include_email": {"true"}, "skip_status": {"true"}, "include_entities": {"false"}}, profile.Query)
	assert.Equal(t, "GET", profile.Method)
	for _, r := range []twittertest.Request{request, access, profile} {
		assert.Equal(t, 200, r.Status, r.Reason)
		assert.Equal(t, "HMAC-SHA1", r.OAuth.Get("oauth_signature_method"))
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	back, err := x.Deny(t.Context(), authURL)
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)
	_, err = f.HandleCallback(t.Context(), hs, u.Query())
	requireError(t, err, provider.ErrDenied, provider.OpCallback)

	// Somebody else's denial is nothing to this handshake.
	_, other, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	_, err = f.HandleCallback(t.Context(), other, u.Query())
	requireError(t, err, provider.ErrMismatch, provider.OpCallback)
	assert.Zero(t, x.Calls(twittertest.AccessToken))
}

// A stranger's approval does not finish this browser's handshake.
func TestForeignCallback(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	mine, ownQuery := approve(t, x, f, "")
	_, foreignQuery := approve(t, x, f, "9100000000000000019")
	_, err := f.HandleCallback(t.Context(), mine, foreignQuery)
	requireError(t, err, provider.ErrMismatch, provider.OpCallback)
	mixed := url.Values{"oauth_token": ownQuery["oauth_token"], "oauth_verifier": foreignQuery["oauth_verifier"]}
	assert.Zero(t, x.Calls(twittertest.AccessToken))

	_, err = f.HandleCallback(t.Context(), mine, mixed)
	requireError(t, err, provider.ErrExpired, provider.OpAccessToken) // X refuses the verifier
	tok, err := f.HandleCallback(t.Context(), mine, ownQuery)
	require.NoError(t, err, "the own attempt is intact")
	assert.Equal(t, twittertest.MadeUpPeople()[0].ID, tok.Subject)
}

// A handshake is good once at X.
func TestSecondCallback(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	hs, query := approve(t, x, f, "")
	_, err := f.HandleCallback(t.Context(), hs, query)
	require.NoError(t, err)
	_, err = f.HandleCallback(t.Context(), hs, query)
	requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
}

func TestPIN(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{CallbackURLs: []string{callbackURL}})
	f := newFlow(t, x, func(c *twitter.Config) { c.AlwaysAsk = true })
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: "oob"})
	require.NoError(t, err)
	pin, err := x.ApprovePIN(t.Context(), authURL, "")
	require.NoError(t, err)
	_, err = f.HandleCallback(t.Context(), hs, url.Values{"oauth_token": {hs.ID}, "oauth_verifier": {"0" + pin}})
	requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
	tok, err := f.HandleCallback(t.Context(), hs, url.Values{"oauth_token": {hs.ID}, "oauth_verifier": {pin}})
	require.NoError(t, err)
	assert.Equal(t, "ada_quill", tok.Username)
}

// What the stand-in, and X, say about an app that is not set up.
func TestAppNotSetUp(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{CallbackURLs: []string{callbackURL + "/"}})
	_, _, err := newFlow(t, x).AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	e := requireError(t, err, provider.ErrRefused, provider.OpRequestToken)
	assert.Equal(t, "415", e.Code)
	assert.Contains(t, e.Hint, `"`+callbackURL+`"`)

	for _, change := range []func(*twitter.Config){
		func(c *twitter.Config) { c.ConsumerKey = "another" },
		func(c *twitter.Config) { c.ConsumerSecret = provider.NewSecret("another") },
	} {
		_, _, err = newFlow(t, x, change).AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL + "/"})
		e = requireError(t, err, provider.ErrRefused, provider.OpRequestToken)
		assert.Equal(t, "32", e.Code)
		assert.Contains(t, e.Hint, "API Key")
		assert.NotContains(t, err.Error(), "another")
	}
}
