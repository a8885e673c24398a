package sessiontest

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/oauthreg/go/sessionstore"
)

// BackendConfig says what backend to test and how.
type BackendConfig struct {
	_ [0]func()

	// New returns a backend. Required. It is called once for each case, inside
	// the case's bubble (see RealTime). The backend need not be empty: every case
	// has keys of its own, which are random. Clean up with t.Cleanup.
	New func(t *testing.T) sessionstore.Backend

	// RealTime runs the cases by the clock of the machine, which takes half a
	// minute. Set it for a backend that does I/O or keeps time elsewhere, so for
	// any that is not this process's memory. Otherwise each case runs in a bubble
	// of package testing/synctest, where time is simulated and costs nothing.
	RealTime bool

	// TakesRace says that several concurrent Takes may find one value. The cases
	// about concurrent Takes are left out, and the backend must own up to it, with
	// an AtomicTake method that returns false.
	TakesRace bool
}

// RunBackend runs the suite for implementations of [sessionstore.Backend]. It
// calls t.Run for each case and returns when all are done. It opens no sockets
// of its own, and leaves values behind that expire within an hour.
func RunBackend(t *testing.T, cfg BackendConfig) {
	t.Helper()
	if cfg.New == nil {
		t.Fatal("sessiontest: BackendConfig.New is required")
	}
	for _, c := range allBackendCases() {
		if c.atomicTake && cfg.TakesRace {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			body := func(t *testing.T) {
				s := newBackendSubject(t.Context(), cfg.New(t))
				s.clock.real, s.takesRace = cfg.RealTime, cfg.TakesRace
				if err := c.check(s); err != nil {
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

// backendCase is one clause of the contract. As in testCase, check returns what
// it found, so that the suite can be tested.
type backendCase struct {
	name, clause string
	atomicTake   bool // needs it
	check        func(s *backendSubject) error
}

func allBackendCases() []backendCase {
	return slices.Concat(
		backendValueCases(), backendKeyCases(), backendTakeCases(), backendExpiryCases(),
		backendLoadCases(), backendCancelCases(),
	)
}

// backendSubject is what a case works on: a backend, and keys that are this
// case's own.
type backendSubject struct {
	ctx       context.Context
	backend   sessionstore.Backend
	clock     backendClock
	takesRace bool
	keys      keySource
}

func newBackendSubject(ctx context.Context, b sessionstore.Backend) *backendSubject {
	return &backendSubject{ctx: ctx, backend: b}
}
