package oauthreg_test

import (
	"bytes"
	"log/slog"
	"net/http"
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
