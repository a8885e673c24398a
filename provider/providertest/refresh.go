package providertest

import (
	"context"
	"errors"
	"fmt"

	"github.com/oauthreg/go/provider"
)

func refreshCases() []testCase {
	return []testCase{
		{
			name:   "refresh",
			clause: "Refresh returns a new Token of the same person, which works.",
			check: func(ctx context.Context, s *subject) error {
				refresher, tok, err := s.refreshable(ctx)
				if err != nil {
					return err
				}
				before, _, err := s.profile(ctx, tok)
				if err != nil {
					return err
				}
				fresh, err := refresher.Refresh(ctx, tok)
				switch {
				case err != nil:
					return fmt.Errorf("calling Refresh: %w", err)
				case fresh.IsZero():
					return errors.New("from Refresh comes neither a token nor an error")
				case fresh.Access.Reveal() == tok.Access.Reveal():
					return errors.New("the access token is the old one after Refresh")
				case fresh.Subject != tok.Subject:
					return fmt.Errorf("after Refresh, Subject is %q, and was %q", fresh.Subject, tok.Subject)
				}
				after, _, err := s.profile(ctx, fresh)
				if err == nil && after.ID != before.ID {
					err = fmt.Errorf("FetchProfile with the new token: the ID is %q, and was %q", after.ID, before.ID)
				}
				return err
			},
		},
		{
			name:   "refresh without a refresh token",
			clause: "Refresh of a Token without a refresh token is ErrTokenInvalid, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				refresher, tok, err := s.refreshable(ctx)
				if err != nil {
					return err
				}
				tok.Refresh = provider.Secret{}
				var errs []error
				for what, tok := range map[string]provider.Token{"of the zero Token": {}, "without a refresh token": tok} {
					before := s.wire.count()
					fresh, err := refresher.Refresh(ctx, tok)
					errs = append(errs,
						wantKind("Refresh "+what, err, provider.ErrTokenInvalid),
						wantNoToken("Refresh "+what, fresh, err),
						s.quiet("Refresh "+what, before),
					)
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "dead refresh token",
			clause: "Refresh with a refresh token that the provider does not know is ErrTokenInvalid: the person has to sign in again.",
			check: func(ctx context.Context, s *subject) error {
				refresher, tok, err := s.refreshable(ctx)
				if err != nil {
					return err
				}
				fresh, err := refresher.Refresh(ctx, deadRefresh(tok))
				return errors.Join(
					wantKind("Refresh with a dead token", err, provider.ErrTokenInvalid),
					wantNoToken("Refresh with a dead token", fresh, err),
				)
			},
		},
		{
			name:    "concurrent refresh",
			clause:  "Concurrent calls of Refresh with one refresh token share one call to the provider and have one result: many providers accept it once.",
			crowded: true,
			check: func(ctx context.Context, s *subject) error {
				refresher, tok, err := s.refreshable(ctx)
				if err != nil {
					return err
				}
				const many = 16
				var fresh [many]provider.Token
				s.wire.breakWith(slow(s.pause()))
				before := s.wire.count()
				if err := concurrently(many, func(i int) (err error) {
					fresh[i], err = refresher.Refresh(ctx, tok)
					return err
				}); err != nil {
					return fmt.Errorf("calling Refresh: %w", err)
				}
				if n := s.wire.count() - before; n != 1 {
					return fmt.Errorf("%d concurrent calls of Refresh: %d calls to the provider, want 1", many, n)
				}
				for _, other := range fresh[1:] {
					if other.Access.Reveal() != fresh[0].Access.Reveal() || other.Refresh.Reveal() != fresh[0].Refresh.Reveal() {
						return fmt.Errorf("%d concurrent calls of Refresh: the results differ", many)
					}
				}
				return nil
			},
		},
		{
			name:   "refresh for another person",
			clause: "The identity stays: a provider that answers a Refresh for another person than Token.Subject is ErrIdentity, and in no case does Subject change.",
			check: func(ctx context.Context, s *subject) error {
				refresher, tok, err := s.refreshable(ctx)
				if err != nil {
					return err
				}
				tok.Subject = "somebody-else"
				fresh, err := refresher.Refresh(ctx, tok)
				if err != nil {
					return wantKind("Refresh for another Subject", err, provider.ErrIdentity)
				}
				if fresh.Subject != tok.Subject {
					return fmt.Errorf("after Refresh, Subject is %q, and was %q", fresh.Subject, tok.Subject)
				}
				return nil
			},
		},
	}
}

// refreshable returns the Flow with a token that it can refresh.
func (s *subject) refreshable(ctx context.Context) (provider.Refresher, provider.Token, error) {
	refresher, ok := s.Flow.(provider.Refresher)
	if !ok {
		return nil, provider.Token{}, skipped("the Flow is no provider.Refresher")
	}
	tok, err := s.token(ctx)
	if err == nil && tok.Refresh.IsZero() {
		err = skipped("this provider gives out no refresh tokens")
	}
	return refresher, tok, err
}

// deadRefresh is tok with a refresh token that the provider never issued.
func deadRefresh(tok provider.Token) provider.Token {
	tok.Refresh = provider.NewSecret(made(tok.Refresh.Reveal()))
	return tok
}
