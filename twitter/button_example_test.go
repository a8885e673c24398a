package twitter_test

import (
	"html/template"
	"os"

	"github.com/oauthreg/go/twitter"
)

// The button in a page of the app. Serve [twitter.ButtonCSS] with the rest of
// the style sheet.
func ExampleButton() {
	page := template.Must(template.New("home").Parse("<h1>Fieldnotes</h1>\n{{.X.HTML}}\n{{.GitHub.HTML}}\n"))
	err := page.Execute(os.Stdout, struct{ X, GitHub twitter.Button }{
		X:      twitter.Button{Next: "/notes?page=2&sort=new"},
		GitHub: twitter.Button{Action: "/auth/github/start", Text: "Sign up with GitHub"},
	})
	if err != nil {
		panic(err)
	}

	// Output:
	// <h1>Fieldnotes</h1>
	// <form class="x-button" method="post" action="/auth/twitter/start"><input type="hidden" name="next" value="/notes?page=2&amp;sort=new"><button type="submit">Sign up with X</button></form>
	// <form class="x-button" method="post" action="/auth/github/start"><button type="submit">Sign up with GitHub</button></form>
}
