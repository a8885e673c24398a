package tokentest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

func checkFind(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	a.LinkedAt = time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)
	a.UpdatedAt = a.LinkedAt.AddDate(100, 0, 0)
	// Away from the round times at which a bubble begins.
	time.Sleep(1234567 * time.Nanosecond)
	before := time.Now().Truncate(time.Microsecond)
	if err := link(ctx, s, a); err != nil {
		return err
	}
	after := time.Now()
	got, err := mustFind(ctx, s, a.Identity)
	if err != nil {
		return err
	}
	list, err := mustList(ctx, s, "ann", a.Identity)
	if err != nil {
		return err
	}
	for _, got := range append(list, got) {
		if err := same(got, a); err != nil {
			return err
		}
		if !got.UpdatedAt.Equal(got.LinkedAt) {
			return fmt.Errorf("a new account was updated at %v but linked at %v", got.UpdatedAt, got.LinkedAt)
		}
		if got.LinkedAt.Before(before) || got.LinkedAt.After(after) {
			return fmt.Errorf("linked at %v, want between %v and %v", got.LinkedAt, before, after)
		}
		for _, at := range []time.Time{got.LinkedAt, got.UpdatedAt} {
			if at.Location() != time.UTC || !at.Equal(at.Truncate(time.Microsecond)) {
				return fmt.Errorf("the time %v is not in UTC to the microsecond", at)
			}
		}
	}
	return nil
}

func checkTaken(ctx context.Context, s tokenstore.Store) error {
	mine := account("ann", "1")
	if err := link(ctx, s, mine); err != nil {
		return err
	}
	before, err := mustFind(ctx, s, mine.Identity)
	if err != nil {
		return err
	}
	tick()
	full, bare := account("bob", "1"), account("bob", "1")
	bare.Username, bare.Token = "", provider.Token{}
	for _, theirs := range []tokenstore.Account{full, bare} {
		if err := wantError("Link by another user", s.Link(ctx, theirs), tokenstore.ErrTaken); err != nil {
			return err
		}
		if err := unchanged(ctx, s, before); err != nil {
			return err
		}
	}
	if _, err := mustList(ctx, s, "bob"); err != nil {
		return err
	}
	_, err = mustList(ctx, s, "ann", mine.Identity)
	return err
}

func checkRefresh(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	a.Token.Extra = map[string]provider.Secret{"x_auth_expires": provider.NewSecret("0")}
	if err := link(ctx, s, a); err != nil {
		return err
	}
	first, err := mustFind(ctx, s, a.Identity)
	if err != nil {
		return err
	}
	tick()
	a.Username = "new name"
	// Without extras: a token is replaced whole.
	a.Token = provider.Token{Access: provider.NewSecret("new access"), Secret: provider.NewSecret("new secret")}
	if err := link(ctx, s, a); err != nil {
		return err
	}
	second, err := mustFind(ctx, s, a.Identity)
	if err != nil {
		return err
	}
	if err := same(second, a); err != nil {
		return err
	}
	if !second.LinkedAt.Equal(first.LinkedAt) {
		return fmt.Errorf("a refresh moved LinkedAt from %v to %v", first.LinkedAt, second.LinkedAt)
	}
	if !second.UpdatedAt.After(first.UpdatedAt) {
		return fmt.Errorf("a refresh left UpdatedAt at %v", second.UpdatedAt)
	}
	_, err = mustList(ctx, s, "ann", a.Identity)
	return err
}

func checkUsername(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	for _, name := range []string{
		"ann", "Ann", "ann ", " ", "  ", "\t", "\u00e9", "e\u0301", "\U0001f600\U0001f468\u200d\U0001f469",
		"\u65e5\u672c", "'; --", "\\", "%s", "$1", "?", "null",
	} {
		a.Username = name
		if err := errors.Join(link(ctx, s, a), findSame(ctx, s, a)); err != nil {
			return err
		}
		list, err := mustList(ctx, s, "ann", a.Identity)
		if err != nil {
			return err
		}
		if err := same(list[0], a); err != nil {
			return err
		}
	}
	return nil
}

func checkInvalid(ctx context.Context, s tokenstore.Store) error {
	for name, empty := range map[string]func(*tokenstore.Account){
		"UserID":   func(a *tokenstore.Account) { a.UserID = "" },
		"Provider": func(a *tokenstore.Account) { a.Provider = "" },
		"Subject":  func(a *tokenstore.Account) { a.Subject = "" },
	} {
		a := account("ann", "1")
		empty(&a)
		switch err := s.Link(ctx, a); {
		case err == nil:
			return fmt.Errorf("a Link with an empty %s = nil, want an error", name)
		case errors.Is(err, tokenstore.ErrTaken):
			return fmt.Errorf("a Link with an empty %s = %w, want another error", name, err)
		}
		if err := mustNotFind(ctx, s, a.Identity); err != nil {
			return err
		}
	}
	_, err := mustList(ctx, s, "")
	return err
}

func checkCanceled(ctx context.Context, s tokenstore.Store) error {
	a, b := account("ann", "1"), account("ann", "2")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, _, findErr := s.Find(canceled, a.Identity)
	_, listErr := s.ListByUser(canceled, "ann")
	if err := errors.Join(
		wantError("Link", s.Link(canceled, b), context.Canceled),
		wantError("Find", findErr, context.Canceled),
		wantError("ListByUser", listErr, context.Canceled),
		wantError("Unlink", s.Unlink(canceled, "ann", a.Identity), context.Canceled),
	); err != nil {
		return err
	}
	_, err := mustList(ctx, s, "ann", a.Identity)
	return err
}
