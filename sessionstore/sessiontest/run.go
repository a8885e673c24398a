package sessiontest

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/oauthreg/go/sessionstore"
)

// Config says what to test and how.
type Config struct {
	_ [0]func()

	// New returns a store. Required. It is called once for each case, inside the
	// case's bubble (see RealTime). The store need not be empty: every case comes
	// with browsers that have no cookies yet. Clean up with t.Cleanup.
	New func(t *testing.T) sessionstore.Store

	// RealTime runs the cases by the clock of the machine, which takes some
	// seconds. Set it for a store that does I/O or keeps time elsewhere, such as
	// one on a database. Otherwise each case runs in a bubble of package
	// testing/synctest, where time is simulated and costs nothing.
	RealTime bool

	// BrowserState says that the values themselves lie in the browser's cookies.
	// The cases that nobody can keep without state on the server are left out:
	// that of concurrent Takes one wins, and that a copied cookie does not bring
	// back what was taken.
	BrowserState bool
}

// Run runs the suite. It calls t.Run for each case and returns when all are
// done.
func Run(t *testing.T, cfg Config) {
	t.Helper()
	if cfg.New == nil {
		t.Fatal("sessiontest: Config.New is required")
	}
	for _, c := range allCases() {
		if c.serverState && cfg.BrowserState {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			body := func(t *testing.T) {
				s := subject{store: cfg.New(t), clock: clock{real: cfg.RealTime}}
				if err := c.check(t.Context(), s); err != nil {
					t.Errorf("%v\nclause: %s", err, c.clause)
				}
			}
			if cfg.RealTime {
				body(t)
				return
			}
			// The bubble lies inside the subtest, since t.Run in a bubble panics.
			synctest.Test(t, body)
		})
	}
}

// testCase is one clause of the contract. The check returns what it found
// instead of failing a test, so that the suite can be tested.
type testCase struct {
	name, clause string
	serverState  bool
	check        func(ctx context.Context, s subject) error
}

// subject is what a case works on.
type subject struct {
	store sessionstore.Store
	clock clock
}

// browser returns one without cookies.
func (s subject) browser(ctx context.Context) *browser {
	return &browser{ctx: ctx, store: s.store}
}

func allCases() []testCase {
	return slices.Concat(valueCases(), argumentCases(), takeCases(), lifetimeCases(), isolationCases(), cookieCases(), loadCases())
}
