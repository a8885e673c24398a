package sessionstore_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

// fakeManager is a session manager whose sessions are put into the context by
// the test.
type fakeManager struct{}

type sessionKey struct{}

// inSession returns a request with the session data.
func inSession(t testing.TB, data map[string]any) *http.Request {
	t.Helper()
	ctx := context.WithValue(t.Context(), sessionKey{}, data)
	return httptest.NewRequestWithContext(ctx, http.MethodGet, "https://app.example.com/", nil)
}

func (fakeManager) data(ctx context.Context) map[string]any {
	data, ok := ctx.Value(sessionKey{}).(map[string]any)
	if !ok {
		panic("scs: no session data in context")
	}
	return data
}

func (m fakeManager) Put(ctx context.Context, key string, val any) { m.data(ctx)[key] = val }
func (m fakeManager) Get(ctx context.Context, key string) any      { return m.data(ctx)[key] }
func (m fakeManager) Remove(ctx context.Context, key string)       { delete(m.data(ctx), key) }
func (m fakeManager) Keys(ctx context.Context) []string            { return slices.Sorted(maps.Keys(m.data(ctx))) }
func (m fakeManager) Pop(ctx context.Context, key string) (taken any) {
	taken = m.data(ctx)[key]
	delete(m.data(ctx), key)
	return taken
}

func newSCSSession(t testing.TB, cfg sessionstore.SCSSessionConfig) *sessionstore.SCSSession {
	t.Helper()
	if cfg.Manager == nil {
		cfg.Manager = fakeManager{}
	}
	if cfg.Keys == nil {
		cfg.Keys = newKeys(t, seal.NewKey())
	}
	s, err := sessionstore.NewSCSSession(cfg)
	require.NoError(t, err)
	return s
}

func TestSCSSessionFaults(t *testing.T) {
	t.Parallel()
	_, err := sessionstore.NewSCSSession(sessionstore.SCSSessionConfig{Keys: &seal.Keyring{}, Name: "a b", MaxBytes: 100})
	assert.Equal(t, []string{"Manager", "Keys", "Name", "MaxBytes"}, fields(err))
}

func TestSCSSessionPutGetTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, data := newSCSSession(t, sessionstore.SCSSessionConfig{}), map[string]any{"user": 7}
		r := inSession(t, data)
		assert.False(t, s.AtomicTake())
		get := func(key string) string {
			value, found, err := s.Get(r, key)
			require.NoError(t, err)
			if !found {
				return "(none)"
			}
			return string(value)
		}
		take := func(key string) string {
			value, found, err := s.Take(nil, r, key)
			require.NoError(t, err)
			if !found {
				return "(none)"
			}
			return string(value)
		}
		assert.Equal(t, "(none)", get("key"))
		require.NoError(t, s.Put(nil, r, "key", []byte("value"), time.Minute))
		require.NoError(t, s.Put(nil, r, "other", nil, time.Hour))
		assert.Equal(t, "value", get("key"))
		require.NoError(t, s.Put(nil, r, "key", []byte("newer"), time.Minute))
		assert.Equal(t, "newer", take("key"))
		assert.Equal(t, "(none)", take("key"))
		assert.Empty(t, get("other"))

		require.NoError(t, s.Put(nil, r, "key", []byte("value"), time.Minute))
		time.Sleep(time.Minute - time.Microsecond)
		assert.Equal(t, "value", get("key"))
		time.Sleep(time.Microsecond)
		assert.Equal(t, "(none)", get("key"))
		assert.Len(t, data, 3)
		require.NoError(t, s.Put(nil, r, "third", nil, time.Hour))
		assert.Len(t, data, 3, "an expired value goes with the next Put")
		assert.Equal(t, "(none)", take("key"))
		assert.Equal(t, 7, data["user"])
	})
}

func TestSCSSessionRefuses(t *testing.T) {
	t.Parallel()
	s, data := newSCSSession(t, sessionstore.SCSSessionConfig{MaxBytes: 4 << 10}), map[string]any{}
	r := inSession(t, data)
	require.NoError(t, s.Put(nil, r, "key", []byte("value"), time.Hour))
	require.ErrorIs(t, s.Put(nil, r, "key", make([]byte, 4<<10), time.Hour), sessionstore.ErrTooLarge)
	require.Error(t, s.Put(nil, r, "a b", nil, time.Hour))
	require.Error(t, s.Put(nil, r, "key", nil, 0))
	value, found, err := s.Get(r, "key")
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, "value", string(value))
	for _, key := range []string{"", "a b", strings.Repeat("k", 129)} {
		_, found, err := s.Get(r, key)
		require.NoError(t, err)
		assert.False(t, found)
		_, found, err = s.Take(nil, r, key)
		require.NoError(t, err)
		assert.False(t, found)
	}
}

