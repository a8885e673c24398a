package oauthreg_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

const called = http.StatusSeeOther // what rotatingFlow answers to a good token

// unleased hides that a store has leases.
type unleased struct{ tokenstore.Store }

func sealed(t testing.TB, inner tokenstore.Store) *tokenstore.Sealed {
	t.Helper()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	s, err := tokenstore.Seal(inner, keys)
	require.NoError(t, err)
	return s
}

// However many ask at once, the refresh token is used once.
func TestClientRefreshesOnceForAll(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		processes int
		accounts  func(t testing.TB) tokenstore.Store
	}{
		{"two processes", 2, func(testing.TB) tokenstore.Store { return tokenstore.NewMemory() }},
		{"two processes, sealed", 2, func(t testing.TB) tokenstore.Store { return sealed(t, tokenstore.NewMemory()) }},
		{"one process, no leases", 1, func(testing.TB) tokenstore.Store { return unleased{tokenstore.NewMemory()} }},
		{"one process, sealed, no leases", 1, func(t testing.TB) tokenstore.Store { return sealed(t, unleased{tokenstore.NewMemory()}) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, accounts := newRotatingFlow(), tt.accounts(t)
				f.onRefresh = func(context.Context) error { time.Sleep(2 * time.Second); return nil }
				first := f.issue()
				keep(t, accounts, first)
				var regs []*oauthreg.Registrar
				var longLived []*http.Client
				for range tt.processes {
					reg := process(t, f, accounts).reg
					client, err := reg.Client(t.Context(), fakeID)
					require.NoError(t, err)
					regs, longLived = append(regs, reg), append(longLived, client)
				}
				for hour := range 3 {
					var wg sync.WaitGroup
					for i := range 32 {
						wg.Go(func() {
							ask := func() (int, error) { return call(t.Context(), regs[i%len(regs)]) }
							if i%4 > 1 {
								ask = func() (int, error) { return callWith(t.Context(), longLived[i%len(regs)]) }
							}
							status, err := ask()
							assert.NoError(t, err)
							assert.Equal(t, called, status)
						})
					}
					wg.Wait()
					assert.Equal(t, hour, f.refreshed())
					time.Sleep(59*time.Minute + 30*time.Second) // still good, but not for long
				}
				now := kept(t, accounts)
				assert.NotEqual(t, first.Refresh.Reveal(), now.Refresh.Reveal())
				assert.Equal(t, ada.ID, now.Subject)
			})
		})
	}
}

// The client of a token is made once, and keeps the Flow's guards.
func TestClientKeepsTheFlowsClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), tokenstore.NewMemory()
		keep(t, accounts, f.issue())
		client, err := process(t, f, accounts).reg.Client(t.Context(), fakeID)
		require.NoError(t, err)
		for range 3 {
			status, err := callWith(t.Context(), client)
			require.NoError(t, err)
			assert.Equal(t, called, status, "a redirect is not followed")
		}
		assert.Equal(t, 1, f.made)
		time.Sleep(time.Hour)
		for range 3 {
			_, err = callWith(t.Context(), client)
			require.NoError(t, err)
		}
		assert.Equal(t, 2, f.made)
	})
}

func TestClientWithoutAnAccount(t *testing.T) {
	t.Parallel()
	f, accounts := newRotatingFlow(), tokenstore.NewMemory()
	a := process(t, f, accounts)
	_, err := a.reg.Client(t.Context(), fakeID)
	require.ErrorIs(t, err, oauthreg.ErrNoAccount)
	_, err = a.reg.Client(t.Context(), tokenstore.Identity{Provider: "gone", Subject: "1"})
	require.ErrorIs(t, err, oauthreg.ErrNoAccount)
	_, err = a.reg.Client(t.Context(), otherID)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	assert.Contains(t, err.Error(), "provider.Clienter")

	require.NoError(t, accounts.Link(t.Context(), tokenstore.Account{Identity: fakeID, UserID: "ada"}))
	_, err = a.reg.Client(t.Context(), fakeID)
	require.ErrorIs(t, err, provider.ErrTokenInvalid, "the Flow's word for no token")

	foreign := f.issue()
	foreign.Subject = bob.ID
	keep(t, accounts, foreign)
	_, err = a.reg.Client(t.Context(), fakeID)
	require.ErrorIs(t, err, provider.ErrIdentity)

	for _, fault := range []error{errStore, fmt.Errorf("wrapped: %w", tokenstore.ErrUnreadable)} {
		broken := &faultyAccounts{Store: accounts, find: func(a tokenstore.Account, ok bool, _ error) (tokenstore.Account, bool, error) {
			return a, ok, fault
		}}
		_, err = process(t, f, broken).reg.Client(t.Context(), fakeID)
		require.ErrorIs(t, err, fault)
	}
	folded := &faultyAccounts{Store: accounts, find: func(a tokenstore.Account, ok bool, err error) (tokenstore.Account, bool, error) {
		a.Subject = "another"
		return a, ok, err
	}}
	_, err = process(t, f, folded).reg.Client(t.Context(), fakeID)
	require.ErrorContains(t, err, "another identity")
}

// dueApp is an app whose account needs a refresh, with a client made before.
func dueApp(t *testing.T, f *rotatingFlow, accounts tokenstore.Store) (a *app, client *http.Client, old provider.Token) {
	t.Helper()
	old = f.issue()
	keep(t, accounts, old)
	a = process(t, f, accounts)
	client, err := a.reg.Client(t.Context(), fakeID)
	require.NoError(t, err)
	time.Sleep(time.Hour)
	return a, client, old
}

