package oauthreg_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

var (
	fakeID  = tokenstore.Identity{Provider: "fake", Subject: ada.ID}
	otherID = tokenstore.Identity{Provider: "other", Subject: ada.ID}
)

// linkedApp is an app on stored whose user "ada" has the identities.
func linkedApp(t testing.TB, stored tokenstore.Store, ids []tokenstore.Identity, changes ...func(*oauthreg.Config)) *app {
	t.Helper()
	a := newApp(t, newMemoryStore(t), append([]func(*oauthreg.Config){func(cfg *oauthreg.Config) { cfg.Accounts = stored }}, changes...)...)
	for _, id := range ids {
		require.NoError(t, stored.Link(t.Context(), tokenstore.Account{
			Identity: id, UserID: "ada", Username: "ada_quill",
			Token: provider.Token{Access: provider.NewSecret("access of " + id.Provider), Secret: provider.NewSecret("secret"), Subject: id.Subject},
		}))
	}
	return a
}

// revokingFlow is a provider that tokens can be revoked at.
type revokingFlow struct {
	*fakeFlow

	revoke func(ctx context.Context, tok provider.Token) error
}

func (f *revokingFlow) Revoke(ctx context.Context, tok provider.Token) error {
	return f.revoke(ctx, tok)
}

// revoking puts a revoking flow in the place of "fake".
func revoking(revoke func(ctx context.Context, tok provider.Token) error) func(*oauthreg.Config) {
	return func(cfg *oauthreg.Config) {
		cfg.Flows["fake"] = &revokingFlow{fakeFlow: cfg.Flows["fake"].(*fakeFlow), revoke: revoke}
	}
}

// otherWay is an app's answer to whether there is a password.
func otherWay(has bool, err error) func(*oauthreg.Config) {
	return func(cfg *oauthreg.Config) {
		cfg.OtherWayIn = func(_ context.Context, userID string) (bool, error) { return has && userID == "ada", err }
	}
}

func found(t testing.TB, s tokenstore.Store, id tokenstore.Identity) bool {
	t.Helper()
	_, ok, err := s.Find(t.Context(), id)
	require.NoError(t, err)
	return ok
}

func TestDisconnect(t *testing.T) {
	t.Parallel()
	one, both := []tokenstore.Identity{fakeID}, []tokenstore.Identity{fakeID, otherID}
	for _, tt := range []struct {
		name    string
		ids     []tokenstore.Identity
		user    string
		change  func(*oauthreg.Config)
		err     error
		removed bool
	}{
		{"another identity", both, "ada", nil, nil, true},
		{"the last", one, "ada", nil, oauthreg.ErrLastWayIn, false},
		{"a password", one, "ada", otherWay(true, nil), nil, true},
		{"no password", one, "ada", otherWay(false, nil), oauthreg.ErrLastWayIn, false},
		{"nobody knows of a password", one, "ada", otherWay(true, errStore), errStore, false},
		{"another identity, and nobody asked", both, "ada", otherWay(false, errStore), nil, true},
		{"somebody else's", both, "eve", otherWay(true, nil), tokenstore.ErrNotFound, false},
		{"nobody's", nil, "ada", otherWay(true, nil), tokenstore.ErrNotFound, false},
		{"no user", both, "", otherWay(true, nil), tokenstore.ErrNotFound, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			stored := tokenstore.NewMemory()
			a := linkedApp(t, stored, tt.ids, revoking(func(ctx context.Context, tok provider.Token) error {
				_, bounded := ctx.Deadline()
				assert.True(t, bounded)
				assert.False(t, found(t, stored, fakeID), "it is removed by then")
				asked = append(asked, tok.Access.Reveal())
				return nil
			}), func(cfg *oauthreg.Config) {
				if tt.change != nil {
					tt.change(cfg)
				}
			})
			d, err := a.reg.Disconnect(t.Context(), tt.user, fakeID)
			if tt.removed {
				require.NoError(t, err)
				assert.Equal(t, oauthreg.Disconnection{Revoked: true}, d)
				assert.Equal(t, []string{"access of fake"}, asked)
				assert.Len(t, a.logs.lines(slog.LevelInfo), 1)
				_, err = a.reg.Disconnect(t.Context(), tt.user, fakeID)
				assert.ErrorIs(t, err, tokenstore.ErrNotFound)
			} else {
				require.ErrorIs(t, err, tt.err)
				assert.Zero(t, d)
				assert.Empty(t, asked)
				assert.Equal(t, len(tt.ids) > 0, found(t, stored, fakeID))
			}
			assert.NotContains(t, a.logs.String(), "access of fake")
		})
	}
}

