package gorillastore_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore/gorillastore"
)

// browse makes one visit with a browser's cookies and returns those it has then.
func browse(t *testing.T, have []*http.Cookie, visit func(w http.ResponseWriter, r *http.Request)) []*http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	visit(w, request(t, have...))
	have = slices.Clone(have)
	for _, cookie := range w.Result().Cookies() {
		have = slices.DeleteFunc(have, func(c *http.Cookie) bool { return c.Name == cookie.Name })
		if cookie.MaxAge >= 0 {
			have = append(have, cookie)
		}
	}
	return have
}

// fill puts n values, a second apart, and returns the cookies.
func fill(t *testing.T, store *gorillastore.Store, n int) (cookies []*http.Cookie) {
	t.Helper()
	for i := range n {
		time.Sleep(time.Second)
		cookies = browse(t, cookies, func(w http.ResponseWriter, r *http.Request) {
			require.NoError(t, store.Put(w, r, fmt.Sprint(i), []byte("value"), time.Hour))
		})
	}
	return cookies
}

// roomy has room for as many values as there can be.
func roomy(t *testing.T) *gorillastore.Store {
	t.Helper()
	return newStore(t, gorillastore.Config{Store: sessions.NewCookieStore(random(32)), MaxBytes: 64 << 10})
}

// The oldest value goes, wherever its cookie stands: putting again makes it young.
func TestRoomByAgeNotByPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := roomy(t)
		have := fill(t, store, 24)
		for _, key := range []string{"0", "new"} {
			time.Sleep(time.Second)
			have = browse(t, have, func(w http.ResponseWriter, r *http.Request) {
				require.NoError(t, store.Put(w, r, key, []byte("again"), time.Hour))
			})
			// The cookie put last is sent first.
			have = append(have[len(have)-1:], have[:len(have)-1]...)
		}
		assert.Len(t, have, 24)
		assert.Equal(t, "again", get(t, store, "0", have...))
		assert.Equal(t, "(none)", get(t, store, "1", have...))
		assert.Equal(t, "value", get(t, store, "2", have...))
	})
}

// What the response so far sets takes room, and what it drops takes none.
func TestRoomCountsTheResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := roomy(t)
		have := browse(t, nil, func(w http.ResponseWriter, r *http.Request) {
			for i := range 30 {
				time.Sleep(time.Second)
				require.NoError(t, store.Put(w, r, fmt.Sprint(i), []byte("value"), time.Hour))
			}
		})
		assert.Len(t, have, 24)
		have = browse(t, have, func(w http.ResponseWriter, r *http.Request) {
			_, found, err := store.Take(w, r, "29")
			require.NoError(t, err)
			require.True(t, found)
			require.NoError(t, store.Put(w, r, "new", []byte("value"), time.Hour))
		})
		assert.Len(t, have, 24)
		assert.Equal(t, "value", get(t, store, "6", have...), "the oldest of those left")
	})
}

// The app's cookies take no room here and are not let go of, whether the browser
// sends them or this response sets them; nor is a line that is no cookie.
func TestRoomLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := roomy(t)
		have := fill(t, store, 23)
		var names []string
		for i := range 10 {
			names = append(names, fmt.Sprintf("app%d", i))
		}
		names = append(names, "__Host-oauthreg", "__Host-oauthreg-short", "__Host-oauthreg-"+strings.Repeat(".", 22),
			"oauthreg-"+strings.Repeat("x", 22))
		for _, name := range names {
			have = append(have, &http.Cookie{Name: name, Value: "value"})
		}
		have = browse(t, have, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Set-Cookie", "=no name")
			for i := range 10 {
				http.SetCookie(w, &http.Cookie{Name: fmt.Sprintf("set%d", i), Value: strings.Repeat("v", 10<<10)})
			}
			require.NoError(t, store.Put(w, r, "23", []byte("value"), time.Hour))
		})
		assert.Len(t, have, 24+len(names)+10)
		for i := range 24 {
			assert.Equal(t, "value", get(t, store, fmt.Sprint(i), have...), "value %d", i)
		}
	})
}

// A request with thousands of our names costs the app's store a bounded number
// of loads, and what the browser was given last stays.
func TestRoomLooksAtSoManyOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := &countingStore{Store: sessions.NewCookieStore(random(32))}
		store := newStore(t, gorillastore.Config{Store: inner, MaxBytes: 64 << 10})
		have := fill(t, store, 24)
		planted := make([]*http.Cookie, 1000)
		for i := range planted {
			planted[i] = &http.Cookie{Name: fmt.Sprintf("__Host-oauthreg-%022d", i), Value: "x"}
		}
		inner.loads = 0
		left := browse(t, append(planted, have...), func(w http.ResponseWriter, r *http.Request) {
			require.NoError(t, store.Put(w, r, "new", []byte("value"), time.Hour))
		})
		assert.LessOrEqual(t, inner.loads, 100)
		assert.Len(t, left, 1000+1, "as many are dropped as there may be, and not more")
		for i := range 24 {
			assert.Equal(t, "value", get(t, store, fmt.Sprint(i), left[len(left)-25:]...), "value %d", i)
		}
	})
}

// Those of one browser are all looked at, also where others stand among them.
func TestRoomLooksAtTwiceAsManyAsThereMayBe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := roomy(t)
		have := fill(t, store, 24)
		for i := range 24 {
			have = append(have, &http.Cookie{Name: fmt.Sprintf("__Host-oauthreg-%022d", i), Value: "x"})
		}
		have = browse(t, have, func(w http.ResponseWriter, r *http.Request) {
			require.NoError(t, store.Put(w, r, "new", []byte("value"), time.Hour))
		})
		for i := range 24 {
			assert.Equal(t, "value", get(t, store, fmt.Sprint(i), have...), "value %d", i)
		}
	})
}

// countingStore counts what is asked of it.
type countingStore struct {
	sessions.Store
	loads int
}

func (c *countingStore) New(r *http.Request, name string) (*sessions.Session, error) {
	c.loads++
	return c.Store.New(r, name)
}
