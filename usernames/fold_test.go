package usernames_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/usernames"
)

// Databases compare by small letters, by capitals, or by folding, and the Turkish
// letters i are the same to the first two only: no two suggestions are equal to
// any of them, and none to a name that is taken by any.
func TestSuggestionsDifferHoweverCaseIsCompared(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, username, display, alphabet string }{
		{"small letters", "İİİ", "iii", "İi"},
		{"capitals", "ııı", "iii", "ıi"},
		{"folding", "KKK", "kkk", "\u212ak"}, // the Kelvin sign
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := provider.Profile{Username: tt.username, Name: tt.display}
			got, err := usernames.Suggest(t.Context(), p, usernames.Rules{Alphabet: tt.alphabet, Min: 3, Max: 3, Count: 20})
			require.NoError(t, err)
			assert.Len(t, got, 1, "%q", got)
			for _, taken := range []string{strings.ToUpper(tt.display), strings.ToLower(tt.username), tt.username} {
				got, err = usernames.Suggest(t.Context(), p, usernames.Rules{
					Alphabet: tt.alphabet, Min: 3, Max: 3, Count: 20,
					Taken: func(context.Context, []string) ([]string, error) { return []string{taken}, nil },
				})
				require.NoError(t, err)
				assert.Empty(t, got, "%q is taken", taken)
			}
		})
	}
}
