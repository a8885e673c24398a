package oauthreg_test

import (
	"errors"
	"html/template"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// ownPages are pages as an app would write them.
const ownPages = `
{{define "start"}}OWN start {{.Lang}} {{.Dir}} {{.Title}} | {{.Notice}} | {{.Outcome}} | {{.Provider}} {{.Label}} | {{.Action}} {{.Button}} {{.Next}} <style nonce="{{.Nonce}}"></style>{{end}}
{{define "failure"}}OWN failure {{.Title}} | {{.Notice}} | {{.Outcome}} | {{.Provider}} {{.Label}} | {{.Action}} {{.Button}}{{end}}
{{define "confirm"}}OWN confirm {{.Title}} | {{.Notice}} | {{.Person}} | {{.Pending}} | {{.Button}} {{.Decline}}{{end}}`

func withPages(source string, funcs template.FuncMap) func(*oauthreg.Config) {
	return func(cfg *oauthreg.Config) {
		cfg.Pages = template.Must(template.New("").Funcs(funcs).Parse(source))
	}
}

func TestAnAppsOwnPages(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t), withPages(ownPages, nil))
	b := a.browser()
	p := b.get("/auth/fake/start?next=/inbox&error=denied&provider=fake")
	assert.Contains(t, p.body, "OWN start en ltr Sign up with Fake Inc. | You cancelled at Fake Inc.. Nothing was changed, and you can try again."+
		" | denied | fake Fake Inc. | ? Continue to Fake Inc. /inbox")
	csp := p.header.Get("Content-Security-Policy")
	nonce := regexp.MustCompile(`<style nonce="([A-Z0-9]+)">`).FindStringSubmatch(p.body)
	require.Len(t, nonce, 2)
	assert.Equal(t, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'nonce-"+nonce[1]+
		"' 'self'; img-src 'self'; font-src 'self'; script-src 'nonce-"+nonce[1]+"'", csp)
	assert.Equal(t, "DENY", p.header.Get("X-Frame-Options"))

	p = b.get("/auth/fake/callback?a=1&a=2")
	assert.Equal(t, http.StatusBadRequest, p.status)
	assert.Contains(t, p.body, "OWN failure This link does not work | This is nothing that Fake Inc. or our own pages send. Please start again. | malformed | fake Fake Inc. | /auth/fake/start Start again")
	p = b.get("/auth/nobody/start")
	assert.Contains(t, p.body, "OWN failure No such sign-up | There is no provider of this name here. | unknown_provider |   |  ")
	assertPrivate(t, "own page", p)
	for _, target := range []string{"/auth/fake/start", "/auth/fake/callback?a=1&a=2"} {
		assert.True(t, strings.HasPrefix(b.get(target, asJSON).header.Get("Content-Type"), "application/"), "JSON is JSON")
	}
}

// Whatever breaks in an app's template, the person gets a page.
func TestATemplateThatFailsIsReplacedByTheDefaultPage(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	a := newApp(t, newCookieStore(t), withPages(strings.ReplaceAll(ownPages, "OWN", "OWN {{broken}}"), template.FuncMap{"broken": func() (string, error) {
		if broken.Load() {
			return "", errors.New("the template's own database is down")
		}
		return "", nil
	}}))
	b := a.browser()
	assert.Contains(t, b.get("/auth/fake/start").body, "OWN")
	broken.Store(true)
	for target, want := range map[string]string{
		"/auth/fake/start":            "<h1>Sign up with Fake Inc.</h1>",
		"/auth/fake/callback?a=1&a=2": "<h1>This link does not work</h1>",
	} {
		p := b.get(target)
		assert.NotContains(t, p.body, "OWN", "nothing of what was half written")
		assert.Contains(t, p.body, want)
		assert.NotContains(t, p.header.Get("Content-Security-Policy"), "'self'")
	}
	assert.Contains(t, a.logs.String(), "the template's own database is down")
	assert.NotContains(t, b.get("/auth/fake/start").body, "database")
}

