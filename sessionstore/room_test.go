package sessionstore_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

func TestCookieTooLarge(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	b := &browser{t: t, store: store}
	// Find the largest value that fits, and see that its cookie is as large as
	// cookies can be.
	largest := 0
	for n := 2800; n < 3200; n++ {
		if b.tryPut("key", strings.Repeat("v", n), time.Hour) == nil {
			largest = n
		}
	}
	require.Greater(t, largest, 2900)
	b.put("key", strings.Repeat("v", largest))
	require.Len(t, b.jar, 1)
	size := len(b.jar[0].Name) + len(b.jar[0].Value)
	assert.Equal(t, 4096, size)

	err := b.tryPut("key", strings.Repeat("v", largest+1), time.Hour)
	require.ErrorIs(t, err, sessionstore.ErrTooLarge)
	assert.ErrorContains(t, err, fmt.Sprint(largest+1))
	assert.ErrorContains(t, err, "4096")
	assert.ErrorContains(t, err, "on the server")
	assert.Len(t, b.get("key"), largest, "a refused Put changed something")
}

func TestCookieRoom(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		maxBytes int
		value    int // bytes of each value
		puts     int
		want     int // how many are left
	}{
		{"a few", 0, 100, 10, 10},
		{"as many as there can be", 0, 10, 24, 24},
		{"too many", 0, 10, 30, 24},
		{"too large together", 0, 1000, 10, 4},
		{"the largest", 0, 2900, 3, 1},
		{"less room", 4096, 1000, 10, 2},
		{"more room", 64 << 10, 1000, 30, 24},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &browser{t: t, store: newCookie(t, sessionstore.CookieConfig{MaxBytes: tt.maxBytes})}
				for i := range tt.puts {
					time.Sleep(time.Second)
					b.put(fmt.Sprint(i), strings.Repeat("v", tt.value))
				}
				assert.Len(t, b.jar, tt.want)
				// The newest are left.
				for i := range tt.puts {
					assert.Equal(t, i >= tt.puts-tt.want, b.get(fmt.Sprint(i)) != "(none)", "value %d", i)
				}
			})
		})
	}
}

func TestCookieRoomByAgeNotByPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &browser{t: t, store: newCookie(t, sessionstore.CookieConfig{})}
		for i := range 24 {
			time.Sleep(time.Second)
			b.put(fmt.Sprint(i), "value")
		}
		// Putting again makes a value young, wherever its cookie stands.
		time.Sleep(time.Second)
		b.put("0", "again")
		b.jar = append(b.jar[len(b.jar)-1:], b.jar[:len(b.jar)-1]...)
		time.Sleep(time.Second)
		b.put("new", "value")
		assert.Equal(t, "again", b.get("0"))
		assert.Equal(t, "(none)", b.get("1"))
		assert.Equal(t, "value", b.get("2"))
	})
}

func TestCookieRoomIsNotNeededToOverwrite(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"count": 10, "bytes": 1200} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &browser{t: t, store: newCookie(t, sessionstore.CookieConfig{})}
			for i := range 24 {
				b.put(fmt.Sprint(i), strings.Repeat("v", size))
			}
			full := len(b.jar)
			b.put("23", strings.Repeat("w", size))
			assert.Len(t, b.jar, full)
		})
	}
}

func TestCookieRoomTakesFirstWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newCookie(t, sessionstore.CookieConfig{})
		b := &browser{t: t, store: store}
		for i := range 22 {
			b.put(fmt.Sprint(i), "value")
		}
		// One sealed with a key that is gone, and one that has expired.
		b.store = newCookie(t, sessionstore.CookieConfig{})
		b.jar = append(b.jar, cookie(t, b.store, "foreign", "value"))
		b.store = store
		require.NoError(t, b.tryPut("brief", "value", time.Minute))
		time.Sleep(2 * time.Minute)
		require.Len(t, b.jar, 24)

		b.put("new", "value")
		b.put("newer", "value")
		assert.Len(t, b.jar, 24)
		for i := range 22 {
			assert.Equal(t, "value", b.get(fmt.Sprint(i)), "value %d", i)
		}
	})
}

func TestCookieRoomCountsTheResponse(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	b := &browser{t: t, store: store}
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		for i := range 30 {
			require.NoError(t, store.Put(w, r, fmt.Sprint(i), []byte("value"), time.Hour))
		}
	})
	assert.Len(t, b.jar, 24)
	// What the response takes makes room without another being let go of.
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		_, found, err := store.Take(w, r, "29")
		assert.True(t, found)
		assert.NoError(t, err)
		require.NoError(t, store.Put(w, r, "new", []byte("value"), time.Hour))
	})
	assert.Len(t, b.jar, 24)
	assert.Equal(t, "value", b.get("6"), "the oldest of those left")
}

func TestCookieRoomLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	b := &browser{t: t, store: newCookie(t, sessionstore.CookieConfig{})}
	for _, name := range []string{
		"app", "__Host-app", "oauthreg", "__Host-oauthreg", "__Host-oauthreg-", "__Host-oauthreg-short",
		"__Host-oauthreg-" + strings.Repeat("x", 21), "__Host-oauthreg-" + strings.Repeat("x", 23),
		"__Host-oauthreg-" + strings.Repeat(".", 22), "oauthreg-" + strings.Repeat("x", 22),
	} {
		b.jar = append(b.jar, &http.Cookie{Name: name, Value: strings.Repeat("v", 1000)})
	}
	for i := range 30 {
		b.put(fmt.Sprint(i), "value")
	}
	assert.Len(t, b.jar, 10+24)
}

// What the app sets in the same response is not counted either, nor a line that
// is no cookie.
func TestCookieRoomLeavesTheResponseAlone(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	b := &browser{t: t, store: store}
	for i := range 23 {
		b.put(fmt.Sprint(i), "value")
	}
	header := b.visit(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", store.CookieName("23")+"=a\"b") // not what a cookie may hold
		for i := range 10 {
			http.SetCookie(w, &http.Cookie{Name: fmt.Sprintf("app%d", i), Value: strings.Repeat("v", 1000)})
		}
		require.NoError(t, store.Put(w, r, "new", []byte("value"), time.Hour))
	})
	assert.Len(t, header["Set-Cookie"], 12)
	assert.Len(t, b.jar, 24+10)
	for i := range 23 {
		assert.Equal(t, "value", b.get(fmt.Sprint(i)), "value %d", i)
	}
	assert.Equal(t, "value", b.get("new"))
}

// Whoever sends thousands of cookies does not get a response of that size.
func TestCookieRoomBoundsTheResponse(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{Keys: newKeys(t, seal.NewKey())})
	b := &browser{t: t, store: store}
	for i := range 2000 {
		b.jar = append(b.jar, &http.Cookie{Name: store.CookieName(fmt.Sprint(i)), Value: "x"})
	}
	header := b.visit(func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, store.Put(w, r, "key", []byte("value"), time.Hour))
	})
	assert.LessOrEqual(t, len(header["Set-Cookie"]), 25)
	assert.Equal(t, "value", b.get("key"))
}
