package oauthreg_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

var errStore = errors.New("the store is down")

func TestSessionStoreThatFails(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, op  string
		skip      int
		known     bool
		want      oauthreg.Outcome
		exchanges int
	}{
		{"looking for the attempt", "get", 0, false, oauthreg.Internal, 0},
		{"taking the attempt", "take", 0, false, oauthreg.Internal, 0},
		{"keeping the sign-up", "put", 0, false, oauthreg.Internal, 1},
		// What matters is done; only the trace for a reload is missing.
		{"noting the end of a sign-up", "put", 1, false, oauthreg.NewUser, 1},
		{"noting the end of a sign-in", "put", 0, true, oauthreg.Returning, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, kind := range storeKinds {
				t.Run(kind.name, func(t *testing.T) {
					t.Parallel()
					store := &faultyStore{Store: kind.new(t)}
					a := newApp(t, store)
					if row.known {
						a.signUp(ada)
					}
					asked := a.flow.count().exchange
					b := a.browser()
					callback := a.approved(b, ada, "")
					store.breakOp(row.op, row.skip, errStore)
					p := b.get(callback)
					assert.Equal(t, row.want, a.last().Outcome)
					assert.Equal(t, asked+row.exchanges, a.flow.count().exchange)
					store.breakOp("", 0, nil)
					if row.want != oauthreg.Internal {
						assert.NotEmpty(t, a.logs.lines(slog.LevelWarn))
						return
					}
					a.assertFailed(t, p, oauthreg.Internal)
					assert.ErrorIs(t, a.last().Err, errStore)
					assert.NotEmpty(t, a.logs.lines(slog.LevelError))
					assert.Empty(t, b.user())
					assert.Equal(t, http.StatusConflict, b.get("/signup").status, "nothing half done")
					assert.Equal(t, "/signup", b.get(callback).location, "a reload goes on")
					assert.LessOrEqual(t, a.flow.count().exchange, asked+1)
				})
			}
		})
	}
}

func TestStartOnASessionStoreThatFails(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			store := &faultyStore{Store: kind.new(t)}
			a := newApp(t, store)
			store.breakOp("put", 0, errStore)
			b := a.browser()
			a.assertFailed(t, b.post("/auth/fake/start", nil), oauthreg.Internal)
			assert.Empty(t, b.jar)
			assert.NotContains(t, a.last().Location, "fake.example")

			store.breakOp("", 0, nil)
			for range 10 {
				a.start(b, "")
			}
			store.breakOp("take", 0, errStore) // the eleventh has to make room
			a.assertFailed(t, b.post("/auth/fake/start", nil), oauthreg.Internal)
		})
	}
	t.Run("too small for any attempt", func(t *testing.T) {
		t.Parallel()
		store := &faultyStore{Store: newMemoryStore(t)}
		a := newApp(t, store)
		store.breakOp("put", 0, sessionstore.ErrTooLarge)
		a.assertFailed(t, a.browser().post("/auth/fake/start", nil), oauthreg.Internal)
		store.breakOp("", 0, nil)
		b := a.browser()
		callback := a.approved(b, ada, "")
		store.breakOp("put", 0, sessionstore.ErrTooLarge)
		a.assertFailed(t, b.get(callback), oauthreg.Internal)
		assert.ErrorIs(t, a.last().Err, sessionstore.ErrTooLarge)
	})
}

// A fourth sign-up has to let the oldest go.
func TestRoomForASignUpOnASessionStoreThatFails(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			store := &faultyStore{Store: kind.new(t)}
			a := newApp(t, store)
			b := a.browser()
			for _, person := range []provider.Profile{ada, bob, cyd} {
				a.toForm(b, person)
			}
			callback := a.approved(b, provider.Profile{ID: "8", Username: "dee"}, "")
			store.breakOp("take", 1, errStore) // the first is that of the attempt
			a.assertFailed(t, b.get(callback), oauthreg.Internal)
			assert.ErrorIs(t, a.last().Err, errStore)
			store.breakOp("", 0, nil)
			assert.Equal(t, "/signup", b.get(callback).location)
			assert.Equal(t, "8", a.form(b).Subject)
		})
	}
}

