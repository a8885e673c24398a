package oauthreg_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// The steps of a sign-up at "fake", for tests that are about what comes after.

func (a *app) browser() *browser { return &browser{t: a.t, handler: a.handler} }

// start begins a sign-up and returns where the provider's page is.
func (a *app) start(b *browser, next string) (authURL string) {
	a.t.Helper()
	form := url.Values{}
	if next != "" {
		form.Set("next", next)
	}
	p := b.post("/auth/fake/start", form)
	require.Equal(a.t, http.StatusSeeOther, p.status)
	require.True(a.t, strings.HasPrefix(p.location, "https://fake.example/"), p.location)
	return p.location
}

// approved begins a sign-up, lets person approve, and returns the callback.
func (a *app) approved(b *browser, person provider.Profile, next string) (callback string) {
	a.t.Helper()
	return "/auth/fake/callback?" + a.flow.approve(a.start(b, next), person)
}

// toForm goes as far as the registration form.
func (a *app) toForm(b *browser, person provider.Profile) formView {
	a.t.Helper()
	p := b.get(a.approved(b, person, ""))
	require.Equal(a.t, http.StatusSeeOther, p.status)
	require.Equal(a.t, "/signup", p.location)
	return a.form(b)
}

// form reads the registration form that the browser shows.
func (a *app) form(b *browser) formView {
	a.t.Helper()
	p := b.get("/signup")
	require.Equal(a.t, http.StatusOK, p.status, p.body)
	var view formView
	require.NoError(a.t, json.Unmarshal([]byte(p.body), &view))
	return view
}

// signUp registers person in a browser of its own, and returns the user.
func (a *app) signUp(person provider.Profile) (user string) {
	a.t.Helper()
	b := a.browser()
	view := a.toForm(b, person)
	p := b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
	require.Equal(a.t, http.StatusSeeOther, p.status, p.body)
	require.NotEmpty(a.t, b.user())
	return b.user()
}

// assertFailed checks that p sends the person back with the code of o, by the
// app's default way.
func (a *app) assertFailed(t testing.TB, p page, o oauthreg.Outcome) {
	t.Helper()
	assert.Equal(t, http.StatusSeeOther, p.status)
	assert.Equal(t, "/auth/fake/start?error="+string(o)+"&provider=fake", p.location)
	assert.Equal(t, o, a.last().Outcome, "%v", a.last().Err)
}
