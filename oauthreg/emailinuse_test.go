package oauthreg_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// directory is what the app knows of its users' addresses.
type directory struct {
	users    map[string]string // by address
	verified bool
	err      error
}

func (d *directory) find(_ context.Context, email string) (string, bool, error) {
	return d.users[email], d.verified, d.err
}

// withDirectory is an app that knows its users' addresses, and has a page that
// connects what waits.
func withDirectory(d *directory, changes ...func(*oauthreg.Config)) func(*oauthreg.Config) {
	return func(cfg *oauthreg.Config) {
		cfg.UserByEmail, cfg.SignInURL = d.find, "/signin?from=oauth"
		for _, change := range changes {
			change(cfg)
		}
	}
}

func trusting(names ...string) func(*oauthreg.Config) {
	return func(cfg *oauthreg.Config) { cfg.TrustEmailOf = names }
}

// connectWaiting posts the form that says "yes, connect it".
func (a *app) connectWaiting(b *browser, edits ...func(*http.Request)) (done oauthreg.Completion, err error) {
	a.t.Helper()
	copied := *b
	copied.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { done, err = a.reg.ConnectPending(w, r) })
	copied.post("/connect", nil, edits...)
	b.jar = copied.jar
	return done, err
}

func TestAnAddressInUseIsNobodysWithoutProof(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}, verified: true}
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "/inbox")
		p := b.get(callback)
		assert.Equal(t, oauthreg.EmailInUse, a.last().Outcome)
		assert.Equal(t, "/signin?from=oauth&error=email_in_use&provider=fake", p.location)
		assert.Empty(t, b.user())
		assert.Empty(t, a.owner(ada), "nothing is linked")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.location, nil)
		require.NoError(t, err)
		assert.Equal(t, "Somebody with the e-mail address of your Fake Inc. account is registered here. "+
			"If that is you, please sign in; then you can connect Fake Inc..", a.reg.Notice(r))

		// Reloading the callback changes nothing.
		assert.Equal(t, p.location, b.get(callback).location)
		assert.Equal(t, calls{1, 1, 1}, a.flow.count())

		r, err = http.NewRequestWithContext(t.Context(), http.MethodGet, "/signin", nil)
		require.NoError(t, err)
		b.addCookies(r)
		waiting, err := a.reg.Pending(r)
		require.NoError(t, err)
		assert.True(t, waiting.EmailInUse)

		// Nobody is signed in, then somebody else is, on the same computer.
		_, err = a.connectWaiting(b)
		require.ErrorIs(t, err, oauthreg.ErrSignInFirst)
		b.jar = append(b.jar, jarCookie{name: sessionCookie, value: "user-next"})
		_, err = a.connectWaiting(b)
		require.ErrorIs(t, err, oauthreg.ErrSignInFirst)
		assert.Empty(t, a.owner(ada))

		// The owner of the address signs in, and says yes.
		b.jar[len(b.jar)-1].value = "user-ada"
		done, err := a.connectWaiting(b)
		require.NoError(t, err)
		assert.Equal(t, "/inbox", done.Next)
		assert.Equal(t, "user-ada", done.Account.UserID)
		assert.True(t, done.Account.Token.IsZero())
		assert.Equal(t, "user-ada", a.owner(ada))
		_, err = a.connectWaiting(b)
		require.ErrorIs(t, err, oauthreg.ErrNoPending, "nothing waits any more")
	}, withDirectory(d))
}

func TestConnectPendingIsNotForOtherSitesAndLinks(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}}
	a := newApp(t, newCookieStore(t), withDirectory(d))
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	b.jar = append(b.jar, jarCookie{name: sessionCookie, value: "user-ada"})
	for name, edit := range map[string]func(*http.Request){
		"a link":              func(r *http.Request) { r.Method = http.MethodGet },
		"another site's form": fromSite("https://evil.example", "cross-site"),
		"a subdomain's form":  fromSite("https://evil.app.example.com", "same-site"),
	} {
		_, err := a.connectWaiting(b, edit)
		require.Error(t, err, name)
		assert.Empty(t, a.owner(ada), name)
	}
	_, err := a.connectWaiting(b)
	require.NoError(t, err)
}

