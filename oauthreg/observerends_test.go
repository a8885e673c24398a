package oauthreg_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/tokenstore"
)

// What returns an error to the app is told by the outcome that fits it: counted
// as internal, the app's own refusals would page somebody at night.
func TestObserverIsToldWhyConnectingEnded(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}}
	w := &witness{}
	accounts := &faultyAccounts{Store: tokenstore.NewMemory()}
	a := newApp(t, newMemoryStore(t), withDirectory(d, observed(w), func(cfg *oauthreg.Config) { cfg.Accounts = accounts }))
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	require.Equal(t, oauthreg.EmailInUse, a.last().Outcome)
	w.lines()
	for _, row := range []struct {
		name, user string
		link       error
		err        error
		want       string
	}{
		{"nobody signed in", "", nil, oauthreg.ErrSignInFirst, "sign_in_first"},
		{"somebody else signed in", "user-eve", nil, oauthreg.ErrSignInFirst, "sign_in_first"},
		{"taken", "user-ada", tokenstore.ErrTaken, tokenstore.ErrTaken, "account_in_use"},
		{"a store that fails", "user-ada", errStore, errStore, "internal"},
	} {
		accounts.link = func(tokenstore.Account) error { return row.link }
		copied := *b
		copied.jar = append([]jarCookie(nil), b.jar...)
		if row.user != "" {
			copied.jar = append(copied.jar, jarCookie{name: sessionCookie, value: row.user})
		}
		_, err := a.connectWaiting(&copied)
		require.ErrorIs(t, err, row.err, row.name)
		lines := w.lines()
		require.NotEmpty(t, lines, row.name)
		assert.True(t, strings.HasPrefix(lines[len(lines)-1], `connect_pending fake "`+row.want+`"`), "%s: %q", row.name, lines)
	}
}

// Without an answer of the hook that says who is signed in, nothing is connected.
func TestConnectPendingWhenNobodyCanTellWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}}
	hook := errors.New("the session is broken")
	a := newApp(t, newMemoryStore(t), withDirectory(d, func(cfg *oauthreg.Config) {
		cfg.CurrentUser = func(*http.Request) (string, error) { return "user-ada", hook }
	}))
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	_, err := a.connectWaiting(b)
	require.ErrorIs(t, err, hook)
	assert.Empty(t, a.owner(ada))
}
