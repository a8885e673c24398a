package sessionstore_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

func TestServerCookie(t *testing.T) {
	t.Parallel()
	store := newServer(t, sessionstore.ServerConfig{Backend: newFakeBackend()})
	b := &browser{t: t, store: store}
	put := func() string {
		lines := b.visit(func(w http.ResponseWriter, r *http.Request) {
			require.NoError(t, store.Put(w, r, "handshake/token", []byte("value"), 90*time.Second+1))
		})["Set-Cookie"]
		require.Len(t, lines, 1)
		return lines[0]
	}
	name := newCookie(t, sessionstore.CookieConfig{}).CookieName("handshake/token")
	first := put()
	assert.Regexp(t, "^"+name+`=[0-9a-z]{10}\.[A-Z2-7]{26}; Path=/; Max-Age=91; HttpOnly; Secure; SameSite=Lax$`, first)
	assert.NotEqual(t, first, put(), "an ID is used again")

	dropped := b.visit(func(w http.ResponseWriter, r *http.Request) {
		_, found, err := store.Take(w, r, "handshake/token")
		assert.True(t, found)
		assert.NoError(t, err)
	})["Set-Cookie"]
	assert.Equal(t, []string{name + "=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"}, dropped)
}

func TestServerCallsAndRecords(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend})}
	step := func(name string, do func(), records int, calls ...string) {
		do()
		assert.Equal(t, calls, backend.called(), name)
		assert.Len(t, backend.keys(), records, name)
	}
	step("get without cookie", func() { b.get("key") }, 0)
	step("take without cookie", func() { b.take("key") }, 0)
	step("first put", func() { b.put("key", "1") }, 1, "put")
	step("another put", func() { b.put("other", "1") }, 2, "put")
	step("put again removes the old record", func() { b.put("key", "2") }, 2, "put", "take")
	step("get", func() { b.get("key") }, 2, "get")
	step("take", func() { b.take("key") }, 1, "take")
	step("take again", func() { b.take("key") }, 1)
	step("several puts in one response", func() {
		b.visit(func(w http.ResponseWriter, r *http.Request) {
			for range 3 {
				require.NoError(t, b.store.Put(w, r, "other", []byte("2"), time.Hour))
			}
		})
	}, 1, "put", "take", "put", "take", "put", "take")
	for _, key := range backend.keys() {
		assert.Regexp(t, `^[A-Za-z0-9_-]{43}$`, key)
	}
}

func TestServerTakeSeesItsOwnResponse(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		backend := newFakeBackend()
		b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend})}
		if old {
			b.put("key", "old")
		}
		b.visit(func(w http.ResponseWriter, r *http.Request) {
			require.NoError(t, b.store.Put(w, r, "key", []byte("new"), time.Hour))
			value, found, err := b.store.Take(w, r, "key")
			assert.Equal(t, "new", string(value))
			assert.True(t, found)
			assert.NoError(t, err)
			_, found, err = b.store.Take(w, r, "key")
			assert.False(t, found, "taken twice in one response")
			assert.NoError(t, err)
		})
		assert.Empty(t, b.jar)
		assert.Empty(t, backend.keys())
	}
}

// A tab that takes what another has just replaced must not drop the cookie that
// the other got.
func TestServerTakeOfNothingSetsNothing(t *testing.T) {
	t.Parallel()
	store := newServer(t, sessionstore.ServerConfig{Backend: newFakeBackend()})
	one := &browser{t: t, store: store}
	one.put("key", "1")
	late := &browser{t: t, store: store, jar: slices.Clone(one.jar)}
	one.put("key", "2")
	header := late.visit(func(w http.ResponseWriter, r *http.Request) {
		_, found, err := store.Take(w, r, "key")
		assert.False(t, found)
		assert.NoError(t, err)
	})
	assert.Empty(t, header)
	assert.Equal(t, "2", one.get("key"))
}

// Two first requests at once share nothing, so neither loses anything.
func TestServerFirstRequestsAtOnce(t *testing.T) {
	t.Parallel()
	store := newServer(t, sessionstore.ServerConfig{Backend: newFakeBackend()})
	one, two := &browser{t: t, store: store}, &browser{t: t, store: store}
	one.put("one", "1")
	two.put("two", "2")
	one.jar = append(one.jar, two.jar...)
	assert.Equal(t, "1", one.get("one"))
	assert.Equal(t, "2", one.get("two"))
}

func TestServerRepeatedInRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			name  string
			jar   string // o: older, n: newer, d: no longer in the backend, the newest, g: garbage
			want  string
			calls int // of Get
		}{
			{"newer last", "on", "newer", 1},
			{"newer first", "no", "newer", 1},
			{"the same twice", "nn", "newer", 1},
			{"garbage around", "gngg", "newer", 1},
			{"garbage only", "gg", "(none)", 0},
			{"the newest is gone", "dno", "newer", 2},
			{"all gone", "dd", "(none)", 1},
		} {
			backend := newFakeBackend()
			store := newServer(t, sessionstore.ServerConfig{Backend: backend})
			older := cookie(t, store, "key", "older")
			time.Sleep(time.Second)
			newer := cookie(t, store, "key", "newer")
			time.Sleep(time.Second)
			gone := &browser{t: t, store: store, jar: []*http.Cookie{cookie(t, store, "key", "gone")}}
			dead := gone.jar[0]
			gone.take("key")
			garbage := renamed(newer, newer.Name)
			garbage.Value = "garbage"
			kinds := map[rune]*http.Cookie{'o': older, 'n': newer, 'd': dead, 'g': garbage}
			b := &browser{t: t, store: store}
			for _, kind := range tt.jar {
				b.jar = append(b.jar, kinds[kind])
			}
			sent := slices.Clone(b.jar)
			backend.called()
			assert.Equal(t, tt.want, b.get("key"), tt.name)
			assert.Len(t, backend.called(), tt.calls, tt.name)
			assert.Equal(t, tt.want, b.take("key"), tt.name)
			b.jar = sent
			assert.Equal(t, "(none)", b.take("key"), "%s: an older value came in its place", tt.name)
		}
	})
}

func TestServerRoom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ max, want int }{{0, 24}, {1, 1}, {3, 3}, {50, 50}} {
		t.Run(fmt.Sprint(tt.max), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				backend := newFakeBackend()
				store := newServer(t, sessionstore.ServerConfig{Backend: backend, MaxPerBrowser: tt.max})
				other := &browser{t: t, store: store}
				other.put("key", "value")
				b := &browser{t: t, store: store}
				for i := range 60 {
					b.put(fmt.Sprint(i), "value")
					time.Sleep(time.Millisecond)
				}
				assert.Len(t, b.jar, tt.want)
				assert.Len(t, backend.keys(), 1+tt.want, "the backend keeps what no cookie leads to")
				for i := range 60 {
					assert.Equal(t, i >= 60-tt.want, b.get(fmt.Sprint(i)) != "(none)", "value %d", i)
				}
				assert.Equal(t, "value", other.get("key"), "another browser's")
			})
		})
	}
}

func TestServerRoomTakesFirst(t *testing.T) {
	t.Parallel()
	const own = "__Host-oauthreg-"
	ahead := func() string { return "zzzzzzzzzz." + strings.Repeat("A", 26) }
	tests := []struct {
		name    string
		planted string
		first   bool
	}{
		{"what is malformed", "garbage", true},
		{"what is of another century", ahead(), true},
		{"what is old", "1." + strings.Repeat("A", 26), true},
		{"not what is new", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: newFakeBackend(), MaxPerBrowser: 3})}
			b.put("one", "1")
			b.put("two", "2")
			planted := &http.Cookie{Name: own + strings.Repeat("x", 22), Value: tt.planted}
			if tt.planted == "" {
				planted.Value = sessionstore.NewTicket()
			}
			b.jar = append(b.jar, planted)
			b.put("three", "3")
			assert.Equal(t, tt.first, !slices.Contains(b.jar, planted))
			assert.Equal(t, tt.first, b.get("one") == "1")
			assert.Equal(t, "2", b.get("two"))
			assert.Equal(t, "3", b.get("three"))
		})
	}
}

func TestServerRoomLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend, MaxPerBrowser: 2})}
	two := newServer(t, sessionstore.ServerConfig{Backend: backend, Name: "oauthreg-two"})
	b.jar = append(b.jar, &http.Cookie{Name: "app", Value: "1"}, cookie(t, two, "key", "of two"))
	for i := range 10 {
		b.put(fmt.Sprint(i), "value")
	}
	assert.Len(t, b.jar, 2+2)
	b.store = two
	assert.Equal(t, "of two", b.get("key"))
}

// Stores with two names share a backend, and a key.
func TestServersWithTwoNamesAreApart(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	one := newServer(t, sessionstore.ServerConfig{Backend: backend, Name: "one"})
	two := newServer(t, sessionstore.ServerConfig{Backend: backend, Name: "two"})
	b := &browser{t: t, store: one}
	b.put("key", "of one")
	b.jar = append(b.jar, renamed(b.jar[0], two.CookieName("key")))
	b.store = two
	assert.Equal(t, "(none)", b.get("key"))
	b.put("key", "of two")
	b.store = one
	assert.Equal(t, "of one", b.get("key"))
}