func TestPagesAreCheckedBeforeAnybodySeesThem(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, source, want string }{
		{"whole", ownPages, ""},
		{"none", `{{define "other"}}{{end}}`, "no template start, failure, confirm;"},
		{"one missing", strings.Replace(ownPages, `"confirm"`, `"confrim"`, 1), "no template confirm;"},
		{"a field that is none", strings.Replace(ownPages, ".Title", ".Titel", 1), "Titel"},
		{"a template that is none", strings.Replace(ownPages, "OWN", `{{template "head"}}`, 1), "head"},
		{"a place that cannot be escaped", strings.Replace(ownPages, "OWN", `<a b='{{if .Title}}'{{end}}`, 1), "Pages"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg := goodConfig(t)
			withPages(row.source, nil)(&cfg)
			_, err := oauthreg.New(cfg)
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Equal(t, "Pages", faultsOf(t, err)[0])
			assert.Contains(t, err.Error(), row.want)
		})
	}
}

// The default pages are small, need no script, and move nothing.
func TestTheDefaultPagesAreSmall(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t), withHooks, func(cfg *oauthreg.Config) { cfg.BaseURL = site + "/auth" })
	a.signUp(ada)
	b := signedInWithAnOffer(a)
	b.handler = a.reg.Confirm()
	for what, p := range map[string]page{
		"start":   a.browser().get("/auth/fake/start?error=email_in_use&provider=fake&next=/inbox"),
		"failure": a.browser().get("/auth/fake/callback?a=1&a=2"),
		"confirm": b.get("/connect"),
	} {
		require.Contains(t, p.body, "<button", what)
		assert.Less(t, len(p.body), 3000, what)
		assert.NotContains(t, p.body, "<script", what)
		assert.Equal(t, 1, strings.Count(p.body, "<h1>"), what)
		for _, motion := range []string{"transition", "animation", "@keyframes", "scroll-behavior"} {
			assert.NotContains(t, p.body, motion, "%s: what does not move needs no word on reduced motion", what)
		}
	}
}

// german is part of a translation. [a] in it would be markup if it were not
// escaped.
func german(r *http.Request, code, label string) string {
	if !strings.HasPrefix(r.Header.Get("Accept-Language"), "de") {
		return ""
	}
	return map[string]string{
		"lang": "de", "dir": "ltr", "start.title": "Mit " + label + " <registrieren>", "start.button": "Weiter zu " + label,
		"denied": "Bei " + label + " abgebrochen.", "denied.title": "Abgebrochen", "malformed.title": "Kein Link", "failure.button": "Noch einmal",
		"provider": "der Anbieter", "sign_in_first": "Erst anmelden, dann " + label + ".",
	}[code]
}

func TestMessagesAreTranslated(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Message = german })
	b := a.browser()
	inGerman := func(r *http.Request) { r.Header.Set("Accept-Language", "de-AT") }

	p := b.get("/auth/fake/start?error=denied&provider=fake", inGerman)
	for _, want := range []string{
		`<html lang="de" dir="ltr">`, "<title>Mit Fake Inc. &lt;registrieren&gt;</title>", "Weiter zu Fake Inc.", "Bei Fake Inc. abgebrochen.",
	} {
		assert.Contains(t, p.body, want)
	}
	assert.Contains(t, b.get("/auth/fake/start").body, `<html lang="en" dir="ltr">`)
	p = b.get("/auth/fake/callback?a=1&a=2", inGerman)
	assert.Contains(t, p.body, "<h1>Kein Link</h1>")
	assert.Contains(t, p.body, "This is nothing that Fake Inc. or our own pages send.", "in English where there is no translation")
	assert.Contains(t, p.body, "Noch einmal")

	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+"/?error=denied&provider=fake", nil)
	inGerman(r)
	assert.Equal(t, "Bei Fake Inc. abgebrochen.", a.reg.Notice(r))

	got := answerOf(t, b.get("/auth/fake/callback?"+a.flow.deny(a.start(b, "")), inGerman, asJSON))
	assert.Equal(t, "Abgebrochen", got["title"])
	assert.Equal(t, "Bei Fake Inc. abgebrochen.", got["detail"])
	w := httptest.NewRecorder()
	a.reg.WriteProblem(w, r, oauthreg.ErrSignInFirst)
	assert.Contains(t, w.Body.String(), "Erst anmelden, dann der Anbieter.")
}

