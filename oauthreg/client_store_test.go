package oauthreg_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// A new token that cannot be stored is not used, and not lost.
func TestClientKeepsWhatCouldNotBeStored(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		down      time.Duration // of the store
		refreshes int
	}{{"for a moment", 0, 1}, {"for some minutes", 10 * time.Minute, 1}, {"for longer than the token lives", 2 * time.Hour, 2}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, accounts := newRotatingFlow(), &leasedFaults{Memory: tokenstore.NewMemory()}
				a, client, old := dueApp(t, f, accounts)
				accounts.link = errStore
				for range 2 {
					_, err := callWith(t.Context(), client)
					require.ErrorIs(t, err, errStore)
				}
				assert.Equal(t, 8, accounts.links, "each tries a few times")
				assert.Len(t, a.logs.lines(slog.LevelError), 2)
				assert.Equal(t, old.Access.Reveal(), kept(t, accounts).Access.Reveal())
				time.Sleep(tt.down)

				accounts.link = nil
				status, err := call(t.Context(), a.reg) // another client of the same Registrar
				require.NoError(t, err)
				assert.Equal(t, called, status)
				status, err = callWith(t.Context(), client)
				require.NoError(t, err)
				assert.Equal(t, called, status)
				assert.Equal(t, tt.refreshes, f.refreshed())
			})
		})
	}
	t.Run("stored, but not said so", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			f, accounts := newRotatingFlow(), &leasedFaults{Memory: tokenstore.NewMemory()}
			_, client, _ := dueApp(t, f, accounts)
			accounts.link, accounts.late = errStore, true
			status, err := callWith(t.Context(), client)
			require.NoError(t, err)
			assert.Equal(t, called, status)
			assert.Equal(t, 1, accounts.links)
		})
	})
}

// leasedFaults is a store with leases that fails to link, or fails to say that
// it did.
type leasedFaults struct {
	*tokenstore.Memory

	link  error
	late  bool
	links int
	lease error
}

func (s *leasedFaults) Link(ctx context.Context, a tokenstore.Account) error {
	if s.link == nil {
		return s.Memory.Link(ctx, a)
	}
	s.links++
	if s.late {
		if err := s.Memory.Link(ctx, a); err != nil {
			return err
		}
	}
	return s.link
}

// Replace fails as Link does.
func (s *leasedFaults) Replace(ctx context.Context, id tokenstore.Identity, old, token provider.Token) (bool, error) {
	if s.link == nil {
		return s.Memory.Replace(ctx, id, old, token)
	}
	s.links++
	if s.late {
		if replaced, err := s.Memory.Replace(ctx, id, old, token); err != nil || !replaced {
			return replaced, err
		}
	}
	return false, s.link
}

func (s *leasedFaults) Lease(ctx context.Context, id tokenstore.Identity, holder string, d time.Duration) (bool, error) {
	if s.lease != nil {
		return false, s.lease
	}
	return s.Memory.Lease(ctx, id, holder, d)
}

func TestClientOnLeasesThatFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), &leasedFaults{Memory: tokenstore.NewMemory()}
		_, client, _ := dueApp(t, f, accounts)
		accounts.lease = errStore
		_, err := callWith(t.Context(), client)
		require.ErrorIs(t, err, errStore)
		accounts.lease = tokenstore.ErrNotFound
		_, err = callWith(t.Context(), client)
		require.ErrorIs(t, err, oauthreg.ErrNoAccount)
		assert.Zero(t, f.refreshed(), "never without a lease")
		accounts.lease = nil
		_, err = callWith(t.Context(), client)
		require.NoError(t, err)
	})
}

