package browser_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/integration/browser"
)

func TestWhoApprovesRegistersAndSignsIn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		world func(*testing.T) *world
	}{
		{"at the site of the stand-in for X", newWorld},
		{"with X at another site", elsewhere},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			registerAndSignIn(t, row.world(t))
		})
	}
}

func registerAndSignIn(t *testing.T, w *world) {
	b, ada := w.visitor(), person(t, "ada_quill")
	b.signUp(ada)
	b.atForm(ada)
	assert.Equal(t, "ada_quill", b.value("#username"))
	assert.Equal(t, "ada.quill@example.com", b.value("#email"))
	assert.Equal(t, "Ada", b.value("#first_name"))
	assert.Equal(t, "Quill", b.value("#last_name"))
	assert.Zero(t, b.count(".missing, .error"), "nothing is missing")

	b.follow(browser.SubmitButton, http.StatusOK)
	b.atAccount(ada)
	page := b.text("main")
	for _, part := range []string{"Ada Quill", "@ada_quill", ada.ID, "ada.quill@example.com"} {
		assert.Contains(t, page, part)
	}
	assert.Equal(t, 1, b.count(".tag.good"), "X vouches for the address")

	b.must(b.Reload())
	b.atAccount(ada)

	b.follow(browser.SignOutButton, http.StatusOK)
	b.at("/")
	b.signedOut()

	// Known by now: no form.
	b.signUp(ada)
	b.atAccount(ada)
	forms := 0
	for _, r := range b.Requests() {
		if r.Path() == "/signup" && r.Method == http.MethodGet {
			forms++
		}
	}
	assert.Equal(t, 1, forms, "the form was shown once, at the first sign-up")
}

func TestWhoChangesTheFormRegistersWithTheChanges(t *testing.T) {
	t.Parallel()
	w, ada := newWorld(t), person(t, "ada_quill")
	b := w.visitor()
	b.signUp(ada)
	b.must(b.Type("#username", "quilter"))
	b.must(b.Type("#email", "ada@quilts.example"))
	b.must(b.Type("#first_name", "Adelaide"))
	b.follow(browser.SubmitButton, http.StatusOK)
	b.atAccount(ada)
	page := b.text("main")
	assert.Contains(t, page, "Adelaide")
	assert.Contains(t, page, "quilter")
	assert.Contains(t, page, "ada@quilts.example")
	assert.Contains(t, page, "not confirmed yet", "X does not vouch for this address")
}

func TestNamesOfAllScriptsAndMarkupArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, handle := range []string{"hanako_mori", "Bobby_OTables"} {
		p := person(t, handle)
		b := w.visitor()
		b.signUp(p)
		b.atForm(p)
		assert.Equal(t, p.Name, b.text(".person strong"))
		first, last := b.value("#first_name"), b.value("#last_name")
		assert.Equal(t, p.Name, first+" "+last)
		assert.Equal(t, p.Email, b.value("#email"))
		b.follow(browser.SubmitButton, http.StatusOK)
		b.atAccount(p)
		assert.Equal(t, p.Name, b.text(".person strong"))
	}
}

func TestWhoHasNoEMailIsAskedForIt(t *testing.T) {
	t.Parallel()
	w, samir := newWorld(t), person(t, "samir_nour")
	b := w.visitor("status of 422")
	b.signUp(samir)
	b.atForm(samir)
	assert.Empty(t, b.value("#email"))
	assert.Equal(t, 1, b.count(`#email.missing[aria-invalid="true"]`), "the field is marked")
	assert.Equal(t, 1, b.count(".missing"), "and no other")
	assert.Equal(t, "X did not tell us; please fill this in.", b.text("#email-error"))

	b.must(b.Type("#last_name", "Nour"))
	b.follow(browser.SubmitButton, http.StatusUnprocessableEntity)
	b.at("/signup")
	assert.Equal(t, "Please enter an e-mail address, such as you@example.com.", b.text("#email-error"))
	assert.Equal(t, "Nour", b.value("#last_name"), "what was typed stays")
	b.signedOut()
	b.open("/signup")
	b.atForm(samir)

	b.must(b.Type("#email", "samir@nour.example"))
	b.follow(browser.SubmitButton, http.StatusOK)
	b.atAccount(samir)
	assert.Contains(t, b.text("main"), "samir@nour.example")
	assert.Contains(t, b.text("main"), "not confirmed yet")
}

func TestATakenUsernameKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w, ada, hanako := newWorld(t), person(t, "ada_quill"), person(t, "hanako_mori")
	first := w.visitor()
	first.signUp(ada)
	first.follow(browser.SubmitButton, http.StatusOK)

	b := w.visitor("status of 422")
	b.signUp(hanako)
	b.must(b.Type("#username", "ADA_Quill"))
	b.must(b.Type("#email", "hanako@mori.example"))
	b.must(b.Type("#last_name", "Mori"))
	b.follow(browser.SubmitButton, http.StatusUnprocessableEntity)
	b.at("/signup")
	assert.Equal(t, "Somebody else has this username. Please choose another.", b.text("#username-error"))
	assert.Equal(t, "ADA_Quill", b.value("#username"))
	assert.Equal(t, "hanako@mori.example", b.value("#email"))
	assert.Equal(t, "Mori", b.value("#last_name"))

	b.must(b.Type("#username", "hanako"))
	b.follow(browser.SubmitButton, http.StatusOK)
	b.atAccount(hanako)

	first.must(first.Reload())
	first.atAccount(ada)
}
