package tokenstore_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/tokenstore/tokentest"
)

const prefix = "oauthreg-sealed-v1:"

func sealedOver(t *testing.T, inner tokenstore.Store, keys string) *tokenstore.Sealed {
	t.Helper()
	s, err := tokenstore.Seal(inner, keyring(t, keys))
	require.NoError(t, err)
	return s
}

func TestSealedConformance(t *testing.T) {
	t.Parallel()
	keys := seal.NewKey()
	t.Run("once", func(t *testing.T) {
		tokentest.Run(t, tokentest.Config{New: func(t *testing.T) tokenstore.Store {
			return sealedOver(t, tokenstore.NewMemory(), keys)
		}})
	})
	t.Run("twice", func(t *testing.T) {
		tokentest.Run(t, tokentest.Config{New: func(t *testing.T) tokenstore.Store {
			return sealedOver(t, sealedOver(t, tokenstore.NewMemory(), keys), seal.NewKey())
		}})
	})
}

func TestSealFaults(t *testing.T) {
	t.Parallel()
	keys := keyring(t, seal.NewKey())
	var none seal.Keys
	for _, row := range []struct {
		name  string
		store tokenstore.Store
		keys  seal.Keys
		want  []string
	}{
		{"no store", nil, keys, []string{"Seal(store)"}},
		{"a store whose New failed", (*tokenstore.SQL)(nil), keys, []string{"Seal(store)"}},
		{"no keyring", tokenstore.NewMemory(), (*seal.Keyring)(nil), []string{"Seal(keys)"}},
		{"empty keyring", tokenstore.NewMemory(), &seal.Keyring{}, []string{"Seal(keys)"}},
		{"neither", nil, nil, []string{"Seal(store)", "Seal(keys)"}},
		{"nil envelope", tokenstore.NewMemory(), (*seal.Envelope)(nil), []string{"Seal(keys)"}},
		{"untyped nil", tokenstore.NewMemory(), none, []string{"Seal(keys)"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, err := tokenstore.Seal(row.store, row.keys)
			assert.Nil(t, s)
			assert.Equal(t, row.want, faultFields(t, err))
		})
	}
}

func TestSealedInnerSeesNoToken(t *testing.T) {
	t.Parallel()
	inner := tokenstore.NewMemory()
	s := sealedOver(t, inner, seal.NewKey())
	a := ann()
	a.Token.Extra = map[string]provider.Secret{"refresh_token": provider.NewSecret("the-extra-value")}
	require.NoError(t, s.Link(t.Context(), a))

	stored := find(t, inner, a.Identity)
	text, sealed := strings.CutPrefix(stored.Token.Access.Reveal(), prefix)
	require.True(t, sealed)
	data, err := base64.RawURLEncoding.DecodeString(text)
	require.NoError(t, err)
	for _, secret := range []string{accessValue, secretValue, "the-extra-value", "refresh_token"} {
		assert.NotContains(t, string(data), secret)
	}
	stored.Token.Access = provider.Secret{}
	assert.Equal(t, provider.Token{}, stored.Token, "nothing but Access is given to the inner store")
	assert.Equal(t, "ann_at_x", stored.Username)

	assert.Equal(t, reveal(t, a.Token), reveal(t, find(t, s, a.Identity).Token))
	for _, v := range []any{s, *s, struct{ s *tokenstore.Sealed }{s}, struct{ s tokenstore.Sealed }{*s}, a, inner} {
		out := printed(v)
		assert.NotContains(t, out, accessValue)
		assert.NotContains(t, out, secretValue)
	}
}

func TestSealedUnreadable(t *testing.T) {
	t.Parallel()
	keys := seal.NewKey()
	bob := ann()
	bob.Subject, bob.UserID = "42", "bob"
	elsewhere := ann()
	elsewhere.Provider = "twitter-test"

	// junk is sealed rightly, and no token.
	sealer, err := keyring(t, keys).Sealer("github.com/oauthreg/go/tokenstore token v1")
	require.NoError(t, err)
	junk := sealer.Seal([]byte("the-token-secret-value"), "twitter", "7588892")

	// A token that is sealed rightly, but to be kept by somebody else.
	data, err := provider.EncodeToken(ann().Token)
	require.NoError(t, err)
	stranger, err := keyring(t, keys).Sealer("example.com/app token v1")
	require.NoError(t, err)
	text := func(sealed []byte) func(*testing.T) string {
		return func(*testing.T) string { return prefix + base64.RawURLEncoding.EncodeToString(sealed) }
	}

	// of returns what the inner store holds of another account.
	of := func(t *testing.T, a tokenstore.Account, keys string) string {
		inner := tokenstore.NewMemory()
		require.NoError(t, sealedOver(t, inner, keys).Link(t.Context(), a))
		return find(t, inner, a.Identity).Token.Access.Reveal()
	}
	for _, row := range []struct {
		name   string
		stored func(t *testing.T) string
		opens  bool // fails in seal, with its error
		text   string
	}{
		{"of another person", func(t *testing.T) string { return of(t, bob, keys) }, true, "does not open"},
		{"of another provider", func(t *testing.T) string { return of(t, elsewhere, keys) }, true, "does not open"},
		{"provider and subject changed about", text(sealer.Seal(data, "7588892", "twitter")), true, "does not open"},
		{"the same letters, cut elsewhere", text(sealer.Seal(data, "twitter7", "588892")), true, "does not open"},
		{"bound to the provider alone", text(sealer.Seal(data, "twitter")), true, "does not open"},
		{"bound to nothing", text(sealer.Seal(data)), true, "does not open"},
		{"for another purpose", text(stranger.Seal(data, "twitter", "7588892")), true, "does not open"},
		{"with another key", func(t *testing.T) string { return of(t, ann(), seal.NewKey()) }, true, "does not open"},
		{"cut short", func(t *testing.T) string { s := of(t, ann(), keys); return s[:len(s)-8] }, true, "does not open"},
		{"empty", func(*testing.T) string { return prefix }, true, "does not open"},
		{"damaged", func(*testing.T) string { return prefix + "the-token-secret-value!" }, true, "damaged"},
		{"never sealed", func(*testing.T) string { return accessValue }, false, "never sealed"},
		{"sealed, but not a token", text(junk), false, "not in the form"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			inner := tokenstore.NewMemory()
			s := sealedOver(t, inner, keys)
			readable := ann()
			readable.Subject = "1"
			require.NoError(t, s.Link(t.Context(), readable))
			a := ann()
			a.Token = provider.Token{Access: provider.NewSecret(row.stored(t))}
			require.NoError(t, inner.Link(t.Context(), a))

			got, found, err := s.Find(t.Context(), a.Identity)
			require.ErrorIs(t, err, tokenstore.ErrUnreadable)
			assert.Equal(t, row.opens, errors.Is(err, seal.ErrOpen))
			assert.ErrorContains(t, err, row.text)
			for _, data := range []string{accessValue, secretValue, keys, "7588892", "ann_at_x"} {
				assert.NotContains(t, err.Error(), data)
			}
			assert.True(t, found, "the person is known all the same")
			assert.Equal(t, "ann", got.UserID)
			assert.Equal(t, provider.Token{}, got.Token)

			list, err := s.ListByUser(t.Context(), "ann")
			require.ErrorIs(t, err, tokenstore.ErrUnreadable)
			assert.Nil(t, list)

			// The owner's next sign-in repairs it.
			require.NoError(t, s.Link(t.Context(), ann()))
			assert.Equal(t, reveal(t, ann().Token), reveal(t, find(t, s, a.Identity).Token))
			list, err = s.ListByUser(t.Context(), "ann")
			require.NoError(t, err)
			assert.Len(t, list, 2)
		})
	}
}

