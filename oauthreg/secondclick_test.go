package oauthreg_test

import (
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/oauthreg"
)

// The form was sent, and the answer got lost: sending it again signs in, and
// makes nobody twice. Once the answer has arrived, nothing waits any more.
func TestAFormWhoseAnswerGotLostIsSentAgain(t *testing.T) {
	t.Parallel()
	for _, kind := range storeKinds {
		if kind.name == "shared" {
			continue // a record taken from a store like that is gone at once
		}
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, kind.new(t))
				b := a.browser()
				form := url.Values{oauthreg.PendingField: {a.toForm(b, ada).ID}}
				b.clone().post("/signup", form) // nobody sees the answer
				owner := a.owner(ada)
				assert.NotEmpty(t, owner)
				time.Sleep(30 * time.Second)
				late := b.clone()
				p := b.post("/signup", form)
				assert.Equal(t, http.StatusSeeOther, p.status, p.body)
				assert.Equal(t, owner, b.user())
				assert.Equal(t, 1, a.userCount())

				assert.Empty(t, b.cookieNames("__Host-oauthreg_new_"))
				assert.Equal(t, http.StatusConflict, b.post("/signup", form).status, "the answer took the cookie away")
				if kind.name == "memory" {
					time.Sleep(2 * time.Minute)
					assert.Equal(t, http.StatusConflict, late.post("/signup", form).status, "and the record does not stay")
				}
			})
		})
	}
}
