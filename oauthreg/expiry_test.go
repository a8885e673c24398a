package oauthreg_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

func TestCallbackOfAnOldAttempt(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		wait time.Duration
		want oauthreg.Outcome
	}{
		{"in time", oauthreg.DefaultAttemptTTL - time.Second, oauthreg.NewUser},
		{"too late", oauthreg.DefaultAttemptTTL + time.Second, oauthreg.Expired},
		{"much too late", 4*oauthreg.DefaultAttemptTTL - time.Second, oauthreg.Expired},
		{"forgotten", 4*oauthreg.DefaultAttemptTTL + time.Second, oauthreg.Mismatch},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStoreInTime(t, func(t *testing.T, a *app) {
				b := a.browser()
				callback := a.approved(b, ada, "")
				time.Sleep(row.wait)
				b.get(callback)
				assert.Equal(t, row.want, a.last().Outcome)
				if row.want != oauthreg.NewUser {
					assert.Zero(t, a.flow.count().exchange)
					assert.NotContains(t, a.logs.String(), "cannot be read", "it is not there")
				}
			})
		})
	}
}

func TestTimesAreTheConfigurations(t *testing.T) {
	t.Parallel()
	onEveryStoreInTime(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "")
		time.Sleep(2 * time.Second)
		a.assertFailed(t, b.get(callback), oauthreg.Expired)

		a.toForm(b, ada)
		time.Sleep(4 * time.Second)
		a.form(b)
		time.Sleep(2 * time.Second)
		assert.Equal(t, http.StatusConflict, b.get("/signup").status)
	}, func(cfg *oauthreg.Config) { cfg.AttemptTTL, cfg.PendingTTL = time.Second, 5*time.Second })
}

// A malformed callback puts the attempt back, but gives it no new time.
func TestMalformedCallbackDoesNotProlongTheAttempt(t *testing.T) {
	t.Parallel()
	onEveryStoreInTime(t, func(t *testing.T, a *app) {
		b := a.browser()
		authURL := a.start(b, "")
		time.Sleep(oauthreg.DefaultAttemptTTL - 2*time.Second)
		b.get("/auth/fake/callback?token=" + tokenOf(authURL))
		require.Equal(t, oauthreg.Malformed, a.last().Outcome)
		late := b.clone()
		assert.Equal(t, "/signup", b.get("/auth/fake/callback?"+a.flow.approve(authURL, ada)).location)
		time.Sleep(2*time.Minute + 3*time.Second) // beyond what is kept of the exchange too
		late.get("/auth/fake/callback?" + a.flow.approve(authURL, ada))
		assert.Equal(t, oauthreg.Expired, a.last().Outcome)
		assert.Equal(t, 1, a.flow.count().exchange)
	})
}

func TestPendingSignUpExpires(t *testing.T) {
	t.Parallel()
	onEveryStoreInTime(t, func(t *testing.T, a *app) {
		b := a.browser()
		view := a.toForm(b, ada)
		copied := b.clone()
		for i := range copied.jar {
			copied.jar[i].expires = time.Time{} // a browser that keeps everything
		}
		time.Sleep(oauthreg.DefaultPendingTTL - time.Second)
		a.form(b)
		time.Sleep(2 * time.Second)
		for _, browser := range []*browser{b, copied} {
			assert.Equal(t, http.StatusConflict, browser.get("/signup").status)
			assert.Equal(t, http.StatusConflict, browser.post("/signup", url.Values{oauthreg.PendingField: {view.ID}}).status)
		}
		assert.Zero(t, a.userCount())
	})
}

// What an exchange got is kept for a minute, and no longer.
func TestLostAnswerIsNotRepeatedForLong(t *testing.T) {
	t.Parallel()
	onEveryStoreInTime(t, func(t *testing.T, a *app) {
		a.signUp(ada)
		b := a.browser()
		callback := a.approved(b, ada, "")
		asked := a.flow.count()
		b.clone().get(callback)
		soon, late := b.clone(), b.clone()
		time.Sleep(59 * time.Second)
		soon.get(callback)
		assert.NotEmpty(t, soon.user())
		assert.Equal(t, asked.exchange+1, a.flow.count().exchange)
		time.Sleep(2 * time.Minute)
		a.assertFailed(t, late.get(callback), oauthreg.Expired)
		assert.Empty(t, late.user())
	})
}

// A replay long after leads nowhere: the attempt's record is gone.
func TestReplayAfterTheRecordIsGoneIsExpired(t *testing.T) {
	t.Parallel()
	onEveryStoreInTime(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "")
		b.get(callback)
		time.Sleep(oauthreg.DefaultAttemptTTL + time.Second)
		a.assertFailed(t, b.get(callback), oauthreg.Expired)
		assert.Equal(t, 1, a.flow.count().exchange)
	})
}
