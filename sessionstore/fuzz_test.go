package sessionstore_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

// What a store with this key sealed once, for a hundred years. Fixed, since
// fuzzing goes on in several processes; and so that a change of the format,
// which would lose everybody's values at an upgrade, does not go unnoticed.
const fixedKey = "YSBrZXkgZm9yIHRlc3RzLCBhbmQgbm8gc2VjcmV0ICE="

var fixedCookies = map[string]*http.Cookie{
	"key": {
		Name:  "__Host-oauthreg-LHDhK3oGRvkiefQnx7OOcz",
		Value: "AWUvEQMZ9HOXroc3ADvrOqi2sREA_sO06Fq49ov1PJyC-_1TUrwDDUlv1iZNfdiI47YJh7n1w4A32Yvg7R6keT4lmovGKqUsUFzInOc",
	},
	"other": {
		Name:  "__Host-oauthreg-2SmKENGwc1g33EvYXaxkGw",
		Value: "AWUvEQNhssqB21vnvdSPfWwFRmXxnrUO65ltYIW4TjClnNWCgjd5X67sGoG2xA2XPIbMK3pPCFJQVcZYuiGVdQkwQA5bgg_4wwR8Tu01OQ",
	},
}

func TestCookieSealedByAnEarlierVersion(t *testing.T) {
	t.Parallel()
	store := newCookie(t, sessionstore.CookieConfig{Keys: newKeys(t, fixedKey)})
	for key, cookie := range fixedCookies {
		b := &browser{t: t, store: store, jar: []*http.Cookie{cookie}}
		assert.Equal(t, "value of "+key, b.get(key))
	}
}

// FuzzCookie sends any Cookie header and asks for any key. Nothing is found
// but what the store sealed, under its name and for its key, and nothing makes
// the store fail.
func FuzzCookie(f *testing.F) {
	store := newCookie(f, sessionstore.CookieConfig{Keys: newKeys(f, fixedKey)})
	own, other := fixedCookies["key"], fixedCookies["other"]
	for _, header := range []string{
		"",
		own.Name + "=" + own.Value,
		own.Name + `="` + own.Value + `"`,
		own.Name + "=" + own.Value + "; " + other.Name + "=" + other.Value,
		own.Name + "=" + other.Value,
		own.Name + "=garbage; " + own.Name + "=" + own.Value,
		own.Name + "=" + own.Value[:len(own.Value)-1],
		own.Name + "=" + own.Value + "=",
		own.Name + "=" + own.Value + "A",
		own.Name + "=AQ",
		own.Name + "=",
		own.Name,
		"__Host-oauthreg-=;;==; \x00; \"",
	} {
		f.Add(header, "key")
		f.Add(header, "other")
		f.Add(header, "")
	}
	f.Fuzz(func(t *testing.T, header, key string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header["Cookie"] = []string{header}
		value, found, err := store.Get(r, key)
		require.NoError(t, err)

		w := httptest.NewRecorder()
		taken, alsoFound, err := store.Take(w, r, key)
		require.NoError(t, err)
		assert.Equal(t, found, alsoFound)
		assert.Equal(t, value, taken)

		putErr := store.Put(httptest.NewRecorder(), r, "put", []byte("value"), time.Hour)
		require.NoError(t, putErr)

		if !found {
			return
		}
		want, ok := fixedCookies[key]
		require.True(t, ok, "found a value for key %q", key)
		assert.Equal(t, "value of "+key, string(value))
		sent := false
		for _, c := range r.CookiesNamed(want.Name) {
			sent = sent || c.Value == want.Value
		}
		assert.True(t, sent, "found by cookies that are not what was sealed")
	})
}

// FuzzServer is the same for IDs: none is found but one that was issued. In the
// header, "ISSUED" stands for that one.
func FuzzServer(f *testing.F) {
	store := newServer(f, sessionstore.ServerConfig{Backend: newFakeBackend()})
	issued := cookie(f, store, "key", "value")
	for _, header := range []string{
		"",
		issued.Name + "=ISSUED",
		issued.Name + `="ISSUED"`,
		issued.Name + "=ISSUEDA",
		issued.Name + "=AAAA; " + issued.Name + "=ISSUED",
		issued.Name + "=",
		issued.Name,
		store.CookieName("put") + "=ISSUED",
	} {
		f.Add(header, "key")
		f.Add(header, "put")
		f.Add(header, "")
	}
	f.Fuzz(func(t *testing.T, header, key string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header["Cookie"] = []string{strings.ReplaceAll(header, "ISSUED", issued.Value)}
		require.NoError(t, store.Put(httptest.NewRecorder(), r, "put", []byte("value"), time.Hour))
		_, found, err := store.Get(r, key)
		require.NoError(t, err)
		if !found {
			return
		}
		assert.Equal(t, "key", key)
		sent := false
		for _, c := range r.CookiesNamed(issued.Name) {
			sent = sent || c.Value == issued.Value
		}
		assert.True(t, sent, "found by an ID that was not issued")
	})
}

// FuzzTicket parses any cookie value. What is accepted has exactly one form.
func FuzzTicket(f *testing.F) {
	id := strings.Repeat("A2", 13)
	for _, text := range tickets(id) {
		f.Add(text.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		again, ok := sessionstore.ParseTicket(text)
		if !ok {
			assert.Empty(t, again)
			return
		}
		assert.Equal(t, text, again)
		assert.Regexp(t, `^[1-9a-z][0-9a-z]{0,12}\.[A-Z2-7]{26,64}$`, text)
		assert.NoError(t, (&http.Cookie{Name: "n", Value: text}).Valid())
	})
}

func TestTicket(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		text := sessionstore.NewTicket()
		again, ok := sessionstore.ParseTicket(text)
		assert.True(t, ok)
		assert.Equal(t, text, again)
		_, id, _ := strings.Cut(text, ".")
		assert.False(t, seen[id], "an ID is used again")
		seen[id] = true
	}
	for _, tt := range tickets(strings.Repeat("A2", 13)) {
		_, ok := sessionstore.ParseTicket(tt.text)
		assert.Equal(t, tt.ok, ok, "%q", tt.text)
	}
}

type ticketRow struct {
	text string
	ok   bool
}

func tickets(id string) []ticketRow {
	return []ticketRow{
		{"h5abcdefgh." + id, true},
		{"1." + id, true},
		{"1." + id + id, true},
		{"", false},
		{".", false},
		{id, false},
		{"." + id, false},
		{"h5abcdefgh", false},
		{"h5abcdefgh.", false},
		{"h5abcdefgh." + id[1:], false},
		{"1." + id + id + id, false},
		{"h5abcdefgh." + strings.ToLower(id), false},
		{"h5abcdefgh." + id[1:] + "1", false},
		{"h5abcdefgh." + id[1:] + "=", false},
		{"h5abcdefgh.." + id, false},
		{"H5ABCDEFGH." + id, false},
		{"0h5abcdefgh." + id, false},
		{"+h5abcdefgh." + id, false},
		{"-h5abcdefgh." + id, false},
		{"h5_abcdefg." + id, false},
		{"0." + id, false},
		{" 1." + id, false},
		{"1y2p0ij32e8e7." + id, false}, // the largest number there is
		{"1y2p0ij32e8e8." + id, false}, // and the next
		{"zzzzzzzzzz." + id, false},    // the year 2085
	}
}
