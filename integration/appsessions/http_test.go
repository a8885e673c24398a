package appsessions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

// app is a program with sessions of its own, and values of sessionstore in them.
type app struct {
	t       *testing.T
	manager *scs.SessionManager
	values  sessionstore.Store
	url     string
	client  *http.Client

	// held is called by a request with ?hold=name before it ends.
	held func(name string)
}

func newApp(t *testing.T, middleware func(*scs.SessionManager, http.Handler) http.Handler) *app {
	t.Helper()
	manager := newManager(memstore.NewWithCleanupInterval(0))
	manager.Cookie.Secure = false // it is served on loopback, without TLS
	a := &app{t: t, manager: manager, values: newSession(t, manager)}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /put/{key}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = a.values.Put(w, r, r.PathValue("key"), body, time.Hour)
		}
		a.answer(w, r, nil, true, err)
	})
	mux.HandleFunc("GET /get/{key}", func(w http.ResponseWriter, r *http.Request) {
		value, found, err := a.values.Get(r, r.PathValue("key"))
		a.answer(w, r, value, found, err)
	})
	mux.HandleFunc("POST /take/{key}", func(w http.ResponseWriter, r *http.Request) {
		value, found, err := a.values.Take(w, r, r.PathValue("key"))
		a.answer(w, r, value, found, err)
	})
	mux.HandleFunc("POST /sign-in", func(w http.ResponseWriter, r *http.Request) {
		err := manager.RenewToken(r.Context())
		manager.Put(r.Context(), "user", "jane")
		a.answer(w, r, nil, true, err)
	})
	mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) {
		a.answer(w, r, []byte(manager.GetString(r.Context(), "user")), true, nil)
	})
	server := httptest.NewServer(middleware(manager, mux))
	t.Cleanup(server.Close)
	a.url, a.client = server.URL, server.Client()
	a.client.Jar, _ = cookiejar.New(nil)
	return a
}

func loadAndSave(manager *scs.SessionManager, next http.Handler) http.Handler {
	return manager.LoadAndSave(next)
}

func (a *app) answer(w http.ResponseWriter, r *http.Request, value []byte, found bool, err error) {
	if name := r.FormValue("hold"); name != "" {
		a.held(name)
	}
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case !found:
		http.Error(w, "(none)", http.StatusNotFound)
	default:
		_, _ = w.Write(value)
	}
}

// does makes a request and returns the answer's body.
func (a *app) does(method, path, body string) string {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, bytes.NewReader([]byte(body)))
	require.NoError(a.t, err)
	response, err := a.client.Do(request)
	require.NoError(a.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(a.t, err)
	return string(bytes.TrimSpace(text))
}

func TestTwoTabs(t *testing.T) {
	t.Parallel()
	a := newApp(t, loadAndSave)
	a.does("POST", "/put/one", "of one")
	a.does("POST", "/put/two", "of two")
	assert.Equal(t, "of one", a.does("POST", "/take/one", ""))
	assert.Equal(t, "of two", a.does("GET", "/get/two", ""))
	assert.Equal(t, "of two", a.does("POST", "/take/two", ""))
	assert.Equal(t, "(none)", a.does("POST", "/take/one", ""))
	assert.Equal(t, "(none)", a.does("POST", "/take/two", ""))
}

func TestRenewTokenKeepsValues(t *testing.T) {
	t.Parallel()
	a := newApp(t, loadAndSave)
	a.does("POST", "/put/key", "value")
	before := a.token()
	a.does("POST", "/sign-in", "")
	assert.NotEqual(t, before, a.token())
	assert.Equal(t, "value", a.does("GET", "/get/key", ""))
	assert.Equal(t, "value", a.does("POST", "/take/key", ""))
	assert.Equal(t, "jane", a.does("GET", "/user", ""))
}

func (a *app) token() string {
	request, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, a.url, nil)
	require.NoError(a.t, err)
	cookies := a.client.Jar.Cookies(request.URL)
	require.Len(a.t, cookies, 1)
	return cookies[0].Value
}

func TestWithoutLoadAndSave(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(_ *scs.SessionManager, next http.Handler) http.Handler { return next })
	for _, call := range [][2]string{{"POST", "/put/key"}, {"GET", "/get/key"}, {"POST", "/take/key"}} {
		assert.Contains(t, a.does(call[0], call[1], "value"), "mount the handlers behind it", "%v", call)
	}
}

// What the documentation of SCSSession admits. If it fails, scs has learned to
// do better, and the documentation can say so.
func TestTheLaterSaveWins(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, first, second string
		check               func(a *app, first, second string)
	}{
		{"puts", "/put/one", "/put/two", func(a *app, _, _ string) {
			assert.Equal(t, "value", a.does("GET", "/get/one", ""))
			assert.Equal(t, "(none)", a.does("GET", "/get/two", ""))
		}},
		{"takes", "/take/old", "/take/old", func(_ *app, first, second string) {
			assert.Equal(t, "before", first)
			assert.Equal(t, "before", second)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, loadAndSave)
			a.does("POST", "/put/old", "before")
			arrived, release := make(chan string), make(chan struct{})
			a.held = func(name string) {
				arrived <- name
				<-release
			}
			first := make(chan string)
			go func() {
				defer close(first)
				first <- a.does("POST", tt.first+"?hold=first", "value")
			}()
			<-arrived
			second := a.does("POST", tt.second, "value")
			close(release)
			tt.check(a, <-first, second)
		})
	}
}

// The values lie in the app's database, and in its backups.
func TestTheSessionsRecordIsSealed(t *testing.T) {
	t.Parallel()
	a := newApp(t, loadAndSave)
	a.does("POST", "/sign-in", "")
	a.does("POST", "/put/handshake-request-token", "token-secret")
	records, err := a.manager.Store.(*memstore.MemStore).All()
	require.NoError(t, err)
	require.Len(t, records, 1)
	for _, record := range records {
		assert.Contains(t, string(record), "jane", "the test does not see the session")
		assert.NotContains(t, string(record), "token-secret")
		assert.NotContains(t, string(record), "request-token")
	}
}

// jsonCodec makes text of bytes, as codecs do that others are to read.
type jsonCodec struct{}

type jsonSession struct {
	Deadline time.Time
	Values   map[string]any
}

func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(jsonSession{deadline, values})
}

func (jsonCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var s jsonSession
	if err := json.Unmarshal(b, &s); err != nil {
		return time.Time{}, nil, fmt.Errorf("session: %w", err)
	}
	return s.Deadline, s.Values, nil
}

func TestAnotherCodec(t *testing.T) {
	t.Parallel()
	a := newApp(t, loadAndSave)
	a.manager.Codec = jsonCodec{}
	a.does("POST", "/put/key", "value\x00\xff")
	assert.Equal(t, "value\x00\xff", a.does("GET", "/get/key", ""))
	assert.Equal(t, "value\x00\xff", a.does("POST", "/take/key", ""))
	assert.Equal(t, "(none)", a.does("GET", "/get/key", ""))
}
