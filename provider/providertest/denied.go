package providertest

import (
	"context"
	"errors"

	"github.com/oauthreg/go/provider"
)

func deniedCases() []testCase {
	return []testCase{
		{
			name:   "denied",
			clause: "A person who declined is ErrDenied, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.denied(ctx)
				if err != nil {
					return err
				}
				return s.refused(ctx, "the query of who declined", a.hs, a.query, provider.ErrDenied)
			},
		},
		{
			name:   "denied elsewhere",
			clause: "That somebody declined another attempt is ErrMismatch: it must not end this one.",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.denied(ctx)
				if err != nil {
					return err
				}
				names, err := a.idParams()
				if err != nil {
					return err
				}
				other, err := s.start(ctx)
				if err != nil {
					return err
				}
				return errors.Join(
					s.refused(ctx, "a denial of another attempt", other.hs, a.query, provider.ErrMismatch),
					s.refused(ctx, "a denial of a made-up attempt", a.hs, a.with(names, made(a.hs.ID)), provider.ErrMismatch),
					s.refused(ctx, "a denial without an ID", a.hs, a.with(names), provider.ErrMismatch),
					s.refused(ctx, "a denial and an empty handshake", provider.Handshake{}, a.with(names, ""), provider.ErrMismatch),
				)
			},
		},
	}
}
