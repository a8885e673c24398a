package oauthreg_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/tokenstore"
)

// Linking by address ends in a link or in a failure that changed nothing.
func TestLinkingByAddressOnAnAccountStoreThatFails(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}, verified: true}
	id := tokenstore.Identity{Provider: "fake", Subject: ada.ID}
	for _, row := range []struct {
		name  string
		fails func(accounts *faultyAccounts)
		want  oauthreg.Outcome
		err   error
		user  string
	}{
		{"link", func(f *faultyAccounts) { f.link = func(tokenstore.Account) error { return errStore } }, oauthreg.Internal, errStore, ""},
		{"taken, and the owner not found", func(f *faultyAccounts) {
			f.link = func(tokenstore.Account) error { return tokenstore.ErrTaken }
		}, oauthreg.Internal, tokenstore.ErrTaken, ""},
		{"taken once, and the owner not found", func(f *faultyAccounts) {
			f.link = func(tokenstore.Account) error { f.link = nil; return tokenstore.ErrTaken }
		}, oauthreg.Internal, tokenstore.ErrTaken, ""},
		{"taken, and find", func(f *faultyAccounts) {
			f.link = func(tokenstore.Account) error {
				f.find = func(tokenstore.Account, bool, error) (tokenstore.Account, bool, error) {
					return tokenstore.Account{Identity: id, UserID: "user-eve"}, true, errStore
				}
				return tokenstore.ErrTaken
			}
		}, oauthreg.Internal, errStore, ""},
		{"taken a moment ago", func(f *faultyAccounts) {
			f.link = func(a tokenstore.Account) error {
				if a.UserID != "user-ada" {
					return nil
				}
				f.find = func(tokenstore.Account, bool, error) (tokenstore.Account, bool, error) {
					return tokenstore.Account{Identity: id, UserID: "user-eve"}, true, nil
				}
				return tokenstore.ErrTaken
			}
		}, oauthreg.Returning, nil, "user-eve"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			accounts := &faultyAccounts{Store: tokenstore.NewMemory()}
			a := newApp(t, newMemoryStore(t), withDirectory(d, trusting("fake"), func(cfg *oauthreg.Config) { cfg.Accounts = accounts }))
			b := a.browser()
			callback := a.approved(b, ada, "")
			row.fails(accounts)
			b.get(callback)
			assert.Equal(t, row.want, a.last().Outcome)
			require.ErrorIs(t, a.last().Err, row.err)
			assert.Equal(t, row.user, b.user())
		})
	}
}

// An address that the provider vouches for and does not name is nobody's.
func TestAVerifiedAddressThatIsEmptyIsNotLookedFor(t *testing.T) {
	t.Parallel()
	person := ada
	person.Email, person.EmailVerified = "", true
	asked := 0
	a := newApp(t, newMemoryStore(t), withDirectory(&directory{}, func(cfg *oauthreg.Config) {
		cfg.UserByEmail = func(context.Context, string) (string, bool, error) { asked++; return "user-eve", true, nil }
	}, trusting("fake")))
	b := a.browser()
	b.get(a.approved(b, person, ""))
	assert.Equal(t, oauthreg.NewUser, a.last().Outcome)
	assert.Zero(t, asked)
}

// Who is signed in cannot be told: nobody is connected.
func TestConnectingWhenNobodyCanTellWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	var hook error
	var current func(*http.Request) (string, error)
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		current = cfg.CurrentUser
		cfg.CurrentUser = func(r *http.Request) (string, error) {
			user, err := current(r)
			if hook != nil {
				err = hook
			}
			return user, err
		}
	})
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	callback := a.connecting(b, bob)
	hook = errHook
	b.get(callback)
	assert.Equal(t, oauthreg.Internal, a.last().Outcome)
	require.ErrorIs(t, a.last().Err, errHook)
	assert.Empty(t, a.owner(bob))
}

func TestConnectingOnAnAccountStoreThatFails(t *testing.T) {
	t.Parallel()
	a, accounts := onAccounts(t, newMemoryStore(t))
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	callback := a.connecting(b, bob)
	accounts.link = func(tokenstore.Account) error { return errStore }
	b.get(callback)
	assert.Equal(t, oauthreg.Internal, a.last().Outcome)
	require.ErrorIs(t, a.last().Err, errStore)
}

// The app's word is asked for again before a user comes into being. Without an
// answer of the account store, nobody does.
func TestCompleteDoesNotGoOnWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	allowed := 0
	accounts := &faultyAccounts{Store: tokenstore.NewMemory()}
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.Accounts = accounts
		cfg.AllowSignUp = func(context.Context, *oauthreg.Pending) error { allowed++; return nil }
	})
	b := a.browser()
	a.toForm(b, ada)
	linked := 0
	accounts.find = func(tokenstore.Account, bool, error) (tokenstore.Account, bool, error) {
		return tokenstore.Account{}, false, errStore
	}
	accounts.link = func(tokenstore.Account) error { linked++; return nil }
	before := allowed
	assert.Equal(t, http.StatusInternalServerError, b.post("/signup", nil).status)
	assert.Equal(t, before, allowed)
	assert.Zero(t, linked)
}

// closing tells whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

// A RoundTripper closes the body also where it sends nothing.
func TestClientClosesTheBodyOfARequestThatIsNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), tokenstore.NewMemory()
		keep(t, accounts, f.issue())
		client, err := process(t, f, accounts).reg.Client(t.Context(), fakeID)
		require.NoError(t, err)
		time.Sleep(2 * time.Hour)
		require.NoError(t, accounts.Unlink(t.Context(), "ada", fakeID))
		for _, body := range []*closing{{Reader: strings.NewReader("{}")}, nil} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://fake.example/me", nil)
			require.NoError(t, err)
			if body != nil {
				req.Body = body
			}
			_, err = client.Do(req)
			require.ErrorIs(t, err, oauthreg.ErrNoAccount)
			assert.True(t, body == nil || body.closed)
		}
	})
}

// Between the form and the user the app's word may change.
func TestCompleteAsksOnceMore(t *testing.T) {
	t.Parallel()
	var word error
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.AllowSignUp = func(context.Context, *oauthreg.Pending) error { return word }
	})
	b := a.browser()
	a.toForm(b, ada)
	word = oauthreg.ErrSignUpClosed
	b.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := a.reg.Complete(w, r, "user-1")
		assert.ErrorIs(t, err, oauthreg.ErrSignUpClosed)
	})
	b.post("/signup", nil)
	assert.Empty(t, a.owner(ada))
	assert.Empty(t, a.signIns)
}

// Who meets ErrTaken and is nobody's is not linked to nobody.
func TestCompleteLinksNothingToNobody(t *testing.T) {
	t.Parallel()
	a, accounts := onAccounts(t, newMemoryStore(t))
	b := a.browser()
	a.toForm(b, ada)
	var users []string
	accounts.link = func(account tokenstore.Account) error {
		users = append(users, account.UserID)
		return tokenstore.ErrTaken
	}
	assert.Equal(t, http.StatusInternalServerError, b.post("/signup", nil).status)
	assert.Equal(t, []string{"user-1"}, users)
}
