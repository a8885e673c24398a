package oauthreg_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// A token that never expires, or that nothing can replace, is used as it is.
func TestTokenThatIsNotDueIsNotRefreshed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		edit func(*provider.Token)
		want int
	}{
		{"never expires", func(tok *provider.Token) { tok.Expiry = time.Time{} }, 0},
		{"about to expire, without a refresh token", func(tok *provider.Token) {
			tok.Expiry, tok.Refresh = time.Now().Add(5*time.Second), provider.Secret{}
		}, 0},
		{"about to expire", func(tok *provider.Token) { tok.Expiry = time.Now().Add(5 * time.Second) }, 1},
		{"good for long", func(*provider.Token) {}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f, accounts := newRotatingFlow(), tokenstore.NewMemory()
			tok := f.issue()
			row.edit(&tok)
			keep(t, accounts, tok)
			status, err := call(t.Context(), process(t, f, accounts).reg)
			require.NoError(t, err)
			assert.Equal(t, http.StatusSeeOther, status)
			assert.Equal(t, row.want, f.refreshed())
		})
	}
}

// What a provider does not send again stays: a token secret too.
func TestRefreshKeepsTheSecret(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"": "old", "new": "new"} {
		f, accounts := newRotatingFlow(), tokenstore.NewMemory()
		f.edit = func(tok *provider.Token) { tok.Secret = provider.NewSecret(given) }
		tok := f.issue()
		tok.Secret, tok.Expiry = provider.NewSecret("old"), time.Now().Add(5*time.Second)
		keep(t, accounts, tok)
		_, err := call(t.Context(), process(t, f, accounts).reg)
		require.NoError(t, err)
		assert.Equal(t, 1, f.refreshed())
		assert.Equal(t, want, kept(t, accounts).Secret.Reveal())
	}
}
