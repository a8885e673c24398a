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

	// Rewriter and Leaser demand that the store has these optional powers. If
	// false, their clauses run only if it has; a store that has a power should
	// demand it, or the day it is lost goes unnoticed.
	Rewriter, Leaser bool
}

// power is an optional interface that a clause is about.
type power struct {
	name     string
	has      func(tokenstore.Store) bool
	demanded func(Config) bool
}

// of reports whether a clause about p can be run, and, if not, whether that is
// a fault.
func (p power) of(s tokenstore.Store, cfg Config) (run, missed bool) {
	if p.has == nil || p.has(s) {
		return true, false
	}
	return false, p.demanded(cfg)
}

var (
	rewrites = power{
		"Rewriter",
		func(s tokenstore.Store) bool { _, ok := s.(tokenstore.Rewriter); return ok },
		func(cfg Config) bool { return cfg.Rewriter },
	}
	leases = power{
		"Leaser",
		func(s tokenstore.Store) bool { _, ok := s.(tokenstore.Leaser); return ok },
		func(cfg Config) bool { return cfg.Leaser },
	}
)

// Run checks the whole contract, each clause in a subtest of its own.
func Run(t *testing.T, cfg Config) {
	t.Helper()
	if cfg.New == nil {
		t.Fatal("tokentest: Config.New is nil; give a function that returns an empty store")
	}
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			body := func(t *testing.T) {
				s := cfg.New(t)
				switch run, missed := c.power.of(s, cfg); {
				case missed:
					t.Fatalf("the store is no tokenstore.%s, and Config.%[1]s demands it\nclause: %s", c.power.name, c.clause)
				case !run:
					t.Skipf("the store is no tokenstore.%s, and need not be: Config.%[1]s is false", c.power.name)
				}
				if err := c.check(t.Context(), s); err != nil {
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
	power        power // zero for the clauses of every store
}

func cases() []testCase {
	return []testCase{
		{"find", "Find returns what Link stored; the store sets both times, in UTC, to the microsecond, and ignores the account's", checkFind, power{}},
		{"absent", "an absent account is not found, without an error; there is nothing to list; Unlink of it is ErrNotFound", checkAbsent, power{}},
		{"identity_bytes", "provider and subject are compared byte for byte", checkIdentityBytes, power{}},
		{"identity_odd_bytes", "an identity that the store cannot keep exactly is refused, never altered", checkOddBytes, power{}},
		{"identity_long", "an ID of 255 bytes is kept; a longer one is kept exactly, or refused", checkLong, power{}},
		{"user_bytes", "user IDs are compared byte for byte", checkUserBytes, power{}},
		{"two_providers", "the same subject at two providers is two people", checkTwoProviders, power{}},
		{"several_of_one", "a user may have several identities at one provider", checkSeveral, power{}},
		{"taken", "an identity that belongs to another user is ErrTaken, and nothing changes", checkTaken, power{}},
		{"refresh", "Link by the owner replaces username and token, moves UpdatedAt and not LinkedAt", checkRefresh, power{}},
		{"empty_keeps", "an empty username or token never replaces one that is there", checkEmptyKeeps, power{}},
		{"empty_filled", "an empty username or token is replaced by one that is not", checkEmptyFilled, power{}},
		{"username", "a username comes back exactly, and one of blanks is not empty", checkUsername, power{}},
		{"order", "ListByUser returns the oldest first, then by provider and subject", checkOrder, power{}},
		{"unlink", "Unlink removes the user's own account, and no other", checkUnlink, power{}},
		{"relink", "after Unlink the identity is free for anybody, and nothing of the old account is left", checkRelink, power{}},
		{"race_users", "of many users who link one identity at the same time, one gets it and the others ErrTaken", checkRaceUsers, power{}},
		{"race_owner", "one user may link one identity many times at once", checkRaceOwner, power{}},
		{"token", "a token comes back exactly, with odd characters, extras, and what it has empty", checkToken, power{}},
		{"invalid", "Link refuses an empty UserID, Provider or Subject", checkInvalid, power{}},
		{"canceled", "every method passes the error of a cancelled context through, and does nothing", checkCanceled, power{}},
		{"copies", "the store keeps copies, and hands out copies", checkCopies, power{}},

		{"page", "Page goes through everything once, by the bytes of provider and subject, at most limit at a time", checkPages, rewrites},
		{"page_copies", "Page hands out copies, Replace keeps one, and a token from a page is the old one of Replace", checkPageCopies, rewrites},
		{"replace", "Replace writes the token, and nothing else: no times, no other account", checkReplace, rewrites},
		{"replace_stale", "Replace does nothing if old is not what is stored, byte for byte, or token is empty", checkReplaceStale, rewrites},
		{"race_replace", "of many who replace one token at the same time, one does", checkRaceReplace, rewrites},
		{"rewrite_canceled", "Page and Replace pass the error of a cancelled context through, and do nothing", checkRewriteCanceled, rewrites},

		{"lease", "a lease is its holder's until Release; others do not get it; an absent account is ErrNotFound", checkLease, leases},
		{"lease_ends", "a lease ends when its time is over, and then its old holder has no say", checkLeaseEnds, leases},
		{"lease_apart", "each account has a lease of its own", checkLeaseApart, leases},
		{"lease_binds_nobody", "a lease changes nothing that others see, is not changed by Link, and goes with the account", checkLeaseBindsNobody, leases},
		{"lease_invalid", "Lease refuses an empty holder, and a time that is none", checkLeaseInvalid, leases},
		{"race_lease", "of many who ask for one lease at the same time, one gets it", checkRaceLease, leases},
		{"lease_canceled", "Lease and Release pass the error of a cancelled context through, and do nothing", checkLeaseCanceled, leases},
	}
}
