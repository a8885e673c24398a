package oauthreg

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page is what the small pages of this package show.
type page struct {
	Nonce  string
	Title  string
	Notice string
	// Action is where the button posts to; there is none if it is "".
	Action, Button string
	Next           string
}

// servePage writes p. Its CSP has no form-action: in Chromium and WebKit that
// would block the redirect to the provider that answers the form.
func (g *Registrar) servePage(w http.ResponseWriter, status int, p page) {
	p.Nonce = rand.Text()
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, p); err != nil {
		g.log.Error("oauthreg: page", "error", err)
		http.Error(w, p.Title, status)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Nonce+"'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// startPage asks for the click that makes a start a person's own. Its form
// posts to the page's own URL as the browser knows it, less the query: the path
// of r may have lost its beginning (http.StripPrefix, a proxy), or be one that
// browsers take for a host.
func (g *Registrar) startPage(w http.ResponseWriter, r *http.Request, name string) {
	private(w)
	label := g.label(name)
	g.servePage(w, http.StatusOK, page{
		Title: "Sign up with " + label, Button: "Continue to " + label,
		Notice: g.Notice(r), Action: "?", Next: g.next(r.URL.Query().Get("next")),
	})
}

// failurePage says what happened and leads back to the start.
func (g *Registrar) failurePage(w http.ResponseWriter, res Result) {
	p := page{Title: "This did not work", Notice: g.sentence(res.Outcome, res.Provider)}
	if _, ok := g.cfg.Flows[res.Provider]; ok {
		p.Action, p.Button = g.basePath+"/"+res.Provider+"/start", "Start again"
	}
	g.servePage(w, res.Status, p)
}
