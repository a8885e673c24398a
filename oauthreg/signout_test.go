package oauthreg_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

// An old callback URL in the history must not sign anybody in after they left.
func TestCallbackAfterSignOutSignsNobodyIn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, forget string
		want         oauthreg.Outcome
	}{
		{"with Forget", "yes", oauthreg.Mismatch},
		{"without Forget", "", oauthreg.Replayed},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				user := a.signUp(ada)
				b := a.browser()
				callback := a.approved(b, ada, "")
				b.get(callback)
				require.Equal(t, user, b.user())
				b.post("/signout", url.Values{"forget": {row.forget}})
				require.Empty(t, b.user())
				asked := a.flow.count()
				b.get(callback)
				assert.Empty(t, b.user())
				assert.Equal(t, row.want, a.last().Outcome)
				assert.Equal(t, asked, a.flow.count())
				if row.forget != "" {
					assert.Empty(t, b.cookieNames("__Host-oauthreg_"), "nothing of the hands-on cookies is left")
				}
			})
		})
	}
}

// Sign-out with Forget also ends what the browser had not been answered yet.
func TestForgetDropsAnExchangeThatWasNotAnswered(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		a.signUp(ada)
		b := a.browser()
		callback := a.approved(b, ada, "")
		old := b.clone()
		b.clone().get(callback)
		b.post("/signout", url.Values{"forget": {"yes"}})
		old.get(callback)
		assert.Empty(t, old.user(), "a copy of the old cookies finds nothing either")
	})
}
