package twitter

import (
	"cmp"
	"html/template"
	"strings"
)

// Button is a form whose one button starts a sign-up with X. The zero Button is
// complete, where package oauthreg is mounted at /auth/ and the flow is called
// "twitter".
//
//	<link rel="stylesheet" href="/style.css"> <!-- with ButtonCSS in it -->
//	{{.Button.HTML}}
//
// The form is a POST with fields and no script, as package oauthreg wants it,
// and there is no style attribute in it: of a Content-Security-Policy it needs no
// exception for scripts or styles. But form-action, which browsers apply to the
// redirect that answers the form too, has to allow 'self', https://api.x.com and
// https://x.com, or the button does nothing.
//
// # X's rules
//
// For whoever offers X, its developer policy asks (https://docs.x.com/developer-terms/policy):
//
//   - The button is easy to find and at least as prominent as any other way to
//     sign in. Use the same form and class for the others, with their Action and
//     Text, and they cannot outdo it.
//   - People without an account at X are offered a way to make one. X's page does
//     that.
//   - After signing in, the app clearly shows the person's current @handle,
//     picture and X's logo, and lets people sign out.
//   - Name and logo tell where an account is from, and never that X recommends
//     the app. No "Twitter" and no bird in new pages.
//   - What is kept of a profile is changed or deleted when it is at X, as a rule
//     within 24 hours.
//
// There is no logo here. X would like to see one on the button; the files, and
// what may be done with them, are in the brand toolkit:
// https://about.x.com/en/who-we-are/brand-toolkit
type Button struct {
	// Action is the URL of the start, "/auth/twitter/start" if empty. It is the
	// app's own, never taken from a request: html/template leaves nothing of a
	// javascript: URL, but people are sent to any host.
	Action string

	// Text is what the button says, and what screen readers say; [SignUpWithX]
	// if empty.
	Text string

	// Next is the form field "next", where people go afterwards. Package oauthreg
	// checks it. Without it there is no such field.
	Next string

	// Intent is the form field "intent", such as oauthreg.IntentConnect. Without
	// it there is no such field.
	Intent string
}

// The texts of a [Button]. X's documentation has the second and the third; it
// has no list of all that are allowed.
const (
	SignUpWithX = "Sign up with X"
	SignInWithX = "Sign in with X"
	LogInWithX  = "Log in with X"
)

// ButtonCSS is the style of a [Button]: white on black, and black on white for
// people with a dark screen, with an outline for the keyboard's focus and a size
// that fingers hit. Put it into a style sheet, or into <style nonce="...">. An app
// that has a style for the class x-button can go without it.
const ButtonCSS template.CSS = `.x-button button {
	box-sizing: border-box;
	min-height: 44px;
	padding: 0.6em 1.5em;
	border: 1px solid #fff;
	border-radius: 999px;
	background: #000;
	color: #fff;
	font: inherit;
	font-weight: 700;
	cursor: pointer;
}
.x-button button:hover {
	text-decoration: underline;
}
.x-button button:focus-visible {
	outline: 3px solid #000;
	outline-offset: 2px;
	box-shadow: 0 0 0 2px #fff;
}
@media (prefers-color-scheme: dark) {
	.x-button button {
		border-color: #000;
		background: #fff;
		color: #000;
	}
	.x-button button:focus-visible {
		outline-color: #fff;
		box-shadow: 0 0 0 2px #000;
	}
}
`

// buttonTemplate is never changed.
var buttonTemplate = template.Must(template.New("button").Parse(`<form class="x-button" method="post" action="{{.Action}}">` +
	`{{with .Next}}<input type="hidden" name="next" value="{{.}}">{{end}}` +
	`{{with .Intent}}<input type="hidden" name="intent" value="{{.}}">{{end}}` +
	`<button type="submit">{{.Text}}</button></form>`))

// HTML returns the form, for a template of html/template. All fields are
// escaped; Next and Intent may come from a request.
func (b Button) HTML() template.HTML {
	b.Action = cmp.Or(b.Action, "/auth/twitter/start")
	b.Text = cmp.Or(strings.TrimSpace(b.Text), SignUpWithX)
	var s strings.Builder
	if err := buttonTemplate.Execute(&s, b); err != nil {
		return "" // a strings.Builder does not fail, nor does a template of strings
	}
	return template.HTML(s.String())
}
