package twitter_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// approvePIN goes the road up to the PIN, with a stand-in for an app that has a
// callback URL, as X wants it.
func approvePIN(t *testing.T, changes ...func(*twitter.Config)) (*twittertest.Server, *twitter.Flow, provider.Handshake, string) {
	t.Helper()
	x := start(t, twittertest.Config{CallbackURLs: []string{callbackURL}})
	f := newFlow(t, x, changes...)
	authURL, hs, err := f.StartPIN(t.Context())
	require.NoError(t, err)
	pin, err := x.ApprovePIN(t.Context(), authURL, "9100000000000000019")
	require.NoError(t, err)
	return x, f, hs, pin
}

func TestPINFlow(t *testing.T) {
	t.Parallel()
	x, f, hs, pin := approvePIN(t)
	tok, err := f.FinishPIN(t.Context(), hs, pin)
	require.NoError(t, err)
	assert.Equal(t, "9100000000000000019", tok.Subject)
	assert.Equal(t, "hanako_mori", tok.Username)
	profile, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, "森 花子 🌸", profile.Name)

	assert.Equal(t, "oob", x.LastQuery(twittertest.RequestToken).Get("oauth_callback"))
	assert.Equal(t, "read", x.LastQuery(twittertest.RequestToken).Get("x_auth_access_type"))

	_, err = f.FinishPIN(t.Context(), hs, pin)
	requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
}

// X wants /oauth/authorize here; the app's other settings for the page stay.
func TestPINPage(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x, func(c *twitter.Config) { c.ForceLogin, c.ScreenName = true, "ada_quill" })
	authURL, hs, err := f.StartPIN(t.Context())
	require.NoError(t, err)
	u, err := url.Parse(authURL)
	require.NoError(t, err)
	assert.Equal(t, "/oauth/authorize", u.Path)
	assert.Equal(t, url.Values{"oauth_token": {hs.ID}, "force_login": {"true"}, "screen_name": {"ada_quill"}}, u.Query())

	authURL, _, err = f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	assert.Contains(t, authURL, "/oauth/authenticate?", "sign-ups keep their page")
}

// A handshake may be kept while the person is away.
func TestPINAfterARestart(t *testing.T) {
	t.Parallel()
	x, _, hs, pin := approvePIN(t)
	kept, err := provider.EncodeHandshake(hs)
	require.NoError(t, err)
	hs, err = provider.DecodeHandshake(kept)
	require.NoError(t, err)
	tok, err := newFlow(t, x).FinishPIN(t.Context(), hs, pin)
	require.NoError(t, err)
	assert.Equal(t, "hanako_mori", tok.Username)
}

// What people type and paste reaches X as the digits alone.
func TestPINAsTyped(t *testing.T) {
	t.Parallel()
	const pin = "0120456"
	for name, typed := range map[string]string{
		"as it is":              pin,
		"line break":            pin + "\r\n",
		"blanks around":         "\t  " + pin + "  ",
		"blank inside":          "012 0456",
		"label":                 "PIN: 012 0456",
		"label in lower case":   "pin 0120456",
		"no-break space":        "\u00a0012\u00a00456\u202f",
		"ideographic space":     "\u3000012\u30000456",
		"zero width":            "\u200b012\u200d0456\ufeff",
		"marks of direction":    "\u200f\u202b0120456\u202c",
		"hyphens":               "012-04-56",
		"a dash":                "012–0456",
		"Arabic digits":         "٠١٢٠٤٥٦",
		"Persian digits":        "۰۱۲۰۴۵۶",
		"Devanagari digits":     "०१२०४५६",
		"Bengali digits":        "০১২০৪৫৬",
		"full width digits":     "０１２０４５６",
		"digits of two scripts": "０１２٠456",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := ""
			f := answered(t, reply{}, func(c *twitter.Config) {
				c.HTTPClient = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
					_, after, _ := strings.Cut(r.Header.Get("Authorization"), `oauth_verifier="`)
					sent, _, _ = strings.Cut(after, `"`)
					return reply{Status: http.StatusOK, Body: "oauth_token=a&oauth_token_secret=b&user_id=71&screen_name=c"}.response(), nil
				})}
			})
			_, err := f.FinishPIN(t.Context(), provider.Handshake{ID: madeUpRequest, Secret: provider.NewSecret(madeUpRequestSecret)}, typed)
			require.NoError(t, err)
			assert.Equal(t, pin, sent)
		})
	}
}

