package oauthreg

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page.html
var pageSource string

var defaultPages = template.Must(template.New("").Parse(pageSource))

// The names of the templates in [Config.Pages].
const (
	pageStart   = "start"
	pageFailure = "failure"
	pageConfirm = "confirm"
)

// Page is what the templates of [Config.Pages] are given. All texts are in the
// language of the request ([Config.Message]).
type Page struct {
	// Lang and Dir are for the html element: language and direction.
	Lang, Dir string

	// Nonce is what the page's policy knows its style elements by.
	Nonce string

	// Title names the page. It is plain text, like all of them.
	Title string

	// Notice is the sentence to tell, or "". On the start page that is why somebody
	// is back.
	Notice string

	// Outcome is the failure that Notice tells, or "".
	Outcome Outcome

	// Provider is the name in [Config.Flows], Label what people call it. Both are ""
	// on a failure page that is of no provider.
	Provider, Label string

	// Action is where the form posts to, Button the text of its button. There is no
	// form if Action is "".
	Action, Button string

	// Home is where a link with the text of Button leads, on a failure page without a
	// form. Otherwise it is "".
	Home string

	// Next goes into the hidden field "next" of a start, unless it is "".
	Next string

	// Pending goes into the hidden field [PendingField] of the confirm page, whose
	// buttons are two named "answer": Button with the value "connect", and Decline
	// with "decline". Person is who waits, by the handle or the name that the
	// provider said: a stranger's text.
	Pending, Decline, Person string
}

// checkPages finds out now what a person would find out otherwise: templates
// that are missing, or that ask for what is not there.
func checkPages(add func(field, reason string), pages *template.Template) {
	if pages == nil {
		return
	}
	var missing []string
	for _, name := range []string{pageStart, pageFailure, pageConfirm} {
		if pages.Lookup(name) == nil {
			missing = append(missing, name)
			continue
		}
		sample := Page{
			Lang: "en", Dir: "ltr", Nonce: "nonce", Title: "Title", Notice: "Notice", Outcome: Denied, Provider: "name", Label: "Label",
			Action: "?", Button: "Button", Home: "/", Next: "/", Pending: "id", Decline: "Decline", Person: "Person",
		}
		if err := pages.ExecuteTemplate(new(bytes.Buffer), name, sample); err != nil {
			add("Pages", "a template cannot be executed with a Page: "+err.Error())
		}
	}
	if len(missing) > 0 {
		add("Pages", "it has no template "+strings.Join(missing, ", ")+"; it needs all of start, failure and confirm")
	}
}

// The policies have no form-action: in Chromium and WebKit that would block the
// redirect to the provider that answers the form.
const policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'nonce-"

// servePage writes p by the template of that name.
func (g *Registrar) servePage(w http.ResponseWriter, r *http.Request, status int, name string, p Page) {
	p.Nonce = rand.Text()
	p.Lang, p.Dir = g.message(r, "lang", p.Provider), g.message(r, "dir", p.Provider)
	if p.Provider != "" {
		p.Label = g.label(p.Provider)
	}
	csp := policy + p.Nonce + "'"
	var body bytes.Buffer
	done := false
	if g.cfg.Pages != nil {
		if err := g.cfg.Pages.ExecuteTemplate(&body, name, p); err != nil {
			g.log.ErrorContext(r.Context(), "oauthreg: a template of Config.Pages failed; the default page is shown", "template", name, "error", err)
			body.Reset()
		} else {
			csp += " 'self'; img-src 'self'; font-src 'self'; script-src 'nonce-" + p.Nonce + "'"
			done = true
		}
	}
	if !done {
		if err := defaultPages.ExecuteTemplate(&body, name, p); err != nil {
			g.log.ErrorContext(r.Context(), "oauthreg: page", "error", err)
			http.Error(w, p.Title, status)
			return
		}
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", csp)
	// Under no-referrer browsers send their forms with "Origin: null" (Fetch
	// standard), which says of those without Sec-Fetch-Site that another site may have.
	h.Set("Referrer-Policy", "strict-origin")
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
	if negotiated(w, r) {
		g.startJSON(w, r, name)
		return
	}
	if r.URL.Query().Has("intent") {
		g.log.Warn("oauthreg: the intent of a link is not taken, since connecting needs a POST: make the link a form with the field \"intent\"", "provider", name)
	}
	o, _ := g.Failure(r)
	g.servePage(w, r, http.StatusOK, pageStart, Page{
		Title: g.message(r, "start.title", name), Button: g.message(r, "start.button", name),
		Notice: g.Notice(r), Outcome: o, Provider: name, Action: "?", Next: g.next(r.URL.Query().Get("next")),
	})
}

// failurePage says what happened and leads back to the start.
func (g *Registrar) failurePage(w http.ResponseWriter, r *http.Request, res Result) {
	code := string(res.Outcome)
	p := Page{
		Title: g.message(r, code+".title", res.Provider), Notice: g.message(r, code, res.Provider),
		Outcome: res.Outcome, Provider: res.Provider,
	}
	if _, ok := g.cfg.Flows[res.Provider]; ok {
		p.Action, p.Button = g.basePath+"/"+res.Provider+"/start", g.message(r, "failure.button", res.Provider)
	} else {
		p.Home, p.Button = g.cfg.DefaultNext, g.message(r, "failure.home", res.Provider)
	}
	g.servePage(w, r, res.Status, pageFailure, p)
}
