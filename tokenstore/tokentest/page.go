package tokentest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// rewriter is called in cases that run for stores that have the power.
func rewriter(s tokenstore.Store) tokenstore.Rewriter { return s.(tokenstore.Rewriter) }

func byBytes(a, b tokenstore.Identity) int {
	return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Subject, b.Subject))
}

// mustPage goes through the whole store.
func mustPage(ctx context.Context, s tokenstore.Store, limit int) ([]tokenstore.Row, error) {
	var all []tokenstore.Row
	for after := (tokenstore.Identity{}); ; {
		page, err := rewriter(s).Page(ctx, after, limit)
		if err != nil {
			return nil, fmt.Errorf("a Page after %q: %w", after, err)
		}
		if len(page) > limit {
			return nil, fmt.Errorf("a Page after %q returned %d rows, want at most %d", after, len(page), limit)
		}
		for _, row := range page {
			if byBytes(row.Identity, after) <= 0 {
				return nil, fmt.Errorf("a Page after %q returned %q, which does not come after it", after, row.Identity)
			}
			if row.Err != nil {
				return nil, fmt.Errorf("a Page returned %q with error %w", row.Identity, row.Err)
			}
			all, after = append(all, row), row.Identity
		}
		if len(page) < limit {
			return all, nil
		}
	}
}

func checkPages(ctx context.Context, s tokenstore.Store) error {
	if rows, err := mustPage(ctx, s, 2); err != nil || len(rows) > 0 {
		return errors.Join(err, fmt.Errorf("a Page of an empty store returned %d rows", len(rows)))
	}
	// Neither in the order of links, nor of a language, nor of numbers.
	var want []tokenstore.Account
	for i, id := range []tokenstore.Identity{
		{Provider: "b", Subject: "10"}, {Provider: "b", Subject: "9"}, {Provider: "a", Subject: "z"},
		{Provider: "B", Subject: "x"}, {Provider: "b", Subject: "X"}, {Provider: "b", Subject: "x"},
		{Provider: "b", Subject: "x "}, {Provider: "b", Subject: "\u00e9"}, {Provider: "b", Subject: "f"},
		{Provider: "b", Subject: "\U0001f600"}, {Provider: "b", Subject: "\uff5e"}, {Provider: "ab", Subject: "1"},
	} {
		a := account(fmt.Sprintf("user-%d", i), id.Subject)
		a.Identity = id
		if i == 0 {
			a.Username, a.Token = "", provider.Token{}
		}
		if err := link(ctx, s, a); err != nil {
			return err
		}
		want = append(want, a)
	}
	slices.SortFunc(want, func(a, b tokenstore.Account) int { return byBytes(a.Identity, b.Identity) })
	for limit := 1; limit <= len(want)+1; limit++ {
		rows, err := mustPage(ctx, s, limit)
		if err != nil {
			return err
		}
		if len(rows) != len(want) {
			return fmt.Errorf("pages of %d returned %d rows, want %d", limit, len(rows), len(want))
		}
		for i, row := range rows {
			if err := errors.Join(same(row.Account, want[i]), unchanged(ctx, s, row.Account)); err != nil {
				return fmt.Errorf("row %d in pages of %d: %w", i, limit, err)
			}
		}
	}
	// A row that is gone, or never was, is a place in the order all the same.
	if err := s.Unlink(ctx, want[3].UserID, want[3].Identity); err != nil {
		return fmt.Errorf("unlink: %w", err)
	}
	for _, after := range []tokenstore.Identity{want[3].Identity, {Provider: want[2].Provider, Subject: want[2].Subject + "\x01"}} {
		page, err := rewriter(s).Page(ctx, after, 1)
		if err != nil {
			return fmt.Errorf("a Page after %q, which is not there: %w", after, err)
		}
		if len(page) != 1 || page[0].Identity != want[4].Identity {
			return fmt.Errorf("a Page after %q, which is not there, did not go on with %q", after, want[4].Identity)
		}
	}
	for _, limit := range []int{0, -1} {
		if _, err := rewriter(s).Page(ctx, tokenstore.Identity{}, limit); err == nil {
			return fmt.Errorf("a Page of at most %d rows = nil, want an error", limit)
		}
	}
	return nil
}

func checkPageCopies(ctx context.Context, s tokenstore.Store) error {
	want := account("ann", "1")
	want.Token.Extra = map[string]provider.Secret{"k": provider.NewSecret("v")}
	if err := link(ctx, s, want); err != nil {
		return err
	}
	rows, err := mustPage(ctx, s, 2)
	if err != nil {
		return err
	}
	if len(rows) != 1 {
		return fmt.Errorf("a Page returned %d rows, want 1", len(rows))
	}
	// What a page says is stored can be given back as the old one.
	token := provider.Token{Access: provider.NewSecret("new"), Extra: map[string]provider.Secret{"k": provider.NewSecret("new")}}
	if err := mustReplace(ctx, s, want.Identity, rows[0].Token, token, true); err != nil {
		return err
	}
	token.Extra["k"] = provider.NewSecret("changed after Replace")
	want.Token = provider.Token{Access: provider.NewSecret("new"), Extra: map[string]provider.Secret{"k": provider.NewSecret("new")}}
	if err := findSame(ctx, s, want); err != nil {
		return fmt.Errorf("after a change of the token given to Replace: %w", err)
	}
	if rows, err = mustPage(ctx, s, 2); err != nil {
		return err
	}
	rows[0].Token.Extra["k"] = provider.NewSecret("changed after Page")
	if err := findSame(ctx, s, want); err != nil {
		return fmt.Errorf("after a change of the row from Page: %w", err)
	}
	return nil
}
