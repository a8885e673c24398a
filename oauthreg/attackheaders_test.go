package oauthreg_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/oauthreg"
)

// slotValue is what a slot's cookie looks like.
const slotValue = "w.mb0k1c3x.ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// An ID that no slot of ours has is none: its cookie's name would come back in
// the answer, and it would be a key in the app's session store.
func TestCookiesWithOddNamesAreNoSlots(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		`"AAAAAAAAAAAAAA"`, "AAAAAAAA\tAAAAAAA", "AAAAAAAA,AAAAAAA", "AAAAAAAA AAAAAAA", "AAAAAAA\xc3\xa9AAAAAAA", "AAAAAAA(AAAAAAAA",
		"<AAAAAAAAAAAAAA>", "../../AAAAAAAAAA", "AAAAAAAAAAAAAAA\x7f", "AAAAAAAAAAAAAAA%", "AAAAAAAAAAAAAAAA/",
	} {
		onEveryStore(t, func(t *testing.T, a *app) {
			line := make([]string, 0, 40)
			for range 20 {
				line = append(line, attemptCookies+id+"="+slotValue, pendingCookies+id+"="+slotValue)
			}
			odd := func(r *http.Request) { r.Header.Set("Cookie", strings.Join(line, "; ")) }
			for _, p := range []page{
				a.browser().post("/auth/fake/start", nil, odd), a.browser().post("/signout", map[string][]string{"forget": {"1"}}, odd),
				a.browser().get("/signup", odd), a.browser().get("/auth/fake/callback?token=x", odd),
			} {
				for _, set := range p.header.Values("Set-Cookie") {
					assert.NotContains(t, set, id, "it is not for the request to say")
					assert.NotEmpty(t, set)
				}
			}
		})
	}
}

// Names that only look like those with the prefix, which a browser accepts from
// other hosts, are other names.
func TestCookiesThatLookLikeOursAreNot(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		names := b.cookieNames(pendingCookies)
		if !assert.Len(t, names, 1) {
			return
		}
		value := b.cookie(names[0])
		for _, name := range []string{
			strings.TrimPrefix(names[0], "__Host-"), strings.Replace(names[0], "__Host-", "__host-", 1), strings.Replace(names[0], "__Host-", "__Secure-", 1),
			strings.ToUpper(names[0]), "\u2000" + names[0], "\u00a0" + names[0], "\x85" + names[0], "$Version=1,;" + "x" + names[0], "x." + names[0],
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+"/signup", nil)
			var line []string
			for _, c := range b.jar {
				if c.name != names[0] {
					line = append(line, c.name+"="+c.value)
				}
			}
			r.Header.Set("Cookie", strings.Join(append(line, name+"="+value), "; "))
			_, err := a.reg.Pending(r)
			assert.ErrorIs(t, err, oauthreg.ErrNoPending, name)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+"/signup", nil)
		b.addCookies(r)
		r.Header.Set("Cookie", strings.Replace(r.Header.Get("Cookie"), names[0]+"="+value, names[0]+`="`+value+`"`, 1))
		_, err := a.reg.Pending(r)
		assert.NoError(t, err, "quotes are a proxy's doing")
	})
}

// A cookie that is told to live for no second at all is dropped at once.
func TestCookiesOfShortRecordsLive(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) { cfg.PendingTTL = 900 * time.Millisecond })
	b := a.browser()
	p := b.get(a.approved(b, ada, ""))
	for _, c := range p.cookies {
		if strings.HasPrefix(c.Name, pendingCookies) {
			assert.Equal(t, 1, c.MaxAge)
		}
	}
	assert.NotEmpty(t, b.cookieNames(pendingCookies))
}
