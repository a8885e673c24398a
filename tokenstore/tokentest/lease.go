package tokentest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// short is how long a lease lasts whose end is waited for. Within it a slow
// database must manage two calls.
const short = time.Second

// leaser is called in cases that run for stores that have the power.
func leaser(s tokenstore.Store) tokenstore.Leaser { return s.(tokenstore.Leaser) }

// wantLease asks for a lease, and demands that answer.
func wantLease(ctx context.Context, s tokenstore.Store, id tokenstore.Identity, holder string, d time.Duration, want bool) error {
	reserved, err := leaser(s).Lease(ctx, id, holder, d)
	if err != nil {
		return fmt.Errorf("a Lease(%q, %q): %w", id, holder, err)
	}
	if reserved != want {
		return fmt.Errorf("a Lease(%q, %q) = %v, want %v", id, holder, reserved, want)
	}
	return nil
}

func release(ctx context.Context, s tokenstore.Store, id tokenstore.Identity, holder string) error {
	if err := leaser(s).Release(ctx, id, holder); err != nil {
		return fmt.Errorf("a Release(%q, %q): %w", id, holder, err)
	}
	return nil
}

// inTurn does one after the other, up to the first error.
func inTurn(steps ...func() error) error {
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func checkLease(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	lease := func(holder string, want bool) func() error {
		return func() error { return wantLease(ctx, s, a.Identity, holder, time.Hour, want) }
	}
	end := func(holder string) func() error {
		return func() error { return release(ctx, s, a.Identity, holder) }
	}
	if err := inTurn(
		end("one"), // of nobody's
		lease("one", true), lease("one", true), lease("two", false), lease("one", true),
		end("two"), lease("two", false),
		// Holders by bytes.
		lease("One", false), lease("one ", false), lease("on\u0113", false), lease("%", false),
		end("One"), end("one "), end("%"), lease("two", false),
		end("one"), lease("two", true), lease("one", false),
		end("one"), lease("one", false),
		end("two"), end("two"), lease("one", true),
	); err != nil {
		return err
	}
	for _, subject := range []string{"2", "1 ", ""} {
		id := tokenstore.Identity{Provider: twitter, Subject: subject}
		reserved, err := leaser(s).Lease(ctx, id, "one", time.Hour)
		if err := wantError(fmt.Sprintf("Lease of %q, which is not there", id), err, tokenstore.ErrNotFound); err != nil || reserved {
			return errors.Join(err, fmt.Errorf("a Lease of what is not there = %v", reserved))
		}
		if err := release(ctx, s, id, "one"); err != nil {
			return err
		}
	}
	return nil
}

func checkLeaseEnds(ctx context.Context, s tokenstore.Store) error {
	dead, renewed, shortened := account("ann", "1"), account("ann", "2"), account("ann", "3")
	if err := errors.Join(link(ctx, s, dead), link(ctx, s, renewed), link(ctx, s, shortened)); err != nil {
		return err
	}
	lease := func(a tokenstore.Account, holder string, d time.Duration, want bool) func() error {
		return func() error { return wantLease(ctx, s, a.Identity, holder, d, want) }
	}
	return inTurn(
		lease(renewed, "one", short, true), lease(renewed, "one", time.Hour, true),
		lease(shortened, "one", time.Hour, true), lease(shortened, "one", short, true),
		lease(dead, "one", short, true), lease(dead, "two", short, false),
		func() error { time.Sleep(short + 2*time.Millisecond); return nil },
		lease(dead, "two", time.Hour, true), lease(renewed, "two", time.Hour, false), lease(shortened, "two", time.Hour, true),
		// Back from the dead, it has no say any more.
		func() error { return release(ctx, s, dead.Identity, "one") },
		lease(dead, "one", time.Hour, false), lease(dead, "three", time.Hour, false),
	)
}

func checkLeaseApart(ctx context.Context, s tokenstore.Store) error {
	var accounts []tokenstore.Account
	for i, id := range []tokenstore.Identity{
		{Provider: twitter, Subject: "abc"}, {Provider: twitter, Subject: "ABC"}, {Provider: twitter, Subject: "abc "},
		{Provider: "Twitter", Subject: "abc"}, {Provider: "github", Subject: "abc"}, {Provider: twitter, Subject: "\u00e4bc"},
	} {
		a := account("ann", id.Subject)
		a.Identity = id
		if err := link(ctx, s, a); err != nil {
			return err
		}
		accounts = append(accounts, a)
		if err := wantLease(ctx, s, id, fmt.Sprint("holder-", i), time.Hour, true); err != nil {
			return err
		}
	}
	if err := release(ctx, s, accounts[0].Identity, "holder-0"); err != nil {
		return err
	}
	for i, a := range accounts {
		if err := wantLease(ctx, s, a.Identity, "another", time.Hour, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// checkLeaseBindsNobody is about those who do not ask.
func checkLeaseBindsNobody(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	before, err := mustFind(ctx, s, a.Identity)
	if err != nil {
		return err
	}
	tick()
	if err := wantLease(ctx, s, a.Identity, "one", time.Hour, true); err != nil {
		return err
	}
	if err := unchanged(ctx, s, before); err != nil {
		return fmt.Errorf("after Lease: %w", err)
	}
	if err := wantError("Link by another user", s.Link(ctx, account("bob", "1")), tokenstore.ErrTaken); err != nil {
		return err
	}
	a.Username, a.Token = "new name", provider.Token{Access: provider.NewSecret("new access")}
	if err := errors.Join(link(ctx, s, a), findSame(ctx, s, a)); err != nil {
		return err
	}
	if err := wantLease(ctx, s, a.Identity, "two", time.Hour, false); err != nil {
		return fmt.Errorf("after Link by the owner: %w", err)
	}
	// The account goes, and the lease with it.
	if err := s.Unlink(ctx, "ann", a.Identity); err != nil {
		return fmt.Errorf("unlink: %w", err)
	}
	if err := link(ctx, s, account("bob", "1")); err != nil {
		return err
	}
	return wantLease(ctx, s, a.Identity, "two", time.Hour, true)
}

func checkLeaseInvalid(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	for _, row := range []struct {
		holder string
		d      time.Duration
	}{{"", time.Hour}, {"one", 0}, {"one", -time.Hour}} {
		if reserved, err := leaser(s).Lease(ctx, a.Identity, row.holder, row.d); err == nil || reserved {
			return fmt.Errorf("a Lease for holder %q and %v = %v, %v, want false and an error", row.holder, row.d, reserved, err)
		}
	}
	return wantLease(ctx, s, a.Identity, "two", time.Hour, true)
}

func checkRaceLease(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	holder := func(round, i int) string { return fmt.Sprintf("holder-%d-%d", round, i) }
	for round := range 3 {
		reserved := make([]bool, racers)
		errs := race(func(i int) (err error) {
			reserved[i], err = leaser(s).Lease(ctx, a.Identity, holder(round, i), time.Hour)
			return err
		})
		if err := errors.Join(errs...); err != nil {
			return err
		}
		winner, err := only(reserved)
		if err != nil {
			return fmt.Errorf("of those who asked for a lease at once, %w", err)
		}
		if err := release(ctx, s, a.Identity, holder(round, winner)); err != nil {
			return err
		}
	}
	return nil
}

func checkLeaseCanceled(ctx context.Context, s tokenstore.Store) error {
	a, b := account("ann", "1"), account("ann", "2")
	if err := errors.Join(link(ctx, s, a), link(ctx, s, b)); err != nil {
		return err
	}
	if err := wantLease(ctx, s, b.Identity, "one", time.Hour, true); err != nil {
		return err
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, leaseErr := leaser(s).Lease(canceled, a.Identity, "one", time.Hour)
	if err := errors.Join(
		wantError("Lease", leaseErr, context.Canceled),
		wantError("Release", leaser(s).Release(canceled, b.Identity, "one"), context.Canceled),
	); err != nil {
		return err
	}
	return errors.Join(
		wantLease(ctx, s, a.Identity, "two", time.Hour, true),
		wantLease(ctx, s, b.Identity, "two", time.Hour, false),
	)
}
