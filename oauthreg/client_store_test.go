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
				_, err = callWith(t.Context(), client)
				require.ErrorIs(t, err, oauthreg.ErrNoAccount)
				a, _, err := accounts.Find(t.Context(), fakeID)
				require.NoError(t, err)
				assert.Equal(t, next, a.UserID, "it is not brought back")
				assert.Equal(t, []string{fresh.Access.Reveal()}, revoked)
			})
		})
	}
}
