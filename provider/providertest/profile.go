package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthreg/go/provider"
)

func profileCases() []testCase {
	return []testCase{
		{
			name:   "who it is",
			clause: "FetchProfile returns the profile of who approved. Its ID passes CheckID.",
			check: func(ctx context.Context, s *subject) error {
				p, err := s.somebody(ctx)
				if err != nil {
					return err
				}
				if p.ID != s.Subject {
					return fmt.Errorf("FetchProfile: the ID is %q, but %q approved", p.ID, s.Subject)
				}
				return provider.CheckID(p.ID)
			},
		},
		{
			name:   "normal form",
			clause: "EmailVerified comes with an Email, AvatarURL is an https URL or empty, Username has no \"@\" before it.",
			check: func(ctx context.Context, s *subject) error {
				p, err := s.somebody(ctx)
				if err != nil {
					return err
				}
				if p.EmailVerified && p.Email == "" {
					err = errors.New("there is no Email, and EmailVerified is true")
				}
				if u, parseErr := url.Parse(p.AvatarURL); p.AvatarURL != "" && (parseErr != nil || u.Scheme != "https" || u.Host == "") {
					err = errors.Join(err, errors.New("the AvatarURL is not an https URL"))
				}
				if strings.HasPrefix(p.Username, "@") {
					err = errors.Join(err, errors.New("the Username begins with \"@\""))
				}
				return err
			},
		},
		{
			name:   "raw profile",
			clause: "Raw is the provider's answer, byte for byte, in JSON; it is nil when there was no such answer.",
			check: func(ctx context.Context, s *subject) error {
				tok, err := s.token(ctx)
				if err != nil {
					return err
				}
				p, calls, err := s.profile(ctx, tok)
				switch {
				case err != nil || p.Raw == nil:
					return err
				case !json.Valid(p.Raw):
					return errors.New("the Raw profile is not JSON")
				case len(calls) > 0 && !slices.ContainsFunc(calls, func(c call) bool { return bytes.Equal(c.answer, p.Raw) }):
					return errors.New("the Raw profile is none of the answers to the calls that FetchProfile made")
				}
				return nil
			},
		},
		{
			name:   "raw profile is the caller's",
			clause: "Raw belongs to the caller: two profiles do not share its bytes.",
			check: func(ctx context.Context, s *subject) error {
				tok, err := s.token(ctx)
				if err != nil {
					return err
				}
				one, _, err := s.profile(ctx, tok)
				if err != nil {
					return err
				}
				for i := range one.Raw {
					one.Raw[i] = 'x'
				}
				two, _, err := s.profile(ctx, tok)
				if err != nil {
					return err
				}
				if len(two.Raw) > 0 && len(bytes.Trim(two.Raw, "x")) == 0 {
					return errors.New("a change to one Profile's Raw shows in another's")
				}
				return nil
			},
		},
	}
}

// somebody fetches the profile of a person who approved.
func (s *subject) somebody(ctx context.Context) (provider.Profile, error) {
	tok, err := s.token(ctx)
	if err != nil {
		return provider.Profile{}, err
	}
	p, _, err := s.profile(ctx, tok)
	return p, err
}

func identityCases() []testCase {
	return []testCase{
		{
			name:   "another subject",
			clause: "A profile that is not of Token.Subject is ErrIdentity: nobody may be signed in on it.",
			check: func(ctx context.Context, s *subject) error {
				tok, err := s.token(ctx)
				if err != nil {
					return err
				}
				right, calls, err := s.profile(ctx, tok)
				if err != nil {
					return err
				}
				if right.Raw == nil && len(calls) == 0 {
					return skipped("the profile is made from the token answer alone: there is nothing to compare")
				}
				for _, subject := range []string{s.Subject + "0", made(s.Subject), "somebody-else"} {
					tok.Subject = subject
					p, _, err := s.profile(ctx, tok)
					if err := wantKind("FetchProfile with another Token.Subject", err, provider.ErrIdentity); err != nil {
						return err
					}
					if p.ID != "" {
						return errors.New("FetchProfile with another Token.Subject: there is a profile beside the error")
					}
				}
				return nil
			},
		},
		{
			name:   "no token",
			clause: "FetchProfile of the zero Token is ErrTokenInvalid, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				before := s.wire.count()
				_, err := s.Flow.FetchProfile(ctx, provider.Token{})
				return errors.Join(
					wantKind("FetchProfile without a token", err, provider.ErrTokenInvalid),
					s.quiet("FetchProfile without a token", before),
				)
			},
		},
		{
			name:   "dead token",
			clause: "FetchProfile with an access token that the provider does not know is ErrTokenInvalid.",
			check: func(ctx context.Context, s *subject) error {
				tok, err := s.token(ctx)
				if err != nil {
					return err
				}
				if _, calls, err := s.profile(ctx, tok); err != nil {
					return err
				} else if len(calls) == 0 {
					return skipped("FetchProfile makes no call: it does not use the token")
				}
				_, err = s.Flow.FetchProfile(ctx, dead(tok))
				return wantKind("FetchProfile with a dead token", err, provider.ErrTokenInvalid)
			},
		},
	}
}

// dead is tok with an access token that the provider never issued.
func dead(tok provider.Token) provider.Token {
	tok.Access = provider.NewSecret(made(tok.Access.Reveal()))
	return tok
}
