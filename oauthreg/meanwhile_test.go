package oauthreg_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/tokenstore"
)

// meanwhile lets something happen between looking at accounts and changing them.
type meanwhile struct {
	*tokenstore.Memory

	link, unlink func() // each once
	lost         bool   // the answers to removals are
}

func once(f *func()) {
	if happens := *f; happens != nil {
		*f = nil
		happens()
	}
}

func (s *meanwhile) Link(ctx context.Context, a tokenstore.Account) error {
	once(&s.link)
	return s.Memory.Link(ctx, a)
}

func (s *meanwhile) Unlink(ctx context.Context, user string, id tokenstore.Identity) error {
	once(&s.unlink)
	if err := s.Memory.Unlink(ctx, user, id); err != nil || !s.lost {
		return err
	}
	return errStore
}

func fakeIdentity(subject string) tokenstore.Identity {
	return tokenstore.Identity{Provider: "fake", Subject: subject}
}

// The identity was another user's when the callback looked, and would be free
// when it links.
func TestAllowConnectIsAskedBeforeEveryLink(t *testing.T) {
	t.Parallel()
	accounts, asked := &meanwhile{Memory: tokenstore.NewMemory()}, 0
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
		cfg.Accounts = accounts
		cfg.AllowConnect = func(context.Context, tokenstore.Account) error { asked++; return oauthreg.ErrBarred }
	})
	a.accounts = accounts.Memory
	a.signUp(bob)
	owner := a.owner(bob)
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	callback := a.connecting(b, bob)
	release := func() { require.NoError(t, accounts.Memory.Unlink(t.Context(), owner, fakeIdentity(bob.ID))) }
	accounts.link = release
	b.get(callback)
	assert.Equal(t, oauthreg.AccountInUse, a.last().Outcome)
	assert.Equal(t, owner, a.owner(bob))
	accounts.link = nil
	release()
	b.get(a.connecting(b, bob))
	assert.Equal(t, oauthreg.Barred, a.last().Outcome)
	assert.Equal(t, 1, asked)
	assert.Empty(t, a.owner(bob))
}

// Sign-up is closed after the callback. The identity has an owner when Complete
// looks, who would be gone when it links.
func TestAllowSignUpIsAskedBeforeEveryNewUser(t *testing.T) {
	t.Parallel()
	accounts, closed := &meanwhile{Memory: tokenstore.NewMemory()}, false
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
		cfg.Accounts = accounts
		cfg.AllowSignUp = func(context.Context, *oauthreg.Pending) error {
			if closed {
				return oauthreg.ErrSignUpClosed
			}
			return nil
		}
	})
	a.accounts = accounts.Memory
	b := a.browser()
	b.get(a.approved(b, bob, ""))
	a.signUp(bob) // elsewhere, and disconnects there in a moment
	owner := a.owner(bob)
	closed = true
	accounts.link = func() { require.NoError(t, accounts.Memory.Unlink(t.Context(), owner, fakeIdentity(bob.ID))) }
	copied := b.clone()
	copied.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		done, err := a.reg.Complete(w, r, "user-new")
		assert.NoError(t, err)
		assert.True(t, done.Existing)
		assert.Equal(t, owner, done.Account.UserID)
	})
	copied.post("/signup", url.Values{})
	assert.Equal(t, owner, a.owner(bob))
}

// Two tabs remove the last two identities, and the answer to the second removal
// is lost.
func TestTheLastWayInStaysThoughAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	accounts := &meanwhile{Memory: tokenstore.NewMemory()}
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Accounts = accounts })
	for _, subject := range []string{"1", "2", "3"} {
		require.NoError(t, accounts.Link(t.Context(), tokenstore.Account{Identity: fakeIdentity(subject), UserID: "u", Token: plainToken}))
	}
	ctx, cancel := context.WithCancel(t.Context())
	accounts.lost, accounts.unlink = true, cancel // the person closes the tab
	_, err := a.reg.Disconnect(ctx, "u", fakeIdentity("3"))
	require.NoError(t, err, "it is gone, as was asked")

	accounts.unlink = func() {
		_, err := a.reg.Disconnect(t.Context(), "u", fakeIdentity("1"))
		require.NoError(t, err)
	}
	_, err = a.reg.Disconnect(t.Context(), "u", fakeIdentity("2"))
	require.ErrorIs(t, err, oauthreg.ErrLastWayIn)
	left, err := accounts.ListByUser(t.Context(), "u")
	require.NoError(t, err)
	require.Len(t, left, 1)
	assert.Equal(t, "2", left[0].Subject)
}

// The identity is free when the callback looks, and somebody else's when it links.
func TestConnectingWhatSomebodyElseHasJustTaken(t *testing.T) {
	t.Parallel()
	accounts := &meanwhile{Memory: tokenstore.NewMemory()}
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Accounts = accounts })
	a.accounts = accounts.Memory
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	callback := a.connecting(b, bob)
	accounts.link = func() {
		require.NoError(t, accounts.Memory.Link(t.Context(), tokenstore.Account{Identity: fakeIdentity(bob.ID), UserID: "other", Token: plainToken}))
	}
	b.get(callback)
	assert.Equal(t, oauthreg.AccountInUse, a.last().Outcome)
	assert.Equal(t, "other", a.owner(bob))
}

// Of two tabs that remove one identity, one has removed it.
func TestDisconnectingWhatIsJustGone(t *testing.T) {
	t.Parallel()
	accounts := &meanwhile{Memory: tokenstore.NewMemory()}
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Accounts = accounts })
	for _, subject := range []string{"1", "2"} {
		require.NoError(t, accounts.Link(t.Context(), tokenstore.Account{Identity: fakeIdentity(subject), UserID: "u", Token: plainToken}))
	}
	accounts.unlink = func() { require.NoError(t, accounts.Memory.Unlink(t.Context(), "u", fakeIdentity("1"))) }
	_, err := a.reg.Disconnect(t.Context(), "u", fakeIdentity("1"))
	require.ErrorIs(t, err, tokenstore.ErrNotFound)
}
