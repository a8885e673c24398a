package oauthreg_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

type panickyObserver struct{ left int }

func (o *panickyObserver) Stepped(context.Context, oauthreg.Step) {}
func (o *panickyObserver) Called(_ context.Context, c oauthreg.Call) {
	if c.Op == provider.OpRefresh && o.left > 0 {
		o.left--
		panic("a bug in the app's metrics")
	}
}

// "what a refresh got before is not lost" (TestAPanicInARefreshIsAnError), also if
// it is the Observer that panics.
func TestObserverPanicInRefresh(t *testing.T) {
	t.Parallel()
	f, accounts, o := newRotatingFlow(), tokenstore.NewMemory(), &panickyObserver{left: 1}
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) { cfg.Flows["fake"], cfg.Accounts, cfg.Observer = f, accounts, o })
	tok := f.issue()
	tok.Expiry = time.Now().Add(time.Second)
	keep(t, accounts, tok)
	for range 2 {
		status, err := call(t.Context(), a.reg)
		require.NoError(t, err, "the refreshed token is lost, and its refresh token used up: the person has to sign in again")
		assert.Equal(t, called, status)
	}
	assert.Zero(t, o.left, "it has panicked")
	assert.Contains(t, a.logs.String(), "oauthreg: an Observer panicked")
	assert.Equal(t, 1, f.refreshed(), "a second use of the refresh token counts as theft")
}
