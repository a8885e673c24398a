package oauthreg_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/oauthreg"
)

func TestCallbackWithParametersThatNoProviderSends(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		query func(token, verifier string) string
		want  oauthreg.Outcome
	}{
		{"no verifier", func(token, _ string) string { return "token=" + token }, oauthreg.Malformed},
		{"empty verifier", func(token, _ string) string { return "token=" + token + "&verifier=" }, oauthreg.Malformed},
		{"token twice", func(token, v string) string { return "token=" + token + "&token=" + token + "&verifier=" + v }, oauthreg.Malformed},
		{"verifier twice", func(token, v string) string { return "token=" + token + "&verifier=" + v + "&verifier=" + v }, oauthreg.Malformed},
		{"anything twice", func(token, v string) string { return "token=" + token + "&verifier=" + v + "&x=1&x=2" }, oauthreg.Malformed},
		{"verifier of 3 KiB", func(token, _ string) string { return "token=" + token + "&verifier=" + strings.Repeat("v", 3<<10) }, oauthreg.Malformed},
		{"name of 3 KiB", func(token, v string) string {
			return "token=" + token + "&verifier=" + v + "&" + strings.Repeat("n", 3<<10) + "=1"
		}, oauthreg.Malformed},
		{"query of 1 MB", func(token, v string) string {
			return "token=" + token + "&verifier=" + v + strings.Repeat("&", 1<<20)
		}, oauthreg.Malformed},
		{"many parameters of 1 KiB", func(token, v string) string {
			var query strings.Builder
			query.WriteString("token=" + token + "&verifier=" + v)
			for name := range strings.SplitSeq("abcdefghi", "") {
				query.WriteString("&" + name + "=" + strings.Repeat("x", 1<<10))
			}
			return query.String()
		}, oauthreg.Malformed},
		{"not UTF-8", func(token, v string) string { return "token=" + token + "&verifier=" + v + "%ff" }, oauthreg.Malformed},
		{"name not UTF-8", func(token, v string) string { return "token=" + token + "&verifier=" + v + "&%c0%af=1" }, oauthreg.Malformed},
		{"bad escape", func(token, v string) string { return "token=" + token + "&verifier=" + v + "&x=%g1" }, oauthreg.Malformed},
		{"semicolons", func(token, v string) string { return "token=" + token + ";verifier=" + v }, oauthreg.Malformed},
		{"under another name", func(token, v string) string { return "state=" + token + "&verifier=" + v }, oauthreg.Malformed},

		// Which parameter has the token is for the flow to say. Without it, no
		// attempt is found, and none is asked.
		{"no token", func(_, v string) string { return "verifier=" + v }, oauthreg.Mismatch},
		{"empty token", func(_, v string) string { return "token=&verifier=" + v }, oauthreg.Mismatch},
		{"token with a zero byte", func(token, v string) string { return "token=" + token + "%00&verifier=" + v }, oauthreg.Mismatch},
		{"token in lower case", func(token, v string) string { return "token=" + strings.ToLower(token) + "&verifier=" + v }, oauthreg.Mismatch},
		{"provider in the token", func(token, v string) string { return "token=fake%00" + token + "&verifier=" + v }, oauthreg.Mismatch},
		{"all empty", func(string, string) string { return "token=&verifier=" }, oauthreg.Mismatch},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				b := a.browser()
				callback := a.approved(b, ada, "")
				u, err := url.Parse(callback)
				assert.NoError(t, err)
				token, verifier := u.Query().Get("token"), u.Query().Get("verifier")

				p := b.get("/auth/fake/callback?" + row.query(token, verifier))
				assert.Equal(t, row.want, a.last().Outcome, "%v", a.last().Err)
				if row.want == oauthreg.Malformed {
					assert.Equal(t, http.StatusBadRequest, p.status)
					assert.Contains(t, p.body, "This is nothing that Fake Inc. or our own pages send.")
					assert.Contains(t, p.body, `action="/auth/fake/start"`)
				} else {
					assert.Equal(t, http.StatusSeeOther, p.status)
				}
				assert.NotContains(t, p.body, verifier)
				assert.NotContains(t, p.location, token)
				assert.Zero(t, a.flow.count().exchange)
				assert.Equal(t, "/signup", b.get(callback).location, "the attempt is intact")
			})
		})
	}
}

func TestCallbackWithACookieThatWasTamperedWith(t *testing.T) {
	t.Parallel()
	edits := map[string]func(c *jarCookie){
		"cut short": func(c *jarCookie) { c.value = c.value[:len(c.value)-1] },
		"a bit turned": func(c *jarCookie) {
			i := len(c.value) / 2
			c.value = c.value[:i] + string(c.value[i]^1) + c.value[i+1:]
		},
		"empty":   func(c *jarCookie) { c.value = "" },
		"garbage": func(c *jarCookie) { c.value = "w.!!.x" },
		"huge":    func(c *jarCookie) { c.value = strings.Repeat("A", 8000) },
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, kind := range storeKinds {
				// Each cookie in turn: of the store, and of the binding.
				for i := range 2 {
					a := newApp(t, kind.new(t))
					b := a.browser()
					callback := a.approved(b, ada, "")
					if i == len(b.jar) {
						continue
					}
					edit(&b.jar[i])
					p := b.get(callback)
					assert.Equal(t, http.StatusSeeOther, p.status)
					assert.Contains(t, []oauthreg.Outcome{oauthreg.Expired, oauthreg.Mismatch}, a.last().Outcome, kind.name)
					assert.Zero(t, a.flow.count().exchange)
				}
			}
		})
	}
}

// A record of one kind is none of another, and one under another key none at
// all: the store is asked by key, and the key is sealed in.
func TestCallbackWithCookiesSwappedFindsNothing(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	b := a.browser()
	first, second := a.approved(b, ada, ""), a.approved(b, bob, "")
	var stored []int
	for i, c := range b.jar {
		if !strings.HasPrefix(c.name, attemptCookies) {
			stored = append(stored, i)
		}
	}
	assert.Len(t, stored, 2)
	b.jar[stored[0]].value, b.jar[stored[1]].value = b.jar[stored[1]].value, b.jar[stored[0]].value
	for _, callback := range []string{first, second} {
		a.assertFailed(t, b.get(callback), oauthreg.Expired)
	}
	assert.Zero(t, a.flow.count().exchange)
}
