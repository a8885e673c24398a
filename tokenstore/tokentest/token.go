package tokentest

import (
	"context"
	"fmt"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

func checkToken(ctx context.Context, s tokenstore.Store) error {
	secret := provider.NewSecret
	odd := "a b+c%20d&e=f\"'\\</script>\u2028\x00\x01\x7f\r\n\t\u00e9\U0001f600 "
	long := make([]byte, 1<<16)
	for i := range long {
		long[i] = 'a' + byte(i%26)
	}
	for i, token := range []provider.Token{
		{Access: secret("7588892-kagSNqWge8gB1WwE3plnFsJHAZVfxWD7Vb57p0b4"), Secret: secret("PbKfYqSryyeKDWz4ebtY3o5ogNLG11WJuZBc9fQrQo"), Subject: "7588892", Username: "ann"},
		{Access: secret("bearer only")},
		{Access: secret(odd), Secret: secret(odd), Subject: odd, Username: odd, Extra: map[string]provider.Secret{odd: secret(odd)}},
		{Access: secret(string(long)), Secret: secret(string(long))},
		{Access: secret("a"), Extra: map[string]provider.Secret{"": secret("no name"), "empty": {}, "refresh_token": secret("r")}},
		{Access: secret("oauthreg-sealed-v1:not sealed, only called so")},
		{Access: secret("null"), Secret: secret("{}")},
	} {
		a := account("ann", fmt.Sprint(i))
		a.Token = token
		if err := link(ctx, s, a); err != nil {
			return err
		}
		if err := findSame(ctx, s, a); err != nil {
			return fmt.Errorf("token %d: %w", i, err)
		}
	}
	list, err := s.ListByUser(ctx, "ann")
	if err != nil {
		return fmt.Errorf("ListByUser: %w", err)
	}
	for _, a := range list {
		if err := unchanged(ctx, s, a); err != nil {
			return fmt.Errorf("ListByUser and Find differ: %w", err)
		}
	}
	return nil
}

func checkEmptyKeeps(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	a.Token.Extra = map[string]provider.Secret{"k": provider.NewSecret("v")}
	if err := link(ctx, s, a); err != nil {
		return err
	}
	first, err := mustFind(ctx, s, a.Identity)
	if err != nil {
		return err
	}
	tick()

	// Without an access token it is no token, whatever else is in it.
	half := provider.Token{Secret: provider.NewSecret("half"), Subject: "1", Username: "half"}
	for _, token := range []provider.Token{{}, half} {
		b := a
		b.Username, b.Token = "", token
		if err := link(ctx, s, b); err != nil {
			return err
		}
		// UpdatedAt says how old the token is, and the token did not change.
		if err := unchanged(ctx, s, first); err != nil {
			return fmt.Errorf("after Link with neither username nor token: %w", err)
		}
	}

	b := a
	b.Username, b.Token = "new name", provider.Token{}
	if err := link(ctx, s, b); err != nil {
		return err
	}
	b.Token = a.Token
	if err := findSame(ctx, s, b); err != nil {
		return fmt.Errorf("after Link with a username only: %w", err)
	}

	c := a
	c.Username, c.Token.Access = "", provider.NewSecret("new access")
	if err := link(ctx, s, c); err != nil {
		return err
	}
	c.Username = "new name"
	if err := findSame(ctx, s, c); err != nil {
		return fmt.Errorf("after Link with a token only: %w", err)
	}
	return nil
}

func checkEmptyFilled(ctx context.Context, s tokenstore.Store) error {
	full := account("ann", "1")
	bare := full
	bare.Username, bare.Token = "", provider.Token{Secret: provider.NewSecret("without access")}
	if err := link(ctx, s, bare); err != nil {
		return err
	}
	got, err := mustFind(ctx, s, bare.Identity)
	if err != nil {
		return err
	}
	if got.Username != "" || !got.Token.IsZero() {
		return fmt.Errorf("an account linked without username and token has username %q, and a token: %v", got.Username, !got.Token.IsZero())
	}
	tick()
	if err := link(ctx, s, full); err != nil {
		return err
	}
	return findSame(ctx, s, full)
}

func checkCopies(ctx context.Context, s tokenstore.Store) error {
	want, a := account("ann", "1"), account("ann", "1")
	want.Token.Extra = map[string]provider.Secret{"k": provider.NewSecret("v")}
	a.Token.Extra = map[string]provider.Secret{"k": provider.NewSecret("v")}
	if err := link(ctx, s, a); err != nil {
		return err
	}
	a.Token.Extra["k"] = provider.NewSecret("changed after Link")
	if err := findSame(ctx, s, want); err != nil {
		return fmt.Errorf("after a change of the account given to Link: %w", err)
	}
	got, err := mustFind(ctx, s, want.Identity)
	if err != nil {
		return err
	}
	got.Token.Extra["k"] = provider.NewSecret("changed after Find")
	if err := findSame(ctx, s, want); err != nil {
		return fmt.Errorf("after a change of the account from Find: %w", err)
	}
	list, err := mustList(ctx, s, "ann", want.Identity)
	if err != nil {
		return err
	}
	list[0].UserID = "bob"
	list[0].Token.Extra["k"] = provider.NewSecret("changed after ListByUser")
	if err := findSame(ctx, s, want); err != nil {
		return fmt.Errorf("after a change of the account from ListByUser: %w", err)
	}
	return nil
}
