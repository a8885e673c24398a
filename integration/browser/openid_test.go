package browser_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/browser"
	"github.com/oauthreg/go/integration/openid"
)

func TestOpenIDRegistersAndSignsIn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		world    func(*testing.T) *world
		username string
		tag      string
	}{
		{"at the site of the provider", newWorld, "hanako", "not confirmed yet"},
		{"with the provider at another site", elsewhere, "jane", "confirmed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := row.world(t)
			provider, p := w.offerOpenID(), account(t, row.username)
			b := w.visitor()
			b.open("/")
			assert.Equal(t, "Sign up with OpenID", b.text(browser.OpenIDButton))
			b.startOpenID(provider)
			b.approveOpenID(p)

			b.at("/signup")
			assert.Equal(t, "@"+p.Username+" on OpenID", b.text(".person div span"))
			assert.Equal(t, p.Username, b.value("#username"))
			assert.Equal(t, p.Email, b.value("#email"))
			assert.Equal(t, p.GivenName, b.value("#first_name"))
			assert.Equal(t, p.FamilyName, b.value("#last_name"))
			assert.Zero(t, b.count(".missing, .error"), "nothing is missing")

			b.follow(browser.SubmitButton, http.StatusOK)
			b.at("/account")
			assert.Equal(t, [][2]string{
				{"Username", p.Username},
				{"E-mail", p.Email + " " + row.tag},
				{"OpenID user ID", p.ID},
			}, b.details())
			assert.Equal(t, 1, b.count(browser.StartButton), "X can be connected still")
			assert.Zero(t, b.count(browser.ConnectOpenIDButton))

			b.follow(browser.SignOutButton, http.StatusOK)
			b.at("/")
			b.signedOut()

			// Known by now: no form.
			before := len(b.Requests())
			b.startOpenID(provider)
			b.approveOpenID(p)
			b.at("/account")
			assert.Contains(t, b.details(), [2]string{"OpenID user ID", p.ID})
			assert.False(t, slices.ContainsFunc(b.Requests()[before:], func(r browser.Request) bool {
				return r.Path() == "/signup"
			}), "the form was shown again")
		})
	}
}

func TestWhoDeniesAtOpenIDIsBackAtTheStart(t *testing.T) {
	t.Parallel()
	w := elsewhere(t)
	provider, jane := w.offerOpenID(), account(t, "jane")
	b := w.visitor()
	b.startOpenID(provider)
	b.follow(openid.DenyButton, http.StatusOK)
	b.at("/")
	assert.Equal(t, "You cancelled at OpenID. Nothing was changed, and you can try again.", b.notice())
	b.signedOut()
	b.open("/signup")
	b.at("/")

	b.startOpenID(provider)
	b.approveOpenID(jane)
	b.at("/signup")
	assert.Equal(t, jane.Username, b.value("#username"))
}

func TestOnePersonHasBothXAndOpenID(t *testing.T) {
	t.Parallel()
	w := elsewhere(t)
	provider, ada, jane := w.offerOpenID(), person(t, "ada_quill"), account(t, "jane")
	b := w.visitor()
	b.signUp(ada)
	b.follow(browser.SubmitButton, http.StatusOK)
	b.atAccount(ada)
	assert.Equal(t, "Connect OpenID", b.text(browser.ConnectOpenIDButton))
	x := [][2]string{
		{"Username", "ada_quill"},
		{"E-mail", ada.Email + " confirmed"},
		{"X user ID", ada.ID},
	}
	both := append(slices.Clone(x), [2]string{"OpenID user ID", jane.ID})
	assert.Equal(t, x, b.details())

	// Who declines has X only, and stays signed in.
	b.follow(browser.ConnectOpenIDButton, http.StatusOK)
	b.atOpenID(provider)
	b.follow(openid.DenyButton, http.StatusOK)
	assert.Contains(t, b.notice(), "You cancelled at OpenID")
	b.open("/account")
	b.atAccount(ada)
	assert.Equal(t, x, b.details())

	b.follow(browser.ConnectOpenIDButton, http.StatusOK)
	b.atOpenID(provider)
	b.approveOpenID(jane)
	b.atAccount(ada)
	assert.Equal(t, both, b.details())
	assert.Zero(t, b.count(browser.ConnectOpenIDButton), "it is connected")
	assert.Zero(t, b.count(browser.StartButton), "and so is X")

	b.follow(browser.SignOutButton, http.StatusOK)
	b.signedOut()
	b.startOpenID(provider)
	b.approveOpenID(jane)
	b.atAccount(ada)
	assert.Equal(t, both, b.details())

	// The same holds in a browser that has seen neither, and for X.
	other := w.visitor()
	other.startOpenID(provider)
	other.approveOpenID(jane)
	other.atAccount(ada)
	other.follow(browser.SignOutButton, http.StatusOK)
	other.signUp(ada)
	other.atAccount(ada)
	assert.Equal(t, both, other.details())
}

// offerOpenID runs an OpenID Provider and makes the example offer it.
func (w *world) offerOpenID() *openid.Server {
	w.t.Helper()
	provider := openid.Start(w.t, "zitadel", w.program.OpenIDCallback())
	require.NoError(w.t, w.program.OfferOpenID(provider.URL, provider.App.ID, provider.App.Secret))
	return provider
}

// account returns somebody with an account at the OpenID Provider.
func account(t *testing.T, username string) openid.Person {
	t.Helper()
	people := openid.People()
	i := slices.IndexFunc(people, func(p openid.Person) bool { return p.Username == username })
	require.GreaterOrEqual(t, i, 0, "nobody at the provider is %s", username)
	return people[i]
}

// startOpenID goes as far as the page of the provider.
func (b *tab) startOpenID(provider *openid.Server) {
	b.t.Helper()
	b.open("/")
	b.follow(browser.OpenIDButton, http.StatusOK)
	b.atOpenID(provider)
}

// atOpenID requires the tab to show the page of the provider.
func (b *tab) atOpenID(provider *openid.Server) {
	b.t.Helper()
	u, err := b.Location()
	b.must(err)
	require.Equal(b.t, provider.URL, (&url.URL{Scheme: u.Scheme, Host: u.Host}).String())
	require.Equal(b.t, 1, b.count(openid.ApproveButton))
}

// approveOpenID signs p in there.
func (b *tab) approveOpenID(p openid.Person) {
	b.t.Helper()
	b.must(b.Type(openid.UsernameField, p.Username))
	b.follow(openid.ApproveButton, http.StatusOK)
}

// details are the names and values that the account page lists.
func (b *tab) details() [][2]string {
	b.t.Helper()
	list, err := browser.Evaluate[[][2]string](b.Tab, `[...document.querySelectorAll("main dt")].map(
		dt => [dt.innerText.trim(), dt.nextElementSibling.innerText.trim()])`)
	b.must(err)
	return list
}
