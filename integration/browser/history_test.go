package browser_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/browser"
)

func TestReloadKeepsTheForm(t *testing.T) {
	t.Parallel()
	w, ada := elsewhere(t), person(t, "ada_quill")
	b := w.visitor()
	b.signUp(ada)
	for range 2 {
		b.must(b.Reload())
		b.atForm(ada)
		assert.Equal(t, "ada.quill@example.com", b.value("#email"))
	}
	b.follow(browser.SubmitButton, http.StatusOK)
	b.atAccount(ada)
}

func TestTheBackButtonLosesNothing(t *testing.T) {
	t.Parallel()
	w, ada := elsewhere(t), person(t, "ada_quill")
	// X's page is used up, and says so with this status.
	b := w.visitor("status of 403")
	b.signUp(ada)

	b.must(b.Back())
	u, err := b.Location()
	b.must(err)
	require.Equal(t, "/oauth/authenticate", u.Path)
	b.must(b.Forward())
	b.atForm(ada)

	b.must(b.Back())
	b.must(b.Back())
	b.at("/")
	b.follow(browser.StartButton, http.StatusOK)
	b.must(b.ApproveAs(ada.ID))
	b.atForm(ada)
	b.follow(browser.SubmitButton, http.StatusOK)
	b.atAccount(ada)

	// Back from the account: the form has nothing to register any more.
	b.must(b.Back())
	b.atAccount(ada)
}

func TestTheCallbackOpenedAgainEndsWhereItDid(t *testing.T) {
	t.Parallel()
	w, ada := elsewhere(t), person(t, "ada_quill")
	b := w.visitor()
	b.signUp(ada)
	require.Len(t, b.Callbacks(), 1)
	callback := b.Callbacks()[0]
	for range 2 {
		b.open(callback)
		b.atForm(ada)
	}

	b.follow(browser.SubmitButton, http.StatusOK)
	b.atAccount(ada)
	b.open(callback)
	b.atAccount(ada)
	b.must(b.Reload())
	b.atAccount(ada)
}

func TestAnOldCallbackSignsNobodyInAfterSignOut(t *testing.T) {
	t.Parallel()
	w, ada := elsewhere(t), person(t, "ada_quill")
	b := w.visitor()
	b.signUp(ada)
	b.follow(browser.SubmitButton, http.StatusOK)
	b.follow(browser.SignOutButton, http.StatusOK)
	b.signUp(ada)
	b.atAccount(ada)
	b.follow(browser.SignOutButton, http.StatusOK)

	callbacks := b.Callbacks()
	require.Len(t, callbacks, 2, "one of the sign-up, one of the sign-in")
	for _, callback := range callbacks {
		b.open(callback)
		b.at("/")
		assert.Contains(t, b.notice(), "Please start again.")
		b.signedOut()
	}
	// Nor does the back button.
	b.must(b.Back())
	b.signedOut()
}
