package gorillastore_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore/gorillastore"
)

// changedStore answers New in a way of its own once change is set.
type changedStore struct {
	sessions.Store
	change func(*sessions.Session) (*sessions.Session, error)
}

func (s *changedStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session, err := s.Store.New(r, name)
	if s.change != nil {
		return s.change(session)
	}
	return session, err
}

// Stores say in ways of their own that there is no such session, some with a
// session that is not empty. None of them is an error, and nothing is found.
func TestASessionThatTheStoreDoesNotHaveIsNotFound(t *testing.T) {
	t.Parallel()
	with := func(err error) func(*sessions.Session) (*sessions.Session, error) {
		return func(session *sessions.Session) (*sessions.Session, error) { return session, err }
	}
	for _, row := range []struct {
		name   string
		change func(*sessions.Session) (*sessions.Session, error)
	}{
		{"no row", with(sql.ErrNoRows)},
		{"no file", with(fs.ErrNotExist)},
		{"the value is too long", with(errors.New("securecookie: the value is too long"))},
		{"nothing", func(*sessions.Session) (*sessions.Session, error) { return nil, nil }},
		{"a new one", func(session *sessions.Session) (*sessions.Session, error) {
			session.IsNew = true
			return session, nil
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			own := &changedStore{Store: sessions.NewFilesystemStore(t.TempDir(), random(32))}
			store := newStore(t, gorillastore.Config{Store: own})
			cookies := put(t, store, "key", "value")
			require.Equal(t, "value", get(t, store, "key", cookies...))
			own.change = row.change
			assert.Equal(t, "(none)", get(t, store, "key", cookies...))
		})
	}
}

// Without a session of the store's there is nothing to put a value into.
func TestPutNeedsASession(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	for _, row := range []struct {
		name   string
		change func(*sessions.Session) (*sessions.Session, error)
		want   string
	}{
		{"an error", func(*sessions.Session) (*sessions.Session, error) { return nil, down }, "gorillastore: new session: connection refused"},
		{"an error and a session", func(session *sessions.Session) (*sessions.Session, error) { return session, down },
			"gorillastore: new session: connection refused"},
		{"neither", func(*sessions.Session) (*sessions.Session, error) { return nil, nil }, "gorillastore: the store made no session"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			own := &changedStore{Store: sessions.NewCookieStore(random(32)), change: row.change}
			w := httptest.NewRecorder()
			require.EqualError(t, newStore(t, gorillastore.Config{Store: own}).Put(w, request(t), "key", []byte("value"), time.Hour), row.want)
			assert.Empty(t, w.Header())
		})
	}
}

// What this response has dropped already, the store is not asked for.
func TestTakenTwiceInOneResponse(t *testing.T) {
	t.Parallel()
	own := &brokenStore{Store: sessions.NewFilesystemStore(t.TempDir(), random(32))}
	store := newStore(t, gorillastore.Config{Store: own})
	r, w := request(t, put(t, store, "key", "value")...), httptest.NewRecorder()
	_, found, err := store.Take(w, r, "key")
	require.NoError(t, err)
	require.True(t, found)

	own.newErr = errors.New("connection refused")
	_, found, err = store.Take(w, r, "key")
	require.NoError(t, err)
	assert.False(t, found)
}

// The store is not asked for what cannot have been put, whatever cookies came.
func TestKeysThatCannotHaveBeenPut(t *testing.T) {
	t.Parallel()
	own := &brokenStore{Store: sessions.NewCookieStore(random(32)), newErr: errors.New("connection refused")}
	store := newStore(t, gorillastore.Config{Store: own})
	for _, key := range []string{"", "a b", "a\n", "\u00e9", strings.Repeat("a", 129)} {
		hash := sha256.Sum256([]byte(key))
		planted := &http.Cookie{Name: "__Host-oauthreg-" + base64.RawURLEncoding.EncodeToString(hash[:])[:22], Value: "planted"}
		_, found, err := store.Get(request(t, planted), key)
		require.NoError(t, err, "%q", key)
		assert.False(t, found)
		w := httptest.NewRecorder()
		_, found, err = store.Take(w, request(t, planted), key)
		require.NoError(t, err, "%q", key)
		assert.False(t, found)
		assert.Empty(t, w.Header())
	}
}

// Where there is no cookie there is none to drop.
func TestTakeOfNothing(t *testing.T) {
	t.Parallel()
	store := newStore(t, gorillastore.Config{Store: sessions.NewCookieStore(random(32))})
	w := httptest.NewRecorder()
	_, found, err := store.Take(w, request(t), "key")
	require.NoError(t, err)
	assert.False(t, found)
	assert.Empty(t, w.Header())
}
