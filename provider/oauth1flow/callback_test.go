package oauth1flow_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

func TestHandleCallback(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer("/access_token", form("oauth_token", accessToken, "oauth_token_secret", accessSecret,
		"user_id", "71", "handle", "ada", "session_handle", "one more secret", "empty", ""))
	query := approved()
	query.Set("next", "/home") // the app's own, from its callback URL
	tok, err := p.flow().HandleCallback(t.Context(), handshake(), query)
	require.NoError(t, err)
	assert.Equal(t, accessToken, tok.Access.Reveal())
	assert.Equal(t, accessSecret, tok.Secret.Reveal())
	assert.Equal(t, "71", tok.Subject)
	assert.Equal(t, "ada", tok.Username)
	extra := make(map[string]string)
	for name, value := range tok.Extra {
		extra[name] = value.Reveal()
	}
	assert.Equal(t, map[string]string{"user_id": "71", "handle": "ada", "session_handle": "one more secret", "empty": ""}, extra)

	calls := p.made("")
	require.Len(t, calls, 1)
	c := calls[0]
	assert.Equal(t, http.MethodPost, c.method)
	assert.Equal(t, "/access_token", c.path)
	// Strict servers refuse the verifier in the form body, and RFC 5849 section
	// 3.5 wants one place.
	assert.Equal(t, verifier, c.oauth["oauth_verifier"])
	assert.Equal(t, requestToken, c.oauth["oauth_token"])
	assert.NotContains(t, c.oauth, "oauth_callback")
	assert.Empty(t, c.query)
	assert.Empty(t, c.body)
	assert.Contains(t, c.base, percentEncode("oauth_verifier="+percentEncode(verifier)), "it is signed")
}

func TestTokenAnswerWithoutMore(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer("/access_token", form("oauth_token", accessToken, "oauth_token_secret", accessSecret))
	tok, err := p.flow().HandleCallback(t.Context(), handshake(), approved())
	require.NoError(t, err)
	assert.Empty(t, tok.Subject)
	assert.Nil(t, tok.Extra)

	p = newProvider(t)
	tok, err = p.flow(func(c *oauth1flow.Config) { c.Identify = nil }).HandleCallback(t.Context(), handshake(), approved())
	require.NoError(t, err)
	assert.Empty(t, tok.Subject, "nobody was asked to read it")
	assert.Equal(t, "71", tok.Extra["user_id"].Reveal())
}

// An ID that could be two people's is nobody's.
func TestTokenAnswerWithABadID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{" ", "\t", "null", "NaN", "<nil>", "undefined", "7 1", "7\x001", "0", strings.Repeat("7", 256)} {
		t.Run(url.QueryEscape(id), func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.answer("/access_token", form("oauth_token", accessToken, "oauth_token_secret", accessSecret, "user_id", id))
			tok, err := p.flow().HandleCallback(t.Context(), handshake(), approved())
			requireError(t, err, provider.ErrIdentity, provider.OpAccessToken)
			assert.Zero(t, tok)
		})
	}
}

// All of these are decided without a call, so that nobody can make the app use
// up another person's verifier.
func TestCallbackRefused(t *testing.T) {
	t.Parallel()
	const foreign = "someone-else"
	with := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	for _, row := range []struct {
		name  string
		query url.Values
		want  error
	}{
		{"denied", with("denied", requestToken), provider.ErrDenied},
		{"denied, with a token beside it", with("denied", requestToken, "oauth_token", requestToken, "oauth_verifier", verifier), provider.ErrDenied},
		{"somebody else denied", with("denied", foreign), provider.ErrMismatch},
		{"somebody else denied, with this token beside it", with("denied", foreign, "oauth_token", requestToken, "oauth_verifier", verifier), provider.ErrMismatch},
		{"denied twice", with("denied", requestToken, "denied", requestToken), provider.ErrMismatch},
		{"denied, own and foreign", with("denied", requestToken, "denied", foreign), provider.ErrMismatch},
		{"user_refused", with("oauth_token", requestToken, "oauth_problem", "user_refused"), provider.ErrDenied},
		{"permission_denied", with("oauth_token", requestToken, "oauth_problem", "permission_denied"), provider.ErrDenied},
		{"user_refused, with a verifier", with("oauth_token", requestToken, "oauth_verifier", verifier, "oauth_problem", "user_refused"), provider.ErrDenied},
		{"user_refused for somebody else", with("oauth_token", foreign, "oauth_problem", "user_refused"), provider.ErrMismatch},
		{"user_refused for nobody", with("oauth_problem", "user_refused"), provider.ErrMismatch},
		{"user_refused twice", with("oauth_token", requestToken, "oauth_problem", "user_refused", "oauth_problem", "user_refused"), provider.ErrMismatch},
		{"another problem", with("oauth_token", requestToken, "oauth_problem", "token_expired"), provider.ErrMismatch},
		{"nothing", url.Values{}, provider.ErrMismatch},
		{"nil", nil, provider.ErrMismatch},
		{"only what is not the protocol's", with("next", "/home", "state", "x"), provider.ErrMismatch},
		{"no token", with("oauth_verifier", verifier), provider.ErrMismatch},
		{"an empty token", with("oauth_token", "", "oauth_verifier", verifier), provider.ErrMismatch},
		{"no verifier", with("oauth_token", requestToken), provider.ErrMismatch},
		{"an empty verifier", with("oauth_token", requestToken, "oauth_verifier", ""), provider.ErrMismatch},
		{"somebody else's token", with("oauth_token", foreign, "oauth_verifier", verifier), provider.ErrMismatch},
		{"another case", with("oauth_token", strings.ToUpper(requestToken), "oauth_verifier", verifier), provider.ErrMismatch},
		{"the beginning of the token", with("oauth_token", requestToken[:5], "oauth_verifier", verifier), provider.ErrMismatch},
		{"more than the token", with("oauth_token", requestToken+"x", "oauth_verifier", verifier), provider.ErrMismatch},
		{"a blank around the token", with("oauth_token", " "+requestToken, "oauth_verifier", verifier), provider.ErrMismatch},
		{"the token twice", with("oauth_token", requestToken, "oauth_token", requestToken, "oauth_verifier", verifier), provider.ErrMismatch},
		{"the own token and a foreign one", with("oauth_token", requestToken, "oauth_token", foreign, "oauth_verifier", verifier), provider.ErrMismatch},
		{"the verifier twice", with("oauth_token", requestToken, "oauth_verifier", verifier, "oauth_verifier", verifier), provider.ErrMismatch},
		{"a megabyte for a token", with("oauth_token", strings.Repeat("a", 1<<20), "oauth_verifier", verifier), provider.ErrMismatch},
		{"bytes that are no text", with("oauth_token", "\xff\x00", "oauth_verifier", "\xff"), provider.ErrMismatch},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			tok, err := p.flow().HandleCallback(t.Context(), handshake(), row.query)
			e := requireError(t, err, row.want, provider.OpCallback)
			assert.Zero(t, e.Status)
			assert.NotContains(t, e.Error(), foreign)
			assert.Zero(t, tok)
			assert.Empty(t, p.made(""), "there is no call to the provider")
		})
	}
}

