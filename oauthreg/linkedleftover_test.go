package oauthreg_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

// First the app has not verified the address: the identity waits. Then it has, and
// the next callback links it: nothing waits any more, as after Returning and Linked.
func TestLinkedByEmailLeavesNothing(t *testing.T) {
	t.Parallel()
	d := &directory{users: map[string]string{"ada@example.com": "user-ada"}}
	a := newApp(t, newMemoryStore(t), withDirectory(d, trusting("fake")))
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	require.Equal(t, oauthreg.EmailInUse, a.last().Outcome)
	d.verified = true
	b.get(a.approved(b, ada, ""))
	require.Equal(t, oauthreg.LinkedByEmail, a.last().Outcome)
	assert.Equal(t, http.StatusConflict, b.get("/signup").status, "the form of a sign-up that is done is still shown")
	b.post("/signout", nil)
	require.Empty(t, b.user())
	assert.Equal(t, http.StatusConflict, b.post("/signup", nil).status)
	assert.Empty(t, b.user(), "and sending it signs in, without the provider")
}

// The same, but the app found the identity's owner: there it is let go.
func TestReturningLeavesNothing(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	b := a.browser()
	a.toForm(b, ada)
	a.signUp(ada) // in another browser
	b.get(a.approved(b, ada, ""))
	require.Equal(t, oauthreg.Returning, a.last().Outcome)
	assert.Equal(t, http.StatusConflict, b.get("/signup").status)
}