// What cannot be a PIN is refused without a call, and not repeated.
func TestUnusablePIN(t *testing.T) {
	t.Parallel()
	x, f, hs, pin := approvePIN(t)
	for _, row := range []struct{ name, typed, reason string }{
		{"nothing", "", "empty"},
		{"blanks", " \t\u00a0\u3000\u200b\n", "empty"},
		{"label alone", "PIN:", "empty"},
		{"a word", "secretword", "more than digits"},
		{"letter O", "O120456", "more than digits"},
		{"another label", "code 0120456", "more than digits"},
		{"two labels", "PIN: PIN: 0120456", "more than digits"},
		{"a URL", "https://api.x.com/oauth/authorize?oauth_token=1234567", "more than digits"},
		{"a control character", "01\x1b[A20456", "more than digits"},
		{"a NUL", "012\x000456", "more than digits"},
		{"no UTF-8", "012\xff0456", "more than digits"},
		{"a superscript", "012045⁶", "more than digits"},
		{"a minus", "−120456", "more than digits"},
		{"three digits", "120", "too short"},
		{"seventeen digits", "12045678901234567", "too long"},
		{"a book", strings.Repeat("1", 1025), "too long"},
		{"a book of blanks", strings.Repeat(" ", 1025) + pin, "too long"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := f.FinishPIN(t.Context(), hs, row.typed)
			e := requireError(t, err, provider.ErrMismatch, provider.OpCallback)
			assert.Contains(t, e.Reason, row.reason)
			assert.Contains(t, e.Hint, "the PIN that X shows")
			assert.Zero(t, e.Status)
			if typed := strings.TrimSpace(row.typed); len(typed) > 4 {
				assert.NotContains(t, err.Error(), typed)
			}
		})
	}
	assert.Zero(t, x.Calls(twittertest.AccessToken))
	_, err := f.FinishPIN(t.Context(), hs, pin)
	require.NoError(t, err, "and costs nothing")
}

func TestPINRefusedByX(t *testing.T) {
	t.Parallel()
	const before, after = twittertest.RequestToken, twittertest.AccessToken
	for _, row := range []struct {
		name   string
		at     twittertest.Endpoint
		fault  twittertest.Fault
		kind   error
		reason string
		hint   string
	}{
		{"a wrong PIN", after, twittertest.InvalidVerifier(), provider.ErrMismatch, "does not accept this PIN", "start again"},
		{"a used request token", after, twittertest.InvalidRequestToken(), provider.ErrExpired, "used already or is too old", ""},
		{"a request token X forgot", after, twittertest.Code32(), provider.ErrExpired, "cannot verify the request token", ""},
		{"an outage", after, twittertest.OverCapacity(), provider.ErrUnavailable, "over capacity", "try again later"},
		{"an answer without a person", after, twittertest.Fault{Status: 200, Body: "oauth_token=a"}, provider.ErrProtocol, "oauth_token_secret", ""},
		{"no callback URL in the app", before, twittertest.DesktopApp(), provider.ErrRefused, "desktop", "for the PIN flow too"},
		{"no callback URL in the app, 417", before, twittertest.APIError(401, 417, "Desktop applications only support the oauth_callback value 'oob'"),
			provider.ErrRefused, "desktop", "for the PIN flow too"},
		{"no callback URL in the app, 415", before, twittertest.CallbackNotApproved(), provider.ErrRefused, "callback URL", "for the PIN flow too"},
		{"not confirmed", before, twittertest.CallbackNotConfirmed(""), provider.ErrProtocol, "oauth_callback_confirmed", ""},
		{"wrong keys", before, twittertest.Code32(), provider.ErrRefused, "keys", "API Key"},
		{"a limit", before, twittertest.RateLimited(time.Now().Add(time.Minute)), provider.ErrRateLimited, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := start(t, twittertest.Config{})
			f := newFlow(t, x)
			x.Fault(row.at, row.fault)
			authURL, hs, err := f.StartPIN(t.Context())
			op := provider.OpRequestToken
			if row.at == after {
				require.NoError(t, err)
				pin, wrong := x.ApprovePIN(t.Context(), authURL, "")
				require.NoError(t, wrong)
				_, err = f.FinishPIN(t.Context(), hs, pin)
				op = provider.OpAccessToken
				assertNoSecrets(t, err, pin, hs.ID, hs.Secret.Reveal())
			}
			e := requireError(t, err, row.kind, op)
			assert.Contains(t, e.Reason, row.reason)
			assert.Contains(t, e.Hint, row.hint)
			assert.NotContains(t, e.Hint, "oob")
			assert.Equal(t, 1, x.Calls(row.at), "nothing is repeated")
		})
	}
}

// Who declines is heard of by nobody: what is typed in then finds nothing.
func TestPINDeclined(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	authURL, hs, err := f.StartPIN(t.Context())
	require.NoError(t, err)
	back, err := x.Deny(t.Context(), authURL)
	require.NoError(t, err)
	assert.Empty(t, back)
	_, err = f.FinishPIN(t.Context(), hs, "1234567")
	requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
}

// A slip costs nothing at the stand-in, and a PIN is its own handshake's.
func TestPINOfAnother(t *testing.T) {
	t.Parallel()
	x, f, hs, pin := approvePIN(t)
	authURL, other, err := f.StartPIN(t.Context())
	require.NoError(t, err)
	_, err = f.FinishPIN(t.Context(), other, pin)
	requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
	theirs, err := x.ApprovePIN(t.Context(), authURL, "")
	require.NoError(t, err)
	require.NotEqual(t, pin, theirs, "one in ten million")

	_, err = f.FinishPIN(t.Context(), hs, theirs)
	e := requireError(t, err, provider.ErrMismatch, provider.OpAccessToken)
	assert.Equal(t, http.StatusUnauthorized, e.Status)
	mixed := provider.Handshake{ID: hs.ID, Secret: other.Secret}
	_, err = f.FinishPIN(t.Context(), mixed, pin)
	requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
	_, err = f.FinishPIN(t.Context(), provider.Handshake{}, pin)
	requireError(t, err, provider.ErrMismatch, provider.OpCallback)

	tok, err := f.FinishPIN(t.Context(), hs, pin)
	require.NoError(t, err)
	assert.Equal(t, "hanako_mori", tok.Username)
}
