package providertest

import (
	"context"
	"errors"
	"fmt"

	"github.com/oauthreg/go/provider"
)

func revokeCases() []testCase {
	return []testCase{
		{
			name:   "revoke",
			clause: "After Revoke the token is dead; to revoke it again is no error or ErrTokenInvalid.",
			check: func(ctx context.Context, s *subject) error {
				revoker, err := s.revoker(ctx)
				if err != nil {
					return err
				}
				tok, err := s.token(ctx)
				if err != nil {
					return err
				}
				_, calls, err := s.profile(ctx, tok)
				if err != nil {
					return err
				}
				if err := revoker.Revoke(ctx, tok); err != nil {
					return fmt.Errorf("calling Revoke: %w", err)
				}
				if err := revoker.Revoke(ctx, tok); err != nil && !errors.Is(err, provider.ErrTokenInvalid) {
					return fmt.Errorf("calling Revoke again: %w", err)
				}
				refresher, ok := s.Flow.(provider.Refresher)
				switch {
				case ok && !tok.Refresh.IsZero():
					// The access token may live on until its end (RFC 7009 section 2.1).
					_, err := refresher.Refresh(ctx, tok)
					return wantKind("Refresh of a revoked token", err, provider.ErrTokenInvalid)
				case len(calls) > 0:
					_, err := s.Flow.FetchProfile(ctx, tok)
					return wantKind("FetchProfile with a revoked token", err, provider.ErrTokenInvalid)
				}
				return nil
			},
		},
		{
			name:   "revoke without a token",
			clause: "Revoke of the zero Token is ErrTokenInvalid, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				revoker, err := s.revoker(ctx)
				if err != nil {
					return err
				}
				before := s.wire.count()
				err = revoker.Revoke(ctx, provider.Token{})
				return errors.Join(wantKind("Revoke without a token", err, provider.ErrTokenInvalid), s.quiet("Revoke without a token", before))
			},
		},
	}
}

// revoker returns the Flow, if it can revoke: some have the method and a
// provider without an endpoint for it.
func (s *subject) revoker(ctx context.Context) (provider.Revoker, error) {
	revoker, ok := s.Flow.(provider.Revoker)
	if !ok {
		return nil, skipped("the Flow is no provider.Revoker")
	}
	if errors.Is(revoker.Revoke(ctx, provider.Token{}), errors.ErrUnsupported) {
		return nil, skipped("this provider has no way to revoke a token")
	}
	return revoker, nil
}
