package oauthreg_test

import (
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"

	"github.com/oauthreg/go/oauthreg"
)

// de is the app's German. A real one has every code: a test of the app can
// compare its keys with those of [oauthreg.Messages].
var de = map[string]string{
	"lang":           "de",
	"start.title":    "Mit {provider} registrieren",
	"start.button":   "Weiter zu {provider}",
	"denied":         "Sie haben bei {provider} abgebrochen. Es wurde nichts geändert.",
	"denied.title":   "Abgebrochen",
	"failure.button": "Noch einmal",
}

// languages are the app's translations. English is the library's own.
var languages = map[string]map[string]string{"de": de, "en": nil}

// language returns which of the app's languages r asks for most (RFC 9110
// section 12.5.4), by the primary part of each range: "de-AT" is "de" here.
func language(r *http.Request) string {
	best, most := "en", 0.0
	for member := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, weight, hasWeight := strings.Cut(strings.TrimSpace(member), ";q=")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		q := 1.0
		if hasWeight {
			q, _ = strconv.ParseFloat(weight, 64)
		}
		if _, ok := languages[primary]; ok && q > most {
			best, most = primary, q
		}
	}
	return best
}

// The pages, the sentences and the problems in the language of the browser.
func ExampleConfig_message() {
	cfg, err := exampleConfig()
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg.Message = func(r *http.Request, code, label string) string {
		return strings.ReplaceAll(languages[language(r)][code], "{provider}", label)
	}
	reg, err := oauthreg.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, accept := range []string{"de-AT,de;q=0.9,en;q=0.8", "fr, en;q=0.5", "fr;q=0.1, de;q=0.4"} {
		r := httptest.NewRequest(http.MethodGet, "/auth/acme/start?error=denied&provider=acme", nil)
		r.Header.Set("Accept-Language", accept)
		w := httptest.NewRecorder()
		reg.Handler().ServeHTTP(w, r)
		_, title, _ := strings.Cut(w.Body.String(), "<title>")
		title, _, _ = strings.Cut(title, "</title>")
		fmt.Println(title+":", reg.Notice(r))
	}
	// Output:
	// Mit acme registrieren: Sie haben bei acme abgebrochen. Es wurde nichts geändert.
	// Sign up with acme: You cancelled at acme. Nothing was changed, and you can try again.
	// Mit acme registrieren: Sie haben bei acme abgebrochen. Es wurde nichts geändert.
}

// A test of the app's can tell what a translation still lacks.
func ExampleMessages() {
	lacking := slices.DeleteFunc(slices.Sorted(maps.Keys(oauthreg.Messages())), func(code string) bool { return de[code] != "" })
	for _, code := range lacking[:3] {
		fmt.Println(code, "=", oauthreg.Messages()[code])
	}
	// Output:
	// account_in_use = This {provider} account is connected to somebody else's account here. Nothing was changed.
	// account_in_use.title = Account in use
	// account_unusable = {provider} says that your account there is suspended or locked. Please visit {provider} first.
}

// An app's own pages, in its own layout.
func ExampleConfig_pages() {
	cfg, err := exampleConfig()
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg.Pages = template.Must(template.New("").Parse(`
		{{define "start"}}<h1>{{.Title}}</h1>{{with .Notice}}<p role="status">{{.}}</p>{{end}}<form method="post" action="{{.Action}}">
		<input type="hidden" name="next" value="{{.Next}}"><button>{{.Button}}</button></form>{{end}}
		{{define "failure"}}<h1>{{.Title}}</h1><p>{{.Notice}}</p>{{end}}
		{{define "confirm"}}<h1>{{.Title}}</h1><p>{{.Person}}: {{.Notice}}</p><form method="post" action="{{.Action}}">
		<input type="hidden" name="oauthreg_pending" value="{{.Pending}}">
		<button name="answer" value="connect">{{.Button}}</button><button name="answer" value="decline">{{.Decline}}</button></form>{{end}}`))
	reg, err := oauthreg.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	reg.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/auth/acme/callback?a=1&a=2", nil))
	fmt.Println(w.Code, w.Body)

	// One that is missing is told at once, not to the first person who needs it.
	cfg.Pages = template.Must(template.New("start").Parse(`<h1>{{.Title}}</h1>`))
	_, err = oauthreg.New(cfg)
	fmt.Println(err)
	// Output:
	// 400 <h1>This link does not work</h1><p>This is nothing that acme or our own pages send. Please start again.</p>
	// oauthreg: Pages: it has no template failure, confirm; it needs all of start, failure and confirm
}