// A sign-up that waits for its form is nobody's to connect: whoever wants that
// starts with the intent.
func TestOnlyAnAddressInUseIsConnectedAfterwards(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	require.NotEmpty(t, b.user())
	b.get(a.approved(b, bob, ""))
	require.Equal(t, oauthreg.NewUser, a.last().Outcome)
	_, err := a.connectWaiting(b)
	require.ErrorIs(t, err, oauthreg.ErrSignInFirst)
	assert.Empty(t, a.owner(bob))
}

func TestConnectPendingKeepsWhatItCouldNotLink(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}}
	veto := oauthreg.ErrBarred
	a := newApp(t, newMemoryStore(t), withDirectory(d, func(cfg *oauthreg.Config) {
		cfg.AllowConnect = func(context.Context, tokenstore.Account) error { return veto }
	}))
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	b.jar = append(b.jar, jarCookie{name: sessionCookie, value: "user-ada"})
	_, err := a.connectWaiting(b)
	require.ErrorIs(t, err, oauthreg.ErrBarred)
	assert.Empty(t, a.owner(ada))

	veto = nil
	taken := tokenstore.Account{Identity: tokenstore.Identity{Provider: "fake", Subject: ada.ID}, UserID: "user-other"}
	require.NoError(t, a.accounts.Link(t.Context(), taken))
	_, err = a.connectWaiting(b)
	require.ErrorIs(t, err, tokenstore.ErrTaken)
	assert.Equal(t, "user-other", a.owner(ada))

	require.NoError(t, a.accounts.Unlink(t.Context(), "user-other", taken.Identity))
	_, err = a.connectWaiting(b)
	require.NoError(t, err, "it still waits")
}

// Linking without asking needs all three, and the switch.
func TestLinkingByAddress(t *testing.T) {
	t.Parallel()
	unverified := ada
	unverified.EmailVerified = false
	none := ada
	none.Email, none.EmailVerified = "", false
	upper := ada
	upper.Email = "ada@EXAMPLE.com"
	for _, row := range []struct {
		name    string
		person  provider.Profile
		local   bool // the app has verified the address
		trusted []string
		users   map[string]string
		want    oauthreg.Outcome
		owner   string
	}{
		{"all three", ada, true, []string{"fake"}, nil, oauthreg.LinkedByEmail, "user-ada"},
		{"all three, host in capitals", upper, true, []string{"fake"}, nil, oauthreg.LinkedByEmail, "user-ada"},
		{"not verified here", ada, false, []string{"fake"}, nil, oauthreg.EmailInUse, ""},
		{"not verified there", unverified, true, []string{"fake"}, nil, oauthreg.NewUser, ""},
		{"not trusted", ada, true, nil, nil, oauthreg.EmailInUse, ""},
		{"another provider is trusted", ada, true, []string{"other"}, nil, oauthreg.EmailInUse, ""},
		{"no address", none, true, []string{"fake"}, nil, oauthreg.NewUser, ""},
		{"an address of nobody", ada, true, []string{"fake"}, map[string]string{}, oauthreg.NewUser, ""},
		{"a user of an empty address", none, true, []string{"fake"}, map[string]string{"": "user-ada"}, oauthreg.NewUser, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := &directory{users: map[string]string{"ada@example.com": "user-ada"}, verified: row.local}
			if row.users != nil {
				d.users = row.users
			}
			a := newApp(t, newCookieStore(t), withDirectory(d, trusting(row.trusted...)))
			b := a.browser()
			b.get(a.approved(b, row.person, ""))
			assert.Equal(t, row.want, a.last().Outcome, "%v", a.last().Err)
			assert.Equal(t, row.owner, a.owner(row.person))
			assert.Equal(t, row.owner, b.user())
		})
	}
}

// The address counts once, for the unknown: who is known signs in whatever
// addresses say, and an identity whose user is gone stays unknown.
func TestAddressesNeverMoveAnIdentity(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{}, verified: true}
	a := newApp(t, newCookieStore(t), withDirectory(d, trusting("fake")))
	user := a.signUp(ada)
	d.users["ada@example.com"] = "user-other"
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	assert.Equal(t, oauthreg.Returning, a.last().Outcome)
	assert.Equal(t, user, b.user())
}

