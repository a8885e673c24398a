// Package providertest holds the conformance suite for implementations of
// [provider.Flow]:
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
package providertest
