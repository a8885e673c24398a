package tokenstore_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/tokenstore/tokentest"
)

func TestMemoryConformance(t *testing.T) {
	t.Parallel()
	tokentest.Run(t, tokentest.Config{
		New:      func(*testing.T) tokenstore.Store { return tokenstore.NewMemory() },
		Rewriter: true,
		Leaser:   true,
	})
}

func TestZeroMemory(t *testing.T) {
	t.Parallel()
	var m tokenstore.Memory
	require.NoError(t, m.Link(t.Context(), ann()))
	_, found, err := m.Find(t.Context(), ann().Identity)
	require.NoError(t, err)
	assert.True(t, found)
}

// All that is missing is said at once.
func TestLinkFaults(t *testing.T) {
	t.Parallel()
	err := tokenstore.NewMemory().Link(t.Context(), tokenstore.Account{})
	for _, field := range []string{"UserID", "Provider", "Subject"} {
		assert.ErrorContains(t, err, field)
	}
}
