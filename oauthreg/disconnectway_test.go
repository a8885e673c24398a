package oauthreg_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/tokenstore"
)

// The other identity is of a provider that the app does not have any more: nobody
// can sign in with it.
func TestALastWayInOfAProviderThatIsGone(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	for _, id := range []tokenstore.Identity{{Provider: "fake", Subject: "1"}, {Provider: "gone", Subject: "2"}} {
		require.NoError(t, a.accounts.Link(t.Context(), tokenstore.Account{Identity: id, UserID: "u", Token: plainToken}))
	}
	_, err := a.reg.Disconnect(t.Context(), "u", tokenstore.Identity{Provider: "fake", Subject: "1"})
	assert.ErrorIs(t, err, oauthreg.ErrLastWayIn)
}

// The hook panics when Disconnect looks again, after it has removed the identity: it
// is linked back, as after an error.
func TestOtherWayInPanicsLate(t *testing.T) {
	t.Parallel()
	calls := 0
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.OtherWayIn = func(context.Context, string) (bool, error) {
			if calls++; calls == 2 {
				panic("a nil pointer in the app")
			}
			return true, nil
		}
	})
	require.NoError(t, a.accounts.Link(t.Context(), tokenstore.Account{Identity: fakeIdentity("1"), UserID: "u", Token: plainToken}))
	_, err := a.reg.Disconnect(t.Context(), "u", fakeIdentity("1"))
	require.ErrorContains(t, err, "panicked")
	_, found, err := a.accounts.Find(t.Context(), fakeIdentity("1"))
	require.NoError(t, err)
	assert.True(t, found, "removed, and nobody looked whether it was the last way in")
}
