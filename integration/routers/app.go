package routers

import (
	"context"
	"html/template"
	"strings"

	"github.com/oauthreg/go/oauthreg"
)

// App is what an app has whatever its router is.
type App struct {
	// Reg is the app's Registrar. Its BaseURL ends in /auth, its SignUpURL in
	// /signup.
	Reg *oauthreg.Registrar

	// StartURL is where somebody goes for whom no sign-up waits.
	StartURL string

	// CreateUser makes a user in the app's database. An app with transactions links
	// pending.Account(userID) in the same one.
	CreateUser func(ctx context.Context, pending *oauthreg.Pending, username string) (userID string, err error)
}

// docs: begin form
var formTemplate = template.Must(template.New("form").Parse(`<!doctype html>
<form method="post"><input type="hidden" name="` + oauthreg.PendingField + `" value="{{.ID}}">
<input name="username" value="{{.Profile.Username}}"><input name="email" value="{{.Profile.Email}}"><button>Sign up</button></form>
`))

// docs: end

// form is the page of the sign-up, filled with what the provider said.
func (a *App) form(p *oauthreg.Pending) string {
	var page strings.Builder
	if err := formTemplate.Execute(&page, p); err != nil {
		return "" // a strings.Builder takes everything
	}
	return page.String()
}
