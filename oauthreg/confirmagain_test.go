package oauthreg_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

// A double click on "Connect", or an answer that was lost: the browser shows the
// answer to the second POST, which has the cookies from before the first.
func TestConfirmTwice(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		id := hiddenID.FindStringSubmatch(b.get("/connect").body)[1]
		yes := url.Values{oauthreg.PendingField: {id}, "answer": {"connect"}}
		first := b.clone().post("/connect", yes) // nobody sees the answer
		require.Equal(t, "/inbox", first.location)
		p := b.post("/connect", yes)
		if strings.HasSuffix(t.Name(), "/shared") {
			// A session store of the app's own lets go at once.
			assert.Equal(t, http.StatusConflict, p.status)
			assert.Contains(t, p.body, `<a href="/">Go on</a>`)
		} else {
			assert.Equal(t, "/inbox", p.location)
		}
		assert.Equal(t, "user-1", a.owner(zed))
	})
}

// The same with "Not now".
func TestDeclineTwice(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		id := hiddenID.FindStringSubmatch(b.get("/connect").body)[1]
		no := url.Values{oauthreg.PendingField: {id}, "answer": {"decline"}}
		require.Equal(t, "/", b.clone().post("/connect", no).location)
		p := b.post("/connect", no)
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Equal(t, "/", p.location)
		assert.Empty(t, a.owner(zed))
	})
}

// The confirm page lay open for longer than PendingTTL. "Not now" is as good as ever.
func TestNotNowTooLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, newMemoryStore(t), withHooks)
		a.signUp(ada)
		b := signedInWithAnOffer(a)
		b.handler = a.reg.Confirm()
		id := hiddenID.FindStringSubmatch(b.get("/connect").body)[1]
		time.Sleep(2 * time.Hour)
		signedInAs(b, "user-1")
		p := b.post("/connect", url.Values{"oauthreg_pending": {id}, "answer": {"decline"}})
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Equal(t, "/", p.location)
	})
}

// An identity waits for user-1. A younger sign-up, which is nobody's, waits too.
func TestConfirmLatest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, newMemoryStore(t), withHooks)
		a.signUp(ada)
		b := signedInWithAnOffer(a)
		time.Sleep(time.Second)
		signedInAs(b, "")
		b.get(a.approved(b, cyd, ""))
		signedInAs(b, "user-1")
		b.handler = a.reg.Confirm()
		p := b.get("/connect")
		assert.Equal(t, http.StatusOK, p.status, "the offer is not shown: %s", p.location)
		assert.Contains(t, p.body, "<bdi>@zed</bdi>")
	})
}
