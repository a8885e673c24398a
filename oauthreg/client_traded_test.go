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

// revokingRotator kills what it is told to (RFC 7009: an unknown token is no error).
type revokingRotator struct{ *rotatingFlow }

func (f revokingRotator) Revoke(_ context.Context, tok provider.Token) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.refresh, tok.Refresh.Reveal())
	delete(f.access, tok.Access.Reveal())
	return nil
}

// alive is how many refresh tokens the provider would take.
func (f revokingRotator) alive() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.refresh)
}

// waitingToken is an app whose store was read-only when a token was refreshed: the
// new one waits in memory.
func waitingToken(t *testing.T) (a *app, f revokingRotator, accounts *leasedFaults) {
	t.Helper()
	f, accounts = revokingRotator{newRotatingFlow()}, &leasedFaults{Memory: tokenstore.NewMemory()}
	a = newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.Flows["fake"], cfg.Accounts = f, accounts
		cfg.OtherWayIn = func(context.Context, string) (bool, error) { return true, nil }
	})
	a.flow = f.fakeFlow
	old := f.issue()
	old.Expiry = time.Now().Add(time.Second)
	keep(t, accounts, old)
	accounts.link = errStore
	_, err := call(t.Context(), a.reg)
	require.ErrorIs(t, err, errStore)
	accounts.link = nil
	require.Equal(t, 1, f.alive())
	return a, f, accounts
}

func TestDisconnectRevokesTheTokenThatWaitsInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, f, _ := waitingToken(t)
		d, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
		require.NoError(t, err)
		assert.True(t, d.Revoked)
		_, err = call(t.Context(), a.reg)
		require.ErrorIs(t, err, oauthreg.ErrNoAccount)
		assert.Zero(t, f.alive())
	})
}

// Another instance has removed the identity.
func TestATokenThatWaitsForNobodyIsRevoked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, f, accounts := waitingToken(t)
		client, err := a.reg.Client(t.Context(), fakeID)
		require.NoError(t, err)
		require.NoError(t, accounts.Unlink(t.Context(), "ada", fakeID))
		_, err = callWith(t.Context(), client)
		require.ErrorIs(t, err, oauthreg.ErrNoAccount)
		assert.Zero(t, f.alive())
	})
}

// A sign-in has brought a token of its own: what waited is not stored over it,
// and not kept.
func TestASignInReplacesTheTokenThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, f, accounts := waitingToken(t)
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		require.Equal(t, oauthreg.Returning, a.last().Outcome)
		signedIn := kept(t, accounts)
		d, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
		require.NoError(t, err)
		assert.True(t, d.Revoked)
		assert.Equal(t, 1, f.alive(), "the token of the sign-in was revoked, %s", signedIn.Scope)
	})
}

// Another instance has stored a token of a sign-in, which is due by now: it is
// that one which is refreshed.
func TestATokenThatWaitsIsForTheOneItWasTradedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, f, accounts := waitingToken(t)
		signedIn := f.issue()
		signedIn.Expiry = time.Now().Add(time.Second)
		keep(t, accounts, signedIn)
		var got provider.Token
		f.edit = func(tok *provider.Token) { got = *tok }
		_, err := call(t.Context(), a.reg)
		require.NoError(t, err)
		require.False(t, got.IsZero(), "nothing was refreshed")
		assert.Equal(t, got.Access.Reveal(), kept(t, accounts).Access.Reveal())
	})
}

// What nobody asks for again is not kept for good.
func TestTokensThatWaitAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, f, accounts := waitingToken(t)
		time.Sleep(48 * time.Hour)
		other := tokenstore.Identity{Provider: "fake", Subject: bob.ID}
		old := f.issue()
		old.Subject, old.Expiry = bob.ID, time.Now().Add(time.Second)
		require.NoError(t, accounts.Link(t.Context(), tokenstore.Account{Identity: other, UserID: "bob", Token: old}))
		f.edit = func(tok *provider.Token) { tok.Subject = bob.ID }
		client, err := a.reg.Client(t.Context(), other)
		require.NoError(t, err)
		_, err = callWith(t.Context(), client)
		require.NoError(t, err)
		assert.Zero(t, oauthreg.Waiting(a.reg))
	})
}

// A sign-in that comes meanwhile wins, also if the provider has killed the old
// refresh token for it.
func TestASignInDuringARefreshThatFails(t *testing.T) {
	t.Parallel()
	f, accounts := newRotatingFlow(), tokenstore.NewMemory()
	a := process(t, f, accounts)
	old := f.issue()
	old.Expiry = time.Now().Add(time.Second)
	keep(t, accounts, old)
	var signedIn provider.Token
	f.onRefresh = func(context.Context) error {
		signedIn = f.issue()
		keep(t, accounts, signedIn)
		return f.fail(provider.OpRefresh, provider.ErrTokenInvalid)
	}
	_, err := call(t.Context(), a.reg)
	require.NoError(t, err)
	assert.Equal(t, signedIn.Access.Reveal(), kept(t, accounts).Access.Reveal())
}

// A panic in what the app has given ends the request, not the process; and what a
// refresh got before is not lost.
func TestAPanicInARefreshIsAnError(t *testing.T) {
	t.Parallel()
	f, accounts := newRotatingFlow(), &leasedFaults{Memory: tokenstore.NewMemory()}
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) { cfg.Flows["fake"], cfg.Accounts = f, accounts })
	tok := f.issue()
	tok.Expiry = time.Now().Add(time.Second)
	keep(t, accounts, tok)
	f.onRefresh = func(context.Context) error { panic("a bug in the app's Flow") }
	_, err := call(t.Context(), a.reg)
	require.ErrorContains(t, err, "aborted")
	assert.Contains(t, a.logs.String(), "a bug in the app's Flow")
	assert.Equal(t, tok.Access.Reveal(), kept(t, accounts).Access.Reveal(), "nothing was stored")
	f.onRefresh = nil
	tok = f.issue()
	tok.Expiry = time.Now().Add(time.Second)
	keep(t, accounts, tok)
	_, err = call(t.Context(), a.reg)
	require.NoError(t, err)
}

// replaceFails is a store that can compare and write in one step, and now cannot.
type replaceFails struct {
	*tokenstore.Memory

	links int
}

func (s *replaceFails) Replace(context.Context, tokenstore.Identity, provider.Token, provider.Token) (bool, error) {
	return false, errStore
}

func (s *replaceFails) Link(ctx context.Context, a tokenstore.Account) error {
	s.links++
	return s.Memory.Link(ctx, a)
}

// A failure is no change: the token is not written the other way, which would
// bring a disconnected account back.
func TestAFailureToReplaceIsNoReasonToLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), &replaceFails{Memory: tokenstore.NewMemory()}
		a := process(t, f, accounts)
		old := f.issue()
		old.Expiry = time.Now().Add(time.Second)
		keep(t, accounts, old)
		accounts.links = 0
		_, err := call(t.Context(), a.reg)
		require.ErrorIs(t, err, errStore)
		assert.Zero(t, accounts.links)
	})
}
