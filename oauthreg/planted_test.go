package oauthreg_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Cookies with a time in the future would be the newest for ever, and push those
// out that the browser really has.
func TestPlantedCookiesOfTheFuturePushNothingOut(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		ahead   time.Duration
		dropped bool // of the ten that are planted, for the one that is started
	}{{"a clock that is a little ahead", 10 * time.Minute, true}, {"years ahead", 10 * 365 * 24 * time.Hour, false}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newMemoryStore(t))
			b := a.browser()
			since := strconv.FormatInt(time.Now().Add(row.ahead).UnixMicro(), 36)
			var planted []string
			for i := range 12 {
				planted = append(planted, attemptCookies+pad16(i)+"=w."+since+"."+strings.Repeat("A", 26))
			}
			p := b.post("/auth/fake/start", nil, func(r *http.Request) {
				r.Header.Set("Cookie", strings.Join(planted, "; "))
			})
			require.Equal(t, http.StatusSeeOther, p.status)
			dropped := 0
			for _, c := range p.cookies {
				if c.MaxAge < 0 && strings.HasPrefix(c.Name, attemptCookies) {
					dropped++
				}
			}
			assert.Equal(t, row.dropped, dropped > 0, "what is nobody's takes no room")
		})
	}
}
