package sessionstore_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
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

func TestCookieAttributes(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	b := &browser{t: t, store: store}
	set := b.visit(func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, store.Put(w, r, "handshake/token", []byte("value"), 90*time.Second+1))
	})["Set-Cookie"]
	require.Len(t, set, 1)
	name := store.CookieName("handshake/token")
	assert.Regexp(t, `^__Host-oauthreg-[A-Za-z0-9_-]{22}$`, name)
	assert.Regexp(t, "^"+name+`=[A-Za-z0-9_-]+; Path=/; Max-Age=91; HttpOnly; Secure; SameSite=Lax$`, set[0])

	dropped := b.visit(func(w http.ResponseWriter, r *http.Request) {
		_, found, err := store.Take(w, r, "handshake/token")
		assert.True(t, found)
		assert.NoError(t, err)
	})["Set-Cookie"]
	assert.Equal(t, []string{name + "=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"}, dropped)
}

// A browser keeps the cookie for the ttl, rounded up to seconds.
func TestCookieMaxAge(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	for ttl, want := range map[time.Duration]string{
		1: "1", time.Second - 1: "1", time.Second: "1", time.Second + 1: "2", 90 * time.Second: "90", time.Hour: "3600",
	} {
		w := httptest.NewRecorder()
		require.NoError(t, store.Put(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), "key", nil, ttl))
		assert.Contains(t, w.Header().Get("Set-Cookie"), "; Max-Age="+want+";", "%v", ttl)
	}
}

// What this response sets is found by a Take, also when others came after it.
func TestCookieTakenFromTheResponse(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	b := &browser{t: t, store: store}
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		for _, key := range []string{"first", "second"} {
			require.NoError(t, store.Put(w, r, key, []byte(key), time.Hour))
		}
		http.SetCookie(w, &http.Cookie{Name: "app", Value: "value"})
		value, found, err := store.Take(w, r, "first")
		require.NoError(t, err)
		assert.True(t, found)
		assert.Equal(t, "first", string(value))
	})
	assert.Len(t, b.jar, 2)
}

func TestCookieOfAnotherIsNotFound(t *testing.T) {
	t.Parallel()
	key := seal.NewKey()
	keys := newKeys(t, key)
	store := newCookie(t, sessionstore.CookieConfig{Keys: keys})
	name := store.CookieName("key")
	tests := []struct {
		name  string
		other *http.Cookie
	}{
		{
			"another key",
			cookie(t, store, "other", "value"),
		},
		{
			"another keyring",
			cookie(t, newCookie(t, sessionstore.CookieConfig{}), "key", "value"),
		},
		{
			"another Name",
			cookie(t, newCookie(t, sessionstore.CookieConfig{Keys: keys, Name: "other"}), "key", "value"),
		},
		{
			// Or else http on the same host could plant what https takes.
			"another scheme",
			cookie(t, newCookie(t, sessionstore.CookieConfig{Keys: keys, BaseURL: "http://localhost"}), "key", "value"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &browser{t: t, store: store, jar: []*http.Cookie{renamed(tt.other, name)}}
			assert.Equal(t, "(none)", b.get("key"))
			assert.Equal(t, "(none)", b.take("key"))
			assert.Empty(t, b.jar, "Take left a cookie that never opens")
		})
	}
	// The same by the store that they came from, so that the table can fail.
	b := &browser{t: t, store: newCookie(t, sessionstore.CookieConfig{Keys: newKeys(t, key)})}
	b.jar = []*http.Cookie{cookie(t, store, "key", "value")}
	assert.Equal(t, "value", b.get("key"))
}

// A purpose of its own keeps what other parts of an app seal with the same
// keys from being taken for a session value.
func TestCookieSealedForAnotherPurpose(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, seal.NewKey())
	store := newCookie(t, sessionstore.CookieConfig{Keys: keys})
	name := store.CookieName("key")
	envelope := func(key string) []byte {
		hash := sha256.Sum256([]byte(key))
		return slices.Concat(
			binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(time.Hour).UnixMicro())),
			binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixMicro())),
			hash[16:],
			[]byte("value"),
		)
	}
	const own = "sessionstore cookie v1 __Host-oauthreg"
	for _, tt := range []struct {
		name, purpose string
		plaintext     []byte
		want          string
	}{
		{"as the store does", own, envelope("key"), "value"},
		{"an app's purpose", "example.com/app session v1", envelope("key"), "(none)"},
		{"another Name's purpose", "sessionstore cookie v1 __Host-other", envelope("key"), "(none)"},
		// Two keys whose hashes have the same first half cannot be had; this is
		// what they would look like.
		{"another key of the same cookie name", own, envelope("other"), "(none)"},
		{"no header", own, []byte("value"), "(none)"},
	} {
		sealer, err := keys.Sealer(tt.purpose)
		require.NoError(t, err)
		value := base64.RawURLEncoding.EncodeToString(sealer.Seal(tt.plaintext, name))
		b := &browser{t: t, store: store, jar: []*http.Cookie{{Name: name, Value: value}}}
		assert.Equal(t, tt.want, b.get("key"), tt.name)
	}
}

