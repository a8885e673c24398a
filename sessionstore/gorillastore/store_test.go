package gorillastore_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/gorillastore"
)

// request returns one with these cookies.
func request(t testing.TB, cookies ...*http.Cookie) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com/", nil)
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	return r
}

// put returns the cookies that a Put leaves in a browser.
func put(t testing.TB, store sessionstore.Store, key, value string, have ...*http.Cookie) []*http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	require.NoError(t, store.Put(w, request(t, have...), key, []byte(value), time.Hour))
	return w.Result().Cookies()
}

// get returns the value, or "(none)".
func get(t testing.TB, store sessionstore.Store, key string, cookies ...*http.Cookie) string {
	t.Helper()
	value, found, err := store.Get(request(t, cookies...), key)
	require.NoError(t, err)
	if !found {
		return "(none)"
	}
	return string(value)
}

func TestFaultsAllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := gorillastore.New(gorillastore.Config{Name: "a b", MaxBytes: 100})
	for _, field := range []string{"Store", "Keys", "BaseURL", "Name", "MaxBytes"} {
		assert.ErrorContains(t, err, "sessionstore: "+field+": ")
	}
	_, ok := errors.AsType[*sessionstore.ConfigError](err)
	assert.True(t, ok)
}

func TestNamesAndAttributes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		cfg    gorillastore.Config
		prefix string
		secure bool
	}{
		{"https", gorillastore.Config{BaseURL: "https://app.example.com"}, "__Host-oauthreg-", true},
		{"https in capitals", gorillastore.Config{BaseURL: "HTTPS://app.example.com", Name: "app"}, "__Host-app-", true},
		{"loopback", gorillastore.Config{BaseURL: "http://localhost:8080"}, "oauthreg-", false},
		{"dangerous", gorillastore.Config{BaseURL: "http://app.example.com", DangerouslyAllowHTTP: true}, "oauthreg-", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// gorilla's own defaults are SameSite=None for cookies, and not HttpOnly.
			tt.cfg.Store = sessions.NewCookieStore(random(32))
			cookies := put(t, newStore(t, tt.cfg), "handshake/request-token", "value")
			require.Len(t, cookies, 1)
			c := cookies[0]
			assert.Equal(t, tt.prefix, c.Name[:len(c.Name)-22])
			assert.NotContains(t, c.Name, "request-token")
			assert.Equal(t, tt.secure, c.Secure)
			assert.True(t, c.HttpOnly)
			assert.Equal(t, http.SameSiteLaxMode, c.SameSite)
			assert.Equal(t, "/", c.Path)
			assert.Empty(t, c.Domain)
			assert.Equal(t, 3600, c.MaxAge)
		})
	}
}

// The suite reads cookies as they are. securecookie's signed form can be read
// by who knows it, and that is what must not give a secret away.
func TestSignedCookiesDoNotShowTheValue(t *testing.T) {
	t.Parallel()
	own := sessions.NewCookieStore(random(32))
	cookies := put(t, newStore(t, gorillastore.Config{Store: own}), "key", "token-secret")
	require.Len(t, cookies, 1)
	outer, err := base64.URLEncoding.DecodeString(cookies[0].Value)
	require.NoError(t, err)
	parts := strings.SplitN(string(outer), "|", 3)
	require.Len(t, parts, 3)
	inner, err := base64.URLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	assert.Contains(t, string(inner), "oauthreg", "the test does not read the session")
	assert.NotContains(t, string(inner), "token-secret")
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]sessions.Store{
		"cookies": sessions.NewCookieStore(random(32)),
		"rotated": sessions.NewCookieStore(random(32), nil, random(32), nil),
		"files":   sessions.NewFilesystemStore(t.TempDir(), random(32)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newStore(t, gorillastore.Config{Store: own})
			cookies := put(t, store, "key", "value")
			largest := 0
			for size := 2000; size < 3000; size++ {
				w := httptest.NewRecorder()
				err := store.Put(w, request(t, cookies...), "key", make([]byte, size), time.Hour)
				if err == nil {
					largest = size
					set := w.Result().Cookies()
					require.Len(t, set, 1)
					require.LessOrEqual(t, len(set[0].Name)+len(set[0].Value), 4096, "%d bytes make a cookie that browsers drop", size)
					cookies = set
					continue
				}
				require.ErrorIs(t, err, sessionstore.ErrTooLarge, "%d bytes", size)
				assert.Empty(t, w.Header())
			}
			assert.GreaterOrEqual(t, largest, 2048)
			assert.Len(t, get(t, store, "key", cookies...), largest, "what did not fit has spoiled what was there")
		})
	}
}

// The app's sessions are in the same store.
func TestTheAppsSessionsAreLeftAlone(t *testing.T) {
	t.Parallel()
	own := sessions.NewFilesystemStore(t.TempDir(), random(32))
	store := newStore(t, gorillastore.Config{Store: own})
	r, w := request(t), httptest.NewRecorder()
	session, err := own.Get(r, "app")
	require.NoError(t, err)
	session.Values["user"] = 7
	require.NoError(t, store.Put(w, r, "key", []byte("value"), time.Hour))
	require.NoError(t, session.Save(r, w))
	require.NoError(t, store.Put(w, r, "other", []byte("value"), time.Hour))
	cookies := w.Result().Cookies()
	require.Len(t, cookies, 3)

	r, w = request(t, cookies...), httptest.NewRecorder()
	_, found, err := store.Take(w, r, "key")
	require.NoError(t, err)
	assert.True(t, found)
	session, err = own.Get(r, "app")
	require.NoError(t, err)
	assert.Equal(t, 7, session.Values["user"])
	assert.Equal(t, "value", get(t, store, "other", cookies...))
}

