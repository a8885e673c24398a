package oauthreg_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// What somebody can do who plants cookies in the browser of somebody else: from
// another host of the domain, over http, or by having used the computer before.

const pendingCookies = "__Host-oauthreg_new_"

// rawCookies sends the line as it is, whatever net/http thinks of it.
func rawCookies(line string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Cookie", line) }
}

func (b *browser) cookieLine() string {
	var pairs []string
	for _, c := range b.jar {
		pairs = append(pairs, c.name+"="+c.value)
	}
	return strings.Join(pairs, "; ")
}

// Browsers let nobody but the host itself set a cookie whose name begins with
// "__Host-". Names that only look like one to a lenient parser can be planted,
// with the attacker's own attempt in them.
func TestCookiesThatOthersCanPlantAreNotRead(t *testing.T) {
	t.Parallel()
	const prefix = "__Host-oauthreg_"
	for name, planted := range map[string]string{
		"without the prefix":           "oauthreg_",
		"the weaker prefix":            "__Secure-oauthreg_",
		"the prefix in lower case":     "__host-oauthreg_",
		"the prefix in capitals":       "__HOST-oauthreg_",
		"a blank of Unicode before it": "\u2003__Host-oauthreg_",
		"a control before it":          "\x0b__Host-oauthreg_",
		"a byte order mark before it":  "\ufeff__Host-oauthreg_",
		"in the value of no name":      "=__Host-oauthreg_",
		"behind a comma":               "x=1,__Host-oauthreg_",
		"in the value of another":      "x=__Host-oauthreg_",
		"percent-encoded":              "%5F%5FHost-oauthreg_",
		"with dots for underscores":    "..Host-oauthreg.",
		"a cookie of RFC 2965":         "$Version=1,__Host-oauthreg_",
		"in quotes":                    `"__Host-oauthreg_`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				attacker := a.browser()
				callback := a.approved(attacker, bob, "")
				line := attacker.cookieLine()
				require.Contains(t, line, prefix)

				victim := a.browser()
				a.assertFailed(t, victim.get(callback, rawCookies(strings.ReplaceAll(line, prefix, planted))), oauthreg.Mismatch)
				assert.Zero(t, a.flow.count().exchange)
				assert.Empty(t, victim.jar)
				assert.Equal(t, "/signup", victim.get(callback, rawCookies(line)).location, "under its own name it is read")
			})
		})
	}
}

// tossed returns cookies that compete with own under the same name.
func tossed(own, foreign jarCookie) map[string]jarCookie {
	state, rest, _ := strings.Cut(own.value, ".")
	since, _, _ := strings.Cut(rest, ".")
	const binder = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	later := strconv.FormatInt(time.Now().Add(time.Hour).UnixMicro(), 36)
	values := map[string]string{
		"empty": "", "garbage": "w.!!.x", "long": strings.Repeat("A", 4000),
		"of the same time": state + "." + since + "." + binder, "newer": "w." + later + "." + binder, "older": "w.1." + binder,
		"settled": "s." + later + "." + binder, "the attacker's": foreign.value,
	}
	cookies := map[string]jarCookie{}
	for name, value := range values {
		cookies[name] = jarCookie{name: own.name, value: value}
	}
	return cookies
}

// around returns jar with extra before and after.
func around(jar []jarCookie, extra jarCookie) [][]jarCookie {
	return [][]jarCookie{append([]jarCookie{extra}, jar...), append(append([]jarCookie{}, jar...), extra)}
}

// A name that comes twice may not hide the true one, in whatever order the
// browser sends them (RFC 6265 section 4.2.2 has none to rely on).
func TestTossedCookiesDoNotHideTheTrueOnes(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		attacker := a.browser()
		a.toForm(attacker, bob)
		foreign := map[string]jarCookie{}
		for _, c := range attacker.jar {
			for _, prefix := range []string{attemptCookies, pendingCookies} {
				if strings.HasPrefix(c.name, prefix) {
					foreign[prefix] = c
				}
			}
		}
		b := a.browser()
		callback := a.approved(b, ada, "/inbox")
		before := b.clone()
		b.get(callback)
		waiting := b.clone()
		id := a.form(b).ID

		try := func(start *browser, prefix, what string, use func(own *browser)) {
			for _, c := range start.jar {
				// The store's own cookies too, in place of those of the binding.
				if strings.HasPrefix(c.name, "__Host-oauthreg_") && !strings.HasPrefix(c.name, prefix) {
					continue
				}
				for name, extra := range tossed(c, foreign[prefix]) {
					for _, jar := range around(start.jar, extra) {
						own := start.clone()
						own.jar = jar
						use(own)
						if t.Failed() {
							t.Fatalf("%s: %s, %s", what, name, own.cookieLine())
						}
					}
				}
			}
		}
		try(before, attemptCookies, "the callback", func(own *browser) {
			assert.Equal(t, "/signup", own.get(callback).location)
		})
		try(waiting, pendingCookies, "the form", func(own *browser) {
			view := a.form(own)
			assert.Equal(t, ada.ID, view.Subject)
			assert.Equal(t, "/inbox", view.Next)
		})
		try(waiting, pendingCookies, "the submit", func(own *browser) {
			p := own.post("/signup", url.Values{oauthreg.PendingField: {id}})
			// Later ones may find the sign-up gone, where a server keeps it.
			assert.Contains(t, []int{http.StatusSeeOther, http.StatusConflict}, p.status)
			assert.Empty(t, a.owner(bob))
		})
		assert.NotEmpty(t, a.owner(ada))
		assert.Equal(t, 2, a.flow.count().exchange, "one of each")
	})
}

// A binder that was there before is not used: whoever planted it does not get
// to see what is kept under the same name afterwards.
func TestPlantedBindersAreReplaced(t *testing.T) {
	t.Parallel()
	const known = "w.1.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	onEveryStore(t, func(t *testing.T, a *app) {
		// The name of a sign-up's cookie follows from who it is for; that of an
		// attempt from its handshake, which a provider may give out again.
		a.flow.editStart = func(_ *string, hs *provider.Handshake) { hs.ID = "the same each time" }
		scout := a.browser()
		a.start(scout, "")
		try := scout.cookieNames(attemptCookies)[0]
		a.flow.editStart = nil
		waiting := pendingCookies + a.toForm(scout, ada).ID

		victim := a.browser()
		victim.jar = []jarCookie{{name: try, value: known}, {name: waiting, value: known}}
		a.flow.editStart = func(_ *string, hs *provider.Handshake) { hs.ID = "the same each time" }
		a.start(victim, "")
		a.flow.editStart = nil
		assert.NotEqual(t, known, victim.cookie(try))
		a.toForm(victim, ada)
		assert.NotEqual(t, known, victim.cookie(waiting))

		attacker := victim.clone() // all that the store gave to the victim, even
		for i, c := range attacker.jar {
			if c.name == try || c.name == waiting {
				attacker.jar[i].value = known
			}
		}
		asked := a.flow.count().exchange
		a.assertFailed(t, attacker.get("/auth/fake/callback?token=the+same+each+time&verifier=v"), oauthreg.Expired)
		assert.Equal(t, asked, a.flow.count().exchange)
		assert.Equal(t, http.StatusConflict, attacker.get("/signup").status)
	})
}
