package oauth1flow_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

// A nonce that could be foreseen would let somebody use it up beforehand (RFC
// 5849 sections 3.3 and 4.9).
func TestNoncesAreFreshAndLong(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	f := p.flow()
	for range 50 {
		_, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
		require.NoError(t, err)
		_, err = f.HandleCallback(t.Context(), hs, approved())
		require.NoError(t, err)
	}
	seen := map[string]bool{}
	for _, c := range p.made("") {
		nonce := c.oauth["oauth_nonce"]
		assert.Regexp(t, `^[A-Z2-7]{26}$`, nonce, "5 bits a character: 130")
		assert.False(t, seen[nonce], "%q came before", nonce)
		seen[nonce] = true
	}
	assert.Len(t, seen, 100)
}
