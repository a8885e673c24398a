package oauth2flow_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

func authURL(t *testing.T, f *oauth2flow.Flow) (url.Values, provider.Handshake) {
	t.Helper()
	text, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	return without(t, text), hs
}

// The challenge is compared with what this test computes, and that with the
// example of RFC 7636 appendix B.
func TestChallengeVector(t *testing.T) {
	t.Parallel()
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	assert.Equal(t, challenge, s256(verifier))

	// And a handshake with the example's verifier redeems a code that was issued
	// for the example's challenge.
	s := newServer(t)
	code := s.newCode(callbackURL, challenge)
	hs := provider.Handshake{ID: "state-1", Secret: provider.NewSecret(verifier), CallbackURL: callbackURL}
	tok, err := s.flow().HandleCallback(t.Context(), hs, url.Values{"state": {"state-1"}, "code": {code}})
	require.NoError(t, err)
	assert.False(t, tok.IsZero())
	assert.Equal(t, verifier, s.made("/token")[0].form.Get("code_verifier"))
}

func TestAuthURL(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	text, hs, err := s.flow().AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(text, s.url+"/authorize?"), text)
	assert.Equal(t, url.Values{
		"tenant":                {"t1"}, // of the endpoint's own query
		"response_type":         {"code"},
		"client_id":             {clientID},
		"redirect_uri":          {callbackURL},
		"scope":                 {"profile email"},
		"state":                 {hs.ID},
		"code_challenge":        {s256(hs.Secret.Reveal())},
		"code_challenge_method": {"S256"},
	}, without(t, text))
	assert.Equal(t, callbackURL, hs.CallbackURL)
	assert.Regexp(t, verifierForm, hs.Secret.Reveal())
	assert.NotContains(t, text, hs.Secret.Reveal(), "the verifier stays here")
	assert.NotContains(t, text, secretMark)
	assert.Empty(t, s.made(""), "no call is needed")
}

// State, verifier, challenge and nonce are new each time, and say nothing of
// one another.
func TestAuthURLIsFreshEachTime(t *testing.T) {
	t.Parallel()
	f := newFake(t).flow(func(c *oauth2flow.Config) { c.SendNonce = true })
	seen := map[string]bool{}
	for range 100 {
		query, hs := authURL(t, f)
		values := []string{hs.ID, hs.Secret.Reveal(), query.Get("code_challenge"), query.Get("nonce")}
		for _, v := range values {
			require.GreaterOrEqual(t, len(v), 22, "at least 128 bit")
			require.False(t, seen[v], "%q came before", v)
			seen[v] = true
		}
	}
}

func TestNonce(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	query, hs := authURL(t, s.flow(func(c *oauth2flow.Config) { c.SendNonce = true }))
	assert.Equal(t, []string{oauth2flow.Nonce(hs)}, query["nonce"])
	assert.NotContains(t, []string{hs.ID, hs.Secret.Reveal(), query.Get("code_challenge")}, query.Get("nonce"))

	// What is kept between the requests is enough to compute it again.
	stored, err := provider.EncodeHandshake(hs)
	require.NoError(t, err)
	restored, err := provider.DecodeHandshake(stored)
	require.NoError(t, err)
	assert.Equal(t, oauth2flow.Nonce(hs), oauth2flow.Nonce(restored))

	query, hs = authURL(t, s.flow())
	assert.NotContains(t, query, "nonce")
	assert.NotEqual(t, oauth2flow.Nonce(restored), oauth2flow.Nonce(hs))
}

// Parameters of the protocol come once and are the Flow's, whatever the
// endpoint's query or AuthorizeParams say.
func TestProtocolParametersWin(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	protocol := []string{"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "nonce"}
	hostile := url.Values{}
	for _, name := range protocol {
		hostile[name] = []string{"evil", "evil"}
	}
	for _, row := range []struct {
		name   string
		change func(*oauth2flow.Config)
	}{
		{"AuthorizeParams", func(c *oauth2flow.Config) { c.AuthorizeParams = hostile }},
		{"the endpoint's query", func(c *oauth2flow.Config) { c.Endpoint.AuthURL += "&" + hostile.Encode() }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			query, hs := authURL(t, s.flow(func(c *oauth2flow.Config) { c.SendNonce = true; row.change(c) }))
			for _, name := range protocol {
				require.Len(t, query[name], 1, name)
				assert.NotEqual(t, "evil", query.Get(name), name)
			}
			assert.Equal(t, hs.ID, query.Get("state"))
			assert.Equal(t, s256(hs.Secret.Reveal()), query.Get("code_challenge"))
			assert.Equal(t, "S256", query.Get("code_challenge_method"))
			assert.Equal(t, oauth2flow.Nonce(hs), query.Get("nonce"))
		})
	}
}

func TestAuthorizeParams(t *testing.T) {
	t.Parallel()
	params := url.Values{"prompt": {"consent"}, "resource": {"a", "b"}, "tenant": {"t2"}, "odd": {"a b&c=d+é"}}
	f := newFake(t).flow(func(c *oauth2flow.Config) { c.AuthorizeParams = params; c.Scopes = nil })
	query, _ := authURL(t, f)
	for name, values := range params {
		assert.Equal(t, values, query[name], "%s, over the endpoint's own query", name)
	}
	assert.NotContains(t, query, "scope", "there are no scopes to ask for")
}

// A handshake survives being stored; the callback is answered from what was
// stored.
func TestHandshakeIsAllThatIsNeeded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	hs, query := s.start(s.flow())
	stored, err := provider.EncodeHandshake(hs)
	require.NoError(t, err)
	assert.True(t, json.Valid(stored))
	restored, err := provider.DecodeHandshake(stored)
	require.NoError(t, err)
	_, err = s.flow().HandleCallback(t.Context(), restored, query)
	require.NoError(t, err, "another instance of the app can answer")
}

func TestAuthURLContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text, hs, err := newFake(t).flow().AuthURL(ctx, provider.AuthRequest{CallbackURL: callbackURL})
	requireContextError(t, err, context.Canceled)
	assert.Empty(t, text)
	assert.Empty(t, hs)
}

func TestNoCallbackURL(t *testing.T) {
	t.Parallel()
	f := newServer(t).flow()
	_, _, err := f.AuthURL(t.Context(), provider.AuthRequest{})
	assert.ErrorIs(t, err, provider.ErrRefused)
}
