package main

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const emailSentence = "Somebody with the e-mail address of your X account is registered here. If that is you, please sign in"

func TestTheAddressOfAUserHasToSignInFirst(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	b.register(p, "ada", "Ada.Quill@Example.com") // compared as signing in compares
	b.signOut(p)

	page := b.follow(b.through(x, p, "", ada))
	assert.Contains(t, page.body, "<h1>Sign in</h1>")
	assert.Contains(t, page.body, emailSentence)
	assert.Equal(t, p.url+"/signin", b.get(p.url+"/account").location, "nobody is signed in by an address")
	assert.Zero(t, p.count(t, "oauthreg_accounts"))

	// A wrong password changes nothing.
	require.Equal(t, http.StatusUnprocessableEntity, b.signIn(p, adaEmail, "wrong password").status)
	page = b.follow(b.signIn(p, adaEmail, password))
	assert.Contains(t, page.body, "Connect your X account <span dir=\"ltr\">@ada_quill</span>")
	form := inputs(page.body, "/account/connect")
	require.NotEmpty(t, form.Get("oauthreg_pending"))
	assert.Zero(t, p.count(t, "oauthreg_accounts"), "signing in alone connects nothing")
	assert.Equal(t, http.StatusMethodNotAllowed, b.get(p.url+"/account/connect").status)

	page = b.follow(b.post(p.url+"/account/connect", form))
	assert.Contains(t, page.body, `role="status">Your X account is connected.`)
	assert.Nil(t, inputs(page.body, "/account/connect"), "it is done with")
	assert.Contains(t, page.body, `aria-label="Disconnect X @ada_quill"`)
	assert.Contains(t, b.follow(b.post(p.url+"/account/connect", form)).body, "This took too long.")

	b.signOut(p)
	page = b.follow(b.through(x, p, "", ada))
	assert.Contains(t, page.body, "Welcome, ada<")
	assert.Equal(t, 1, p.count(t, "users"))
}

func TestSomebodyElseCannotConnectWhatWaits(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	newBrowser(t).register(p, "ada", adaEmail)
	newBrowser(t).register(p, "eve", "eve@example.net")

	b := newBrowser(t)
	require.Contains(t, b.follow(b.through(x, p, "", ada)).body, emailSentence)
	form := inputs(b.get(p.url+"/welcome").body, "/welcome")
	require.NotEmpty(t, form.Get("oauthreg_pending"))

	// Signed out, and then as somebody else at the same computer.
	post := func() answer {
		return b.post(p.url+"/account/connect", url.Values{"oauthreg_pending": {form.Get("oauthreg_pending")}})
	}
	post()
	assert.Zero(t, p.count(t, "oauthreg_accounts"))
	page := b.follow(b.signIn(p, "eve@example.net", password))
	assert.Contains(t, page.body, "Welcome, eve")
	assert.NotContains(t, page.body, "ada_quill")
	page = b.follow(post())
	assert.Contains(t, page.body, "Please sign in as the user with this e-mail address.")
	assert.Zero(t, p.count(t, "oauthreg_accounts"))

	// Signing out lets go of it.
	b.signOut(p)
	page = b.follow(b.signIn(p, adaEmail, password))
	assert.Contains(t, page.body, "Welcome, ada")
	assert.NotContains(t, page.body, "ada_quill")
}

func TestNoForgetIt(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	b.register(p, "ada", adaEmail)
	page := b.follow(b.through(x, p, "", ada)) // signed in already
	assert.Contains(t, page.body, "Welcome, ada")
	assert.Contains(t, page.body, emailSentence)
	form := inputs(page.body, "/account/forget")
	require.NotEmpty(t, form.Get("oauthreg_pending"))
	page = b.follow(b.post(p.url+"/account/forget", form))
	assert.NotContains(t, page.body, "ada_quill")
	b.post(p.url+"/account/connect", form)
	assert.Zero(t, p.count(t, "oauthreg_accounts"))
}

func TestWhatIsConnectedOtherwiseIsNotOffered(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	b.register(p, "ada", adaEmail)
	page := b.follow(b.through(x, p, "", ada))
	require.NotNil(t, inputs(page.body, "/account/connect"))
	page = b.follow(b.through(x, p, "connect", ada))
	assert.Contains(t, page.body, "Your X account is connected.")
	assert.Nil(t, inputs(page.body, "/account/connect"))
}

func TestOneMayRegisterWithAnotherAddress(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	newBrowser(t).register(p, "ada", adaEmail)
	b := newBrowser(t)
	page := b.follow(b.through(x, p, "", ada))
	assert.Contains(t, page.body, `<a href="/welcome">`)
	form := inputs(b.get(p.url+"/welcome").body, "/welcome")
	assert.Empty(t, form.Get("email"), "the address is somebody's")
	form.Set("email", adaEmail)
	a := b.post(p.url+"/welcome", form)
	require.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "Somebody is registered with this address.")
	form.Set("email", "ada2@example.net")
	page = b.follow(b.post(p.url+"/welcome", form))
	assert.Contains(t, page.body, "ada2@example.net")
	assert.Equal(t, 2, p.count(t, "users"))
}

func TestSignUpClosed(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	known, typing, asked := newBrowser(t), newBrowser(t), newBrowser(t)
	known.signUp(x, p, bobby, nil)
	known.signOut(p)
	newBrowser(t).register(p, "ada", adaEmail)
	form := inputs(typing.follow(typing.through(x, p, "", hanako)).body, "/welcome")

	address := p.url
	require.NoError(t, p.stop())
	env["SIGN_UP"] = "closed"
	p = start(t, env, "-addr", address[len("http://"):], "-db", p.db)

	b := newBrowser(t)
	page := b.follow(b.through(x, p, "", samir))
	assert.Contains(t, page.body, "<h1>Sign in</h1>")
	assert.Contains(t, page.body, closedSentence)
	assert.NotContains(t, page.body, "/register")
	page = b.follow(b.post(p.url+"/register", url.Values{
		"username": {"eve"}, "email": {"eve@example.net"}, "password": {password},
	}))
	assert.Contains(t, page.body, closedSentence)

	// It closed while somebody was typing.
	page = typing.follow(typing.post(p.url+"/welcome", form))
	assert.Contains(t, page.body, closedSentence)

	// Being asked to sign in as somebody else is no way round it.
	page = asked.follow(asked.through(x, p, "", ada))
	assert.Contains(t, page.body, emailSentence)
	assert.NotContains(t, page.body, `<a href="/welcome">`)
	form = inputs(asked.get(p.url+"/welcome").body, "/welcome")
	form.Set("email", "ada2@example.net")
	assert.Contains(t, asked.follow(asked.post(p.url+"/welcome", form)).body, closedSentence)

	assert.Equal(t, 2, p.count(t, "users"))
	assert.Equal(t, 1, p.count(t, "oauthreg_accounts"))

	// Who is known comes in, and users connect as ever.
	assert.Contains(t, known.follow(known.through(x, p, "", bobby)).body, "Welcome, bobby")
	page = asked.follow(asked.signIn(p, adaEmail, password))
	page = asked.follow(asked.post(p.url+"/account/connect", inputs(page.body, "/account/connect")))
	assert.Contains(t, page.body, "Your X account is connected.")
}
