package browser_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/integration/browser"
)

// Two people at one browser, each in a tab: both forms are completed, in either
// order, and each registers the person it was made for.
func TestTwoTabsRegisterTwoPeople(t *testing.T) {
	t.Parallel()
	ada, hanako := person(t, "ada_quill"), person(t, "hanako_mori")
	for _, row := range []struct {
		name                           string
		lastApprovesFirst, lastSubmits bool
	}{
		{"in the order of their starts", false, false},
		{"the last to start submits first", false, true},
		{"the last to start approves first", true, false},
		{"the last to start does all first", true, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := elsewhere(t)
			one := w.visitor()
			two := one.another()
			one.must(one.StartSignUp(w.program))
			two.must(two.StartSignUp(w.program))
			approve := []func(){
				func() { one.must(one.ApproveAs(ada.ID)) },
				func() { two.must(two.ApproveAs(hanako.ID)) },
			}
			submit := []func(){
				func() { one.follow(browser.SubmitButton, http.StatusOK); one.atAccount(ada) },
				func() { two.follow(browser.SubmitButton, http.StatusOK); two.atAccount(hanako) },
			}
			inOrder(approve, row.lastApprovesFirst)
			one.atForm(ada)
			two.atForm(hanako)
			inOrder(submit, row.lastSubmits)

			// Somewhere else, both find their own account.
			for handle, email := range map[string]string{"ada_quill": ada.Email, "hanako_mori": hanako.Email} {
				b := w.visitor()
				p := person(t, handle)
				b.signUp(p)
				b.atAccount(p)
				assert.Contains(t, b.text("main"), email)
			}
		})
	}
}

func inOrder(steps []func(), reversed bool) {
	if reversed {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, step := range steps {
		step()
	}
}

// One person who starts in two tabs, and goes on in both, gets one account.
func TestTwoTabsOfOnePersonMakeOneAccount(t *testing.T) {
	t.Parallel()
	w, ada := newWorld(t), person(t, "ada_quill")
	one := w.visitor()
	two := one.another()
	one.signUp(ada)
	two.signUp(ada)
	one.follow(browser.SubmitButton, http.StatusOK)
	one.atAccount(ada)
	two.follow(browser.SubmitButton, http.StatusOK)
	two.atAccount(ada)
}
