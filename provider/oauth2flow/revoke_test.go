package oauth2flow_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

func TestRevoke(t *testing.T) {
	t.Parallel()
	for name, auth := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.auth = auth
			f := s.flow()
			tok := s.signIn(f)
			require.NoError(t, f.Revoke(t.Context(), tok))
			form := s.made("/revoke")[0].form
			assert.Equal(t, tok.Refresh.Reveal(), form.Get("token"))
			assert.Equal(t, "refresh_token", form.Get("token_type_hint"))
			_, err := f.FetchProfile(t.Context(), tok)
			requireError(t, err, provider.ErrTokenInvalid, provider.OpProfile)
			_, err = f.Refresh(t.Context(), tok)
			requireError(t, err, provider.ErrTokenInvalid, provider.OpRefresh)

			tok = s.signIn(f)
			tok.Refresh = provider.Secret{}
			require.NoError(t, f.Revoke(t.Context(), tok))
			form = s.made("/revoke")[1].form
			assert.Equal(t, tok.Access.Reveal(), form.Get("token"))
			assert.Equal(t, "access_token", form.Get("token_type_hint"))
			_, err = f.FetchProfile(t.Context(), tok)
			requireError(t, err, provider.ErrTokenInvalid, provider.OpProfile)
			assert.Len(t, s.made("/revoke"), 2)
		})
	}
}

// A refresh token alone is enough.
func TestRevokeWithoutAnAccessToken(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	f := s.flow()
	tok := s.signIn(f)
	tok.Access = provider.Secret{}
	require.NoError(t, f.Revoke(t.Context(), tok))
	assert.Equal(t, tok.Refresh.Reveal(), s.made("/revoke")[0].form.Get("token"))
}

// RFC 7009 section 2.2.1: 503 means that the token may live on.
func TestRevokeIsNotRepeated(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.answer("/revoke", body(http.StatusServiceUnavailable, marker))
	requireError(t, s.flow().Revoke(t.Context(), s.token()), provider.ErrUnavailable, provider.OpRevoke)
	assert.Len(t, s.made(""), 1)
}

func TestRevokeUnsupported(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	f := s.flow(func(c *oauth2flow.Config) { c.RevokeURL = "" })
	for _, tok := range []provider.Token{s.token(), {}} {
		requireError(t, f.Revoke(t.Context(), tok), errors.ErrUnsupported, provider.OpRevoke)
	}
	assert.Empty(t, s.made(""))
}