// An empty Handshake matches nothing, not even an empty token.
func TestCallbackWithoutAHandshake(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	for _, query := range []url.Values{
		approved(), {}, {"oauth_token": {""}, "oauth_verifier": {verifier}}, {"denied": {""}}, {"denied": {requestToken}},
	} {
		_, err := p.flow().HandleCallback(t.Context(), provider.Handshake{Secret: provider.NewSecret("s")}, query)
		requireError(t, err, provider.ErrMismatch, provider.OpCallback)
	}
	assert.Empty(t, p.made(""))
}

// The reason tells what is missing from what is another's.
func TestCallbackReasons(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		id     string
		query  url.Values
		reason string
	}{
		{"", url.Values{"oauth_token": {requestToken}, "oauth_verifier": {verifier}}, "the handshake is empty"},
		{requestToken, url.Values{"oauth_verifier": {verifier}}, "oauth_token is missing"},
		{requestToken, url.Values{"oauth_token": {"x"}, "oauth_verifier": {verifier}}, "oauth_token is not the one that was issued for this handshake"},
	} {
		_, err := newProvider(t).flow().HandleCallback(t.Context(), provider.Handshake{ID: row.id, Secret: provider.NewSecret("s")}, row.query)
		e := requireError(t, err, provider.ErrMismatch, provider.OpCallback)
		assert.Equal(t, row.reason, e.Reason)
	}
}

// The callback's values reach the provider as they came, whatever is in them.
func TestOddVerifiers(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"0012345", " 12 34 ", "a+b", "100%", "a&oauth_token=x", `"quoted", oauth_token="x`, "é☃", "a\r\nX-Evil: 1"} {
		t.Run(url.QueryEscape(v), func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			_, err := p.flow().HandleCallback(t.Context(), handshake(), url.Values{"oauth_token": {requestToken}, "oauth_verifier": {v}})
			require.NoError(t, err)
			c := p.made("")[0]
			assert.Equal(t, v, c.oauth["oauth_verifier"])
			assert.Equal(t, requestToken, c.oauth["oauth_token"])
			assert.Empty(t, c.header.Get("X-Evil"))
		})
	}
}

// The provider may have honoured the request whatever became of its answer.
func TestTheExchangeIsNeverRepeated(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"500", body(http.StatusInternalServerError, marker), provider.ErrUnavailable},
		{"503", body(http.StatusServiceUnavailable, marker, "Retry-After", "0"), provider.ErrUnavailable},
		{"429 that ends at once", body(http.StatusTooManyRequests, marker, "Retry-After", "0"), provider.ErrRateLimited},
		{"a closed connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, provider.ErrUnavailable},
		{"a bad body", body(http.StatusOK, marker), provider.ErrProtocol},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			f := p.flow()
			// A kept-alive connection, which net/http may repeat a request on.
			_, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
			require.NoError(t, err)
			p.answer("/access_token", row.answer)
			_, err = f.HandleCallback(t.Context(), handshake(), approved())
			requireError(t, err, row.want, provider.OpAccessToken)
			assert.Len(t, p.made("/access_token"), 1)
		})
	}
}