// Whoever sends thousands of cookies costs neither many calls nor a response of
// that size.
func TestServerBoundsWhatACallCosts(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	store := newServer(t, sessionstore.ServerConfig{Backend: backend})
	var jar []*http.Cookie
	for i := range 500 { // net/http reads no more than 3000 cookies
		jar = append(jar,
			&http.Cookie{Name: store.CookieName(fmt.Sprint(i)), Value: sessionstore.NewTicket()},
			&http.Cookie{Name: store.CookieName("key"), Value: sessionstore.NewTicket()},
		)
	}
	visit := func(calls, lines int, handler func(w http.ResponseWriter, r *http.Request)) {
		b := &browser{t: t, store: store, jar: slices.Clone(jar)}
		header := b.visit(handler)
		assert.LessOrEqual(t, len(backend.called()), calls)
		assert.LessOrEqual(t, len(header["Set-Cookie"]), lines)
	}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for _, c := range jar {
		r.AddCookie(c)
	}
	require.Len(t, r.Cookies(), len(jar), "the test could not fail")
	visit(4, 0, func(_ http.ResponseWriter, r *http.Request) { _, _, _ = store.Get(r, "key") })
	visit(4, 0, func(w http.ResponseWriter, r *http.Request) { _, _, _ = store.Take(w, r, "key") })
	visit(9, 25, func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, store.Put(w, r, "key", []byte("value"), time.Hour))
	})
	// All of those together, and what was put is there.
	visit(1+9, 1+2*24, func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, store.Put(w, r, "new", []byte("value"), time.Hour))
		backend.called()
		value, found, err := store.Take(w, r, "new")
		assert.Equal(t, "value", string(value))
		assert.True(t, found)
		assert.NoError(t, err)
		assert.NoError(t, store.Put(w, r, "new", []byte("value"), time.Hour))
	})
}

func TestServerBackend(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	assert.Same(t, backend, newServer(t, sessionstore.ServerConfig{Backend: backend}).Backend())
	assert.IsType(t, (*sessionstore.MemoryBackend)(nil), newMemory(t, sessionstore.MemoryConfig{}).Backend())
}

type cautious struct {
	sessionstore.Backend
	atomic bool
}

func (c cautious) AtomicTake() bool { return c.atomic }

func TestServerAtomicTake(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		backend sessionstore.Backend
		want    bool
	}{
		{"says nothing", newFakeBackend(), true},
		{"memory", newMemoryBackend(t, sessionstore.MemoryBackendConfig{}), true},
		{"says yes", cautious{newFakeBackend(), true}, true},
		{"says no", cautious{newFakeBackend(), false}, false},
	} {
		assert.Equal(t, tt.want, newServer(t, sessionstore.ServerConfig{Backend: tt.backend}).AtomicTake(), tt.name)
	}
}

func TestServerTooLarge(t *testing.T) {
	t.Parallel()
	b := &browser{t: t, store: newMemory(t, sessionstore.MemoryConfig{MaxBytes: 5000})}
	largest := 5000/56*52 - 16
	b.put("key", strings.Repeat("v", largest))
	assert.Len(t, b.get("key"), largest)
	jar := slices.Clone(b.jar)
	err := b.tryPut("key", strings.Repeat("v", largest+1), time.Hour)
	require.ErrorIs(t, err, sessionstore.ErrTooLarge)
	assert.ErrorContains(t, err, "raise MaxBytes")
	assert.Equal(t, jar, b.jar)
	assert.Len(t, b.get("key"), largest, "a refused Put changed something")
}

func TestServerLeavesSharedHeaderLinesAlone(t *testing.T) {
	t.Parallel()
	store := newMemory(t, sessionstore.MemoryConfig{})
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	require.NoError(t, store.Put(w, r, "key", []byte("1"), time.Hour))
	w.Header().Add("Set-Cookie", "app=1")
	held := w.Header()["Set-Cookie"]
	before := slices.Clone(held)
	require.NoError(t, store.Put(w, r, "key", []byte("2"), time.Hour))
	assert.Equal(t, before, held)
	assert.Len(t, w.Header()["Set-Cookie"], 2)
}

func TestServerRoomIsNotNeededToOverwrite(t *testing.T) {
	t.Parallel()
	b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: newFakeBackend(), MaxPerBrowser: 2})}
	b.put("one", "1")
	b.put("two", "2")
	b.put("two", "again")
	assert.Equal(t, "1", b.get("one"))
	assert.Equal(t, "again", b.get("two"))
}
