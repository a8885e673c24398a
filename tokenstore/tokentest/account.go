package tokentest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

const twitter = "twitter"

// account is a complete one. Its token names user and subject, so that a mix-up
// shows.
func account(userID, subject string) tokenstore.Account {
	return tokenstore.Account{
		Identity: tokenstore.Identity{Provider: twitter, Subject: subject},
		UserID:   userID,
		Username: "name of " + userID,
		Token: provider.Token{
			Access:  provider.NewSecret("access-" + userID + "-" + subject),
			Secret:  provider.NewSecret("secret-" + userID + "-" + subject),
			Subject: subject,
		},
	}
}

// tick lets the clock of every store move on. In a bubble it takes no time.
func tick() { time.Sleep(2 * time.Millisecond) }

// link demands that a can be linked.
func link(ctx context.Context, s tokenstore.Store, a tokenstore.Account) error {
	if err := s.Link(ctx, a); err != nil {
		return fmt.Errorf("Link(%s): %w", describe(a), err)
	}
	return nil
}

// mustFind demands that id is there.
func mustFind(ctx context.Context, s tokenstore.Store, id tokenstore.Identity) (tokenstore.Account, error) {
	a, found, err := s.Find(ctx, id)
	if err != nil {
		return a, fmt.Errorf("Find(%q): %w", id, err)
	}
	if !found {
		return a, fmt.Errorf("Find(%q): not found, want it", id)
	}
	return a, nil
}

// mustNotFind demands that id is not there.
func mustNotFind(ctx context.Context, s tokenstore.Store, id tokenstore.Identity) error {
	a, found, err := s.Find(ctx, id)
	if err != nil {
		return fmt.Errorf("Find(%q): error %w, want none", id, err)
	}
	if found {
		return fmt.Errorf("Find(%q) = %s, want not found", id, describe(a))
	}
	return nil
}

// findSame demands that what is stored is want, but for the times.
func findSame(ctx context.Context, s tokenstore.Store, want tokenstore.Account) error {
	got, err := mustFind(ctx, s, want.Identity)
	if err != nil {
		return err
	}
	return same(got, want)
}

// unchanged demands that the account of before is as it was, times included.
func unchanged(ctx context.Context, s tokenstore.Store, before tokenstore.Account) error {
	got, err := mustFind(ctx, s, before.Identity)
	if err != nil {
		return err
	}
	return errors.Join(same(got, before), sameTimes(got, before))
}

func same(got, want tokenstore.Account) error {
	switch {
	case got.Identity != want.Identity:
		return fmt.Errorf("the account is of %q, want %q", got.Identity, want.Identity)
	case got.UserID != want.UserID:
		return fmt.Errorf("the account of %q belongs to user %q, want %q", want.Identity, got.UserID, want.UserID)
	case got.Username != want.Username:
		return fmt.Errorf("the account of %q has username %q, want %q", want.Identity, got.Username, want.Username)
	}
	return sameToken(got.Token, want.Token)
}

func sameTimes(got, want tokenstore.Account) error {
	if !got.LinkedAt.Equal(want.LinkedAt) || !got.UpdatedAt.Equal(want.UpdatedAt) {
		return fmt.Errorf("linked and updated at %v and %v, want %v and %v",
			got.LinkedAt, got.UpdatedAt, want.LinkedAt, want.UpdatedAt)
	}
	return nil
}

// sameToken does not say what differs: a store under test may hold real tokens
// by mistake, and logs outlive tests.
func sameToken(got, want provider.Token) error {
	g, err := provider.EncodeToken(got)
	if err != nil {
		return err
	}
	w, err := provider.EncodeToken(want)
	if err != nil {
		return err
	}
	if !bytes.Equal(g, w) {
		return fmt.Errorf("the token of %q is not the one that was stored", want.Subject)
	}
	return nil
}

// mustList demands that exactly these subjects are listed for a user, in this
// order.
func mustList(ctx context.Context, s tokenstore.Store, userID string, want ...tokenstore.Identity) ([]tokenstore.Account, error) {
	list, err := s.ListByUser(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("ListByUser(%q): %w", userID, err)
	}
	got := make([]tokenstore.Identity, 0, len(list))
	for _, a := range list {
		if a.UserID != userID {
			return nil, fmt.Errorf("ListByUser(%q) returned an account of user %q", userID, a.UserID)
		}
		got = append(got, a.Identity)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		return nil, fmt.Errorf("ListByUser(%q) = %q, want %q", userID, got, want)
	}
	return list, nil
}

func wantError(what string, err, want error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("%s = %v, want %w", what, err, want)
	}
	return nil
}

func describe(a tokenstore.Account) string {
	return fmt.Sprintf("user %q, identity %q", a.UserID, a.Identity)
}
