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

func TestAuthURL(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	authURL, hs, err := p.flow().AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	assert.Equal(t, p.url+"/authorize?oauth_token="+url.QueryEscape(requestToken), authURL)
	assert.Equal(t, requestToken, hs.ID)
	assert.Equal(t, requestSecret, hs.Secret.Reveal())
	assert.NotContains(t, authURL, "secret")

	calls := p.made("")
	require.Len(t, calls, 1)
	c := calls[0]
	assert.Equal(t, http.MethodPost, c.method)
	assert.Equal(t, "/request_token", c.path)
	// One place for the protocol's parameters (RFC 5849 section 3.5), and the
	// callback is part of what is signed.
	assert.Equal(t, callbackURL, c.oauth["oauth_callback"])
	assert.Contains(t, c.base, percentEncode("oauth_callback="+percentEncode(callbackURL)+"&"))
	assert.Empty(t, c.query)
	assert.Empty(t, c.body)
	assert.NotContains(t, c.oauth, "oauth_token", "there is no token yet")
	assert.NotContains(t, c.oauth, "realm")
}

func TestOutOfBand(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	_, _, err := p.flow().AuthURL(t.Context(), provider.AuthRequest{CallbackURL: "oob"})
	require.NoError(t, err)
	assert.Equal(t, "oob", p.made("")[0].oauth["oauth_callback"])
}

func TestRequestTokenParams(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	f := p.flow(func(c *oauth1flow.Config) {
		c.Endpoint.RequestTokenURL += "?lang=pt&scope=none"
		c.RequestTokenParams = url.Values{"scope": {"read", "e mail+é"}, "x_auth_access_type": {"read"}}
	})
	_, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	c := p.made("")[0]
	assert.ElementsMatch(t, []pair{{"lang", "pt"}, {"scope", "read"}, {"scope", "e mail+é"}, {"x_auth_access_type", "read"}}, c.query)
	for _, p := range c.query {
		assert.Contains(t, c.base, percentEncode(percentEncode(p.name)+"="+percentEncode(p.value)), "it is signed")
		assert.NotContains(t, c.oauth, p.name)
	}
	assert.Empty(t, c.body)
}

func TestAuthorizeParams(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, add string // add is what the authorize URL has already
		params    url.Values
		want      url.Values
	}{
		{"none", "", nil, url.Values{"oauth_token": {requestToken}}},
		{"some", "", url.Values{"force_login": {"true"}, "lang": {"pt", "en"}},
			url.Values{"force_login": {"true"}, "lang": {"pt", "en"}, "oauth_token": {requestToken}}},
		{"a query in the URL", "?perms=r+w&perms=x", nil, url.Values{"perms": {"r w", "x"}, "oauth_token": {requestToken}}},
		{"both", "?perms=w&lang=en", url.Values{"perms": {"r"}}, url.Values{"perms": {"r"}, "lang": {"en"}, "oauth_token": {requestToken}}},
		{"a foreign oauth_token in the params", "", url.Values{"oauth_token": {"stranger", "other"}}, url.Values{"oauth_token": {requestToken}}},
		{"a foreign oauth_token in the URL", "?oauth_token=stranger&oauth_token=other", nil, url.Values{"oauth_token": {requestToken}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			f := p.flow(func(c *oauth1flow.Config) { c.Endpoint.AuthorizeURL += row.add; c.AuthorizeParams = row.params })
			// Twice: what one attempt adds must not stay for the next.
			for range 2 {
				authURL, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
				require.NoError(t, err)
				base, query, _ := strings.Cut(authURL, "?")
				assert.Equal(t, p.url+"/authorize", base)
				got, err := url.ParseQuery(query)
				require.NoError(t, err)
				assert.Equal(t, row.want, got)
			}
		})
	}
}

// Without the confirmation it is OAuth 1.0, where an attacker finishes a
// stranger's handshake.
func TestCallbackMustBeConfirmed(t *testing.T) {
	t.Parallel()
	const pair = "oauth_token=t&oauth_token_secret=s"
	for _, row := range []struct{ name, body string }{
		{"absent", pair},
		{"empty", pair + "&oauth_callback_confirmed="},
		{"without a value", pair + "&oauth_callback_confirmed"},
		{"false", pair + "&oauth_callback_confirmed=false"},
		{"in upper case", pair + "&oauth_callback_confirmed=TRUE"},
		{"capitalised", pair + "&oauth_callback_confirmed=True"},
		{"1", pair + "&oauth_callback_confirmed=1"},
		{"with a blank", pair + "&oauth_callback_confirmed=true+"},
		{"another name", pair + "&OAuth_Callback_Confirmed=true"},
		{"true and false", pair + "&oauth_callback_confirmed=true&oauth_callback_confirmed=false"},
		{"true twice", pair + "&oauth_callback_confirmed=true&oauth_callback_confirmed=true"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.answer("/request_token", body(http.StatusOK, row.body+"&note="+marker))
			authURL, hs, err := p.flow().AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
			requireError(t, err, provider.ErrProtocol, provider.OpRequestToken)
			assert.Empty(t, authURL)
			assert.Zero(t, hs)
			assert.Len(t, p.made(""), 1)
		})
	}
}

func TestNoCallbackURL(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	_, _, err := p.flow().AuthURL(t.Context(), provider.AuthRequest{})
	assert.ErrorIs(t, err, provider.ErrRefused)
}
