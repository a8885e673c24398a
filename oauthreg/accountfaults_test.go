package oauthreg_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

func TestCallbackOnAnAccountStoreThatFails(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			a, accounts := onAccounts(t, kind.new(t))
			user := a.signUp(ada)
			asked := a.flow.count().exchange
			b := a.browser()
			callback := a.approved(b, ada, "/inbox")

			accounts.find = func(tokenstore.Account, bool, error) (tokenstore.Account, bool, error) {
				return tokenstore.Account{}, false, errStore
			}
			a.assertFailed(t, b.get(callback), oauthreg.Internal)
			assert.ErrorIs(t, a.last().Err, errStore)
			accounts.find = nil
			for _, err := range []error{errStore, tokenstore.ErrTaken} {
				accounts.link = func(tokenstore.Account) error { return err }
				a.assertFailed(t, b.get(callback), oauthreg.Internal)
				assert.ErrorIs(t, a.last().Err, err)
			}
			assert.Empty(t, b.user())
			assert.Equal(t, http.StatusConflict, b.get("/signup").status, "nothing half done")

			accounts.link = nil
			assert.Equal(t, "/inbox", b.get(callback).location, "a reload goes on")
			assert.Equal(t, user, b.user())
			assert.Equal(t, asked+1, a.flow.count().exchange)
		})
	}
}

func TestCompleteOnAnAccountStoreThatFails(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			a, accounts := onAccounts(t, kind.new(t))
			b := a.browser()
			a.toForm(b, ada)
			for name, fail := range map[string]func(){
				"link": func() { accounts.link = func(tokenstore.Account) error { return errStore } },
				"taken, and the owner not found": func() {
					accounts.link = func(tokenstore.Account) error { return tokenstore.ErrTaken }
				},
				"taken, and find": func() {
					accounts.link = func(tokenstore.Account) error { return tokenstore.ErrTaken }
					accounts.find = func(tokenstore.Account, bool, error) (tokenstore.Account, bool, error) {
						return tokenstore.Account{}, false, errStore
					}
				},
			} {
				accounts.link, accounts.find = nil, nil
				fail()
				assert.Equal(t, http.StatusInternalServerError, b.post("/signup", nil).status, name)
				assert.Empty(t, b.user())
				assert.Zero(t, a.userCount(), "the app rolls back")
			}
			accounts.link, accounts.find = nil, nil
			assert.Equal(t, http.StatusSeeOther, b.post("/signup", nil).status, "the sign-up still waits")
		})
	}
}

// A database that compares without regard to case or accents (CVE-2024-32879)
// returns the account of somebody else.
func TestAccountOfAnotherIdentityIsNotSignedIn(t *testing.T) {
	t.Parallel()
	upper, lower := ada, ada
	upper.ID, lower.ID = "ABC", "abc"
	folded := func(accounts *faultyAccounts, t *testing.T) {
		accounts.find = func(a tokenstore.Account, found bool, err error) (tokenstore.Account, bool, error) {
			if found || err != nil {
				return a, found, err
			}
			return accounts.Store.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: lower.ID})
		}
	}
	t.Run("at the callback", func(t *testing.T) {
		t.Parallel()
		a, accounts := onAccounts(t, newMemoryStore(t))
		a.signUp(lower)
		folded(accounts, t)
		b := a.browser()
		a.assertFailed(t, b.get(a.approved(b, upper, "")), oauthreg.Internal)
		assert.Empty(t, b.user())
	})
	t.Run("at the form", func(t *testing.T) {
		t.Parallel()
		a, accounts := onAccounts(t, newMemoryStore(t))
		b := a.browser()
		a.toForm(b, upper)
		victim := a.signUp(lower)
		folded(accounts, t)
		accounts.link = func(account tokenstore.Account) error {
			if account.UserID != victim {
				return tokenstore.ErrTaken
			}
			return nil
		}
		assert.NotEqual(t, http.StatusSeeOther, b.post("/signup", nil).status)
		assert.NotEqual(t, victim, b.user())
		assert.Empty(t, a.owner(upper))
	})
}

// Whose stored token cannot be opened any more (a lost key) can still sign in:
// the new token mends the row.
func TestSignInDoesNotNeedTheStoredToken(t *testing.T) {
	t.Parallel()
	rows := tokenstore.NewMemory()
	sealedWithNewKey := func() *tokenstore.Sealed {
		keys, err := seal.Parse(seal.NewKey())
		require.NoError(t, err)
		sealed, err := tokenstore.Seal(rows, keys)
		require.NoError(t, err)
		return sealed
	}
	before := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Accounts = sealedWithNewKey() })
	user := before.signUp(ada)

	after := sealedWithNewKey()
	_, found, err := after.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: ada.ID})
	require.ErrorIs(t, err, tokenstore.ErrUnreadable)
	require.True(t, found)
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Accounts = after })
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	assert.Equal(t, user, b.user(), "%v", a.last().Err)
	account, _, err := after.Find(t.Context(), tokenstore.Identity{Provider: "fake", Subject: ada.ID})
	require.NoError(t, err)
	assert.False(t, account.Token.IsZero())
}

// Complete signs in the owner too, when only their stored token is in doubt.
func TestCompleteDoesNotNeedTheOwnersStoredToken(t *testing.T) {
	t.Parallel()
	a, accounts := onAccounts(t, newMemoryStore(t))
	b := a.browser()
	a.toForm(b, ada)
	owner := a.signUp(ada)
	accounts.find = func(account tokenstore.Account, found bool, _ error) (tokenstore.Account, bool, error) {
		return account, found, fmt.Errorf("wrapped: %w", tokenstore.ErrUnreadable)
	}
	p := b.post("/signup", nil)
	assert.Equal(t, http.StatusSeeOther, p.status, p.body)
	assert.Equal(t, owner, b.user())
}

// Recovery after a conflict goes by the identity alone: by e-mail or name it
// could be somebody else (CVE-2025-61783).
func TestConflictIsResolvedByIdentityAlone(t *testing.T) {
	t.Parallel()
	a, accounts := onAccounts(t, newMemoryStore(t))
	namesake := bob
	namesake.Username, namesake.Email, namesake.EmailVerified = ada.Username, ada.Email, true
	victim := a.signUp(namesake)
	b := a.browser()
	a.toForm(b, ada)
	accounts.link = func(account tokenstore.Account) error {
		if strings.HasPrefix(account.UserID, "user-") {
			return tokenstore.ErrTaken // of an index on something else
		}
		return errors.New("not reached")
	}
	assert.Equal(t, http.StatusInternalServerError, b.post("/signup", nil).status)
	assert.NotEqual(t, victim, b.user())
}
