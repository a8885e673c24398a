package tokentest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/oauthreg/go/tokenstore"
)

// racers is how many do the same thing at once.
const racers = 16

// race runs f that many times, at once as far as that can be had.
func race(f func(i int) error) []error {
	errs := make([]error, racers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func checkRaceUsers(ctx context.Context, s tokenstore.Store) error {
	errs := race(func(i int) error { return s.Link(ctx, account(fmt.Sprintf("user-%d", i), "1")) })
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			return fmt.Errorf("user-%d and user-%d both linked one identity", winner, i)
		case err == nil:
			winner = i
		case !errors.Is(err, tokenstore.ErrTaken):
			return fmt.Errorf("a Link that lost the race = %w, want %w", err, tokenstore.ErrTaken)
		}
	}
	if winner < 0 {
		return errors.New("of all users who linked one identity at once, nobody got it")
	}
	for i := range racers {
		if i == winner {
			continue
		}
		if _, err := mustList(ctx, s, fmt.Sprintf("user-%d", i)); err != nil {
			return err
		}
	}
	want := account(fmt.Sprintf("user-%d", winner), "1")
	if _, err := mustList(ctx, s, want.UserID, want.Identity); err != nil {
		return err
	}
	return findSame(ctx, s, want)
}

func checkRaceOwner(ctx context.Context, s tokenstore.Store) error {
	same, own := account("ann", "1"), func(i int) tokenstore.Account { return account("ann", fmt.Sprintf("own-%d", i)) }
	errs := race(func(i int) error {
		if err := link(ctx, s, same); err != nil {
			return err
		}
		return link(ctx, s, own(i))
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for i := range racers {
		if err := findSame(ctx, s, own(i)); err != nil {
			return err
		}
	}
	list, err := s.ListByUser(ctx, "ann")
	if err != nil {
		return fmt.Errorf("ListByUser: %w", err)
	}
	if len(list) != racers+1 {
		return fmt.Errorf("ListByUser returned %d accounts, want %d", len(list), racers+1)
	}
	return findSame(ctx, s, same)
}
