package oauthreg_test

import (
	"html/template"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// The confirm page shows a handle or a name that a stranger chose, to somebody
// else: the owner of the address.
func TestTheConfirmPageEscapesWhoWaits(t *testing.T) {
	t.Parallel()
	pages := template.Must(template.New("").Parse(`{{define "start"}}{{end}}{{define "failure"}}{{end}}` +
		`{{define "confirm"}}<p title="{{.Person}}" data-x={{.Person}}><a href="{{.Person}}">{{.Person}}</a><script nonce="{{.Nonce}}">var who = {{.Person}}</script>{{end}}`))
	for name, person := range map[string]provider.Profile{
		"a handle":        {ID: "1", Username: `"><img src=x onerror=alert(1)>`},
		"a name":          {ID: "1", Name: `</bdi><script>alert(1)</script>`},
		"an ID":           {ID: `<svg/onload=alert(1)>`},
		"a URL":           {ID: "1", Name: "javascript:alert(1)"},
		"a template":      {ID: "1", Name: `{{.Pending}}{{template "form" .}}`},
		"the other way":   {ID: "1", Username: "\u202eecila"},
		"a control":       {ID: "1", Name: "a\x1b[2J\x00"},
		"much":            {ID: "1", Name: strings.Repeat("<b>", 1<<16)},
		"an end of JS":    {ID: "1", Name: "\u2028-alert(1)//</script><script>alert(1)//"},
		"an end of quote": {ID: "1", Name: `';alert(1)//\';alert(1)//";`},
	} {
		for _, custom := range []*template.Template{nil, pages} {
			person.Email, person.EmailVerified = "typed-in@example.com", true
			a := newApp(t, newMemoryStore(t), withHooks, func(cfg *oauthreg.Config) { cfg.Pages = custom })
			a.signUp(ada)
			b := a.browser()
			b.get(a.approved(b, person, ""))
			require.Equal(t, oauthreg.EmailInUse, a.last().Outcome, name)
			signedInAs(b, "user-1")
			b.handler = a.reg.Confirm()
			p := b.get("/connect")
			require.Equal(t, http.StatusOK, p.status, name)
			for _, bad := range []string{"<img", "<script>", "<svg", `href="javascript:`, "\u202e", "\x1b", "\x00", "\u2028", "<b>"} {
				assert.NotContains(t, p.body, bad, name)
			}
			assert.Less(t, len(p.body), 1<<16, name)
			assert.Equal(t, "DENY", p.header.Get("X-Frame-Options"))
			assert.Contains(t, p.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
			assert.Contains(t, b.get("/connect", asJSON).header.Get("X-Content-Type-Options"), "nosniff")
		}
	}
}

// Somebody else signs in, in another tab, between the page and the click; and a
// click that comes twice connects once.
func TestTheConfirmPageIsOfWhoPressesTheButton(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		id := hiddenID.FindStringSubmatch(b.get("/connect").body)[1]
		answer := func(word string) map[string][]string {
			return map[string][]string{oauthreg.PendingField: {id}, "answer": {word}}
		}
		signedInAs(b, "user-2")
		for _, word := range []string{"connect", "decline"} {
			assert.Equal(t, http.StatusForbidden, b.post("/connect", answer(word)).status)
		}
		assert.Empty(t, a.owner(zed))
		signedInAs(b, "user-1")
		twin := b.clone()
		assert.Equal(t, "/inbox", b.post("/connect", answer("connect")).location)
		twin.post("/connect", answer("connect")) // with the cookies of before
		assert.Equal(t, "user-1", a.owner(zed))
		signedInAs(twin, "user-2")
		assert.NotEqual(t, http.StatusOK, twin.post("/connect", answer("connect")).status)
		assert.Equal(t, "user-1", a.owner(zed), "it does not move")
	})
}
