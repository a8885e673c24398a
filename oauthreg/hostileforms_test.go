package oauthreg_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// The page of another site, a sibling of the app's host too, sends nobody's
// form, in an app that forgot to look.
func TestFormsOfOtherSitesRegisterNobody(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*http.Request){
		"another site": fromSite("https://evil.example", "cross-site"),
		"a sibling":    fromSite("https://evil.app.example.com", "same-site"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				b := a.browser()
				view := a.toForm(b, ada)
				form := url.Values{oauthreg.PendingField: {view.ID}}
				p := b.post("/signup", form, edit)
				assert.Equal(t, http.StatusInternalServerError, p.status)
				assert.Contains(t, p.body, "not posted by one of the app's own pages")
				b.post("/cancel", form, edit)
				assert.Empty(t, a.owner(ada))
				assert.Zero(t, a.userCount())
				assert.Equal(t, http.StatusSeeOther, b.post("/signup", form).status, "it still waits for the person")
			})
		})
	}
}

// The handle that comes with the token is a stranger's text too when somebody
// known returns.
func TestReturningHandlesAreCleaned(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	a.signUp(ada)
	for _, row := range []struct{ sent, want string }{
		{"ada\r\n\x00\u202e", "ada"}, {"\u202e\x00", "ada"}, {"", "ada"}, {"countess", "countess"},
	} {
		a.flow.editToken = func(tok *provider.Token) { tok.Username = row.sent }
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		require.Equal(t, oauthreg.Returning, a.last().Outcome)
		assert.Equal(t, row.want, a.last().Account.Username, "%q", row.sent)
	}
}