func TestFormOnASessionStoreThatFails(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			store := &faultyStore{Store: kind.new(t)}
			a := newApp(t, store)
			b := a.browser()
			a.toForm(b, ada)

			store.breakOp("get", 0, errStore)
			p := b.get("/signup")
			assert.Equal(t, http.StatusInternalServerError, p.status)
			assert.Contains(t, p.body, errStore.Error())
			assert.Equal(t, http.StatusInternalServerError, b.post("/cancel", nil).status)
			assert.Equal(t, http.StatusInternalServerError, b.post("/signup", nil).status)

			store.breakOp("take", 0, errStore)
			cancelling := b.clone()
			assert.Equal(t, http.StatusInternalServerError, cancelling.post("/cancel", nil).status)
			leaving := b.clone()
			p = leaving.post("/signout?forget=1", nil)
			assert.Equal(t, http.StatusInternalServerError, p.status)
			assert.Empty(t, leaving.cookieNames("__Host-oauthreg_"), "the binding cookies go all the same")

			assert.Equal(t, http.StatusSeeOther, b.post("/signup", nil).status, "signed in is signed in")
			assert.Equal(t, a.owner(ada), b.user())
			assert.NotEmpty(t, a.logs.lines(slog.LevelWarn))
		})
	}
}

// A record of another version, or of nobody, is as good as none.
func TestRecordThatCannotBeReadIsAsGoodAsNone(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "{}", "null", "[]", `{"v":2}`, `{"v":1}`, `{"v":1,"p":"fake","h":{"v":9}}`, `{"v":1,"p":"fake","k":{"v":9}}`, "\x00\xff"} {
		t.Run(data, func(t *testing.T) {
			t.Parallel()
			store := &sharedStore{values: map[string]sharedValue{}}
			a := newApp(t, store)
			b := a.browser()
			a.toForm(b, ada)
			callback := a.approved(b, bob, "")
			for key, v := range store.values {
				v.data = []byte(data)
				store.values[key] = v
			}
			a.assertFailed(t, b.get(callback), oauthreg.Expired)
			assert.Equal(t, http.StatusConflict, b.get("/signup").status)
			assert.NotEmpty(t, a.logs.lines(slog.LevelWarn))
			assert.Zero(t, a.flow.count().exchange-1)
		})
	}
}

// A record in the place of another: the person in it is not the one that the
// place is for, nor is the provider.
func TestRecordInTheWrongPlaceIsNotUsed(t *testing.T) {
	t.Parallel()
	store := &sharedStore{values: map[string]sharedValue{}}
	a := newApp(t, store)
	b := a.browser()
	a.toForm(b, ada)
	other := a.browser()
	callback := a.approved(other, bob, "")
	require.Equal(t, http.StatusSeeOther, other.get(callback).status)
	var ofAda, ofBob string
	for key := range store.values {
		if strings.HasPrefix(key, "new/") {
			if strings.Contains(string(store.values[key].data), ada.ID) {
				ofAda = key
			} else {
				ofBob = key
			}
		}
	}
	store.values[ofAda] = store.values[ofBob]
	assert.Equal(t, http.StatusConflict, b.get("/signup").status)
}

// faultyAccounts fails, or answers with what it should not.
type faultyAccounts struct {
	tokenstore.Store

	find func(a tokenstore.Account, found bool, err error) (tokenstore.Account, bool, error)
	link func(a tokenstore.Account) error
}

func (s *faultyAccounts) Find(ctx context.Context, id tokenstore.Identity) (tokenstore.Account, bool, error) {
	a, found, err := s.Store.Find(ctx, id)
	if s.find != nil {
		return s.find(a, found, err)
	}
	return a, found, err
}

func (s *faultyAccounts) Link(ctx context.Context, a tokenstore.Account) error {
	if s.link != nil {
		if err := s.link(a); err != nil {
			return err
		}
	}
	return s.Store.Link(ctx, a)
}

// onAccounts returns an app whose account store can be made to fail.
func onAccounts(t *testing.T, sessions sessionstore.Store) (*app, *faultyAccounts) {
	t.Helper()
	faulty := &faultyAccounts{}
	a := newApp(t, sessions, func(cfg *oauthreg.Config) {
		faulty.Store = cfg.Accounts
		cfg.Accounts = faulty
	})
	return a, faulty
}
