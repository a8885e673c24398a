package browser_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/integration/browser"
)

func TestWhoDeniesIsBackAtTheStart(t *testing.T) {
	t.Parallel()
	w, ada := elsewhere(t), person(t, "ada_quill")
	b := w.visitor()
	b.must(b.StartSignUp(w.program))
	b.follow(browser.CancelButton, http.StatusOK)
	b.follow(browser.ReturnLink, http.StatusOK)
	b.at("/")
	assert.Equal(t, "You cancelled at X. Nothing was changed, and you can try again.", b.notice())
	b.signedOut()

	b.signUp(ada)
	b.atForm(ada)
}

func TestTheCallbackOpenedDirectlyLeadsToTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, row := range []struct{ name, path, notice string }{
		{"without anything", "/auth/twitter/callback", "To sign up with X, please start here."},
		{"with a token that nobody issued", "/auth/twitter/callback?oauth_token=made-up&oauth_verifier=made-up",
			"The sign-up with X was not started in this browser, or too long ago. Please start again."},
	} {
		b := w.visitor()
		b.open(row.path)
		b.at("/")
		assert.Equal(t, row.notice, b.notice(), row.name)
		b.signedOut()
	}
}

func TestTheCallbackOfAnotherPersonSignsNobodyIn(t *testing.T) {
	t.Parallel()
	w, ada := newWorld(t), person(t, "ada_quill")
	b := w.visitor()
	b.signUp(ada)
	stranger := w.visitor()
	stranger.open(b.Callbacks()[0])
	stranger.at("/")
	assert.Contains(t, stranger.notice(), "not started in this browser")
	stranger.signedOut()
	stranger.open("/signup")
	stranger.at("/")
}

func TestTheStartPageHasAButtonThatWorks(t *testing.T) {
	t.Parallel()
	w, ada := newWorld(t), person(t, "ada_quill")
	b := w.visitor()
	b.open("/auth/twitter/start")
	b.at("/auth/twitter/start")
	assert.Equal(t, "Continue to X", b.text("main button"))
	b.follow("main button", http.StatusOK)
	b.must(b.ApproveAs(ada.ID))
	b.atForm(ada)
}
