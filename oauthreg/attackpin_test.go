package oauthreg_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// A PIN that somebody was talked into signs nobody in on the web site, and what
// comes back to the web site is no PIN.
func TestPINsAndCallbacksAreNotMixedUp(t *testing.T) {
	t.Parallel()
	onX(t, nil, func(t *testing.T, a *xApp) {
		flow, err := twitter.New(twitter.Config{
			BaseURL: a.x.URL(), ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret), HTTPClient: a.x.Client(),
		})
		require.NoError(t, err)
		authURL, hs, err := flow.StartPIN(t.Context())
		require.NoError(t, err)
		pin, err := a.x.ApprovePIN(t.Context(), authURL, "")
		require.NoError(t, err)

		b := a.browser()
		start := b.post("/auth/twitter/start", nil)
		require.Equal(t, http.StatusSeeOther, start.status)
		calls := a.x.Calls(twittertest.AccessToken)
		p := b.get("/auth/twitter/callback?" + url.Values{"oauth_token": {hs.ID}, "oauth_verifier": {pin}}.Encode())
		assert.Equal(t, oauthreg.Mismatch, a.last().Outcome)
		assert.Contains(t, p.location, "error=mismatch")

		back, err := a.x.Approve(t.Context(), start.location, "")
		require.NoError(t, err)
		callback, err := url.Parse(back)
		require.NoError(t, err)
		web := provider.Handshake{ID: callback.Query().Get("oauth_token"), Secret: hs.Secret}
		for _, typed := range []string{callback.Query().Get("oauth_verifier"), callback.RawQuery, back} {
			_, err = flow.FinishPIN(t.Context(), web, typed)
			require.ErrorIs(t, err, provider.ErrMismatch)
			assert.NotContains(t, err.Error(), callback.Query().Get("oauth_verifier"))
		}
		assert.Equal(t, calls, a.x.Calls(twittertest.AccessToken), "X was not asked")
		assert.Equal(t, "/signup", b.get(back).location, "the true one still works")
	})
}
