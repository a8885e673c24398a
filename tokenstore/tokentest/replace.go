package tokentest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

func mustReplace(ctx context.Context, s tokenstore.Store, id tokenstore.Identity, old, token provider.Token, want bool) error {
	replaced, err := rewriter(s).Replace(ctx, id, old, token)
	if err != nil {
		return fmt.Errorf("a Replace(%q): %w", id, err)
	}
	if replaced != want {
		return fmt.Errorf("a Replace(%q) = %v, want %v", id, replaced, want)
	}
	return nil
}

func checkReplace(ctx context.Context, s tokenstore.Store) error {
	a, b := account("ann", "1"), account("bob", "2")
	a.Token.Expiry = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	a.Token.Extra = map[string]provider.Secret{"a": provider.NewSecret("1"), "b": provider.NewSecret("2"), "c": {}}
	bare := account("cat", "3")
	bare.Username, bare.Token = "", provider.Token{}
	if err := errors.Join(link(ctx, s, a), link(ctx, s, b), link(ctx, s, bare)); err != nil {
		return err
	}
	before, err := mustFind(ctx, s, a.Identity)
	if err != nil {
		return err
	}
	tick()
	token := provider.Token{Access: provider.NewSecret("new access"), Refresh: provider.NewSecret("new refresh")}
	for _, next := range []provider.Token{token, a.Token, a.Token} {
		if err := mustReplace(ctx, s, a.Identity, before.Token, next, true); err != nil {
			return err
		}
		// Times too: it is the same right to call the provider, written anew.
		before.Token = next
		if err := unchanged(ctx, s, before); err != nil {
			return fmt.Errorf("after Replace: %w", err)
		}
	}
	if err := mustReplace(ctx, s, bare.Identity, provider.Token{}, token, true); err != nil {
		return fmt.Errorf("where no token was stored: %w", err)
	}
	bare.Token = token
	return errors.Join(findSame(ctx, s, bare), findSame(ctx, s, b))
}

func checkReplaceStale(ctx context.Context, s tokenstore.Store) error {
	a, other := account("ann", "abc"), account("bob", "abcd")
	a.Token.Extra = map[string]provider.Secret{"k": provider.NewSecret("v")}
	if err := errors.Join(link(ctx, s, a), link(ctx, s, other)); err != nil {
		return err
	}
	before, err := mustFind(ctx, s, a.Identity)
	if err != nil {
		return err
	}
	token := provider.Token{Access: provider.NewSecret("new access")}
	for what, change := range map[string]func(*provider.Token){
		"another access token":  func(t *provider.Token) { t.Access = provider.NewSecret("stale") },
		"another access case":   func(t *provider.Token) { t.Access = provider.NewSecret("Access-ann-abc") },
		"another secret":        func(t *provider.Token) { t.Secret = provider.NewSecret("stale") },
		"another refresh token": func(t *provider.Token) { t.Refresh = provider.NewSecret("stale") },
		"another expiry":        func(t *provider.Token) { t.Expiry = time.Unix(1, 0) },
		"another extra":         func(t *provider.Token) { t.Extra = nil },
		"an empty token":        func(t *provider.Token) { *t = provider.Token{} },
	} {
		old := a.Token
		change(&old)
		if err := mustReplace(ctx, s, a.Identity, old, token, false); err != nil {
			return fmt.Errorf("with %s for the old one: %w", what, err)
		}
		if err := unchanged(ctx, s, before); err != nil {
			return fmt.Errorf("after a Replace with %s for the old one: %w", what, err)
		}
	}
	for _, id := range []tokenstore.Identity{
		{Provider: twitter, Subject: "ABC"}, {Provider: twitter, Subject: "abc "}, {Provider: "Twitter", Subject: "abc"},
		{Provider: "github", Subject: "abc"}, {Provider: twitter, Subject: "ab"},
	} {
		for _, old := range []provider.Token{a.Token, {}} {
			if err := mustReplace(ctx, s, id, old, token, false); err != nil {
				return err
			}
		}
		if err := mustNotFind(ctx, s, id); err != nil {
			return err
		}
	}
	// Empty never replaces one that is there.
	for _, empty := range []provider.Token{{}, {Secret: provider.NewSecret("half")}} {
		if replaced, err := rewriter(s).Replace(ctx, a.Identity, a.Token, empty); err == nil || replaced {
			return fmt.Errorf("a Replace with an empty token = %v, %v, want false and an error", replaced, err)
		}
	}
	return errors.Join(unchanged(ctx, s, before), findSame(ctx, s, other))
}

func checkRaceReplace(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	replaced := make([]bool, racers)
	next := func(i int) provider.Token { return provider.Token{Access: provider.NewSecret(fmt.Sprint("new-", i))} }
	errs := race(func(i int) (err error) {
		replaced[i], err = rewriter(s).Replace(ctx, a.Identity, a.Token, next(i))
		return err
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	winner, err := only(replaced)
	if err != nil {
		return fmt.Errorf("of those who replaced one token at once, %w", err)
	}
	a.Token = next(winner)
	return findSame(ctx, s, a)
}

// only returns the one who won.
func only(won []bool) (int, error) {
	winner := -1
	for i, w := range won {
		if w && winner >= 0 {
			return 0, fmt.Errorf("number %d and number %d won", winner, i)
		}
		if w {
			winner = i
		}
	}
	if winner < 0 {
		return 0, errors.New("nobody won")
	}
	return winner, nil
}

func checkRewriteCanceled(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, pageErr := rewriter(s).Page(canceled, tokenstore.Identity{}, 1)
	_, replaceErr := rewriter(s).Replace(canceled, a.Identity, a.Token, account("ann", "2").Token)
	_, absentErr := rewriter(s).Replace(canceled, tokenstore.Identity{Provider: twitter, Subject: "2"}, a.Token, a.Token)
	if err := errors.Join(
		wantError("Page", pageErr, context.Canceled),
		wantError("Replace", replaceErr, context.Canceled),
		wantError("Replace of nothing", absentErr, context.Canceled),
	); err != nil {
		return err
	}
	return findSame(ctx, s, a)
}
