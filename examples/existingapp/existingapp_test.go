package main

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// fakeX is a stand-in for X that the test controls, with the environment that
// leads the program to it.
func fakeX(t *testing.T) (*twittertest.Server, map[string]string) {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = x.Close() })
	return x, map[string]string{
		"X_CONSUMER_KEY": twittertest.ConsumerKey, "X_CONSUMER_SECRET": twittertest.ConsumerSecret, "X_API_URL": x.URL(),
	}
}

const (
	ada    = "9007199254740881"
	hanako = "9100000000000000019"
	samir  = "9100000000000000027" // has no e-mail address
	bobby  = "9100000000000000031"

	adaEmail = "ada.quill@example.com"
	password = "correct horse battery"
)

// register registers by password and returns the account page.
func (b *browser) register(p *program, username, email string) answer {
	b.t.Helper()
	a := b.post(p.url+"/register", url.Values{"username": {username}, "email": {email}, "password": {password}})
	require.Equal(b.t, p.url+"/account", a.location, a.body)
	return b.get(a.location)
}

// signIn signs in by password; the answer tells whether it worked.
func (b *browser) signIn(p *program, email, password string) answer {
	b.t.Helper()
	return b.post(p.url+"/signin", url.Values{"email": {email}, "password": {password}})
}

func (b *browser) signOut(p *program) {
	b.t.Helper()
	require.Equal(b.t, p.url+"/", b.post(p.url+"/signout", url.Values{}).location)
	require.Equal(b.t, p.url+"/signin", b.get(p.url+"/account").location)
}

// signUp registers through X, with changes to the form, and returns the account
// page.
func (b *browser) signUp(x *twittertest.Server, p *program, person string, change url.Values) answer {
	b.t.Helper()
	a := b.through(x, p, "", person)
	require.Equal(b.t, p.url+"/welcome", a.location)
	form := inputs(b.get(a.location).body, "/welcome")
	maps.Copy(form, change)
	a = b.post(p.url+"/welcome", form)
	require.Equal(b.t, p.url+"/account", a.location, a.body)
	return b.get(a.location)
}

func TestPasswordThenConnectThenSignInWithX(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	page := b.register(p, "ada", "ada@example.net")
	assert.Contains(t, page.body, "Connect your X account")
	require.Equal(t, url.Values{"intent": {"connect"}}, inputs(page.body, "/auth/twitter/start"))

	a := b.through(x, p, "connect", ada)
	require.Equal(t, p.url+"/account", a.location)
	page = b.get(a.location)
	assert.Contains(t, page.body, `role="status">Your X account is connected.`)
	assert.Contains(t, page.body, "@ada_quill")
	assert.NotContains(t, b.get(p.url+"/account").body, "is connected.", "a sentence is said once")

	b.signOut(p)
	assert.Contains(t, b.get(p.url+"/signin").body, "Continue with X")
	a = b.through(x, p, "", ada)
	require.Equal(t, p.url+"/account", a.location)
	assert.Contains(t, b.get(a.location).body, "Welcome, ada<")
	assert.Equal(t, 1, p.count(t, "users"))
}

// Somebody who came by X has no password: none is right, the empty one and the
// stored text included.
func TestNoPasswordFitsSomebodyWhoHasNone(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	newBrowser(t).signUp(x, p, ada, nil)
	require.Equal(t, 1, p.count(t, "users WHERE password_hash = ''"))
	for _, guess := range []string{"", " ", password, "!", "*", "ada_quill", ada} {
		b := newBrowser(t)
		a := b.signIn(p, adaEmail, guess)
		assert.Equal(t, http.StatusUnprocessableEntity, a.status, "%q", guess)
		assert.Contains(t, a.body, "E-mail or password is wrong.")
		assert.Equal(t, p.url+"/signin", b.get(p.url+"/account").location)
	}
}

func TestTheFormForPeopleFromX(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	newBrowser(t).register(p, "ada_quill", "other@example.net")

	b := newBrowser(t)
	page := b.follow(b.through(x, p, "", ada))
	form := inputs(page.body, "/welcome")
	suggestion := form.Get("username")
	assert.Regexp(t, usernamePattern, suggestion)
	assert.NotEqual(t, "ada_quill", suggestion, "it is taken")
	assert.Contains(t, page.body, `<option value="`+suggestion+`">`)
	assert.Equal(t, adaEmail, form.Get("email"))
	assert.NotContains(t, page.body, "aria-invalid")

	// What is taken is said, and nothing is half done.
	form.Set("username", "ada_quill")
	a := b.post(p.url+"/welcome", form)
	require.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "Somebody else has this username.")
	assert.Zero(t, p.count(t, "oauthreg_accounts"))
	form.Set("username", suggestion)
	form.Set("email", "other@example.net")
	a = b.post(p.url+"/welcome", form)
	require.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "Somebody is registered with this address.")
	assert.Zero(t, p.count(t, "oauthreg_accounts"))

	// An address that X does not vouch for is not confirmed by X.
	form.Set("email", "typed@example.net")
	a = b.post(p.url+"/welcome", form)
	require.Equal(t, p.url+"/account", a.location)
	assert.Contains(t, b.get(a.location).body, "not confirmed yet")
	assert.Contains(t, b.follow(b.get(p.url+"/welcome")).body, "<h1>Welcome, ", "the form is done with")

	page = newBrowser(t).signUp(x, p, bobby, nil)
	assert.Contains(t, page.body, ">confirmed<")

	b = newBrowser(t)
	page = b.follow(b.through(x, p, "", samir))
	assert.Contains(t, page.body, "X did not tell us; please fill this in.")
	assert.Equal(t, 1, strings.Count(page.body, "aria-invalid"))
}

func TestAPostedFormCannotChangeWhoItIs(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	page := newBrowser(t).signUp(x, p, bobby, url.Values{
		"provider": {"other"}, "subject": {ada}, "id": {ada}, "email": {"typed@example.net"}, "email_verified": {"1"},
	})
	assert.Contains(t, page.body, "not confirmed yet")
	assert.Equal(t, 1, p.count(t, "oauthreg_accounts WHERE provider = 'twitter' AND subject = ?", bobby))
}

func TestManyClicksMakeOneUser(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	form := inputs(b.follow(b.through(x, p, "", ada)).body, "/welcome")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if a := b.post(p.url+"/welcome", form); a.location != p.url+"/account" && a.location != p.url+"/signin" {
				t.Errorf("status %d, location %s", a.status, a.location)
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 1, p.count(t, "users"))
	assert.Equal(t, 1, p.count(t, "oauthreg_accounts"))
	assert.Contains(t, b.get(p.url+"/account").body, "@ada_quill")
}

func TestEndsThatAreNoSignInComeBackWithASentence(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	callback, err := x.Deny(t.Context(), b.begin(p, ""))
	require.NoError(t, err)
	page := b.follow(b.get(callback))
	assert.Contains(t, page.body, "<h1>Sign in</h1>")
	assert.Contains(t, page.body, "You cancelled at X")

	// Who is signed in reads it on the account page.
	b.register(p, "ada", "ada@example.net")
	callback, err = x.Deny(t.Context(), b.begin(p, "connect"))
	require.NoError(t, err)
	page = b.follow(b.get(callback))
	assert.Contains(t, page.body, "Welcome, ada")
	assert.Contains(t, page.body, "You cancelled at X")

	a := newBrowser(t).post(p.url+"/auth/twitter/start", url.Values{"intent": {"connect"}})
	assert.Contains(t, newBrowser(t).get(a.location).body, "Please sign in before you connect X.")
}