func TestDisconnectRevokes(t *testing.T) {
	t.Parallel()
	down := &provider.Error{Provider: "fake", Op: provider.OpRevoke, Kind: provider.ErrUnavailable}
	for _, tt := range []struct {
		name    string
		id      tokenstore.Identity
		answer  error
		revoked bool
		err     error
	}{
		{"done", fakeID, nil, true, nil},
		{"done before", fakeID, &provider.Error{Kind: provider.ErrTokenInvalid}, true, nil},
		{"provider down", fakeID, down, false, provider.ErrUnavailable},
		{"no way to revoke", otherID, nil, false, errors.ErrUnsupported},
		{"provider no longer configured", tokenstore.Identity{Provider: "gone", Subject: "1"}, nil, false, errors.ErrUnsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stored := tokenstore.NewMemory()
			a := linkedApp(t, stored, []tokenstore.Identity{tt.id}, otherWay(true, nil),
				revoking(func(context.Context, provider.Token) error { return tt.answer }))
			d, err := a.reg.Disconnect(t.Context(), "ada", tt.id)
			require.NoError(t, err)
			assert.Equal(t, tt.revoked, d.Revoked)
			if tt.err == nil {
				assert.NoError(t, d.RevokeErr)
			}
			assert.ErrorIs(t, d.RevokeErr, tt.err)
			assert.False(t, found(t, stored, tt.id))
			assert.Equal(t, tt.answer == error(down), len(a.logs.lines(slog.LevelWarn)) == 1, a.logs)
		})
	}
	t.Run("no token stored", func(t *testing.T) {
		t.Parallel()
		stored := tokenstore.NewMemory()
		require.NoError(t, stored.Link(t.Context(), tokenstore.Account{Identity: fakeID, UserID: "ada"}))
		a := linkedApp(t, stored, nil, otherWay(true, nil), revoking(func(context.Context, provider.Token) error { panic("asked without a token") }))
		d, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
		require.NoError(t, err)
		assert.False(t, d.Revoked)
		assert.Error(t, d.RevokeErr)
	})
}

// A provider that does not answer holds nobody up, and a person who leaves takes
// nothing back.
func TestDisconnectIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		a := linkedApp(t, tokenstore.NewMemory(), []tokenstore.Identity{fakeID}, otherWay(true, nil), revoking(func(ctx context.Context, _ provider.Token) error {
			leave()
			time.Sleep(time.Second)
			assert.NoError(t, ctx.Err(), "leaving does not stop it")
			<-ctx.Done()
			return ctx.Err()
		}))
		begun := time.Now()
		d, err := a.reg.Disconnect(ctx, "ada", fakeID)
		require.NoError(t, err)
		require.ErrorIs(t, d.RevokeErr, context.DeadlineExceeded)
		assert.Equal(t, 10*time.Second, time.Since(begun))
	})
}

// Two tabs that remove the last two at once leave one at least.
func TestDisconnectOfTheLastTwoAtOnce(t *testing.T) {
	t.Parallel()
	for range 32 {
		stored := &barrierAccounts{Store: tokenstore.NewMemory()}
		a := linkedApp(t, stored, []tokenstore.Identity{fakeID, otherID})
		stored.meet(2)
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, id := range []tokenstore.Identity{fakeID, otherID} {
			wg.Go(func() { _, errs[i] = a.reg.Disconnect(t.Context(), "ada", id) })
		}
		wg.Wait()
		left, err := stored.ListByUser(t.Context(), "ada")
		require.NoError(t, err)
		require.NotEmpty(t, left)
		refused := 0
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, oauthreg.ErrLastWayIn)
				refused++
			}
		}
		require.Equal(t, refused, len(left), "who is refused keeps it")
		for _, account := range left {
			require.Equal(t, "access of "+account.Provider, account.Token.Access.Reveal(), "with its token")
			require.Equal(t, "ada_quill", account.Username)
		}
	}
}

// barrierAccounts lets nobody remove before all have looked.
type barrierAccounts struct {
	tokenstore.Store

	arriving sync.WaitGroup
}

func (s *barrierAccounts) meet(n int) { s.arriving.Add(n) }

func (s *barrierAccounts) Unlink(ctx context.Context, userID string, id tokenstore.Identity) error {
	s.arriving.Done()
	s.arriving.Wait()
	return s.Store.Unlink(ctx, userID, id)
}
