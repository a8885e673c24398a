package tokenstore_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

// rewriter is what all stores here are.
type rewriter interface {
	tokenstore.Store
	tokenstore.Rewriter
	tokenstore.Leaser
}

// A token that cannot be written down is refused, and not stored in part.
func TestTokenThatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	bad := provider.Token{Access: provider.NewSecret("access"), Scope: "a\xff"}
	f := &fakeDB{affected: 1}
	inner := tokenstore.NewMemory()
	for name, s := range map[string]rewriter{"Memory": tokenstore.NewMemory(), "SQL": newSQL(t, f), "Sealed": sealedOver(t, inner, seal.NewKey())} {
		a := ann()
		if name != "SQL" {
			require.NoError(t, s.Link(t.Context(), a))
		}
		if name != "Memory" { // which keeps tokens as they are
			a.Token = bad
			require.ErrorContains(t, s.Link(t.Context(), a), "not UTF-8", name)
		}
		for _, pair := range [][2]provider.Token{{ann().Token, bad}, {bad, tokenOf("new")}, {bad, bad}} {
			replaced, err := s.Replace(t.Context(), a.Identity, pair[0], pair[1])
			require.ErrorContains(t, err, "not UTF-8", name)
			assert.False(t, replaced)
		}
		replaced, err := s.Replace(t.Context(), a.Identity, ann().Token, provider.Token{})
		require.ErrorContains(t, err, "tokenstore: replace: the new token is empty", name)
		assert.False(t, replaced)
		if name != "SQL" {
			assert.Equal(t, reveal(t, ann().Token), reveal(t, find(t, s, a.Identity).Token), name)
		}
	}
	assert.Empty(t, f.statements)
}

// Memory keeps such a token as it is. It is not taken for none, which a Replace
// may ask for.
func TestReplaceOfATokenThatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	m, a := tokenstore.NewMemory(), ann()
	a.Token = provider.Token{Access: provider.NewSecret("access"), Scope: "a\xff"}
	require.NoError(t, m.Link(t.Context(), a))
	replaced, err := m.Replace(t.Context(), a.Identity, provider.Token{}, tokenOf("new"))
	require.ErrorContains(t, err, "not UTF-8")
	assert.False(t, replaced)
	assert.Equal(t, "access", find(t, m, a.Identity).Token.Access.Reveal())
}

// A token without access is none, whatever else is in it.
func TestTokenWithoutAccessIsNone(t *testing.T) {
	t.Parallel()
	m := tokenstore.NewMemory()
	a := ann()
	a.Token = provider.Token{Secret: provider.NewSecret("s"), Subject: "7588892", Extra: map[string]provider.Secret{"k": {}}}
	require.NoError(t, m.Link(t.Context(), a))
	assert.Equal(t, provider.Token{}, find(t, m, a.Identity).Token)
}

// Nobody's account is not found under no user.
func TestUnlinkOfNobody(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, tokenstore.NewMemory().Unlink(t.Context(), "", ann().Identity), tokenstore.ErrNotFound)
}

func TestReleaseFaults(t *testing.T) {
	t.Parallel()
	f := &fakeDB{}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, s := range map[string]tokenstore.Leaser{"Memory": tokenstore.NewMemory(), "SQL": newSQL(t, f)} {
		require.ErrorContains(t, s.Release(t.Context(), ann().Identity, ""), "holder is empty", name)
		require.ErrorIs(t, s.Release(ended, ann().Identity, "holder"), context.Canceled, name)
	}
	assert.Empty(t, f.statements)
}

// lax is a store that checks nothing, and fails with what it has found.
type lax struct {
	tokenstore.Store
	links int
	found tokenstore.Account
	err   error
}

func (l *lax) Link(context.Context, tokenstore.Account) error { l.links++; return nil }

func (l *lax) Find(context.Context, tokenstore.Identity) (tokenstore.Account, bool, error) {
	return l.found, true, l.err
}

// What is nobody's is not sealed either, whatever the inner store would hold.
func TestSealedChecksByItself(t *testing.T) {
	t.Parallel()
	inner := &lax{}
	s := sealedOver(t, inner, seal.NewKey())
	for _, clear := range []func(*tokenstore.Account){
		func(a *tokenstore.Account) { a.Provider = "" },
		func(a *tokenstore.Account) { a.Subject = "" },
		func(a *tokenstore.Account) { a.UserID = "" },
	} {
		a := ann()
		clear(&a)
		require.ErrorContains(t, s.Link(t.Context(), a), "is empty")
	}
	assert.Zero(t, inner.links)
}

// The error of the inner store comes out, and no token with it.
func TestSealedPassesAnErrorOn(t *testing.T) {
	t.Parallel()
	boom := errors.New("the database went away")
	key := seal.NewKey()
	m := tokenstore.NewMemory()
	require.NoError(t, sealedOver(t, m, key).Link(t.Context(), ann()))
	a, found, err := sealedOver(t, &lax{found: find(t, m, ann().Identity), err: boom}, key).Find(t.Context(), ann().Identity)
	require.ErrorIs(t, err, boom)
	assert.True(t, found)
	assert.Equal(t, "ann", a.UserID)
	assert.True(t, a.Token.IsZero(), "an account that came with an error has a token")
}

// What an old keyring sealed opens while the KMS is down; sealing it anew does
// not work then, and says so.
func TestSealingAnewWhileTheKMSIsDown(t *testing.T) {
	t.Parallel()
	m := tokenstore.NewMemory()
	old := keyring(t, seal.NewKey())
	before, err := tokenstore.Seal(m, old)
	require.NoError(t, err)
	require.NoError(t, before.Link(t.Context(), ann()))
	stored := find(t, m, ann().Identity)
	k := newKMS(t)
	k.set(errors.New("503 from the KMS"))
	s := enveloped(t, m, seal.EnvelopeConfig{KeyWrapper: k, Keyring: old})

	report, err := s.Reseal(t.Context())
	require.ErrorIs(t, err, seal.ErrUnavailable)
	assert.Equal(t, tokenstore.ResealReport{}, report)
	replaced, err := s.Replace(t.Context(), ann().Identity, ann().Token, tokenOf("new"))
	require.ErrorIs(t, err, seal.ErrUnavailable)
	assert.False(t, replaced)
	assert.Equal(t, stored, find(t, m, ann().Identity))
}

// A page of nothing would look like the end of the table.
func TestPageOfNothing(t *testing.T) {
	t.Parallel()
	f := &fakeDB{}
	for name, s := range map[string]tokenstore.Rewriter{"Memory": tokenstore.NewMemory(), "SQL": newSQL(t, f), "Sealed": sealedOver(t, tokenstore.NewMemory(), seal.NewKey())} {
		for _, limit := range []int{0, -1} {
			page, err := s.Page(t.Context(), tokenstore.Identity{}, limit)
			require.ErrorContains(t, err, "limit is less than 1", name)
			assert.Empty(t, page)
		}
	}
	assert.Empty(t, f.statements)
}
