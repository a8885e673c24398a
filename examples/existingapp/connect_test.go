package main

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

func TestTheFirstOfTwoWaysInCanGo(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	page := b.signUp(x, p, ada, nil)
	assert.Contains(t, page.body, "<dt>Password</dt><dd>none</dd>")
	form := inputs(page.body, "/account/disconnect")
	require.Equal(t, url.Values{"provider": {"twitter"}, "subject": {ada}}, form)

	// The last way in stays.
	page = b.follow(b.post(p.url+"/account/disconnect", form))
	assert.Contains(t, page.body, `role="alert"`)
	assert.Contains(t, page.body, "This is the only way into your account.")
	assert.Contains(t, page.body, "@ada_quill")
	assert.Zero(t, x.Calls(twittertest.InvalidateToken))

	// A password that is too short is no way in.
	page = b.follow(b.post(p.url+"/account/password", url.Values{"password": {"short"}}))
	assert.Contains(t, page.body, "at least 10 characters")
	page = b.follow(b.post(p.url+"/account/disconnect", form))
	assert.Contains(t, page.body, "This is the only way into your account.")

	page = b.follow(b.post(p.url+"/account/password", url.Values{"password": {password}}))
	assert.Contains(t, page.body, "Your password is set.")
	page = b.follow(b.post(p.url+"/account/disconnect", form))
	assert.Contains(t, page.body, "What we had been allowed at X has ended.")
	assert.NotContains(t, page.body, "@ada_quill")
	assert.Zero(t, p.count(t, "oauthreg_accounts"))
	revoked := x.Requests(twittertest.InvalidateToken)
	require.Len(t, revoked, 1)
	assert.Equal(t, http.StatusOK, revoked[0].Status, revoked[0].Reason)

	page = b.follow(b.post(p.url+"/account/disconnect", form))
	assert.Contains(t, page.body, "not connected any more")

	b.signOut(p)
	require.Equal(t, p.url+"/account", b.signIn(p, adaEmail, password).location)
	b.signOut(p)
	assert.NotEqual(t, p.url+"/account", b.through(x, p, "", ada).location, "X is no way in any more")
}

func TestDisconnectingWhileXIsAway(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	b.register(p, "ada", "ada@example.net")
	page := b.follow(b.through(x, p, "connect", ada))
	x.Fault(twittertest.InvalidateToken, twittertest.OverCapacity())
	page = b.follow(b.post(p.url+"/account/disconnect", inputs(page.body, "/account/disconnect")))
	assert.Contains(t, page.body, "X could not be told")
	assert.Zero(t, p.count(t, "oauthreg_accounts"))
}

func TestNobodyDisconnectsForSomebodyElse(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	newBrowser(t).signUp(x, p, ada, nil)
	b := newBrowser(t)
	form := url.Values{"provider": {"twitter"}, "subject": {ada}}
	assert.Equal(t, p.url+"/signin", b.post(p.url+"/account/disconnect", form).location)
	b.register(p, "eve", "eve@example.net")
	assert.Contains(t, b.follow(b.post(p.url+"/account/disconnect", form)).body, "not connected any more")
	assert.Equal(t, 1, p.count(t, "oauthreg_accounts"))
}

func TestAnAccountOfSomebodyElseIsNotConnected(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	newBrowser(t).signUp(x, p, ada, nil)
	b := newBrowser(t)
	b.register(p, "eve", "eve@example.net")
	page := b.follow(b.through(x, p, "connect", ada))
	assert.Contains(t, page.body, "Welcome, eve")
	assert.Contains(t, page.body, `role="alert"`)
	assert.Contains(t, page.body, "connected to somebody else&#39;s account here. Nothing was changed.")
	assert.NotContains(t, page.body, "@ada_quill")
	assert.Equal(t, 1, p.count(t, "oauthreg_accounts"))
}

func TestTwoAccountsOfOneProvider(t *testing.T) {
	t.Parallel()
	x, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	b.signUp(x, p, ada, nil)
	page := b.follow(b.through(x, p, "connect", hanako))
	assert.Contains(t, page.body, `aria-label="Disconnect X @ada_quill"`)
	assert.Contains(t, page.body, `aria-label="Disconnect X @hanako_mori"`)
	assert.Contains(t, b.follow(b.through(x, p, "connect", ada)).body, "was connected before")

	b.signOut(p)
	page = b.follow(b.through(x, p, "", hanako))
	assert.Contains(t, page.body, "Welcome, ada_quill")

	// One of two can go without a password, the other then not.
	page = b.follow(b.post(p.url+"/account/disconnect", url.Values{"provider": {"twitter"}, "subject": {ada}}))
	assert.NotContains(t, page.body, "@ada_quill")
	page = b.follow(b.post(p.url+"/account/disconnect", url.Values{"provider": {"twitter"}, "subject": {hanako}}))
	assert.Contains(t, page.body, "This is the only way into your account.")
	assert.Contains(t, page.body, "@hanako_mori")
	assert.Equal(t, 1, p.count(t, "users"))
}
