// Package sessiontest holds the conformance suites for implementations of
// [sessionstore.Store], see [Run], and of [sessionstore.Backend], see
// [RunBackend]:
//
//	func TestConformance(t *testing.T) {
//		sessiontest.Run(t, sessiontest.Config{
//			New: func(t *testing.T) sessionstore.Store { return mystore.New() },
//		})
//	}
//
// Each case is a clause of the contract and runs as a subtest; a failure prints
// the clause that was violated and what happened. [Run] talks to the store as
// browsers do: through requests that carry the cookies of earlier responses.
// The suites open no sockets of their own.
package sessiontest
