// Package tokentest is the conformance suite for [tokenstore.Store]: run it on
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
package tokentest

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/oauthreg/go/tokenstore"
)

// Config says how the suite gets its stores.
type Config struct {
	_ [0]func()

	// New returns an empty store. It is called once for each case, and cleans
	// up with t.Cleanup. Required.
	New func(t *testing.T) tokenstore.Store

	// RealTime says that the store cannot run in a [synctest] bubble, because it
	// does input and output. Without it the cases run in fake time, where
	// accounts are linked in the very same microsecond.
	RealTime bool
}

// Run checks the whole contract, each clause in a subtest of its own.
func Run(t *testing.T, cfg Config) {
	t.Helper()
	if cfg.New == nil {
		t.Fatal("tokentest: Config.New is nil; give a function that returns an empty store")
	}
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			body := func(t *testing.T) {
				if err := c.check(t.Context(), cfg.New(t)); err != nil {
					t.Errorf("%v\nclause: %s", err, c.clause)
				}
			}
			if cfg.RealTime {
				body(t)
				return
			}
			// Inside the subtest: a bubble may not start one.
			synctest.Test(t, body)
		})
	}
}

// testCase is one clause. check returns an error, and knows no testing.T, so
// that the suite's own tests can ask it about stores that are wrong.
type testCase struct {
	name, clause string
	check        func(ctx context.Context, s tokenstore.Store) error
}

func cases() []testCase {
	return []testCase{
		{"find", "Find returns what Link stored; the store sets both times, in UTC, to the microsecond, and ignores the account's", checkFind},
		{"absent", "an absent account is not found, without an error; there is nothing to list; Unlink of it is ErrNotFound", checkAbsent},
		{"identity_bytes", "provider and subject are compared byte for byte", checkIdentityBytes},
		{"identity_odd_bytes", "an identity that the store cannot keep exactly is refused, never altered", checkOddBytes},
		{"user_bytes", "user IDs are compared byte for byte", checkUserBytes},
		{"two_providers", "the same subject at two providers is two people", checkTwoProviders},
		{"several_of_one", "a user may have several identities at one provider", checkSeveral},
		{"taken", "an identity that belongs to another user is ErrTaken, and nothing changes", checkTaken},
		{"refresh", "Link by the owner replaces username and token, moves UpdatedAt and not LinkedAt", checkRefresh},
		{"empty_keeps", "an empty username or token never replaces one that is there", checkEmptyKeeps},
		{"empty_filled", "an empty username or token is replaced by one that is not", checkEmptyFilled},
		{"order", "ListByUser returns the oldest first, then by provider and subject", checkOrder},
		{"unlink", "Unlink removes the user's own account, and no other", checkUnlink},
		{"relink", "after Unlink the identity is free for anybody, and nothing of the old account is left", checkRelink},
		{"race_users", "of many users who link one identity at the same time, one gets it and the others ErrTaken", checkRaceUsers},
		{"race_owner", "one user may link one identity many times at once", checkRaceOwner},
		{"token", "a token comes back exactly, with odd characters, extras, and what it has empty", checkToken},
		{"invalid", "Link refuses an empty UserID, Provider or Subject", checkInvalid},
		{"canceled", "every method passes the error of a cancelled context through, and does nothing", checkCanceled},
		{"copies", "the store keeps copies, and hands out copies", checkCopies},
	}
}
