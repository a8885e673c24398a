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

// The result of a refresh is kept for those who come late with the old token, but
// not once it is dead.
func TestARevokedTokenIsNotHandedOut(t *testing.T) {
	t.Parallel()
	dead := body(http.StatusBadRequest, `{"error":"invalid_token"}`)
	for _, row := range []struct {
		name   string
		answer http.HandlerFunc // nil: as it should be
		which  func(old, fresh provider.Token) provider.Token
		kept   bool
	}{
		{"the new one", nil, func(_, fresh provider.Token) provider.Token { return fresh }, false},
		{"the old one", nil, func(old, _ provider.Token) provider.Token { return old }, false},
		{"the new access token", nil, func(_, fresh provider.Token) provider.Token { return provider.Token{Access: fresh.Access} }, false},
		{"the new refresh token", nil, func(_, fresh provider.Token) provider.Token { return provider.Token{Refresh: fresh.Refresh} }, false},
		{"one that was dead", dead, func(_, fresh provider.Token) provider.Token { return fresh }, false},
		{"another", nil, func(provider.Token, provider.Token) provider.Token { return bearer() }, true},
		{"none, the provider is down", body(http.StatusServiceUnavailable, marker), func(_, fresh provider.Token) provider.Token { return fresh }, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			f := s.flow()
			old := s.signIn(f)
			fresh, err := f.Refresh(t.Context(), old)
			require.NoError(t, err)
			if row.answer != nil {
				s.answer("/revoke", row.answer)
			}
			_ = f.Revoke(t.Context(), row.which(old, fresh))
			calls := len(s.made("/token"))
			again, err := f.Refresh(t.Context(), old)
			if row.kept {
				require.NoError(t, err)
				assert.Equal(t, fresh, again)
				return
			}
			requireError(t, err, provider.ErrTokenInvalid, provider.OpRefresh)
			assert.Len(t, s.made("/token"), calls+1)
		})
	}
}

// A refresh that is under way stays: those who wait for it share its call.
func TestRevokeDuringARefresh(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	f := s.flow()
	tok := s.signIn(f)
	s.answer("/token", func(w http.ResponseWriter, _ *http.Request) {
		assert.NoError(t, f.Revoke(t.Context(), tok))
		body(http.StatusOK, `{"access_token":"late"}`, "Content-Type", "application/json")(w, nil)
	})
	fresh, err := f.Refresh(t.Context(), tok)
	require.NoError(t, err)
	again, err := f.Refresh(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, fresh, again)
	assert.Len(t, s.made("/token"), 2, "and is found")
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

// Some say that a token is gone with 204.
func TestRevokeWithoutContent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.answer("/revoke", body(http.StatusNoContent, ""))
	require.NoError(t, s.flow().Revoke(t.Context(), s.token()))
}