// What is taken, replaced or let go of does not stay in the store.
func TestNothingStaysBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		store := newStore(t, gorillastore.Config{Store: sessions.NewFilesystemStore(dir, random(32))})
		files := func() int {
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			return len(entries)
		}
		cookies := put(t, store, "key", "1")
		assert.Equal(t, 1, files())
		planted := cookies
		cookies = put(t, store, "key", "2", cookies...)
		assert.Equal(t, 1, files())
		assert.Equal(t, "(none)", get(t, store, "key", planted...), "the ID of before is used again")
		_, found, err := store.Take(httptest.NewRecorder(), request(t, cookies...), "key")
		require.NoError(t, err)
		assert.True(t, found)
		assert.Equal(t, 0, files())

		jar := map[string]*http.Cookie{}
		for i := range 40 {
			var have []*http.Cookie
			for _, cookie := range jar {
				have = append(have, cookie)
			}
			for _, cookie := range put(t, store, fmt.Sprint(i), "value", have...) {
				jar[cookie.Name] = cookie
				if cookie.MaxAge < 0 {
					delete(jar, cookie.Name)
				}
			}
			time.Sleep(time.Millisecond)
		}
		assert.Len(t, jar, files())
		assert.LessOrEqual(t, len(jar), 24)
	})
}

// Of cookies of one name the last that was put counts, whatever the order that
// a stranger's Path or Domain brings them in.
func TestPlantedDouble(t *testing.T) {
	t.Parallel()
	store := newStore(t, gorillastore.Config{Store: sessions.NewCookieStore(random(32))})
	older := put(t, store, "key", "older")[0]
	time.Sleep(time.Millisecond)
	newer := put(t, store, "key", "newer")[0]
	garbage := &http.Cookie{Name: newer.Name, Value: "garbage"}
	assert.Equal(t, "newer", get(t, store, "key", older, newer))
	assert.Equal(t, "newer", get(t, store, "key", newer, older))
	assert.Equal(t, "newer", get(t, store, "key", garbage, newer))
}

// brokenStore fails where it is told to.
type brokenStore struct {
	sessions.Store
	newErr, saveErr error
	silent          bool
}

func (s *brokenStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session, err := s.Store.New(r, name)
	if s.newErr != nil && len(r.Cookies()) > 0 {
		return session, s.newErr
	}
	return session, err
}

func (s *brokenStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	switch {
	case s.saveErr != nil:
		return s.saveErr
	case s.silent:
		return nil
	}
	return s.Store.Save(r, w, session)
}

func TestAStoreThatCannotTellIsAnError(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	own := &brokenStore{Store: sessions.NewFilesystemStore(t.TempDir(), random(32))}
	store := newStore(t, gorillastore.Config{Store: own})
	cookies := put(t, store, "key", "value")

	own.newErr = down
	_, _, err := store.Get(request(t, cookies...), "key")
	require.ErrorIs(t, err, down)
	w := httptest.NewRecorder()
	_, _, err = store.Take(w, request(t, cookies...), "key")
	require.ErrorIs(t, err, down)
	assert.Empty(t, w.Header(), "the cookie must stay, to ask again")

	own.newErr, own.saveErr = nil, down
	_, found, err := store.Take(w, request(t, cookies...), "key")
	require.ErrorIs(t, err, down)
	assert.False(t, found)
	require.ErrorIs(t, store.Put(w, request(t), "key", nil, time.Hour), down)

	own.saveErr = errors.New("SessionStore: the value to store is too big") // of redistore
	require.ErrorIs(t, store.Put(w, request(t), "key", nil, time.Hour), sessionstore.ErrTooLarge)
	assert.Empty(t, w.Header())

	own.saveErr, own.silent = nil, true
	require.ErrorContains(t, store.Put(w, request(t), "key", nil, time.Hour), "no cookie")
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	own := sessions.NewCookieStore(random(32))
	oldKey, newKey := seal.NewKey(), seal.NewKey()
	with := func(text string) *gorillastore.Store {
		keys, err := seal.Parse(text)
		require.NoError(t, err)
		return newStore(t, gorillastore.Config{Store: own, Keys: keys})
	}
	cookies := put(t, with(oldKey), "key", "value")
	assert.Equal(t, "value", get(t, with(newKey+","+oldKey), "key", cookies...))
	assert.Equal(t, "(none)", get(t, with(newKey), "key", cookies...))
}

// A program may log its stores by accident. gorilla's hold keys.
func TestDoesNotPrintSecrets(t *testing.T) {
	t.Parallel()
	sign, key := []byte("an authentication key, 32 bytes."), seal.NewKey()
	keys, err := seal.Parse(key)
	require.NoError(t, err)
	store := newStore(t, gorillastore.Config{Store: sessions.NewCookieStore(sign), Keys: keys})
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%q"} {
		text := fmt.Sprintf(verb, store)
		for _, secret := range []string{key, string(sign), fmt.Sprintf("%x", sign), fmt.Sprint(sign)} {
			assert.NotContains(t, text, secret, verb)
		}
	}
}

// gorilla names a file after its session's ID, which is as good as the cookie,
// and the errors of package os name files.
func TestErrorsDoNotNameTheSession(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := newStore(t, gorillastore.Config{Store: sessions.NewFilesystemStore(dir, random(32))})
	cookies := put(t, store, "key", "value")
	files, err := filepath.Glob(filepath.Join(dir, "session_*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.NoError(t, os.Remove(files[0]))
	require.NoError(t, os.Mkdir(files[0], 0o700))

	r := httptest.NewRequest(http.MethodGet, "https://app.example.com/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	_, _, err = store.Get(r, "key")
	require.Error(t, err)
	assert.NotContains(t, err.Error(), filepath.Base(files[0])[len("session_"):])
	assert.Contains(t, err.Error(), "gorillastore: load session: read: ")
}