func TestCookieAlteredAnywhereIsNotFound(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	good := cookie(t, store, "key", "value")
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range good.Value {
		// The neighbour in the alphabet: in the last character it differs in
		// bits that a lenient decoder ignores.
		c := alphabet[strings.IndexByte(alphabet, good.Value[i])^1]
		bad := renamed(good, good.Name)
		bad.Value = good.Value[:i] + string(c) + good.Value[i+1:]
		b := &browser{t: t, store: store, jar: []*http.Cookie{bad}}
		assert.Equal(t, "(none)", b.get("key"), "character %d", i)
	}
}

func TestCookieKeyRotation(t *testing.T) {
	t.Parallel()
	oldKey, newKey := seal.NewKey(), seal.NewKey()
	with := func(keys string) *sessionstore.Cookie {
		return newCookie(t, sessionstore.CookieConfig{Keys: newKeys(t, keys)})
	}
	b := &browser{t: t, store: with(oldKey)}
	b.put("key", "value")

	b.store = with(newKey + "," + oldKey)
	assert.Equal(t, "value", b.get("key"), "with the new key in front")
	b.put("new", "value")

	b.store = with(newKey)
	assert.Equal(t, "(none)", b.get("key"), "with the old key gone")
	assert.Equal(t, "value", b.get("new"), "sealed with the new key")
}

func TestCookieRepeatedInRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newCookie(t, sessionstore.CookieConfig{})
		older := cookie(t, store, "key", "older")
		time.Sleep(time.Second)
		newer := cookie(t, store, "key", "newer")
		garbage := renamed(newer, newer.Name)
		garbage.Value = "garbage"
		for _, tt := range []struct {
			name string
			jar  []*http.Cookie
			want string
		}{
			{"newer last", []*http.Cookie{older, newer}, "newer"},
			{"newer first", []*http.Cookie{newer, older}, "newer"},
			{"garbage first", []*http.Cookie{garbage, newer}, "newer"},
			{"garbage last", []*http.Cookie{newer, garbage}, "newer"},
			{"garbage between", []*http.Cookie{older, garbage, newer}, "newer"},
			{"garbage only", []*http.Cookie{garbage, garbage}, "(none)"},
		} {
			b := &browser{t: t, store: store, jar: tt.jar}
			assert.Equal(t, tt.want, b.get("key"), tt.name)
			assert.Equal(t, tt.want, b.take("key"), tt.name)
			assert.Empty(t, b.jar, tt.name)
		}
	})
}

func TestCookieTakeSeesItsOwnResponse(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	b := &browser{t: t, store: store}
	b.put("key", "old")
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, store.Put(w, r, "key", []byte("new"), time.Hour))
		value, found, err := store.Take(w, r, "key")
		assert.Equal(t, "new", string(value))
		assert.True(t, found)
		assert.NoError(t, err)
		_, found, err = store.Take(w, r, "key")
		assert.False(t, found, "taken twice in one response")
		assert.NoError(t, err)
	})
	assert.Empty(t, b.jar)
}

func TestCookieTakeOfNothingSetsNothing(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	header := (&browser{t: t, store: store}).visit(func(w http.ResponseWriter, r *http.Request) {
		_, found, err := store.Take(w, r, "key")
		assert.False(t, found)
		assert.NoError(t, err)
	})
	assert.Empty(t, header)
}

// Somebody else may hold the slice of lines, and a copy of a header shares it.
func TestCookieLeavesSharedHeaderLinesAlone(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
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

func TestCookieStoresWithTwoNamesAreApart(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, seal.NewKey())
	// One name is the beginning of the other.
	one := newCookie(t, sessionstore.CookieConfig{Keys: keys, Name: "app"})
	two := newCookie(t, sessionstore.CookieConfig{Keys: keys, Name: "app-two"})
	b := &browser{t: t, store: one}
	b.put("key", "of one")
	b.store = two
	assert.Equal(t, "(none)", b.get("key"))
	b.put("key", "of two")
	for i := range 40 {
		b.put("key"+strings.Repeat("x", i+1), "makes room")
	}
	b.store = one
	assert.Equal(t, "of one", b.get("key"), "let go of by the other store")
}

func TestCookieDrop(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{})
	b := &browser{t: t, store: store}
	b.put("key", "value")
	b.put("other", "value")
	drop := func(keys ...string) []string {
		return b.visit(func(w http.ResponseWriter, r *http.Request) {
			for _, key := range keys {
				assert.NoError(t, store.Drop(w, r, key))
			}
		})["Set-Cookie"]
	}
	assert.Empty(t, drop("absent", "", "not a key", strings.Repeat("k", 200)), "there was nothing to drop")
	assert.Equal(t, []string{store.CookieName("key") + "=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"}, drop("key", "key"))
	assert.Equal(t, "(none)", b.get("key"))
	assert.Equal(t, "value", b.get("other"))

	b.visit(func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, store.Put(w, r, "new", []byte("value"), time.Hour))
		require.NoError(t, store.Drop(w, r, "new"))
	})
	assert.Equal(t, "(none)", b.get("new"), "what the same response sets is dropped too")
	garbage := &http.Cookie{Name: store.CookieName("key"), Value: "garbage"}
	b.jar = append(b.jar, garbage)
	assert.Len(t, drop("key"), 1, "what does not open is dropped as well")
}
