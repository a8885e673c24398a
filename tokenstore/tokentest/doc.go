// Package tokentest is the conformance suite for tokenstore.Store: run it on
// every store, also on one behind a wrapper.
//
//	func TestConformance(t *testing.T) {
//		tokentest.Run(t, tokentest.Config{
//			New: func(t *testing.T) tokenstore.Store { return mystore.New() },
//		})
//	}
//
// It needs the standard library only. A case that fails prints the clause of
// the contract that the store does not keep.
//
// # Which name for which need
//
//   - Give [Run] a [Config] whose New returns an empty store.
//   - Set RealTime for a store that does I/O.
//   - Set Rewriter and Leaser for a store that has these powers, so that the
//     day one is lost does not go unnoticed.
//
// # Errors
//
// A failure is a failed subtest. A Config without New ends the test at once.
//
// # Security
//
// Among the clauses are those that accounts hang on: an identity is compared
// byte for byte and never moves to another user, of two users who link it at
// once one wins, and a token is replaced whole. The suite is for test files:
// it imports testing.
package tokentest
