package browser_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/browser"
)

// The program is killed, and started again with the same flags, before one
// request for a page, or before each. Redirects are such requests: so the kill
// hits between start and X's page, between approval and callback, between
// callback and form, and between submit and account.
func TestAKillBetweenTwoRequestsIsNotNoticed(t *testing.T) {
	t.Parallel()
	// road is what the browser asks for from the first page to the reloaded
	// account.
	road := []string{
		"GET /",
		"POST /auth/twitter/start",
		"GET /oauth/authenticate",
		"POST /oauth/authorize",
		"GET /auth/twitter/callback",
		"GET /signup",
		"POST /signup",
		"GET /account",
		"GET /account",
	}
	type row struct {
		name string
		kill func(n int) bool
	}
	rows := []row{{"before every request", func(int) bool { return true }}}
	for i, request := range road {
		rows = append(rows, row{fmt.Sprintf("before request %d, %s", i+1, request), func(n int) bool { return n == i }})
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w, ada := elsewhere(t), person(t, "ada_quill")
			b := w.visitor()
			var asked, killed atomic.Int32
			stop, err := b.Before(func(browser.Request) {
				if row.kill(int(asked.Add(1)) - 1) {
					w.program.Kill()
					killed.Add(1)
					assert.NoError(t, w.program.Start())
				}
			})
			t.Cleanup(stop)
			b.must(err)
			b.signUp(ada)
			b.atForm(ada)
			assert.Equal(t, "ada.quill@example.com", b.value("#email"))
			b.follow(browser.SubmitButton, http.StatusOK)
			b.atAccount(ada)
			b.must(b.Reload())
			b.atAccount(ada)

			var got []string
			for _, r := range b.Requests() {
				got = append(got, r.Method+" "+r.Path())
			}
			require.Equal(t, road, got)
			assert.NotZero(t, killed.Load())
		})
	}
}

// As above, while the person looks at a page, with the connection of the
// browser still open.
func TestAKillWhileAPageIsShownIsNotNoticed(t *testing.T) {
	t.Parallel()
	w, samir := newWorld(t), person(t, "samir_nour")
	b := w.visitor("status of 422")
	kill := func() {
		w.program.Kill()
		b.must(w.program.Start())
	}
	b.open("/")
	kill()
	b.follow(browser.StartButton, http.StatusOK)
	kill()
	b.must(b.ApproveAs(samir.ID))
	kill()
	b.follow(browser.SubmitButton, http.StatusUnprocessableEntity)
	kill()
	b.must(b.Type("#email", "samir@nour.example"))
	b.follow(browser.SubmitButton, http.StatusOK)
	b.atAccount(samir)
	kill()
	b.must(b.Reload())
	b.atAccount(samir)
	callback := b.Callbacks()[0]
	kill()
	b.open(callback)
	b.atAccount(samir)
	kill()
	b.follow(browser.SignOutButton, http.StatusOK)
	kill()
	b.signedOut()
	b.signUp(samir)
	b.atAccount(samir)
}