// A translation may be made of the texts that Messages returns.
func TestMessagesMayNameTheProvider(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
		cfg.Message = func(_ *http.Request, code, _ string) string { return "[" + oauthreg.Messages()[code] + "]" }
	})
	body := a.browser().get("/auth/fake/start").body
	assert.Contains(t, body, "[Sign up with Fake Inc.]")
	assert.NotContains(t, body, "{provider}")
}

// labelled is a Flow that knows what people call its provider.
type labelled struct{ provider.Flow }

func (labelled) Label() string { return "Y" }

func TestAProviderIsCalledWhatItsFlowSays(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		labels map[string]string
		want   string
	}{{nil, "Sign up with Y"}, {map[string]string{"fake": "Why"}, "Sign up with Why"}, {map[string]string{"other": "Z"}, "Sign up with Y"}} {
		a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
			cfg.Labels, cfg.Flows["fake"] = row.labels, labelled{cfg.Flows["fake"]}
		})
		assert.Contains(t, a.browser().get("/auth/fake/start").body, row.want)
	}
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Labels = nil })
	assert.Contains(t, a.browser().get("/auth/fake/start").body, "Sign up with fake")
}

func TestEveryTextHasACode(t *testing.T) {
	t.Parallel()
	all := oauthreg.Messages()
	for _, o := range outcomesInSource(t) {
		_, isFailure := all[string(o)]
		assert.Equal(t, isFailure, all[string(o)+".title"] != "", o)
	}
	for code, text := range all {
		assert.NotEmpty(t, text, code)
		assert.NotContains(t, strings.ReplaceAll(text, "{provider}", ""), "{", code)
		if strings.HasSuffix(code, ".title") && !strings.HasPrefix(code, "start.") && !strings.HasPrefix(code, "confirm.") {
			assert.NotContains(t, text, "{provider}", "%s: the title of a problem is the same each time (RFC 9457 section 3.1.3)", code)
		}
	}
	delete(all, "denied")
	assert.NotEmpty(t, oauthreg.Messages()["denied"], "the map is the caller's")

	// Whatever the pages and problems ask for is in Messages.
	asked := map[string]bool{}
	a := newApp(t, newMemoryStore(t), withHooks, func(cfg *oauthreg.Config) {
		cfg.Message = func(_ *http.Request, code, _ string) string { asked[code] = true; return "" }
	})
	a.signUp(ada)
	b := signedInWithAnOffer(a)
	b.handler = a.reg.Confirm()
	b.get("/connect")
	for o := range roads {
		for _, target := range []string{"/auth/fake/start?provider=fake&error=" + string(o), "/auth/fake/callback?a=1&a=2", "/auth/nobody/start"} {
			a.browser().get(target)
			a.browser().get(target, asJSON)
		}
	}
	for _, err := range []error{oauthreg.ErrNoPending, oauthreg.ErrLastWayIn} {
		a.reg.WriteProblem(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, site, nil), err)
	}
	all = oauthreg.Messages()
	for code := range asked {
		assert.Contains(t, all, code)
	}
	for code := range all {
		assert.True(t, asked[code], "%s is never shown", code)
	}
	assert.Len(t, asked, len(all))
}

// The schemas and the documentation list the pages' own source of codes.
func TestTheDocumentationNamesEveryProblem(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(schemas + "/json.md")
	require.NoError(t, err)
	for code := range oauthreg.Messages() {
		if o, isTitle := strings.CutSuffix(code, ".title"); isTitle && o != "start" && o != "confirm" {
			assert.Contains(t, string(text), "\n### "+o+"\n")
		}
	}
}
