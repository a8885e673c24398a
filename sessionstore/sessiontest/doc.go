// Package sessiontest holds the conformance suite for implementations of
// [sessionstore.Store]:
//
//	func TestConformance(t *testing.T) {
//		sessiontest.Run(t, sessiontest.Config{
//			New: func(t *testing.T) sessionstore.Store { return mystore.New() },
//		})
//	}
//
// Each case is a clause of the contract and runs as a subtest; a failure prints
// the clause that was violated and what happened. The suite talks to the store
// as browsers do: through requests that carry the cookies of earlier
// responses. It opens no sockets of its own.
package sessiontest
