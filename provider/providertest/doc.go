// Package providertest holds the conformance suite for implementations of
// provider.Flow:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Config{
//			New: func(t *testing.T, client *http.Client) providertest.Provider {
//				fake := newFakeProvider() // an http.Handler that plays the provider
//				return providertest.Provider{
//					Flow:        newFlow(t, client),
//					Handler:     fake,
//					CallbackURL: "https://app.example/auth/mine/callback",
//					Approve:     fake.approve,
//					Deny:        fake.deny,
//					Subject:     "4711",
//				}
//			},
//		})
//	}
//
// Each case is a clause of the contract and runs as a subtest; a failure prints
// the clause that was violated and what happened. Cases for optional powers
// ([provider.Clienter], [provider.Refresher], [provider.Revoker]) and for what
// a provider cannot do are skipped, with the reason.
//
// # Which name for which need
//
//   - Every [Config] needs New, which makes a [Provider]: the Flow, and a
//     Handler that plays its provider. A Flow made of another, with its own
//     stand-in, needs no more.
//   - Set Deny if the provider sends people back who decline, Secrets to have
//     the app's own looked for in texts, and Twin to finish attempts in
//     another process than the one that began them.
//   - Set RealTime for a stand-in that can only be reached over the loopback
//     network.
//
// # How it sees calls
//
// The Flow sends its requests through the suite's client. So the suite counts
// them, which "without a call" needs, and breaks the provider in every way
// itself: unreachable, failing, silent, endless, redirecting. The stand-in for
// the provider only has to behave: codes and tokens are long and random, are
// accepted once where the protocol says so, and stop working when they are
// revoked. Secrets of fewer than eight bytes are not looked for in texts: they
// would be found everywhere.
//
// Nothing leaves the process, but for loopback connections if Config.RealTime
// is set or a Flow goes past the client it was given.
//
// # Errors
//
// A failure is a failed subtest, named after the clause. A Config that lacks
// what is required ends the test at once. What a Flow may return, and when, is
// in package provider.
//
// # Security
//
// What the suite looks for is what strangers try: callbacks of other attempts
// and providers, endless and redirected answers, secrets in texts and in what
// is printed. A Flow that passes still has to be bound to the browser, which
// package oauthreg does. The suite is for test files: it imports testing.
package providertest
