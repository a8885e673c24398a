package providertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/oauthreg/go/provider"
)

func tokenCases() []testCase {
	return []testCase{
		{
			name:   "token",
			clause: "For a callback that answers its handshake, HandleCallback returns an access token, asked for with the client it was given. Subject is the ID of who approved, or empty.",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.approved(ctx)
				if err != nil {
					return err
				}
				before := s.wire.count()
				tok, err := s.exchange(ctx, a)
				switch {
				case err != nil:
					return err
				case s.wire.count() == before:
					return errors.New("HandleCallback: the client given to Config.New saw no request")
				case tok.IsZero():
					return errors.New("HandleCallback: neither a token nor an error")
				case tok.Subject != "" && tok.Subject != s.Subject:
					return fmt.Errorf("HandleCallback: Subject is %q, but %q approved", tok.Subject, s.Subject)
				}
				return nil
			},
		},
		{
			name:   "stored handshake",
			clause: "A Handshake is all that must survive the redirect, and survives EncodeHandshake and DecodeHandshake.",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.approved(ctx)
				if err != nil {
					return err
				}
				data, err := provider.EncodeHandshake(a.hs)
				if err != nil {
					return fmt.Errorf("EncodeHandshake: %w", err)
				}
				if a.hs, err = provider.DecodeHandshake(data); err != nil {
					return fmt.Errorf("DecodeHandshake: %w", err)
				}
				_, err = s.exchange(ctx, a)
				return err
			},
		},
		{
			name:   "another process",
			clause: "A Flow holds nothing about a person: what one process began, another can finish.",
			check: func(ctx context.Context, s *subject) error {
				if s.Twin == nil {
					return skipped("Provider.Twin is nil")
				}
				a, err := s.approved(ctx)
				if err != nil {
					return err
				}
				tok, err := s.Twin.HandleCallback(ctx, a.hs, clone(a.query))
				if err != nil {
					return fmt.Errorf("HandleCallback of the twin: %w", err)
				}
				if _, err := s.Twin.FetchProfile(ctx, tok); err != nil {
					return fmt.Errorf("FetchProfile of the twin: %w", err)
				}
				return nil
			},
		},
		{
			name:   "callback used twice",
			clause: "A callback is good for one token: used again, it is an error (ErrExpired, where the provider tells).",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.approved(ctx)
				if err != nil {
					return err
				}
				if _, err := s.exchange(ctx, a); err != nil {
					return err
				}
				tok, err := s.Flow.HandleCallback(ctx, a.hs, clone(a.query))
				return errors.Join(wantFailure("HandleCallback, again", err), wantNoToken("HandleCallback, again", tok, err))
			},
		},
		{
			name:   "stored token",
			clause: "A Token survives EncodeToken and DecodeToken.",
			check: func(ctx context.Context, s *subject) error {
				tok, err := s.token(ctx)
				if err != nil {
					return err
				}
				before, _, err := s.profile(ctx, tok)
				if err != nil {
					return err
				}
				data, err := provider.EncodeToken(tok)
				if err != nil {
					return fmt.Errorf("EncodeToken: %w", err)
				}
				stored, err := provider.DecodeToken(data)
				if err != nil {
					return fmt.Errorf("DecodeToken: %w", err)
				}
				after, _, err := s.profile(ctx, stored)
				if err == nil && after.ID != before.ID {
					err = errors.New("FetchProfile: with the stored token it is another person's")
				}
				return err
			},
		},
		{
			name:   "arguments are left alone",
			clause: "A Flow is safe for concurrent use: it does not change the query, nor what a Token's map holds.",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.approved(ctx)
				if err != nil {
					return err
				}
				query := clone(a.query)
				tok, err := s.Flow.HandleCallback(ctx, a.hs, query)
				if err != nil {
					return fmt.Errorf("HandleCallback: %w", err)
				}
				if !maps.EqualFunc(query, a.query, slices.Equal) {
					return errors.New("HandleCallback changed the query")
				}
				extra := maps.Clone(tok.Extra)
				if _, _, err := s.profile(ctx, tok); err != nil {
					return err
				}
				if !reflect.DeepEqual(extra, tok.Extra) {
					return errors.New("FetchProfile changed Token.Extra")
				}
				return nil
			},
		},
	}
}
