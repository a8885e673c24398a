package oauthreg_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// everyField returns a profile with text in each field that holds some.
func everyField(t testing.TB, id, text string) provider.Profile {
	t.Helper()
	p := provider.Profile{EmailVerified: true, Raw: []byte(text)}
	v := reflect.ValueOf(&p).Elem()
	fields := 0
	for _, field := range v.Fields() {
		if field.Kind() == reflect.String {
			field.SetString(text)
			fields++
		}
	}
	require.GreaterOrEqual(t, fields, 9)
	p.ID = id
	return p
}

// Nothing of a profile is on the pages of this package, whatever it says: what
// was stored comes back on a later visit as little as on the first.
func TestStoredMarkupIsOnNoPage(t *testing.T) {
	t.Parallel()
	const marker = "onerror=alert"
	onEveryStore(t, func(t *testing.T, a *app) {
		for i, markup := range []string{
			"<script>" + marker + "(1)</script>", `"><img src=x ` + marker + `(1)>`, "'><svg " + marker + "(1)>", "javascript:" + marker + "(1)",
			"https://x.example/\"><img " + marker + "(1)>", "a@x.example\"><img " + marker + "(1)>", "{{.}}{{printf `" + marker + "`}}",
		} {
			person := everyField(t, string(rune('1'+i)), markup)
			b := a.browser()
			for range 2 { // somebody new, then somebody known
				p := b.get(a.approved(b, person, ""))
				assert.NotContains(t, p.body+p.location, marker)
				if p.location == "/signup" {
					p = b.post("/signup", nil)
					assert.NotContains(t, p.location, marker)
				}
				targets := []string{"/auth/fake/start", "/auth/fake/callback?a=1&a=2", "/auth/nobody/start", "/auth/fake/callback"}
				for outcome := range roads {
					targets = append(targets, "/auth/fake/start?error="+string(outcome)+"&provider=fake")
				}
				for _, target := range targets {
					p := b.get(target)
					assert.NotContains(t, p.body+p.location, marker, target)
				}
			}
			require.Equal(t, oauthreg.NotStarted, a.last().Outcome)
		}
	})
}

// hostileRunes are those that disturb the text around them: controls of ASCII
// and Latin-1, what changes the direction (UAX #9 section 2), what breaks lines.
func hostileRunes() (runes []rune) {
	for r := range rune(0x100) {
		if unicode.IsControl(r) {
			runes = append(runes, r)
		}
	}
	return append(runes, '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069', '\u2028', '\u2029', '\ufeff')
}

func TestHostileRunesDoNotReachTheForm(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	for _, r := range hostileRunes() {
		b := a.browser()
		view := a.toForm(b, everyField(t, "1", "ada"+string(r)+"quill"))
		for field, values := range view.Values {
			assert.False(t, strings.ContainsRune(values[0], r), "%U in %s", r, field)
		}
		account := a.pending(b).Account("user")
		assert.False(t, strings.ContainsRune(account.Username, r), "%U", r)
		// Where the rest of a URL is fine.
		c := a.browser()
		withLinks := a.toForm(c, provider.Profile{ID: "2", URL: "https://ada.example/" + string(r) + "gpj.exe", AvatarURL: "https://img.example/a" + string(r) + ".png"})
		for field, values := range withLinks.Values {
			assert.False(t, strings.ContainsRune(values[0], r), "%U in %s", r, field)
		}
		assert.NotEmpty(t, account.Username)
	}
}

// What looks like another address is none: it is neither filled in, nor looked
// up, nor vouched for.
func TestLookAlikesOfAnAddressAreNone(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{}, verified: true}
	a := newApp(t, newCookieStore(t), withDirectory(d, trusting("fake")))
	for _, email := range []string{
		"ada＠example.com", "ada﹫example.com", "ada@evil.example＠example.com", "ada@example.com,eve@evil.example", "ada@example.com\u202e", "\u200bada@example.com",
		"ada@exam\u00adple.com", "ada\u0000@example.com", "ada@example.com\r\nBcc: eve@evil.example", "ada@example.com\u2028", "ada\u00a0@example.com",
	} {
		d.users[email], d.users["ada@example.com"] = "user-victim", "user-victim"
		person := provider.Profile{ID: "1", Username: "eve", Email: email, EmailVerified: true}
		b := a.browser()
		view := a.toForm(b, person)
		assert.Equal(t, oauthreg.NewUser, a.last().Outcome, "%q", email)
		assert.False(t, view.Values.Has(oauthreg.FieldEmail), "%q", email)
		assert.False(t, a.pending(b).EmailVerified(email), "%q", email)
		assert.False(t, a.pending(b).EmailVerified("ada@example.com"), "%q", email)
	}
	// A letter of another script is another letter: equal to the eye alone.
	d.users = map[string]string{"ada@example.com": "user-victim"}
	b := a.browser()
	b.get(a.approved(b, provider.Profile{ID: "2", Email: "аda@example.com", EmailVerified: true}, ""))
	assert.Equal(t, oauthreg.NewUser, a.last().Outcome)
	assert.Empty(t, b.user())
}

// Nobody gets this server to call a URL that they put into their profile.
func TestURLsOfAProfileAreNotFetched(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Listener = countingListener{server.Listener, &connections}
	server.StartTLS()
	defer server.Close()
	onEveryStoreInOne(t, func(a *app) {
		person := ada
		person.AvatarURL, person.URL = server.URL+"/avatar.png", server.URL+"/home"
		b := a.browser()
		view := a.toForm(b, person)
		require.Equal(t, person.AvatarURL, view.Values.Get(oauthreg.FieldAvatarURL))
		require.Equal(t, http.StatusSeeOther, b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}}).status)
		b.get(a.approved(b, person, ""))
		require.Equal(t, oauthreg.Returning, a.last().Outcome)
	})
	assert.Zero(t, connections.Load())
}

// onEveryStoreInOne is onEveryStore without subtests, for what is counted at the
// end.
func onEveryStoreInOne(t *testing.T, test func(a *app)) {
	t.Helper()
	for _, kind := range storeKinds {
		test(newApp(t, kind.new(t)))
	}
}

// There is no password that a sign-up could leave empty, guessable or usable
// (CVE-2019-18933): an account is an identity, its user and its token.
func TestAnAccountHasNoPassword(t *testing.T) {
	t.Parallel()
	var fields []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[tokenstore.Account]()) {
		fields = append(fields, field.Name)
	}
	assert.Equal(t, []string{"Identity", "Provider", "Subject", "UserID", "Username", "Token", "LinkedAt", "UpdatedAt"}, fields)
}

// countingListener counts who connects, whether or not they come to speak.
type countingListener struct {
	net.Listener

	connections *atomic.Int32
}

func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.connections.Add(1)
	}
	return c, err
}
