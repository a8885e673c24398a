package oauthreg_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

type notesRevoked struct {
	revokingRotator
	revoked *[]string
}

func (f notesRevoked) Revoke(ctx context.Context, tok provider.Token) error {
	*f.revoked = append(*f.revoked, tok.Access.Reveal())
	return f.revokingRotator.Revoke(ctx, tok)
}

// A refreshed token could not be stored and waits in memory. Then a newer token is
// stored in another way than by a sign-in at this instance. Disconnect has to revoke
// what is stored.
func TestDisconnectRevokesWhatIsStored(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]func(*testing.T, *app, revokingRotator, tokenstore.Store){
		"the user connects it anew": func(t *testing.T, a *app, _ revokingRotator, _ tokenstore.Store) {
			b := a.browser()
			signedInAs(b, "ada")
			b.get(a.connecting(b, ada))
			require.Equal(t, oauthreg.AlreadyLinked, a.last().Outcome)
		},
		"a form is completed": func(t *testing.T, a *app, _ revokingRotator, accounts tokenstore.Store) {
			b := a.browser()
			require.NoError(t, accounts.Unlink(t.Context(), "ada", fakeID)) // elsewhere
			a.toForm(b, ada)
			require.NoError(t, accounts.Link(t.Context(), tokenstore.Account{Identity: fakeID, UserID: "ada", Token: plainToken}))
			require.Equal(t, 303, b.post("/signup", nil).status)
		},
		"another instance signs in": func(t *testing.T, _ *app, f revokingRotator, accounts tokenstore.Store) {
			keep(t, accounts, f.issue())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var revoked []string
				f, accounts := revokingRotator{newRotatingFlow()}, &leasedFaults{Memory: tokenstore.NewMemory()}
				a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
					cfg.Flows["fake"], cfg.Accounts = notesRevoked{f, &revoked}, accounts
					cfg.OtherWayIn = func(context.Context, string) (bool, error) { return true, nil }
				})
				a.flow = f.fakeFlow
				old := f.issue()
				old.Expiry = time.Now().Add(time.Second)
				keep(t, accounts, old)
				accounts.link = errStore
				_, err := call(t.Context(), a.reg) // refreshed, not stored
				require.ErrorIs(t, err, errStore)
				accounts.link = nil

				stored(t, a, f, accounts)
				want := kept(t, accounts).Access.Reveal()
				d, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
				require.NoError(t, err)
				assert.True(t, d.Revoked)
				assert.Contains(t, revoked, want, "Revoked is said of a token that was not stored any more; the stored one lives on")
			})
		})
	}
}

// A refresh ends, and is stored, between Disconnect's look at the account and its
// removal (the app's OtherWayIn is asked in between).
func TestDisconnectWhileARefreshEnds(t *testing.T) {
	t.Parallel()
	f, accounts := revokingRotator{newRotatingFlow()}, tokenstore.NewMemory()
	var a *app
	a = newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.Flows["fake"], cfg.Accounts = f, accounts
		cfg.OtherWayIn = func(context.Context, string) (bool, error) {
			if f.refreshed() == 0 {
				_, err := call(context.Background(), a.reg) // a job of the app's
				require.NoError(t, err)
			}
			return true, nil
		}
	})
	old := f.issue()
	old.Expiry = time.Now().Add(time.Second)
	keep(t, accounts, old)
	d, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
	require.NoError(t, err)
	_, found, err := accounts.Find(t.Context(), fakeID)
	require.NoError(t, err)
	require.False(t, found)
	assert.Zero(t, f.alive(), "Revoked is %v, and the provider still takes the token", d.Revoked)
}

// Only what waits is revoked: what it was traded for is used up, and providers take
// its coming again for theft. Also where that cannot be read any more.
func TestDisconnectRevokesWhatWaits(t *testing.T) {
	t.Parallel()
	for name, unreadable := range map[string]bool{"the old one is stored": false, "what is stored cannot be read": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var revoked []string
				f, accounts := revokingRotator{newRotatingFlow()}, &faultyAccounts{Store: tokenstore.NewMemory()}
				a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
					cfg.Flows["fake"], cfg.Accounts = notesRevoked{f, &revoked}, accounts
					cfg.OtherWayIn = func(context.Context, string) (bool, error) { return true, nil }
				})
				old := f.issue()
				old.Expiry = time.Now().Add(time.Second)
				keep(t, accounts, old)
				var fresh string
				f.edit = func(tok *provider.Token) { fresh = tok.Access.Reveal() }
				accounts.link = func(tokenstore.Account) error { return errStore }
				_, err := call(t.Context(), a.reg)
				require.ErrorIs(t, err, errStore)
				if unreadable {
					accounts.find = func(a tokenstore.Account, found bool, err error) (tokenstore.Account, bool, error) {
						if a.Token = (provider.Token{}); found {
							err = tokenstore.ErrUnreadable
						}
						return a, found, err
					}
				}
				d, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
				require.NoError(t, err)
				assert.Equal(t, oauthreg.Disconnection{Revoked: true}, d)
				assert.Equal(t, []string{fresh}, revoked)
			})
		})
	}
}

// Another tab has disconnected it while the app was asked.
func TestDisconnectOfWhatIsGoneMeanwhile(t *testing.T) {
	t.Parallel()
	f, accounts := revokingRotator{newRotatingFlow()}, tokenstore.NewMemory()
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.Flows["fake"], cfg.Accounts = f, accounts
		cfg.OtherWayIn = func(ctx context.Context, userID string) (bool, error) {
			return true, accounts.Unlink(ctx, userID, fakeID)
		}
	})
	keep(t, accounts, f.issue())
	_, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
	require.ErrorIs(t, err, tokenstore.ErrNotFound)
	assert.Equal(t, 1, f.alive(), "the token is for the other tab to revoke")
}

// Nothing is removed while nobody knows which token would have to be revoked.
func TestDisconnectThatCannotLookBeforeRemoving(t *testing.T) {
	t.Parallel()
	f, accounts := revokingRotator{newRotatingFlow()}, &faultyAccounts{Store: tokenstore.NewMemory()}
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.Flows["fake"], cfg.Accounts = f, accounts
		cfg.OtherWayIn = func(context.Context, string) (bool, error) {
			accounts.find = func(tokenstore.Account, bool, error) (tokenstore.Account, bool, error) {
				return tokenstore.Account{}, false, errStore
			}
			return true, nil
		}
	})
	keep(t, accounts, f.issue())
	_, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
	require.ErrorIs(t, err, errStore)
	accounts.find = nil
	_, found, err := accounts.Find(t.Context(), fakeID)
	require.NoError(t, err)
	assert.True(t, found)
}
