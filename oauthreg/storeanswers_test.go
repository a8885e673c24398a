package oauthreg_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
)

// oddTakes is a store that answers to Take with what it should not.
type oddTakes struct {
	sessionstore.Store

	take func(value []byte, found bool, err error) ([]byte, bool, error) // may be nil
}

func (s *oddTakes) Take(w http.ResponseWriter, r *http.Request, key string) ([]byte, bool, error) {
	value, found, err := s.Store.Take(w, r, key)
	if s.take != nil {
		return s.take(value, found, err)
	}
	return value, found, err
}

// Nobody goes to the provider with an attempt that was not taken for sure.
func TestAnAttemptThatIsNotTakenForSure(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		take func(value []byte, found bool, err error) ([]byte, bool, error)
		want oauthreg.Outcome
	}{
		{"an error along with the value", func(value []byte, _ bool, _ error) ([]byte, bool, error) { return value, true, errStore }, oauthreg.Internal},
		{"another record than was looked at", func([]byte, bool, error) ([]byte, bool, error) { return []byte("{}"), true, nil }, oauthreg.Expired},
		{"nothing any more", func([]byte, bool, error) ([]byte, bool, error) { return nil, false, nil }, oauthreg.Expired},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			store := &oddTakes{Store: newMemoryStore(t)}
			a := newApp(t, store)
			b := a.browser()
			callback := a.approved(b, ada, "")
			store.take = row.take
			a.assertFailed(t, b.get(callback), row.want)
			assert.Zero(t, a.flow.count().exchange)
		})
	}
}

// A browser that has received its answer does not come back for it, also where
// the store has lost the record of it: what the exchange got is kept for those
// alone whose answer was lost.
func TestAnAnswerThatArrivedIsNotGivenAgain(t *testing.T) {
	t.Parallel()
	store := &sharedStore{values: map[string]sharedValue{}}
	a := newApp(t, store)
	a.signUp(ada)
	b := a.browser()
	callback := a.approved(b, ada, "")
	before := b.clone()
	b.get(callback)
	require.NotEmpty(t, b.user())
	b.post("/signout", nil)
	clear(store.values)
	a.assertFailed(t, b.get(callback), oauthreg.Expired)
	assert.Empty(t, b.user())
	before.get(callback)
	assert.NotEmpty(t, before.user())
}

// The developer is told of an attempt that another version wrote.
func TestAnAttemptThatCannotBeReadIsLogged(t *testing.T) {
	t.Parallel()
	store := &sharedStore{values: map[string]sharedValue{}}
	a := newApp(t, store)
	b := a.browser()
	callback := a.approved(b, ada, "")
	for key, v := range store.values {
		v.data = bytes.Clone(v.data)
		v.data[0] = 0xee
		store.values[key] = v
	}
	a.assertFailed(t, b.get(callback), oauthreg.Expired)
	assert.Contains(t, a.logs.String(), "an attempt cannot be read")
}

// Signed in is signed in, also where a sign-up stays behind.
func TestSignInThatLeavesASignUpBehind(t *testing.T) {
	t.Parallel()
	store := &faultyStore{Store: newMemoryStore(t)}
	a := newApp(t, store)
	b := a.browser()
	a.toForm(b, ada)
	user := a.signUp(ada) // in another browser
	callback := a.approved(b, ada, "/inbox")
	store.breakOp("take", 1, errStore) // the first is that of the attempt
	assert.Equal(t, "/inbox", b.get(callback).location)
	assert.Equal(t, user, b.user())
	require.Len(t, a.logs.lines(slog.LevelWarn), 1)
	assert.Contains(t, a.logs.String(), "was not removed")
}

// Whom the app knows by their address is not sent to sign in for a sign-up that
// does not wait.
func TestAnAddressInUseOnASessionStoreThatFails(t *testing.T) {
	t.Parallel()
	store := &faultyStore{Store: newMemoryStore(t)}
	a := newApp(t, store, withDirectory(&directory{users: map[string]string{"ada@example.com": "user-ada"}}))
	b := a.browser()
	callback := a.approved(b, ada, "")
	store.breakOp("put", 0, errStore)
	a.assertFailed(t, b.get(callback), oauthreg.Internal)
	require.ErrorIs(t, a.last().Err, errStore)
	store.breakOp("", 0, nil)
	b.get(callback)
	assert.Equal(t, oauthreg.EmailInUse, a.last().Outcome, "a reload goes on")
}

// A token that no account store takes is told at the callback, not when the form
// has been filled in.
func TestATokenThatCannotBeStoredEndsAtTheCallback(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	a.flow.editToken = func(tok *provider.Token) { tok.Scope = "\xff" }
	b := a.browser()
	a.assertFailed(t, b.get(a.approved(b, ada, "")), oauthreg.Internal)
	require.ErrorContains(t, a.last().Err, "not UTF-8")
	assert.Equal(t, http.StatusConflict, b.get("/signup").status)
}

// A sign-up that is gone is no record of another version: there is nothing to
// warn of.
func TestASignUpThatIsGoneIsNotLogged(t *testing.T) {
	t.Parallel()
	store := &sharedStore{values: map[string]sharedValue{}}
	a := newApp(t, store)
	b := a.browser()
	a.toForm(b, ada)
	clear(store.values)
	assert.Equal(t, http.StatusConflict, b.get("/signup").status)
	assert.Empty(t, a.logs.lines(slog.LevelWarn))
}

// askedStore counts how often it is asked.
type askedStore struct {
	sessionstore.Store

	asked int
}

func (s *askedStore) Get(r *http.Request, key string) ([]byte, bool, error) {
	s.asked++
	return s.Store.Get(r, key)
}

// The store is asked only for what may be a record of ours: whatever else a
// request brings makes no key in it.
func TestCookiesOfAnotherFormAskNoStore(t *testing.T) {
	t.Parallel()
	const id, since, binder = "ABCDEFGHabcd-_01", "mb0k1c3x", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, row := range []struct {
		name, cookie, value string
		asked               int
	}{
		{"ours", pendingCookies + id, "w." + since + "." + binder, 1},
		{"the longest binder", pendingCookies + id, "w." + since + "." + strings.Repeat("A", 64), 1},
		{"an ID without what comes before it", id, "w." + since + "." + binder, 0},
		{"a short ID", pendingCookies + id[1:], "w." + since + "." + binder, 0},
		{"a long ID", pendingCookies + id + "A", "w." + since + "." + binder, 0},
		{"no binder", pendingCookies + id, "w." + since, 0},
		{"a short binder", pendingCookies + id, "w." + since + "." + binder[1:], 0},
		{"a long binder", pendingCookies + id, "w." + since + "." + strings.Repeat("A", 65), 0},
		{"a binder of other letters", pendingCookies + id, "w." + since + ".1" + binder, 0},
		{"a time that is none", pendingCookies + id, "w.?." + binder, 0},
		{"nothing", pendingCookies + id, "", 0},
	} {
		store := &askedStore{Store: newMemoryStore(t)}
		a := newApp(t, store)
		p := a.browser().get("/signup", func(r *http.Request) { r.Header.Set("Cookie", row.cookie+"="+row.value) })
		assert.Equal(t, http.StatusConflict, p.status, row.name)
		assert.Equal(t, row.asked, store.asked, row.name)
	}
}
