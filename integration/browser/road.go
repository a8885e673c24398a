package browser

import (
	"fmt"
)

// Where things are on the pages of the example and of its stand-in for X.
const (
	StartButton     = `form[action="/auth/twitter/start"] button`
	AuthorizeButton = `button[name="decision"][value="authorize"]`
	CancelButton    = `button[name="decision"][value="cancel"]`
	ReturnLink      = `a#return`
	SubmitButton    = `form[action="/signup"] button`
	SignOutButton   = `form[action="/signout"] button`
)

// Pick is the choice of the person with that ID on the stand-in's page.
func Pick(personID string) string {
	return fmt.Sprintf(`input[type="radio"][name="person"][value="%s"]`, personID)
}

// StartSignUp opens the example's first page and presses its button: the tab
// ends on the page of the stand-in.
func (t *Tab) StartSignUp(program *Program) error {
	if err := t.Open(program.URL + "/"); err != nil {
		return err
	}
	_, err := t.Follow(StartButton)
	return err
}

// ApproveAs picks a person on the stand-in's page and approves: the tab ends on
// the form, or on the page of somebody known.
func (t *Tab) ApproveAs(personID string) error {
	if err := t.Click(Pick(personID)); err != nil {
		return err
	}
	_, err := t.Follow(AuthorizeButton)
	return err
}
