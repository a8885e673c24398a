package appsessions_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/sessiontest"
)

// The manager as it is released has the methods.
var _ sessionstore.SCSManager = (*scs.SessionManager)(nil)

func TestSessionManagerConforms(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite waits for values to expire, on every database; run it without -short")
	}
	t.Parallel()
	for _, s := range []store{inMemory, onRedis} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			manager := newManager(s.open(t))
			sessiontest.Run(t, sessiontest.Config{
				New: func(t *testing.T) sessionstore.Store {
					return &oneAtATime{manager: manager, store: newSession(t, manager)}
				},
				RealTime: s.realTime,
			})
		})
	}
}

func newManager(store sessionstore.SCSStore) *scs.SessionManager {
	manager := scs.New()
	manager.Store = store
	manager.Cookie.Secure = true
	return manager
}

func newSession(t testing.TB, manager sessionstore.SCSManager) *sessionstore.SCSSession {
	t.Helper()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	session, err := sessionstore.NewSCSSession(sessionstore.SCSSessionConfig{Manager: manager, Keys: keys})
	require.NoError(t, err)
	return session
}

// oneAtATime does around each call what LoadAndSave does around a request. It
// lets no two happen at the same time: what the manager makes of those is not
// what the suite asks for, see TestTheLaterSaveWins.
type oneAtATime struct {
	manager *scs.SessionManager
	store   *sessionstore.SCSSession
	mu      sync.Mutex
}

func (o *oneAtATime) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	return o.during(w, r, func(r *http.Request) error { return o.store.Put(w, r, key, value, ttl) })
}

func (o *oneAtATime) Get(r *http.Request, key string) (value []byte, found bool, err error) {
	err = o.during(nil, r, func(r *http.Request) (err error) {
		value, found, err = o.store.Get(r, key)
		return err
	})
	return value, found, err
}

func (o *oneAtATime) Take(w http.ResponseWriter, r *http.Request, key string) (value []byte, found bool, err error) {
	err = o.during(w, r, func(r *http.Request) (err error) {
		value, found, err = o.store.Take(w, r, key)
		return err
	})
	return value, found, err
}

// during is LoadAndSave, for a response that several calls can be made for.
func (o *oneAtATime) during(w http.ResponseWriter, r *http.Request, call func(r *http.Request) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var token string
	if cookie, err := r.Cookie(o.manager.Cookie.Name); err == nil {
		token = cookie.Value
	}
	var kept []string
	if w != nil {
		for _, line := range w.Header().Values("Set-Cookie") {
			if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == o.manager.Cookie.Name {
				token = cookie.Value
				continue
			}
			kept = append(kept, line)
		}
	}
	ctx, err := o.manager.Load(r.Context(), token)
	if err != nil {
		return err
	}
	if err := call(r.WithContext(ctx)); err != nil {
		return err
	}
	if o.manager.Status(ctx) != scs.Modified {
		return nil
	}
	token, expiry, err := o.manager.Commit(ctx)
	if err != nil {
		return err
	}
	w.Header()["Set-Cookie"] = kept
	o.manager.WriteSessionCookie(ctx, w, token, expiry)
	return nil
}