func TestLinkingByAddressEndsWithItsCauses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		edit  func(d *directory, cfg *oauthreg.Config)
		want  oauthreg.Outcome
		owner string
	}{
		{"the directory fails", func(d *directory, _ *oauthreg.Config) { d.err = errors.New("down") }, oauthreg.Internal, ""},
		{"the app says no", func(_ *directory, cfg *oauthreg.Config) {
			cfg.AllowConnect = func(context.Context, tokenstore.Account) error { return oauthreg.ErrBarred }
		}, oauthreg.Barred, ""},
		{"signing in fails", func(_ *directory, cfg *oauthreg.Config) {
			cfg.SignIn = func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return oauthreg.ErrBarred }
		}, oauthreg.Barred, "user-ada"},
		{"sign-up is closed, which this is not", func(_ *directory, cfg *oauthreg.Config) {
			cfg.AllowSignUp = func(context.Context, *oauthreg.Pending) error { return oauthreg.ErrSignUpClosed }
		}, oauthreg.LinkedByEmail, "user-ada"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := &directory{users: map[string]string{"ada@example.com": "user-ada"}, verified: true}
			a := newApp(t, newMemoryStore(t), withDirectory(d, trusting("fake"), func(cfg *oauthreg.Config) { row.edit(d, cfg) }))
			b := a.browser()
			b.get(a.approved(b, ada, ""))
			assert.Equal(t, row.want, a.last().Outcome, "%v", a.last().Err)
			assert.Equal(t, row.owner, a.owner(ada))
		})
	}
}

// A person whose address is in use may register all the same, with another.
func TestAnAddressInUseDoesNotBarFromRegistering(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}}
	a := newApp(t, newCookieStore(t), withDirectory(d))
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	view := a.form(b)
	p := b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}, "email": {"ada@other.example"}})
	assert.Equal(t, http.StatusSeeOther, p.status, p.body)
	assert.Equal(t, b.user(), a.owner(ada))
	assert.NotEqual(t, "user-ada", b.user())
}

func TestOfferToIsForTheOwnerOfTheAddress(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}}
	a := newApp(t, newMemoryStore(t), withDirectory(d))
	for _, row := range []struct {
		person provider.Profile
		userID string
		want   bool
	}{
		{ada, "user-ada", true}, {ada, "user-other", false}, {ada, "", false}, {bob, "user-ada", false}, {bob, "", false},
	} {
		b := a.browser()
		b.get(a.approved(b, row.person, ""))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/account", nil)
		require.NoError(t, err)
		b.addCookies(r)
		p, err := a.reg.Pending(r)
		require.NoError(t, err)
		assert.Equal(t, row.want, p.OfferTo(row.userID), "%s for %q", row.person.Username, row.userID)
	}
}

// What waited for an identity is of no use once it has an owner, by whichever
// road.
func TestNothingWaitsForAnIdentityWithAnOwner(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}}
	onEveryStore(t, func(t *testing.T, a *app) {
		waits := func(b *browser) int { return b.get("/signup").status }
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		require.Equal(t, http.StatusOK, waits(b))
		b.jar = append(b.jar, jarCookie{name: sessionCookie, value: "user-ada"})
		b.get(a.connecting(b, ada))
		require.Equal(t, oauthreg.Linked, a.last().Outcome)
		assert.Equal(t, http.StatusConflict, waits(b), "connected")

		b = a.browser()
		b.get(a.approved(b, bob, ""))
		require.Equal(t, http.StatusOK, waits(b))
		a.signUp(bob) // on another device
		b.get(a.approved(b, bob, ""))
		require.Equal(t, oauthreg.Returning, a.last().Outcome)
		assert.Equal(t, http.StatusConflict, waits(b), "signed in")
	}, withDirectory(d))
}

// MariaDB, with the collation that it has by default, says that each of these is
// the address of ada@example.com: see integration/accounts.
func TestAnAddressThatADatabaseTakesForAnotherIsNobodys(t *testing.T) {
	t.Parallel()
	for i, email := range []string{"ada@ex\u00e1mple.com", "ad\u00e1@example.com", "\uff41da@example.com"} {
		d := &directory{users: map[string]string{email: "user-ada"}, verified: true} // as the database compares
		a := newApp(t, newCookieStore(t), withDirectory(d, trusting("fake")))
		b := a.browser()
		eve := provider.Profile{ID: "666" + strconv.Itoa(i), Username: "eve", Email: email, EmailVerified: true}
		p := b.get(a.approved(b, eve, ""))
		assert.Equal(t, oauthreg.NewUser, a.last().Outcome, email)
		assert.Equal(t, "/signup", p.location)
		assert.Equal(t, email, a.pending(b).Profile.Email, "the form may have it")
	}
}
