package twitter_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

func TestClient(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	tok := signUp(t, x, f, "")

	// As an app does that kept the token and was started again.
	kept, err := provider.EncodeToken(tok)
	require.NoError(t, err)
	tok, err = provider.DecodeToken(kept)
	require.NoError(t, err)
	c, err := newFlow(t, x).Client(t.Context(), tok)
	require.NoError(t, err)

	get := func(target string) (int, string) {
		res, err := c.Get(target)
		require.NoError(t, err)
		data, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode, string(data)
	}
	status, body := get(x.URL() + "/1.1/account/verify_credentials.json?include_email=true&x=a+b%2Bc")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, "ada.quill@example.com")
	status, body = get(x.URL() + "/2/users/me?user.fields=created_at,verified")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `"username":"ada_quill"`)

	// A form is part of the signature.
	res, err := c.PostForm(x.URL()+"/1.1/oauth/invalidate_token.json", url.Values{"text": {"a b+c&d=é"}})
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusOK, res.StatusCode, res.Header.Get("X-Twittertest-Reason"))

	status, body = get(x.URL() + "/2/users/me")
	assert.Equal(t, http.StatusUnauthorized, status, body)
}

func TestClientRefusesOtherHosts(t *testing.T) {
	t.Parallel()
	hits := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	t.Cleanup(other.Close)
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	c, err := f.Client(t.Context(), signUp(t, x, f, ""))
	require.NoError(t, err)
	for _, target := range []string{other.URL, "https://api.x.com/2/users/me", "https://api.twitter.com/2/users/me", "http://evil.example/"} {
		_, err := c.Get(target)
		requireError(t, err, provider.ErrRefused, provider.OpClient)
		var wrapped *url.Error
		require.ErrorAs(t, err, &wrapped, "net/http wraps it")
	}
	assert.Zero(t, hits)

	_, err = f.Client(t.Context(), provider.Token{})
	requireError(t, err, provider.ErrTokenInvalid, provider.OpClient)
}

func TestClientIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	c, err := f.Client(t.Context(), signUp(t, x, f, ""))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			res, err := c.Get(x.URL() + "/2/users/me")
			if assert.NoError(t, err) {
				assert.Equal(t, http.StatusOK, res.StatusCode)
				assert.NoError(t, res.Body.Close())
			}
		})
	}
	wg.Wait()
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	tok := signUp(t, x, f, "")
	require.NoError(t, f.Revoke(t.Context(), tok))

	_, err := f.FetchProfile(t.Context(), tok)
	e := requireError(t, err, provider.ErrTokenInvalid, provider.OpProfile)
	assert.Equal(t, "89", e.Code)
	assertNoSecrets(t, err, tok.Access.Reveal(), tok.Secret.Reveal())

	err = f.Revoke(t.Context(), tok)
	requireError(t, err, provider.ErrTokenInvalid, provider.OpRevoke) // which is as good
	requireError(t, f.Revoke(t.Context(), provider.Token{}), provider.ErrTokenInvalid, provider.OpRevoke)
	require.NotErrorIs(t, err, errors.ErrUnsupported)

	// Another grant of the same person is another token.
	other := signUp(t, x, f, "")
	_, err = f.FetchProfile(t.Context(), other)
	require.NoError(t, err)
}

// Keys that X does not know revoke nothing, and X tells so by the code that
// stands for dead tokens elsewhere.
func TestRevokeWithWrongKeys(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newFlow(t, x)
	tok := signUp(t, x, f, "")
	wrong := newFlow(t, x, func(c *twitter.Config) { c.ConsumerSecret = provider.NewSecret("regenerated") })
	e := requireError(t, wrong.Revoke(t.Context(), tok), provider.ErrRefused, provider.OpRevoke)
	assert.Contains(t, e.Hint, "API Key Secret")
	_, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
}

// Different flows in use at once do not see one another's people.
func TestFlowsInParallel(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	shared := &http.Client{}
	var wg sync.WaitGroup
	for _, person := range twittertest.MadeUpPeople() {
		if person.Suspended {
			continue
		}
		f := newFlow(t, x, func(c *twitter.Config) { c.HTTPClient = shared })
		for range 2 {
			wg.Go(func() {
				authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
				assert.NoError(t, err)
				back, err := x.Approve(t.Context(), authURL, person.ID)
				assert.NoError(t, err)
				u, err := url.Parse(back)
				assert.NoError(t, err)
				tok, err := f.HandleCallback(t.Context(), hs, u.Query())
				assert.NoError(t, err)
				p, err := f.FetchProfile(t.Context(), tok)
				assert.NoError(t, err)
				assert.Equal(t, person.ID, p.ID)
				assert.Equal(t, person.ScreenName, tok.Username)
			})
		}
	}
	wg.Wait()
}
