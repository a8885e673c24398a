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
