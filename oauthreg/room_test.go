package oauthreg_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
)

func TestRawIsKeptByteForByte(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"blanks and escapes": "\n {\"id\" :\t9007199254740993 , \"name\":\"\\u00e9\\/\\ud83d\\ude00 <&> \u2028\"\r\n}\n\n",
		"long numbers":       `{"id":9007199254740993,"x":1e400,"y":-0.0,"y":0}`,
		"not JSON at all":    "\x00\xff<html>",
		"X's length":         string(noise(1500)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				view := a.toForm(a.browser(), provider.Profile{ID: "1", Raw: []byte(raw)})
				assert.Equal(t, raw, string(view.Raw))
			})
		})
	}
}

// Whatever a provider sends, what the form needs must get there.
func TestOversizeProfileStillReachesTheForm(t *testing.T) {
	t.Parallel()
	wide := func(n int) string { return strings.Repeat("𝔸", n) }
	for _, row := range []struct {
		name   string
		person provider.Profile
		next   string
		noRaw  bool // on every store, not only where the browser keeps it
	}{
		{"200 KB of noise in Raw", provider.Profile{ID: "1", Username: "ada", Email: "ada@example.com", Raw: noise(200 << 10)}, "/inbox", false},
		{"2 MB of blanks in Raw", provider.Profile{ID: "1", Username: "ada", Raw: bytes.Repeat([]byte(" "), 2<<20)}, "", true},
		{"100 KB of name", provider.Profile{ID: "1", Username: "ada", Name: strings.Repeat("N", 100<<10)}, "", false},
		{"every field at its bound", provider.Profile{
			ID: strings.Repeat("9", 255), Username: "ada", Name: wide(256), GivenName: wide(256), FamilyName: wide(256),
			Location: wide(256), Description: wide(1024), URL: "https://x.example/" + strings.Repeat("&", 2000),
			AvatarURL: "https://x.example/" + strings.Repeat("<", 2000), Raw: noise(3000),
		}, "/" + strings.Repeat("n", 2000), false},
		{"a long handle and a long next", provider.Profile{ID: "1", Username: wide(256), Name: "Ada"}, "/" + strings.Repeat("n", 2000), false},
		{"a long next", provider.Profile{ID: "1", Username: "ada", Description: wide(160), Raw: noise(2000)}, "/?" + strings.Repeat("a=1&", 500), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, kind := range storeKinds {
				t.Run(kind.name, func(t *testing.T) {
					t.Parallel()
					a := newApp(t, kind.new(t))
					b := a.browser()
					require.Equal(t, "/signup", b.get(a.approved(b, row.person, row.next)).location)
					view := a.form(b)
					assert.Equal(t, row.person.ID, view.Subject)
					assert.Equal(t, row.person.Username, view.Values.Get(oauthreg.FieldUsername))
					assert.Equal(t, row.person.Email, view.Values.Get(oauthreg.FieldEmail))
					if kind.name != "cookie" {
						assert.Equal(t, row.noRaw || row.person.Raw == nil, view.Raw == nil)
						if row.next != "" {
							assert.Equal(t, row.next, view.Next)
						}
					}
					if view.Raw == nil && row.person.Raw != nil {
						assert.NotEmpty(t, a.logs.lines(slog.LevelWarn), "the developer is told")
					}
					assert.Equal(t, http.StatusSeeOther, b.post("/signup", nil).status)
				})
			}
		})
	}
}

// A long "next" is no reason to keep anybody from starting.
func TestStartWithALongNext(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]string{
		"letters":    "/" + strings.Repeat("n", 2047),
		"ampersands": "/?" + strings.Repeat("a&", 1023),
		"quotes":     "/" + strings.Repeat(`"`, 2047),
		"emoji":      "/" + strings.Repeat("🦊", 511),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				a.signUp(ada)
				b := a.browser()
				p := b.get(a.approved(b, ada, next))
				assert.Equal(t, http.StatusSeeOther, p.status)
				assert.NotEmpty(t, b.user())
			})
		})
	}
}

// A full set of attempts and sign-ups must not grow beyond what proxies pass
// on in one header line (8 KiB for nginx).
func TestCookiesStayBelowWhatProxiesPass(t *testing.T) {
	t.Parallel()
	for _, next := range []int{200, 300, 500, 1100, 1500} {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, newCookieStore(t))
			b := a.browser()
			longest := 0
			for i := range 3 {
				person := provider.Profile{ID: string(rune('1' + i)), Username: "ada_quill", Raw: noise(1500)}
				b.get(a.approved(b, person, ""))
				time.Sleep(time.Second)
			}
			for range 11 {
				a.start(b, "/"+strings.Repeat("n", next))
				b.get("/signup", func(r *http.Request) { longest = max(longest, len(r.Header.Get("Cookie"))) })
				time.Sleep(time.Second)
			}
			t.Logf("next of %d: the longest Cookie header has %d bytes", next, longest)
			assert.Less(t, longest+len("Cookie: \r\n"), 8<<10)
		})
	}
}

// smallStore takes no more than some bytes.
type smallStore struct {
	sessionstore.Store

	room int
}

func (s *smallStore) Put(w http.ResponseWriter, r *http.Request, key string, value []byte, ttl time.Duration) error {
	if len(value) > s.room {
		return sessionstore.ErrTooLarge
	}
	return s.Store.Put(w, r, key, value, ttl)
}

// Any part that is too long is left out, also if it is the only one.
func TestWhatThereIsNoRoomForIsLeftOut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 250)
	for _, row := range []struct {
		name   string
		person provider.Profile
		next   string
		field  string
	}{
		{"description", provider.Profile{Description: long}, "", oauthreg.FieldDescription},
		{"location", provider.Profile{Location: long}, "", oauthreg.FieldLocation},
		{"url", provider.Profile{URL: "https://x.example/" + long}, "", oauthreg.FieldURL},
		{"avatar", provider.Profile{AvatarURL: "https://x.example/" + long}, "", oauthreg.FieldAvatarURL},
		{"name", provider.Profile{Name: long}, "", oauthreg.FieldName},
		{"given name", provider.Profile{GivenName: long}, "", oauthreg.FieldFirstName},
		{"family name", provider.Profile{FamilyName: long}, "", oauthreg.FieldLastName},
		{"next", provider.Profile{}, "/" + long, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, &smallStore{newMemoryStore(t), 300})
			b := a.browser()
			row.person.ID, row.person.Username = "1", "ada"
			require.Equal(t, "/signup", b.get(a.approved(b, row.person, row.next)).location, "%v", a.last().Err)
			view := a.form(b)
			assert.Equal(t, "ada", view.Values.Get(oauthreg.FieldUsername))
			assert.False(t, view.Values.Has(row.field))
			assert.Equal(t, "/", view.Next)
			assert.NotEmpty(t, a.logs.lines(slog.LevelWarn), "the developer is told")
		})
	}
}
