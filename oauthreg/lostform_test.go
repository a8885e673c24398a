package oauthreg_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/sessionstore"
)

// Tab 1 shows the form. In tab 2 the same person comes from the provider once more,
// and the answer to that does not arrive (the tab is closed, the line drops). The
// form of tab 1 still has its cookie.
func TestFormOfTheOtherTab(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, kind.new(t))
				b := a.browser()
				form := url.Values{oauthreg.PendingField: {a.toForm(b, ada).ID}}
				callback := a.approved(b, ada, "")
				b.clone().get(callback) // nobody sees the answer
				time.Sleep(time.Minute)
				p := b.post("/signup", form)
				assert.Equal(t, http.StatusSeeOther, p.status, p.body)
			})
		})
	}
}

// The same, and the store fails to put the new one.
func TestFormOfTheOtherTabStoreFails(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &failingPut{Store: kind.new(t)}
				a := newApp(t, store)
				b := a.browser()
				form := url.Values{oauthreg.PendingField: {a.toForm(b, ada).ID}}
				callback := a.approved(b, ada, "")
				store.fail = true
				b.get(callback)
				assert.Equal(t, oauthreg.Internal, a.last().Outcome)
				store.fail = false
				p := b.post("/signup", form)
				assert.Equal(t, http.StatusSeeOther, p.status, p.body)
			})
		})
	}
}

// On a backend that several instances share, with a Put that fails once.
type failingBackend struct {
	sessionstore.Backend
	fail *bool
}

func (s failingBackend) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if *s.fail && len(value) > 250 { // the sign-up, not the attempt
		return errStore
	}
	return s.Backend.Put(ctx, key, value, ttl)
}

func TestFormOfTheOtherTabBackendFails(t *testing.T) {
	t.Parallel()
	memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	require.NoError(t, err)
	fail := false
	store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: failingBackend{memory, &fail}, BaseURL: site})
	require.NoError(t, err)
	a := newApp(t, store)
	b := a.browser()
	form := url.Values{oauthreg.PendingField: {a.toForm(b, ada).ID}}
	callback := a.approved(b, ada, "")
	fail = true
	b.get(callback)
	require.Equal(t, oauthreg.Internal, a.last().Outcome)
	fail = false
	p := b.post("/signup", form)
	assert.Equal(t, http.StatusSeeOther, p.status, p.body)
}

type failingPut struct {
	sessionstore.Store
	fail bool
}

func (s *failingPut) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	if s.fail {
		return errStore
	}
	return s.Store.Put(w, r, key, value, ttl)
}
