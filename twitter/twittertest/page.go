package twittertest

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const noSuchPerson = "no such person: give the ID of one of Config.People, and not the handle"

//go:embed pages.html standin.css
var assets embed.FS

func loadPages(appName string) (*template.Template, []byte, error) {
	app := template.FuncMap{"app": func() string { return appName }}
	pages, err := template.New("").Funcs(app).ParseFS(assets, "pages.html")
	if err != nil {
		return nil, nil, fmt.Errorf("twittertest: pages: %w", err)
	}
	css, err := assets.ReadFile("standin.css")
	if err != nil {
		return nil, nil, fmt.Errorf("twittertest: pages: %w", err)
	}
	return pages, css, nil
}

// style is the pages' style sheet: a file of its own, so that the pages'
// Content-Security-Policy needs no exception.
func (s *Server) style(*call) answer {
	a := newAnswer(http.StatusOK, "text/css; charset=utf-8", s.css)
	a.header.Set("Cache-Control", "max-age=3600")
	return a
}

// render fills in one of the templates of pages.html.
func (s *Server) render(status int, name string, data any) answer {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, data); err != nil {
		s.cfg.Logger.Error("twittertest: page", "error", err)
		return newAnswer(http.StatusInternalServerError, typeHTML, []byte("The page could not be made."))
	}
	a := newAnswer(status, typeHTML, b.Bytes())
	// There is no form-action on purpose: browsers apply it to where the answer
	// to a form redirects, and that is the app.
	a.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	a.header.Set("X-Frame-Options", "DENY")
	a.header.Set("X-Content-Type-Options", "nosniff")
	a.header.Set("Referrer-Policy", "same-origin")
	return a
}

// The data of the templates.
type (
	choicePage struct {
		Hidden    []hidden
		Callback  string   // "" for a PIN
		ReadOnly  bool     // over OAuth 1.0a
		Scopes    []string // over OAuth 2.0
		Choices   []choice
		WrongPick bool
	}
	hidden struct{ Name, Value string }
	choice struct {
		Person

		Checked bool
		Initial string
		Hue     int
	}
	declinedPage struct {
		// ReturnURL is "" for a PIN. It is trusted as a link: the callback was
		// checked when the app registered or sent it, and may have a scheme of
		// the app's own, which html/template would replace.
		ReturnURL template.URL
		Host      string
	}
	pinPage struct{ PIN string }
)

// page is what the browser is sent to: GET shows the people, POST decides.
func (s *Server) page(c *call) answer {
	if err := s.origin.Check(c.r); err != nil {
		a := s.render(http.StatusForbidden, "invalid", nil)
		a.reason = "the form was sent by a page of another site"
		return a
	}
	ps := c.params.query
	if c.r.Method == http.MethodPost {
		ps = c.params.body
	}
	token := find(ps, "oauth_token")
	if c.r.Method == http.MethodGet {
		s.mu.Lock()
		defer s.mu.Unlock()
		entry, reason := s.ledger.requestToken(token, stageWaiting, c.now)
		if reason != "" {
			return s.invalidPage(reason)
		}
		return s.choicePage(http.StatusOK, requestPage(token, entry), find(ps, "screen_name"))
	}
	return s.update(c.now, func(l *ledger) answer {
		entry, reason := l.requestToken(token, stageWaiting, c.now)
		if reason != "" {
			return s.invalidPage(reason)
		}
		switch find(ps, "decision") {
		case "authorize":
			person, found := s.person(find(ps, "person"))
			if !found {
				a := s.choicePage(http.StatusBadRequest, requestPage(token, entry), "")
				a.reason = noSuchPerson
				return a
			}
			return s.approved(token, entry, person)
		case "cancel":
			return s.declined(token, entry)
		}
		a := s.choicePage(http.StatusBadRequest, requestPage(token, entry), "")
		a.reason = "neither approved nor declined"
		return a
	})
}

// requestPage is the page for a request token, without its people.
func requestPage(token string, entry *requestToken) choicePage {
	data := choicePage{Hidden: []hidden{{"oauth_token", token}}, ReadOnly: entry.ReadOnly}
	if entry.Callback != outOfBand {
		data.Callback = entry.Callback
	}
	return data
}

func (s *Server) choicePage(status int, data choicePage, preselect string) answer {
	data.WrongPick = status != http.StatusOK
	checked := 0
	for i, p := range s.cfg.People {
		if preselect != "" && strings.EqualFold(p.ScreenName, strings.TrimPrefix(preselect, "@")) {
			checked = i
		}
		data.Choices = append(data.Choices, choice{Person: p, Initial: initial(p.ScreenName), Hue: i % hues})
	}
	data.Choices[checked].Checked = true
	return s.render(status, "choose", data)
}

// hues is how many colours the style sheet has for people.
const hues = 6

// initial is the first letter of the handle, which unlike the name has one.
func initial(handle string) string {
	handle = strings.TrimLeftFunc(handle, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	r, _ := utf8.DecodeRuneInString(handle)
	if r == utf8.RuneError {
		return "?"
	}
	return string(unicode.ToUpper(r))
}

func (s *Server) approved(token string, entry *requestToken, person Person) answer {
	entry.approve(person.ID)
	if entry.Callback == outOfBand {
		return s.render(http.StatusOK, "pin", pinPage{entry.Verifier})
	}
	a := s.render(http.StatusSeeOther, "leaving", "Authorized")
	a.header.Set("Location", withQuery(entry.Callback,
		"oauth_token="+url.QueryEscape(token)+"&oauth_verifier="+url.QueryEscape(entry.Verifier)))
	return a
}

// declined ends the handshake on a page of X's own; the app hears of it only if
// the person follows the link.
func (s *Server) declined(token string, entry *requestToken) answer {
	entry.Stage = stageOver
	var data declinedPage
	if entry.Callback != outOfBand {
		data.ReturnURL = template.URL(withQuery(entry.Callback, "denied="+url.QueryEscape(token)))
		if u, err := url.Parse(entry.Callback); err == nil {
			data.Host = u.Host
		}
	}
	return s.render(http.StatusOK, "declined", data)
}

func (s *Server) invalidPage(reason string) answer {
	a := s.render(http.StatusForbidden, "invalid", nil)
	a.reason = reason
	return a
}

// withQuery adds to the callback's query and leaves the rest as the app wrote
// it, which parsing and printing it again would not.
func withQuery(callback, query string) string {
	before, fragment, found := strings.Cut(callback, "#")
	separator := "?"
	if strings.Contains(before, "?") {
		separator = "&"
	}
	if found {
		query += "#" + fragment
	}
	return before + separator + query
}
