package oauthreg_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// X over OAuth 2.0, GitHub and most others say who it is in the profile only.
// From then on the token is that person's, for every later profile and refresh.
func TestATokenThatNamesNobodyIsHeldToTheProfile(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		a.flow.editToken = func(tok *provider.Token) { tok.Subject, tok.Username = "", "" }
		a.signUp(bob)
		find := func() tokenstore.Account {
			account, found, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: bob.ID})
			require.NoError(t, err)
			require.True(t, found)
			return account
		}
		assert.Equal(t, bob.ID, find().Token.Subject)

		renamed := bob
		renamed.Username = "bob\u202e_renamed"
		b := a.browser()
		b.get(a.approved(b, renamed, ""))
		assert.Equal(t, bob.ID, find().Token.Subject)
		assert.Equal(t, "bob_renamed", find().Username, "the handle shown is today's, fit to be shown")
	})
}
