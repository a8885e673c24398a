package tokentest

import (
	"context"
	"errors"
	"fmt"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

func checkUnlink(ctx context.Context, s tokenstore.Store) error {
	a, b, c := account("ann", "1"), account("ann", "2"), account("bob", "3")
	if err := errors.Join(link(ctx, s, a), link(ctx, s, b), link(ctx, s, c)); err != nil {
		return err
	}
	if err := wantError("Unlink of another user's account", s.Unlink(ctx, "bob", a.Identity), tokenstore.ErrNotFound); err != nil {
		return err
	}
	if err := wantError("Unlink by an empty user", s.Unlink(ctx, "", a.Identity), tokenstore.ErrNotFound); err != nil {
		return err
	}
	if err := findSame(ctx, s, a); err != nil {
		return err
	}
	if err := s.Unlink(ctx, "ann", a.Identity); err != nil {
		return fmt.Errorf("an Unlink of the user's own account: %w", err)
	}
	if err := mustNotFind(ctx, s, a.Identity); err != nil {
		return err
	}
	if err := wantError("a second Unlink", s.Unlink(ctx, "ann", a.Identity), tokenstore.ErrNotFound); err != nil {
		return err
	}
	if err := errors.Join(findSame(ctx, s, b), findSame(ctx, s, c)); err != nil {
		return err
	}
	_, err := mustList(ctx, s, "ann", b.Identity)
	return err
}

func checkRelink(ctx context.Context, s tokenstore.Store) error {
	a, b := account("ann", "1"), account("bob", "1")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	first, err := mustFind(ctx, s, a.Identity)
	if err != nil {
		return err
	}
	if err := s.Unlink(ctx, "ann", a.Identity); err != nil {
		return fmt.Errorf("unlink: %w", err)
	}
	tick()
	b.Username, b.Token = "", provider.Token{}
	if err := link(ctx, s, b); err != nil {
		return err
	}
	got, err := mustFind(ctx, s, b.Identity)
	if err != nil {
		return err
	}
	if err := same(got, b); err != nil {
		return fmt.Errorf("after Unlink and Link by another user: %w", err)
	}
	if !got.LinkedAt.After(first.LinkedAt) {
		return fmt.Errorf("the new link is dated %v, the removed one %v", got.LinkedAt, first.LinkedAt)
	}
	if _, err := mustList(ctx, s, "ann"); err != nil {
		return err
	}
	_, err = mustList(ctx, s, "bob", b.Identity)
	return err
}