// What happens to the account during a refresh wins.
func TestClientGivesWay(t *testing.T) {
	t.Parallel()
	t.Run("to a sign-in", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			f, accounts := newRotatingFlow(), tokenstore.NewMemory()
			var signedIn provider.Token
			f.onRefresh = func(context.Context) error {
				signedIn = f.issue()
				keep(t, accounts, signedIn)
				return nil
			}
			_, client, _ := dueApp(t, f, accounts)
			status, err := callWith(t.Context(), client)
			require.NoError(t, err)
			assert.Equal(t, called, status)
			assert.Equal(t, signedIn.Access.Reveal(), kept(t, accounts).Access.Reveal())
		})
	})
	for name, next := range map[string]string{"to a disconnection": "", "to another user": "eve"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, accounts := newRotatingFlow(), tokenstore.NewMemory()
				f.onRefresh = func(ctx context.Context) error {
					if err := accounts.Unlink(ctx, "ada", fakeID); err != nil || next == "" {
						return err
					}
					return accounts.Link(ctx, tokenstore.Account{Identity: fakeID, UserID: next, Token: f.issue()})
				}
				var revoked []string
				var fresh provider.Token
				f.edit = func(tok *provider.Token) { fresh = *tok }
				old := f.issue()
				keep(t, accounts, old)
				type powers struct {
					*rotatingFlow
					provider.Revoker
				}
				reg := process(t, powers{f, &revokingFlow{revoke: func(_ context.Context, tok provider.Token) error {
					revoked = append(revoked, tok.Access.Reveal())
					return nil
				}}}, accounts).reg
				client, err := reg.Client(t.Context(), fakeID)
				require.NoError(t, err)
				time.Sleep(time.Hour)
				began := time.Now()
				_, err = callWith(t.Context(), client)
				require.ErrorIs(t, err, oauthreg.ErrNoAccount)
				assert.Zero(t, time.Since(began), "it is not tried again")
				a, _, err := accounts.Find(t.Context(), fakeID)
				require.NoError(t, err)
				assert.Equal(t, next, a.UserID, "it is not brought back")
				assert.Equal(t, []string{fresh.Access.Reveal()}, revoked)
			})
		})
	}
}

// meddled is a store in which somebody else does something between the look at
// an account and the write of its new token.
type meddled struct {
	*tokenstore.Memory

	between func(ctx context.Context, m *tokenstore.Memory)
}

func (s *meddled) Replace(ctx context.Context, id tokenstore.Identity, old, token provider.Token) (bool, error) {
	if between := s.between; between != nil {
		s.between = nil
		between(ctx, s.Memory)
	}
	return s.Memory.Replace(ctx, id, old, token)
}

// foreign is a store whose tokens something else has written, in bytes that
// are not ours: they are read, and never equal to what Replace is given.
type foreign struct {
	*tokenstore.Memory

	replaces int
}

func (s *foreign) Replace(context.Context, tokenstore.Identity, provider.Token, provider.Token) (bool, error) {
	s.replaces++
	return false, nil
}

// The refresh token is used up by then: its successor is stored all the same.
func TestClientStoresOverATokenInAnotherSpelling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), &foreign{Memory: tokenstore.NewMemory()}
		_, client, old := dueApp(t, f, accounts)
		status, err := callWith(t.Context(), client)
		require.NoError(t, err)
		assert.Equal(t, called, status)
		assert.Equal(t, 1, f.refreshed())
		assert.Equal(t, 1, accounts.replaces)
		assert.NotEqual(t, old.Access.Reveal(), kept(t, accounts).Access.Reveal())
	})
}

// What somebody does to the account while its token is being refreshed stays
// done, to the last moment: an identity that was disconnected does not come back.
func TestClientDoesNotUndoWhatComesBetween(t *testing.T) {
	t.Parallel()
	id := fakeID
	unlink := func(ctx context.Context, m *tokenstore.Memory) { _ = m.Unlink(ctx, "ada", id) }
	newer := provider.Token{Access: provider.NewSecret("of a sign-in"), Refresh: provider.NewSecret("r"), Subject: id.Subject}
	for _, tt := range []struct {
		name    string
		between func(ctx context.Context, m *tokenstore.Memory)
		want    error
		owner   string
		access  string
	}{
		{name: "disconnected", between: unlink, want: oauthreg.ErrNoAccount},
		{name: "disconnected, and another user's", between: func(ctx context.Context, m *tokenstore.Memory) {
			unlink(ctx, m)
			_ = m.Link(ctx, tokenstore.Account{Identity: id, UserID: "bob", Token: newer})
		}, want: oauthreg.ErrNoAccount, owner: "bob", access: "of a sign-in"},
		{name: "signed in anew", between: func(ctx context.Context, m *tokenstore.Memory) {
			_ = m.Link(ctx, tokenstore.Account{Identity: id, UserID: "ada", Token: newer})
		}, owner: "ada", access: "of a sign-in"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, accounts := newRotatingFlow(), &meddled{Memory: tokenstore.NewMemory()}
				_, client, _ := dueApp(t, f, accounts)
				accounts.between = tt.between
				_, err := callWith(t.Context(), client)
				if tt.want != nil {
					require.ErrorIs(t, err, tt.want)
				}
				got, found, err := accounts.Find(t.Context(), id)
				require.NoError(t, err)
				assert.Equal(t, tt.owner != "", found)
				assert.Equal(t, tt.owner, got.UserID)
				if tt.access != "" {
					assert.Equal(t, tt.access, got.Token.Access.Reveal())
				}
			})
		})
	}
}
