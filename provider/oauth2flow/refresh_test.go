package oauth2flow_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	for name, auth := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.auth = auth
			f := s.flow()
			old := s.signIn(f)
			tok, err := f.Refresh(t.Context(), old)
			require.NoError(t, err)
			assert.NotEqual(t, old.Access.Reveal(), tok.Access.Reveal())
			assert.NotEqual(t, old.Refresh.Reveal(), tok.Refresh.Reveal(), "it rotated")
			assert.WithinDuration(t, time.Now().Add(time.Hour), tok.Expiry, time.Minute)

			c := s.made("/token")[1]
			want := []string{"grant_type", "refresh_token"}
			switch auth {
			case inBody:
				want = append(want, "client_id", "client_secret")
			case public:
				want = append(want, "client_id")
			}
			assert.ElementsMatch(t, want, slices.Collect(maps.Keys(c.form)))
			assert.Equal(t, old.Refresh.Reveal(), c.form.Get("refresh_token"))

			_, err = f.FetchProfile(t.Context(), tok)
			require.NoError(t, err)
			_, err = f.Refresh(t.Context(), tok)
			require.NoError(t, err, "and again")
		})
	}
}

// What the answer to a refresh leaves out is as it was.
func TestRefreshKeeps(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name                string
		extra               map[string]any
		scope, first, other string
	}{
		{"nothing is sent", nil, "profile email", "one", "two"},
		{"another scope", map[string]any{"scope": "profile"}, "profile", "one", "two"},
		{"one of the members", map[string]any{"first": "new"}, "profile email", "new", "two"},
		{"all members", map[string]any{"first": "new", "other": "newer"}, "profile email", "new", "newer"},
		{"an empty scope", map[string]any{"scope": ""}, "profile email", "one", "two"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.extra, s.keepRefresh = row.extra, true
			f := s.flow(func(c *oauth2flow.Config) { c.ExtraMembers = []string{"first", "other"} })
			old := s.token()
			old.Scope, old.Username = "profile email", "ada"
			old.Extra = map[string]provider.Secret{"first": provider.NewSecret("one"), "other": provider.NewSecret("two")}
			tok, err := f.Refresh(t.Context(), old)
			require.NoError(t, err)
			assert.Equal(t, old.Refresh.Reveal(), tok.Refresh.Reveal(), "none was sent")
			assert.NotEqual(t, old.Access.Reveal(), tok.Access.Reveal())
			assert.Equal(t, row.scope, tok.Scope)
			assert.Equal(t, ada, tok.Subject)
			assert.Equal(t, "ada", tok.Username)
			assert.Equal(t, row.first, tok.Extra["first"].Reveal())
			assert.Equal(t, row.other, tok.Extra["other"].Reveal())
			assert.Equal(t, "one", old.Extra["first"].Reveal(), "the old token is the caller's")
		})
	}
}

// A token that no longer says when it ends does not end when the old one did.
func TestRefreshDoesNotKeepTheExpiry(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.answer("/token", body(http.StatusOK, `{"access_token":"t"}`))
	tok, err := s.flow().Refresh(t.Context(), s.token())
	require.NoError(t, err)
	assert.Zero(t, tok.Expiry)
}

func TestRefreshWithADeadToken(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tok := s.token()
	tok.Refresh = provider.NewSecret("never issued " + secretMark)
	fresh, err := s.flow().Refresh(t.Context(), tok)
	e := requireError(t, err, provider.ErrTokenInvalid, provider.OpRefresh)
	assert.Equal(t, "invalid_grant", e.Code)
	assert.Empty(t, fresh)
}

// A used refresh token ends the whole family, which is why it is never sent
// twice; another instance of the app that does it is found out.
func TestRefreshReuse(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	old := s.token()
	fresh, err := s.flow().Refresh(t.Context(), old)
	require.NoError(t, err)
	other := s.flow() // knows nothing of the first
	_, err = other.Refresh(t.Context(), old)
	requireError(t, err, provider.ErrTokenInvalid, provider.OpRefresh)
	_, err = other.FetchProfile(t.Context(), fresh)
	requireError(t, err, provider.ErrTokenInvalid, provider.OpProfile)
}

// Whom the answer to a refresh names, if anybody, must be who it was.
func TestRefreshIdentity(t *testing.T) {
	t.Parallel()
	cause := errors.New("the signature is not right")
	for _, row := range []struct {
		name    string
		subject string
		err     error
		kind    error
	}{
		{"the same", ada, nil, nil},
		{"nobody", "", nil, nil},
		{"somebody else", "9007199254740992", nil, provider.ErrIdentity},
		{"somebody who begins alike", ada + "1", nil, provider.ErrIdentity},
		{"an error", "", cause, provider.ErrIdentity},
		{"an error beside the name", ada, cause, provider.ErrIdentity},
		{"an error with a kind", "", &provider.Error{Kind: provider.ErrUnavailable, Err: cause}, provider.ErrUnavailable},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.extra = map[string]any{"user": ada}
			f := s.flow(func(c *oauth2flow.Config) {
				c.Identify = func(_ context.Context, hs provider.Handshake, member func(string) any) (string, string, error) {
					assert.Empty(t, hs, "the handshake is long gone")
					assert.Equal(t, ada, member("user"))
					return row.subject, "renamed", row.err
				}
			})
			old := s.token()
			old.Username = "ada"
			tok, err := f.Refresh(t.Context(), old)
			if row.kind != nil {
				requireError(t, err, row.kind, provider.OpRefresh)
				assert.Empty(t, tok)
				if row.err != nil {
					require.ErrorIs(t, err, cause)
				}
				return
			}
			require.NoError(t, err)
			assert.Equal(t, ada, tok.Subject)
			assert.Equal(t, "ada", tok.Username)
		})
	}
}

// A hook that panics takes its own caller down, not those who wait for it.
func TestRefreshPanic(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	panics := true
	f := s.flow(func(c *oauth2flow.Config) {
		c.Identify = func(context.Context, provider.Handshake, func(string) any) (string, string, error) {
			if panics {
				panic("a hook of the app's")
			}
			return "", "", nil
		}
	})
	s.keepRefresh = true
	tok := s.token()
	assert.Panics(t, func() { _, _ = f.Refresh(t.Context(), tok) })
	panics = false
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := f.Refresh(ctx, tok)
	require.NoError(t, err)
}
