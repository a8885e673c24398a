package oauthreg_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

func TestSignUpFromTheButtonToTheAccount(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		require.Equal(t, "/signup", b.get(a.approved(b, ada, "/inbox")).location)
		view := a.form(b)
		assert.Equal(t, url.Values{
			oauthreg.FieldUsername: {"ada_quill"}, oauthreg.FieldEmail: {"ada@example.com"}, oauthreg.FieldName: {"Ada Quill"},
			oauthreg.FieldFirstName: {"Ada"}, oauthreg.FieldLastName: {"Quill"}, oauthreg.FieldLocation: {"Porto"},
			oauthreg.FieldURL: {"https://ada.example/"}, oauthreg.FieldAvatarURL: {"https://img.example/ada.png"},
		}, view.Values)

		p := b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Equal(t, "/inbox", p.location)
		assert.Equal(t, "no-store", p.header.Get("Cache-Control"))
		assert.Equal(t, "user-1", b.user())
		account, found, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: ada.ID})
		require.NoError(t, err)
		require.True(t, found)
		assert.Equal(t, "user-1", account.UserID)
		assert.Equal(t, "ada_quill", account.Username)
		assert.False(t, account.Token.IsZero())
		assert.Contains(t, a.flow.secrets, account.Token.Access.Reveal())

		assert.Equal(t, http.StatusConflict, b.get("/signup").status, "nothing waits any more")
		assert.Equal(t, calls{1, 1, 1}, a.flow.count(), "the form asks the provider for nothing")
	})
}

// With nothing missing an app may leave the form out: Complete goes in the
// handler of SignUpURL itself.
func TestSignUpWithNothingMissingNeedsNoForm(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "/inbox")
		b.get(callback)
		b.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p, err := a.reg.Pending(r)
			assert.NoError(t, err)
			assert.Empty(t, p.Missing(oauthreg.FieldUsername, oauthreg.FieldEmail, oauthreg.FieldName))
			assert.Empty(t, p.Missing())
			done, err := a.reg.Complete(w, r, "user-at-once")
			assert.NoError(t, err)
			assert.Equal(t, "/inbox", done.Next)
		})
		b.get("/signup")
		assert.Equal(t, "user-at-once", b.user())
		assert.Equal(t, "user-at-once", a.owner(ada))
	})
}

func TestSignUpCannotBeChangedByWhatTheFormPosts(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		view := a.toForm(b, ada)
		p := b.post("/signup?provider=other&next=//evil.example&oauthreg_pending=x", url.Values{
			oauthreg.PendingField: {view.ID}, "provider": {"other"}, "uid": {bob.ID}, "subject": {bob.ID}, "id": {bob.ID},
			"verified": {"true"}, "email_verified": {"true"}, "next": {"https://evil.example/"}, "token": {"x"}, "user_id": {"root"},
		})
		assert.Equal(t, "/", p.location)
		assert.NotEmpty(t, a.owner(ada))
		assert.Empty(t, a.owner(bob))
		assert.Equal(t, "user-1", b.user())
	})
}

func TestConcurrentSubmitsMakeOneUser(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		view := a.toForm(b, ada)
		form := url.Values{oauthreg.PendingField: {view.ID}}
		pages, tabs := make([]page, 32), make([]*browser, 32)
		var wg sync.WaitGroup
		for i := range pages {
			tabs[i] = b.clone()
			wg.Go(func() { pages[i] = tabs[i].post("/signup", form) })
		}
		wg.Wait()
		owner := a.owner(ada)
		require.NotEmpty(t, owner)
		assert.Equal(t, 1, a.userCount())
		done := 0
		for i, p := range pages {
			switch p.status {
			case http.StatusSeeOther:
				done++
				assert.Equal(t, owner, tabs[i].user(), "whoever is answered is signed in as the one user")
			default:
				assert.Equal(t, http.StatusConflict, p.status, p.body)
			}
		}
		assert.Positive(t, done)
		accounts, err := a.accounts.ListByUser(t.Context(), owner)
		require.NoError(t, err)
		assert.Len(t, accounts, 1)
	})
}

func TestDoubleSubmitMakesOneUser(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		view := a.toForm(b, ada)
		form := url.Values{oauthreg.PendingField: {view.ID}}
		again := b.clone() // pressed before the first answer came
		require.Equal(t, http.StatusSeeOther, b.post("/signup", form).status)
		p := again.post("/signup", form)
		assert.Contains(t, []int{http.StatusSeeOther, http.StatusConflict}, p.status)
		assert.Equal(t, http.StatusConflict, b.post("/signup", form).status)
		assert.Equal(t, 1, a.userCount())
	})
}

// Registered meanwhile in another browser: the form becomes a sign-in.
func TestSignUpOfSomebodyRegisteredMeanwhileSignsInTheOwner(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		late := a.browser()
		view := a.toForm(late, ada)
		owner := a.signUp(ada)
		before, _, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: ada.ID})
		require.NoError(t, err)
		p := late.post("/signup", url.Values{oauthreg.PendingField: {view.ID}})
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Equal(t, owner, late.user())
		assert.Equal(t, 1, a.userCount(), "the user that was not needed is gone")
		after, _, err := a.accounts.Find(t.Context(), before.Identity)
		require.NoError(t, err)
		assert.Equal(t, owner, after.UserID)
		assert.NotEqual(t, before.Token.Access.Reveal(), after.Token.Access.Reveal())
	})
}

