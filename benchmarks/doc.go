// Package benchmarks measures whole registrations with this library beside a
// floor and beside peers. It is a module of its own, so that nobody who imports
// the library gets the peers with it.
//
// One registration is what a [Browser] does with the app of a [Subject]: start,
// approval at X, callback, and for some the form. X is a [World]: a table of
// answers in process, the same answers over loopback, or the strict server of
// package twittertest, which every subject has to satisfy before it is timed.
//
//	go run ./table      # all subjects, interleaved, as one table
//	go test -bench .    # the same as ordinary Go benchmarks
//
// ../docs/performance.md tells how to read the numbers.
package benchmarks
