package tokentest

import (
	"context"
	"fmt"
	"slices"

	"github.com/oauthreg/go/tokenstore"
)

func checkOrder(ctx context.Context, s tokenstore.Store) error {
	at := func(name, subject string) tokenstore.Identity {
		return tokenstore.Identity{Provider: name, Subject: subject}
	}
	// Neither the order of names nor, in fake time, that of arrival.
	rounds := [][]tokenstore.Identity{
		{at("z", "1")},
		{at("m", "20"), at("m", "100"), at("a", "3"), at("B", "4"), at("m", "3")},
		{at("a", "1"), at("A", "1")},
	}
	for _, round := range rounds {
		for _, id := range round {
			a := account("ann", id.Subject)
			a.Identity = id
			if err := link(ctx, s, a); err != nil {
				return err
			}
		}
		tick()
	}
	// A refresh makes nothing younger.
	first := account("ann", "1")
	first.Identity = rounds[0][0]
	if err := link(ctx, s, first); err != nil {
		return err
	}

	list, err := s.ListByUser(ctx, "ann")
	if err != nil {
		return fmt.Errorf("ListByUser: %w", err)
	}
	var want []tokenstore.Identity
	for _, round := range rounds {
		want = append(want, round...)
	}
	linked := map[tokenstore.Identity]tokenstore.Account{}
	for _, a := range list {
		linked[a.Identity] = a
	}
	// Stable, by what is known of the rounds first: a store that gives all the
	// same time does not get away with it.
	round := func(id tokenstore.Identity) int {
		return slices.IndexFunc(rounds, func(r []tokenstore.Identity) bool { return slices.Contains(r, id) })
	}
	slices.SortFunc(want, func(x, y tokenstore.Identity) int {
		if c := round(x) - round(y); c != 0 {
			return c
		}
		if c := linked[x].LinkedAt.Compare(linked[y].LinkedAt); c != 0 {
			return c
		}
		return slices.Compare([]string{x.Provider, x.Subject}, []string{y.Provider, y.Subject})
	})
	_, err = mustList(ctx, s, "ann", want...)
	return err
}