func TestClientPassesOnWhatTheRefreshFound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		onRefresh error
		edit      func(*provider.Token)
		err       error
	}{
		{"dead", &provider.Error{Kind: provider.ErrTokenInvalid}, nil, provider.ErrTokenInvalid},
		{"down", &provider.Error{Kind: provider.ErrUnavailable}, nil, provider.ErrUnavailable},
		{"another person", nil, func(tok *provider.Token) { tok.Subject = bob.ID }, provider.ErrIdentity},
		{"no access", nil, func(tok *provider.Token) { tok.Access = provider.Secret{} }, provider.ErrProtocol},
		{"nothing but access", nil, func(tok *provider.Token) { *tok = provider.Token{Access: tok.Access, Expiry: tok.Expiry} }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, accounts := newRotatingFlow(), tokenstore.NewMemory()
				f.onRefresh = func(context.Context) error { return tt.onRefresh }
				f.edit = tt.edit
				a, client, old := dueApp(t, f, accounts)
				status, err := callWith(t.Context(), client)
				now := kept(t, accounts)
				if tt.err != nil {
					require.ErrorIs(t, err, tt.err)
					assert.Equal(t, old.Access.Reveal(), now.Access.Reveal(), "nothing is stored")
					assert.NotContains(t, err.Error()+a.logs.String(), old.Refresh.Reveal())
					return
				}
				require.NoError(t, err)
				assert.Equal(t, called, status)
				assert.NotEqual(t, old.Access.Reveal(), now.Access.Reveal())
				assert.Equal(t, old.Refresh.Reveal(), now.Refresh.Reveal(), "what is not renewed stays")
				assert.Equal(t, ada.ID, now.Subject)
			})
		})
	}
}

func TestClientOfAFlowThatCannotRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), tokenstore.NewMemory()
		keep(t, accounts, f.issue())
		only := struct {
			provider.Flow
			provider.Clienter
		}{f, f}
		a := process(t, only, accounts)
		time.Sleep(time.Hour - time.Second)
		status, err := call(t.Context(), a.reg)
		require.NoError(t, err)
		assert.Equal(t, called, status, "it serves to its end")
		client, err := a.reg.Client(t.Context(), fakeID)
		require.NoError(t, err)
		time.Sleep(time.Second)
		_, err = callWith(t.Context(), client)
		require.ErrorIs(t, err, provider.ErrTokenInvalid)
		keep(t, accounts, f.issue()) // the person signs in again
		_, err = callWith(t.Context(), client)
		require.NoError(t, err)
	})
}

// A process that died during its refresh holds the others up for a minute.
func TestClientOutlivesALeaseWhoseHolderDied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), tokenstore.NewMemory()
		_, client, _ := dueApp(t, f, accounts)
		reserved, err := accounts.Lease(t.Context(), fakeID, "dead", time.Minute)
		require.NoError(t, err)
		require.True(t, reserved)
		begun := time.Now()
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = callWith(impatient, client)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(begun))

		status, err := callWith(t.Context(), client)
		require.NoError(t, err)
		assert.Equal(t, called, status)
		assert.Equal(t, 1, f.refreshed())
		assert.InDelta(t, time.Minute, time.Since(begun), float64(time.Second))
		reserved, err = accounts.Lease(t.Context(), fakeID, "next", time.Minute)
		require.NoError(t, err)
		assert.True(t, reserved, "it was released")
	})
}

// A lease that never ends, and what another process stores under it.
func TestClientWaitsForAnotherProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), tokenstore.NewMemory()
		_, client, _ := dueApp(t, f, accounts)
		_, err := accounts.Lease(t.Context(), fakeID, "busy", 24*time.Hour)
		require.NoError(t, err)
		begun := time.Now()
		_, err = callWith(t.Context(), client)
		require.ErrorIs(t, err, provider.ErrUnavailable)
		assert.Less(t, time.Since(begun), 70*time.Second)

		time.AfterFunc(10*time.Second, func() { keep(t, accounts, f.issue()) })
		begun = time.Now()
		_, err = callWith(t.Context(), client)
		require.NoError(t, err)
		assert.InDelta(t, 10*time.Second, time.Since(begun), float64(time.Second))
		assert.Zero(t, f.refreshed())

		time.Sleep(time.Hour)
		time.AfterFunc(time.Second, func() { assert.NoError(t, accounts.Unlink(t.Context(), "ada", fakeID)) })
		_, err = callWith(t.Context(), client)
		require.ErrorIs(t, err, oauthreg.ErrNoAccount)
	})
}

// A refresh goes on when the request that asked for it ends.
func TestClientRefreshOutlivesItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), tokenstore.NewMemory()
		ctx, leave := context.WithCancel(t.Context())
		f.onRefresh = func(ctx context.Context) error {
			leave()
			time.Sleep(time.Second)
			end, bounded := ctx.Deadline()
			assert.True(t, bounded)
			assert.Equal(t, 24*time.Second, time.Until(end))
			return ctx.Err()
		}
		_, client, old := dueApp(t, f, accounts)
		begun := time.Now()
		_, err := callWith(ctx, client)
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, time.Since(begun))
		time.Sleep(2 * time.Second)
		assert.NotEqual(t, old.Access.Reveal(), kept(t, accounts).Access.Reveal())
		_, err = callWith(t.Context(), client)
		require.NoError(t, err)
		assert.Equal(t, 1, f.refreshed())
	})
}