func TestSCSSessionLetsGoOfTheOldest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		size, keeps int
	}{
		{"by number", 10, 24},
		{"by bytes", 1000, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				keys := newKeys(t, seal.NewKey())
				s := newSCSSession(t, sessionstore.SCSSessionConfig{Keys: keys, MaxBytes: 4 << 10})
				other := newSCSSession(t, sessionstore.SCSSessionConfig{Keys: keys, Name: "oauthreg.other"})
				data := map[string]any{"user": 7, "oauthreg.setting": "app"}
				r := inSession(t, data)
				require.NoError(t, other.Put(nil, r, "key", []byte("other"), time.Hour))
				const n = 30
				for i := range n {
					require.NoError(t, s.Put(nil, r, fmt.Sprint(i), make([]byte, tt.size), time.Hour))
					time.Sleep(time.Millisecond)
				}
				for i := range n {
					_, found, err := s.Get(r, fmt.Sprint(i))
					require.NoError(t, err)
					assert.Equal(t, i >= n-tt.keeps, found, "value %d", i)
				}
				assert.Len(t, data, tt.keeps+3)
				_, found, err := other.Get(r, "key")
				require.NoError(t, err)
				assert.True(t, found)
			})
		})
	}
}

// What lies in a session is in a database and its backups.
func TestSCSSessionSealsValues(t *testing.T) {
	t.Parallel()
	s, data := newSCSSession(t, sessionstore.SCSSessionConfig{}), map[string]any{}
	r := inSession(t, data)
	require.NoError(t, s.Put(nil, r, "handshake/request-token", []byte("token-secret"), time.Hour))
	require.NoError(t, s.Put(nil, r, "other", []byte("other"), time.Hour))
	text := fmt.Sprintf("%s", data)
	for _, secret := range []string{"handshake", "request-token", "token-secret"} {
		assert.NotContains(t, text, secret)
	}
	moved := map[string]any{}
	fields := slices.Collect(maps.Keys(data))
	moved[fields[0]], moved[fields[1]] = data[fields[1]], data[fields[0]]
	for _, key := range []string{"handshake/request-token", "other"} {
		_, found, err := s.Get(inSession(t, moved), key)
		require.NoError(t, err)
		assert.False(t, found, "a value is found under another's key")
	}
	_, found, err := newSCSSession(t, sessionstore.SCSSessionConfig{}).Get(r, "other")
	require.NoError(t, err)
	assert.False(t, found, "found without the key")
}

func TestSCSSessionReadsWhatCodecsMakeOfBytes(t *testing.T) {
	t.Parallel()
	s, data := newSCSSession(t, sessionstore.SCSSessionConfig{}), map[string]any{}
	require.NoError(t, s.Put(nil, inSession(t, data), "key", []byte("value"), time.Hour))
	for field, stored := range data {
		for _, tt := range []struct {
			name   string
			stored any
			found  bool
		}{
			{"gob", stored, true},
			{"JSON", base64.StdEncoding.EncodeToString(stored.([]byte)), true},
			{"text", "text", false},
			{"number", 7, false},
			{"nothing", nil, false},
		} {
			value, found, err := s.Get(inSession(t, map[string]any{field: tt.stored}), "key")
			require.NoError(t, err)
			assert.Equal(t, tt.found, found, tt.name)
			if found {
				assert.Equal(t, "value", string(value), tt.name)
			}
		}
	}
}

func TestSCSSessionWithoutLoadAndSave(t *testing.T) {
	t.Parallel()
	s := newSCSSession(t, sessionstore.SCSSessionConfig{})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com/", nil)
	_, foundByGet, getErr := s.Get(r, "key")
	_, foundByTake, takeErr := s.Take(nil, r, "key")
	for _, err := range []error{s.Put(nil, r, "key", nil, time.Hour), getErr, takeErr} {
		require.ErrorContains(t, err, "LoadAndSave")
	}
	assert.False(t, foundByGet || foundByTake)
}

// panickyManager fails in a way of its own.
type panickyManager struct{ fakeManager }

func (panickyManager) Get(context.Context, string) any { panic("scs: something else") }

func TestSCSSessionLeavesOtherPanicsAlone(t *testing.T) {
	t.Parallel()
	s := newSCSSession(t, sessionstore.SCSSessionConfig{Manager: panickyManager{}})
	assert.PanicsWithValue(t, "scs: something else", func() { _, _, _ = s.Get(inSession(t, nil), "key") })
}

// The handlers have to be behind the session manager; whoever forgets it is
// told.
func ExampleNewSCSSession() {
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		fmt.Println(err)
		return
	}
	sessions, err := sessionstore.NewSCSSession(sessionstore.SCSSessionConfig{
		Manager: fakeManager{}, // in an app: the *scs.SessionManager
		Keys:    keys,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _, err = sessions.Get(httptest.NewRequest(http.MethodGet, "/", nil), "note")
	fmt.Println(err)
	// Output:
	// sessionstore: the request did not pass the session manager's LoadAndSave; mount the handlers behind it, as in http.ListenAndServe(addr, manager.LoadAndSave(mux))
}
