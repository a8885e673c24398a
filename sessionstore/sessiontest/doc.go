// Package sessiontest holds the conformance suites for implementations of
// sessionstore.Store, see Run, and of sessionstore.Backend, see
// RunBackend:
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
//
// # Which name for which need
//
//   - For what is given to oauthreg.Config.Sessions, use [Run]; for what lies
//     below a sessionstore.Server, [RunBackend].
//   - Set RealTime for anything that does I/O, BrowserState for a store whose
//     values lie in cookies, and TakesRace for a backend without a step that
//     reads and deletes.
//
// # Errors
//
// A failure is a failed subtest, named after the clause. A configuration
// without New ends the test at once.
//
// # Security
//
// The cases are what strangers try: cookies of another browser, planted and
// altered ones, copies of old ones, floods of values. What the suite leaves
// out for BrowserState and TakesRace is what such a store cannot promise: say
// so in its documentation. The suites are for test files: they import testing.
package sessiontest
