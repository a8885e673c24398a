// Package pages is the code of docs/pages.md: an app's own pages, and texts in
// its languages.
package pages

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/oauthreg/go/oauthreg"
)

// own are the app's pages in its own layout. "head" and "foot" are its own too.
var own = template.Must(template.New("").Parse(`
{{define "head"}}<!doctype html>
<html lang="{{.Lang}}" dir="{{.Dir}}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<link rel="stylesheet" href="/app.css">
<style nonce="{{.Nonce}}">main { max-width: 26rem; margin: 2rem auto }</style>
<main>
<h1>{{.Title}}</h1>
{{end}}
{{define "foot"}}</main>{{end}}

{{define "start"}}{{template "head" .}}
{{with .Notice}}<p role="status">{{.}}</p>{{end}}
<form method="post" action="{{.Action}}">
  {{with .Next}}<input type="hidden" name="next" value="{{.}}">{{end}}
  <button>{{.Button}}</button>
</form>
{{template "foot"}}{{end}}

{{define "failure"}}{{template "head" .}}
<p role="status">{{.Notice}}</p>
{{if .Action}}<form method="post" action="{{.Action}}"><button>{{.Button}}</button></form>{{end}}
{{with .Home}}<a href="{{.}}">{{$.Button}}</a>{{end}}
{{template "foot"}}{{end}}

{{define "confirm"}}{{template "head" .}}
<p><bdi>{{.Person}}</bdi></p>
<p>{{.Notice}}</p>
<form method="post" action="{{.Action}}">
  <input type="hidden" name="oauthreg_pending" value="{{.Pending}}">
  <button name="answer" value="connect">{{.Button}}</button>
  <button name="answer" value="decline">{{.Decline}}</button>
</form>
{{template "foot"}}{{end}}`))

// newRegistrar adds pages and languages to what the app configures.
func newRegistrar(cfg oauthreg.Config) (*oauthreg.Registrar, error) {
	cfg.Pages, cfg.Message = own, message
	return oauthreg.New(cfg)
}

// translations are the texts by language and code. English is the library's own.
var translations = map[string]map[string]string{"en": nil, "de": german}

// message is Config.Message. What it has no text for is said in English.
func message(r *http.Request, code, _ string) string {
	return translations[language(r.Header.Get("Accept-Language"))][code]
}

// language returns which of the translations somebody likes best (RFC 9110
// section 12.5.4): of "de-AT,en;q=0.5" it is "de". An app that knows its user's
// language asks its session first.
func language(accepted string) string {
	best, weight := "en", 0.0
	for choice := range strings.SplitSeq(accepted, ",") {
		tag, parameter, _ := strings.Cut(strings.TrimSpace(choice), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		q := 1.0
		if value, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			q, _ = strconv.ParseFloat(value, 64) // 0 for what is no number
		}
		if _, ok := translations[primary]; ok && q > weight {
			best, weight = primary, q
		}
	}
	return best
}