func TestSealedOver(t *testing.T) {
	t.Parallel()
	keys := seal.NewKey()
	first, second := tokenstore.NewMemory(), tokenstore.NewMemory()
	s := sealedOver(t, first, keys)
	require.NoError(t, s.Over(second).Link(t.Context(), ann()))

	_, found, err := s.Find(t.Context(), ann().Identity)
	require.NoError(t, err)
	assert.False(t, found, "Over must leave the store it is called on alone")
	got := find(t, sealedOver(t, second, keys), ann().Identity)
	assert.Equal(t, reveal(t, ann().Token), reveal(t, got.Token))
}

// caseless is a store over a column whose collation ignores case.
type caseless struct{ tokenstore.Store }

func (c caseless) Find(ctx context.Context, id tokenstore.Identity) (tokenstore.Account, bool, error) {
	id.Subject = strings.ToLower(id.Subject)
	return c.Store.Find(ctx, id)
}

func TestSealedDoesNotPassOneIdentityForAnother(t *testing.T) {
	t.Parallel()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	s, err := tokenstore.Seal(caseless{tokenstore.NewMemory()}, keys)
	require.NoError(t, err)
	require.NoError(t, s.Link(t.Context(), tokenstore.Account{
		Identity: tokenstore.Identity{Provider: "p", Subject: "abc"}, UserID: "victim",
		Token: provider.Token{Access: provider.NewSecret("access")},
	}))
	a, found, err := s.Find(t.Context(), tokenstore.Identity{Provider: "p", Subject: "ABC"})
	require.Error(t, err)
	assert.NotErrorIs(t, err, tokenstore.ErrUnreadable, "which would let the person in")
	assert.False(t, found)
	assert.Zero(t, a)
}

// FuzzSealedFind: whatever lies in the database, a token that comes out is one
// that went in, into this row.
func FuzzSealedFind(f *testing.F) {
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(f, err)
	stored := func(a tokenstore.Account) string {
		inner := tokenstore.NewMemory()
		s, err := tokenstore.Seal(inner, keys)
		require.NoError(f, err)
		require.NoError(f, s.Link(context.Background(), a))
		a, _, err = inner.Find(context.Background(), a.Identity)
		require.NoError(f, err)
		return a.Token.Access.Reveal()
	}
	bob := ann()
	bob.Subject, bob.UserID = "42", "bob"
	genuine, foreign := stored(ann()), stored(bob)
	for _, text := range []string{
		"", "x", prefix, prefix + "AQ", genuine, foreign, genuine + "A", genuine[:len(genuine)-1], genuine + "\n",
		prefix + genuine, strings.ToUpper(genuine), strings.TrimPrefix(genuine, prefix), genuine + "=",
		prefix + "Ag" + genuine[len(prefix)+2:], genuine[:40] + foreign[40:],
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		inner := tokenstore.NewMemory()
		s, err := tokenstore.Seal(inner, keys)
		require.NoError(t, err)
		a := ann()
		a.Token = provider.Token{Access: provider.NewSecret(text)}
		require.NoError(t, inner.Link(t.Context(), a))
		a, found, err := s.Find(t.Context(), a.Identity)
		require.True(t, found)
		switch {
		case text == "":
			require.NoError(t, err)
			require.Equal(t, provider.Token{}, a.Token)
		case err != nil:
			require.ErrorIs(t, err, tokenstore.ErrUnreadable)
			require.Equal(t, provider.Token{}, a.Token)
			require.NotEqual(t, genuine, text)
		default:
			require.Equal(t, reveal(t, ann().Token), reveal(t, a.Token))
		}
	})
}
