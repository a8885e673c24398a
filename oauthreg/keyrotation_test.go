package oauthreg_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

// sealedApp is an instance of an app that seals cookies and tokens with keys.
// What it shares with first, if not nil, is the provider and the rows.
func sealedApp(t *testing.T, keys string, rows *tokenstore.Memory, first *app) *app {
	t.Helper()
	ring, err := seal.Parse(keys)
	require.NoError(t, err)
	sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: ring, BaseURL: site})
	require.NoError(t, err)
	accounts, err := tokenstore.Seal(rows, ring)
	require.NoError(t, err)
	a := newApp(t, sessions, func(cfg *oauthreg.Config) {
		cfg.Accounts = accounts
		if first != nil {
			cfg.Flows = map[string]provider.Flow{"fake": first.flow}
		}
	})
	if first != nil {
		a.flow, a.lastUser = first.flow, 1000
	}
	return a
}

// The keys change while a person is under way: with the old one still in the
// ring nobody notices, without it they start again, and neither makes half a
// sign-in nor takes an account away.
func TestKeysThatChangeInMidFlow(t *testing.T) {
	t.Parallel()
	old, next := seal.NewKey(), seal.NewKey()
	for _, row := range []struct {
		name, keys string
		known      bool
		after      int // requests: the start, the callback, the form
		status     int // of the next one
		outcome    oauthreg.Outcome
	}{
		{"rotated before the callback", next + "," + old, false, 1, http.StatusSeeOther, oauthreg.NewUser},
		{"rotated before the form", next + "," + old, false, 2, http.StatusOK, oauthreg.NewUser},
		{"rotated before it is sent", next + "," + old, false, 3, http.StatusSeeOther, oauthreg.NewUser},
		{"rotated before the return", next + "," + old, true, 1, http.StatusSeeOther, oauthreg.Returning},
		{"lost before the callback", next, false, 1, http.StatusSeeOther, oauthreg.Expired},
		{"lost before the form", next, false, 2, http.StatusConflict, ""},
		{"lost before it is sent", next, false, 3, http.StatusConflict, ""},
		{"lost before the return", next, true, 1, http.StatusSeeOther, oauthreg.Expired},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			rows := tokenstore.NewMemory()
			before := sealedApp(t, old, rows, nil)
			owner := ""
			if row.known {
				owner = before.signUp(ada)
			}
			exchanges := before.flow.count().exchange
			b := before.browser()
			callback := before.approved(b, ada, "")
			steps := []func() page{
				nil, func() page { return b.get(callback) }, func() page { return b.get("/signup") }, func() page { return b.post("/signup", nil) },
			}
			for _, step := range steps[1:row.after] {
				step()
			}
			after := sealedApp(t, row.keys, rows, before)
			b.at(after)
			p := steps[row.after]()
			assert.Equal(t, row.status, p.status)
			if row.after == 1 {
				assert.Equal(t, row.outcome, after.last().Outcome)
			}
			if row.outcome == oauthreg.Expired {
				assert.Equal(t, exchanges, before.flow.count().exchange, "the verifier is not spent")
				after.assertFailed(t, p, oauthreg.Expired)
			}
			lost := row.keys == next
			if lost {
				assert.Empty(t, b.user())
				assert.Zero(t, after.userCount())
				p = b.get(after.approved(b, ada, ""))
			}
			if b.user() == "" {
				require.Contains(t, []string{"/signup", ""}, p.location)
				require.Equal(t, http.StatusSeeOther, b.post("/signup", nil).status)
			}
			require.NotEmpty(t, b.user())
			if row.known {
				assert.Equal(t, owner, b.user())
			}
			// The token is sealed anew, with the key that is there to stay.
			ring, err := seal.Parse(next)
			require.NoError(t, err)
			accounts, err := tokenstore.Seal(rows, ring)
			require.NoError(t, err)
			account, found, err := accounts.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: ada.ID})
			require.NoError(t, err)
			require.True(t, found)
			assert.Equal(t, b.user(), account.UserID)
			assert.False(t, account.Token.IsZero())
		})
	}
}
