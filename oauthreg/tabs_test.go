package oauthreg_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

func TestTwoTabsOfOnePersonBothFinish(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		first, second := a.approved(b, ada, "/first"), a.approved(b, ada, "/second")
		require.Equal(t, "/signup", b.get(first).location)
		formOfFirst := a.form(b)
		require.Equal(t, "/signup", b.get(second).location)
		formOfSecond := a.form(b)
		assert.Equal(t, formOfFirst.ID, formOfSecond.ID, "one person, one sign-up")

		p := b.post("/signup", url.Values{oauthreg.PendingField: {formOfFirst.ID}})
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Equal(t, http.StatusConflict, b.post("/signup", url.Values{oauthreg.PendingField: {formOfSecond.ID}}).status)
		assert.Equal(t, 1, a.userCount())
		assert.Equal(t, 2, a.flow.count().exchange)
	})
}

func TestTwoTabsMayFinishInEitherOrder(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		first, second := a.approved(b, ada, "/first"), a.approved(b, bob, "/second")
		require.Equal(t, "/signup", b.get(second).location)
		assert.Equal(t, "/second", a.form(b).Next)
		require.Equal(t, "/signup", b.get(first).location)
	})
}

// The tab that registers is known to the other one when it comes back.
func TestSecondTabOfSomebodyWhoRegisteredMeanwhileSignsIn(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		first, second := a.approved(b, ada, "/first"), a.approved(b, ada, "/second")
		b.get(first)
		require.Equal(t, http.StatusSeeOther, b.post("/signup", nil).status)
		assert.Equal(t, "/second", b.get(second).location)
		assert.Equal(t, oauthreg.Returning, a.last().Outcome)
		assert.Equal(t, 1, a.userCount())
	})
}

// Two people at one screen: the form made for one must not complete the other.
func TestFormOfOnePersonNeverCompletesTheSignUpOfAnother(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		field func(ofAda, ofBob formView) url.Values
		want  int
		who   provider.Profile
	}{
		{"the older form", func(ofAda, _ formView) url.Values { return url.Values{oauthreg.PendingField: {ofAda.ID}} }, 303, ada},
		{"the newer form", func(_, ofBob formView) url.Values { return url.Values{oauthreg.PendingField: {ofBob.ID}} }, 303, bob},
		{"without the field", func(_, _ formView) url.Values { return nil }, 409, provider.Profile{}},
		{"with an empty field", func(_, _ formView) url.Values { return url.Values{oauthreg.PendingField: {""}} }, 409, provider.Profile{}},
		{"with a made-up field", func(_, _ formView) url.Values { return url.Values{oauthreg.PendingField: {"AAAAAAAAAAAAAAAA"}} }, 409, provider.Profile{}},
		{"with a prefix of the field", func(ofAda, _ formView) url.Values {
			return url.Values{oauthreg.PendingField: {ofAda.ID[:15]}}
		}, 409, provider.Profile{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			// A clock, so that there is an older and a newer one.
			onEveryStoreInTime(t, func(t *testing.T, a *app) {
				b := a.browser()
				ofAda := a.toForm(b, ada)
				time.Sleep(time.Second)
				ofBob := a.toForm(b, bob)
				require.NotEqual(t, ofAda.ID, ofBob.ID)
				assert.Equal(t, bob.ID, ofBob.Subject, "a page shows the latest")

				p := b.post("/signup", row.field(ofAda, ofBob))
				assert.Equal(t, row.want, p.status, p.body)
				for _, person := range []provider.Profile{ada, bob} {
					if person.ID == row.who.ID {
						assert.Equal(t, b.user(), a.owner(person))
						assert.NotEmpty(t, a.owner(person))
					} else {
						assert.Empty(t, a.owner(person))
					}
				}
				if row.want == http.StatusConflict {
					assert.Zero(t, a.userCount())
					assert.Empty(t, b.user())
				}
			})
		})
	}
}

// The field of a sign-up that waits in another browser is worth nothing here.
func TestFormWithTheFieldOfAnotherBrowserIsRefused(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		theirs := a.toForm(a.browser(), bob)
		b := a.browser()
		field := url.Values{oauthreg.PendingField: {theirs.ID}}
		assert.Equal(t, http.StatusConflict, b.post("/signup", field).status)
		a.toForm(b, ada)
		assert.Equal(t, http.StatusConflict, b.post("/signup", field).status)
		assert.Empty(t, a.owner(bob))
		assert.Zero(t, a.userCount())
	})
}

func TestEleventhAttemptLetsTheOldestGo(t *testing.T) {
	t.Parallel()
	onEveryStoreInTime(t, func(t *testing.T, a *app) {
		b := a.browser()
		var callbacks []string
		for range 11 {
			callbacks = append(callbacks, a.approved(b, ada, ""))
			time.Sleep(time.Second)
		}
		assert.Len(t, b.cookieNames(attemptCookies), 10)
		a.assertFailed(t, b.get(callbacks[0]), oauthreg.Mismatch)
		assert.Zero(t, a.flow.count().exchange)
		for _, callback := range callbacks[1:] {
			assert.Equal(t, "/signup", b.get(callback).location)
		}
	})
}

func TestFourthPendingSignUpLetsTheOldestGo(t *testing.T) {
	t.Parallel()
	onEveryStoreInTime(t, func(t *testing.T, a *app) {
		b := a.browser()
		people := []provider.Profile{ada, bob, cyd, {ID: "8", Username: "dee"}}
		var forms []formView
		for _, person := range people {
			forms = append(forms, a.toForm(b, person))
			time.Sleep(time.Second)
		}
		for i, view := range forms {
			want := http.StatusSeeOther
			if i == 0 {
				want = http.StatusConflict
			}
			assert.Equal(t, want, b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}}).status, "person %d", i)
		}
	})
}

// Coming back takes up no further place.
func TestReturnToAWaitingSignUpLetsNobodyGo(t *testing.T) {
	t.Parallel()
	people := []provider.Profile{ada, bob, cyd}
	for i, again := range people {
		t.Run(again.Username, func(t *testing.T) {
			t.Parallel()
			onEveryStoreInTime(t, func(t *testing.T, a *app) {
				b := a.browser()
				var forms []formView
				for _, person := range people {
					forms = append(forms, a.toForm(b, person))
					time.Sleep(time.Second)
				}
				assert.Equal(t, forms[i].ID, a.toForm(b, again).ID)
				for j, view := range forms {
					p := b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
					assert.Equal(t, http.StatusSeeOther, p.status, "person %d", j)
				}
			})
		})
	}
}

// A look is no post: it shows what waits, and the app is not asked whether
// anybody may register.
func TestALookAtAPendingSignUpAsksNobody(t *testing.T) {
	t.Parallel()
	asked := 0
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.AllowSignUp = func(context.Context, *oauthreg.Pending) error { asked++; return nil }
	})
	b := a.browser()
	a.toForm(b, ada)
	a.toForm(b, bob)
	asked = 0
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		r := httptest.NewRequestWithContext(t.Context(), method, site+"/signup", nil)
		b.addCookies(r)
		p, err := a.reg.Pending(r)
		require.NoError(t, err, method)
		assert.Equal(t, bob.ID, p.Identity().Subject, "the latest")
		assert.Zero(t, asked, method)
	}
}
