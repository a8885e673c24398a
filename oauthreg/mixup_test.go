package oauthreg_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// Two names for one flow are two providers, such as two apps of one company.
func TestTwoAppsOfOneProviderAreNotMixedUp(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		user := a.signUp(ada)
		b := a.browser()
		p := b.post("/auth/twin/start", nil)
		callback := "/auth/twin/callback?" + a.flow.approve(p.location, ada)
		a.approved(b, ada, "") // an attempt is under way at the other one too
		asked := a.flow.count().exchange
		a.assertFailed(t, b.get(strings.Replace(callback, "/twin/", "/fake/", 1)), oauthreg.Mismatch)
		assert.Equal(t, asked, a.flow.count().exchange)

		assert.Equal(t, "/signup", b.get(callback).location, "the same ID there is somebody else")
		assert.Equal(t, oauthreg.NewUser, a.last().Outcome)
		assert.Equal(t, "twin", a.form(b).Provider)
		b.post("/signup", nil)
		assert.NotEqual(t, user, b.user())
		assert.Equal(t, user, a.owner(ada))
	}, func(cfg *oauthreg.Config) { cfg.Flows["twin"] = cfg.Flows["fake"] })
}

// A provider that hands out the handshake of another one, to be sent what
// belongs there (RFC 9700 section 4.4).
func TestAProviderWithTheHandshakeOfAnotherGetsNothingOfIt(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "/honest")
		u, err := url.Parse(callback)
		require.NoError(t, err)
		a.other.editStart = func(authURL *string, hs *provider.Handshake) { hs.ID = u.Query().Get("token") }
		require.Equal(t, http.StatusSeeOther, b.post("/auth/other/start", nil).status)

		assert.Equal(t, "/signup", b.get(callback).location)
		view := a.form(b)
		assert.Equal(t, "fake", view.Provider)
		assert.Equal(t, "/honest", view.Next)
		assert.Equal(t, calls{auth: 1}, a.other.count(), "no verifier went there")
		assert.Equal(t, calls{1, 1, 1}, a.flow.count())
	})
}

// Where records lie, and under which cookies, is told by hashes alone. So a
// search in the store, however its time depends on the key, tells nothing of a
// token or a binder, and no comparison of secrets is left to be timed.
func TestAttemptsAreLookedUpByHash(t *testing.T) {
	t.Parallel()
	store := &sharedStore{values: map[string]sharedValue{}}
	a := newApp(t, store)
	b := a.browser()
	token := tokenOf(a.start(b, ""))
	a.toForm(b, ada)
	var places []string
	for key := range store.values {
		places = append(places, key)
	}
	binders := 0
	for _, c := range b.jar {
		places = append(places, c.name)
		_, rest, _ := strings.Cut(c.value, ".")
		_, binder, _ := strings.Cut(rest, ".")
		require.Len(t, binder, 26, "130 random bits")
		binders++
		assert.NotContains(t, strings.Join(places, "\n"), binder)
	}
	assert.Equal(t, 3, binders)
	assert.NotContains(t, strings.Join(places, "\n"), token)
	assert.NotContains(t, strings.Join(places, "\n"), ada.ID)
}

// What waits for the provider, and what waits for the form, is not to be had
// for one another, whoever moves it about.
func TestARecordOfOneKindIsNoneOfAnother(t *testing.T) {
	t.Parallel()
	t.Run("sealed in a cookie", func(t *testing.T) {
		t.Parallel()
		for _, pair := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
			a := newApp(t, newCookieStore(t))
			b := a.browser()
			a.toForm(b, ada)
			callback := a.approved(b, bob, "")
			var sealed []int
			for i, c := range b.jar {
				if !strings.HasPrefix(c.name, "__Host-oauthreg_") {
					sealed = append(sealed, i)
				}
			}
			require.Len(t, sealed, 3) // the sign-up, how its attempt ended, the other attempt
			i, j := sealed[pair[0]], sealed[pair[1]]
			b.jar[i].value, b.jar[j].value = b.jar[j].value, b.jar[i].value
			signUp := b.get("/signup").status == http.StatusOK
			b.get(callback)
			attempt := a.last().Outcome == oauthreg.NewUser
			assert.False(t, signUp && attempt, "swapped %v", pair)
			assert.Equal(t, attempt, a.flow.count().exchange == 2)
		}
	})
	t.Run("in a store that seals nothing", func(t *testing.T) {
		t.Parallel()
		store := &sharedStore{values: map[string]sharedValue{}}
		a := newApp(t, store)
		b := a.browser()
		a.toForm(b, ada)
		clear(store.values)
		callback := a.approved(b, bob, "")
		for key := range store.values {
			require.True(t, strings.HasPrefix(key, "try/"), key)
		}
		var attempt sharedValue
		var place string
		for key, value := range store.values {
			place, attempt = key, value
		}
		own := b.clone()
		form := a.browser()
		view := a.toForm(form, ada)
		for key, value := range store.values {
			if strings.HasPrefix(key, "new/") {
				store.values[key], store.values[place] = attempt, value
			}
		}
		assert.Equal(t, http.StatusConflict, form.post("/signup", url.Values{oauthreg.PendingField: {view.ID}}).status)
		asked := a.flow.count().exchange
		own.get(callback)
		assert.NotEqual(t, oauthreg.NewUser, a.last().Outcome)
		assert.Equal(t, asked, a.flow.count().exchange)
		_, found, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: ada.ID})
		require.NoError(t, err)
		assert.False(t, found)
	})
}

// The names of two parts do not run together: each identity has a sign-up of its
// own.
func TestSignUpsOfProvidersWithNamesAlikeAreApart(t *testing.T) {
	t.Parallel()
	short := newFakeFlow("fak")
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) { cfg.Flows["fak"] = short })
	b := a.browser()
	one := a.toForm(b, provider.Profile{ID: "7"})
	authURL := b.post("/auth/fak/start", nil).location
	require.Equal(t, "/signup", b.get("/auth/fak/callback?"+short.approve(authURL, provider.Profile{ID: "e7"})).location)
	two := a.form(b)
	assert.Equal(t, "e7", two.Subject)
	assert.NotEqual(t, one.ID, two.ID)
}
