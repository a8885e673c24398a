package oauthreg_test

import (
	"net/http"
	"net/url"
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
		if p.status == http.StatusConflict { // a session store of the app's own lets go at once
			assert.Contains(t, p.body, `<a href="/">Go on</a>`)
		} else {
			assert.Equal(t, "/inbox", p.location)
		}
		assert.Equal(t, "user-1", a.owner(zed))
	})
}

func TestDeclineTwice(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		id := hiddenID.FindStringSubmatch(b.get("/connect").body)[1]
		no := url.Values{oauthreg.PendingField: {id}, "answer": {"decline"}}
		require.Equal(t, "/", b.clone().post("/connect", no).location)
		p := b.post("/connect", no)
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.NotContains(t, p.body, "No sign-up is waiting", "a page with no way on")
	})
}

// The confirm page lay open for longer than PendingTTL. "Not now" is an error, on a
// page with no way on.
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
		assert.NotContains(t, p.body, "Please start again", "there is neither a link nor a button on that page")
	})
}

// An identity waits for user-1. Another sign-up, which is nobody's, waits too, and is younger.
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
	})
}
