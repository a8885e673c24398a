package oauth1flow_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

func TestRevoke(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	require.NoError(t, p.flow().Revoke(t.Context(), token()))
	calls := p.made("")
	require.Len(t, calls, 1)
	c := calls[0]
	assert.Equal(t, http.MethodPost, c.method)
	assert.Equal(t, "/revoke", c.path)
	assert.Equal(t, accessToken, c.oauth["oauth_token"])
	assert.Empty(t, c.query)
	assert.Empty(t, c.body)
}

func TestRevokeIsNotRepeated(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer("/revoke", body(http.StatusServiceUnavailable, marker))
	requireError(t, p.flow().Revoke(t.Context(), token()), provider.ErrUnavailable, provider.OpRevoke)
	assert.Len(t, p.made(""), 1)
}

func TestRevokeADeadToken(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer("/revoke", body(http.StatusUnauthorized, marker))
	requireError(t, p.flow().Revoke(t.Context(), token()), provider.ErrTokenInvalid, provider.OpRevoke)
}

func TestRevokeWithoutAToken(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	requireError(t, p.flow().Revoke(t.Context(), provider.Token{}), provider.ErrTokenInvalid, provider.OpRevoke)
	assert.Empty(t, p.made(""))
}

func TestRevokeUnsupported(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	f := p.flow(func(c *oauth1flow.Config) { c.RevokeURL = "" })
	for _, tok := range []provider.Token{token(), {}} {
		requireError(t, f.Revoke(t.Context(), tok), errors.ErrUnsupported, provider.OpRevoke)
	}
	assert.Empty(t, p.made(""))
}

// Some say that a token is gone with 204.
func TestRevokeWithoutContent(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer("/revoke", body(http.StatusNoContent, ""))
	require.NoError(t, p.flow().Revoke(t.Context(), token()))
}
