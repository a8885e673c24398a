package tokenstore_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

const (
	accessValue = "7588892-access-value"
	secretValue = "the-token-secret-value"
)

func ann() tokenstore.Account {
	return tokenstore.Account{
		Identity: tokenstore.Identity{Provider: "twitter", Subject: "7588892"},
		UserID:   "ann",
		Username: "ann_at_x",
		Token: provider.Token{
			Access:   provider.NewSecret(accessValue),
			Secret:   provider.NewSecret(secretValue),
			Subject:  "7588892",
			Username: "ann_at_x",
		},
	}
}

// find demands that id is there, with a token that can be read.
func find(t *testing.T, s tokenstore.Store, id tokenstore.Identity) tokenstore.Account {
	t.Helper()
	a, found, err := s.Find(t.Context(), id)
	require.NoError(t, err)
	require.True(t, found)
	return a
}

// reveal writes a token out in full, to compare tokens by value.
func reveal(t *testing.T, token provider.Token) string {
	t.Helper()
	data, err := provider.EncodeToken(token)
	require.NoError(t, err)
	return string(data)
}

func keyring(t *testing.T, text string) *seal.Keyring {
	t.Helper()
	keys, err := seal.Parse(text)
	require.NoError(t, err)
	return keys
}

// printed is v under every verb that an app may log it with.
func printed(v any) string {
	return fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v)
}