func TestSignUpCannotBeResumedByAnotherBrowser(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		view := a.toForm(b, ada)
		thief := a.browser()
		a.toForm(thief, bob) // somebody with a sign-up of their own
		for _, c := range b.jar {
			if !strings.HasPrefix(c.name, "__Host-oauthreg_new_") {
				thief.jar = append(thief.jar, c) // the store's cookies, but not the binding
			}
		}
		assert.Equal(t, http.StatusConflict, a.browser().get("/signup").status)
		assert.Equal(t, http.StatusConflict, thief.post("/signup", url.Values{oauthreg.PendingField: {view.ID}}).status)
		assert.Empty(t, a.owner(ada))
	})
}

func TestWithoutASignUpThereIsNothingToComplete(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+"/signup", nil)
		_, err := a.reg.Pending(r)
		assert.ErrorIs(t, err, oauthreg.ErrNoPending)
		_, err = a.reg.Complete(w, r, "user")
		assert.ErrorIs(t, err, oauthreg.ErrNoPending)
		assert.NoError(t, a.reg.Cancel(w, r))
		assert.NoError(t, a.reg.Forget(w, r))
		assert.Empty(t, w.Header())
		assert.Empty(t, a.signIns)
	})
}

func TestCancelGivesUpOneSignUp(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		ofAda, ofBob := a.toForm(b, ada), a.toForm(b, bob)
		assert.Equal(t, http.StatusOK, b.post("/cancel", url.Values{oauthreg.PendingField: {ofAda.ID}}).status)
		assert.Equal(t, http.StatusConflict, b.post("/signup", url.Values{oauthreg.PendingField: {ofAda.ID}}).status)
		assert.Equal(t, http.StatusSeeOther, b.post("/signup", url.Values{oauthreg.PendingField: {ofBob.ID}}).status)
		assert.Empty(t, a.owner(ada))
	})
}

func TestForgetDropsEverythingThatWaits(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		a.toForm(b, ada)
		waiting := a.approved(b, bob, "")
		b.post("/signout", url.Values{"forget": {"yes"}})
		assert.Equal(t, http.StatusConflict, b.get("/signup").status)
		a.assertFailed(t, b.get(waiting), oauthreg.Mismatch)
		assert.Empty(t, b.cookieNames("__Host-oauthreg_"))
	})
}

func TestSignInMayKeepSomebodyOut(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		err  error
		want oauthreg.Outcome
	}{
		{"barred", fmt.Errorf("suspended since May: %w", oauthreg.ErrBarred), oauthreg.Barred},
		{"broken", errors.New("the session database is down"), oauthreg.Internal},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				b := a.browser()
				view := a.toForm(b, ada)
				field := url.Values{oauthreg.PendingField: {view.ID}}
				a.setSignInErr(row.err)
				p := b.post("/signup", field)
				assert.Equal(t, http.StatusInternalServerError, p.status)
				assert.Contains(t, p.body, row.err.Error(), "the app gets the error as it is")
				assert.Empty(t, b.user())
				a.setSignInErr(nil)
				assert.Equal(t, http.StatusSeeOther, b.post("/signup", field).status, "the sign-up still waits")
				user := a.owner(ada)
				require.Equal(t, user, b.user())

				a.setSignInErr(row.err)
				b = a.browser()
				a.assertFailed(t, b.get(a.approved(b, ada, "")), row.want)
				assert.ErrorIs(t, a.last().Err, row.err)
				assert.Empty(t, b.user())
				assert.Equal(t, user, a.owner(ada))
			})
		})
	}
}

// After a breakdown a reload of the callback goes on with what the exchange
// got, without asking the provider again.
func TestReloadAfterABreakdownGoesOn(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		user := a.signUp(ada)
		asked := a.flow.count()
		b := a.browser()
		callback := a.approved(b, ada, "/inbox")
		a.setSignInErr(errors.New("down"))
		a.assertFailed(t, b.get(callback), oauthreg.Internal)
		a.setSignInErr(nil)
		assert.Equal(t, "/inbox", b.get(callback).location)
		assert.Equal(t, user, b.user())
		assert.Equal(t, asked.exchange+1, a.flow.count().exchange)
	})
}

func TestAccountOfAPendingSignUpGoesIntoTheAppsTransaction(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	b := a.browser()
	a.toForm(b, ada)
	b.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := a.reg.Pending(r)
		assert.NoError(t, err)
		account := p.Account("in-tx")
		assert.Equal(t, tokenstore.Identity{Provider: "fake", Subject: ada.ID}, account.Identity)
		assert.Equal(t, "in-tx", account.UserID)
		assert.False(t, account.Token.IsZero())
		assert.NoError(t, a.accounts.Link(r.Context(), account))
		done, err := a.reg.Complete(w, r, "in-tx")
		assert.NoError(t, err)
		assert.False(t, done.Existing, "linking again changes nothing")
		assert.Equal(t, "in-tx", done.Account.UserID)
		assert.True(t, done.Account.Token.IsZero())
	})
	b.post("/signup", nil)
	assert.Equal(t, "in-tx", b.user())
	assert.Equal(t, provider.Profile{ID: ada.ID}.ID, a.signIns[0].Subject)
}
