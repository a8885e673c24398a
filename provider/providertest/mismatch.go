package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/oauthreg/go/provider"
)

func mismatchCases() []testCase {
	return []testCase{
		{
			name:   "foreign ID",
			clause: "A query with another ID than the handshake's, be it ever so like it, is ErrMismatch, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				a, names, err := s.identified(ctx)
				if err != nil {
					return err
				}
				other, err := s.start(ctx)
				if err != nil {
					return err
				}
				id := a.hs.ID
				var errs []error
				for _, foreign := range []struct{ what, id string }{
					{"the ID of another attempt", other.hs.ID},
					{"a made-up ID", made(id)},
					{"a longer ID", id + "x"},
					{"a shorter ID", id[:len(id)-1]},
					{"the beginning of the ID", id[:len(id)/2]},
					{"the ID in other cases", strings.Map(otherCase, id)},
					{"a blank behind the ID", id + " "},
					{"a NUL behind the ID", id + "\x00"},
				} {
					if foreign.id != id {
						errs = append(errs, s.refused(ctx, foreign.what, a.hs, a.with(names, foreign.id), provider.ErrMismatch))
					}
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "incomplete query",
			clause: "A query that lacks what the protocol requires is ErrMismatch, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				a, names, err := s.identified(ctx)
				if err != nil {
					return err
				}
				alone := url.Values{}
				for _, name := range names {
					alone.Set(name, a.hs.ID)
				}
				return errors.Join(
					s.refused(ctx, "no query", a.hs, nil, provider.ErrMismatch),
					s.refused(ctx, "an empty query", a.hs, url.Values{}, provider.ErrMismatch),
					s.refused(ctx, "no ID", a.hs, a.with(names), provider.ErrMismatch),
					s.refused(ctx, "an empty ID", a.hs, a.with(names, ""), provider.ErrMismatch),
					s.refused(ctx, "the ID and nothing else", a.hs, alone, provider.ErrMismatch),
				)
			},
		},
		{
			name:   "repeated parameters",
			clause: "A query that has a required parameter more than once is ErrMismatch, found without a call: two readers may take different ones.",
			check:  checkRepeated,
		},
		{
			name:   "empty handshake",
			clause: "To the zero Handshake belongs no callback: ErrMismatch, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				a, names, err := s.identified(ctx)
				if err != nil {
					return err
				}
				none := provider.Handshake{}
				return errors.Join(
					s.refused(ctx, "an empty handshake", none, a.query, provider.ErrMismatch),
					s.refused(ctx, "an empty handshake and an empty query", none, nil, provider.ErrMismatch),
					s.refused(ctx, "an empty handshake and no ID", none, a.with(names), provider.ErrMismatch),
					s.refused(ctx, "an empty handshake and an empty ID", none, a.with(names, ""), provider.ErrMismatch),
				)
			},
		},
		{
			name:   "swapped handshakes",
			clause: "The callback of one attempt does not answer the handshake of another: ErrMismatch, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				one, err := s.approved(ctx)
				if err != nil {
					return err
				}
				two, err := s.approved(ctx)
				if err != nil {
					return err
				}
				return errors.Join(
					s.refused(ctx, "the query of a later attempt", one.hs, two.query, provider.ErrMismatch),
					s.refused(ctx, "the query of an earlier attempt", two.hs, one.query, provider.ErrMismatch),
				)
			},
		},
		{
			name:   "mismatch spends nothing",
			clause: "After ErrMismatch the right callback is still good: a stranger cannot use up somebody's attempt.",
			check: func(ctx context.Context, s *subject) error {
				a, names, err := s.identified(ctx)
				if err != nil {
					return err
				}
				for _, query := range []url.Values{nil, a.with(names), a.with(names, made(a.hs.ID))} {
					if _, err := s.Flow.HandleCallback(ctx, a.hs, query); err == nil {
						return errors.New("HandleCallback: a foreign query was accepted")
					}
				}
				_, err = s.exchange(ctx, a)
				return err
			},
		},
	}
}

// identified is an approved attempt with the names of the parameters that carry
// its ID.
func (s *subject) identified(ctx context.Context) (attempt, []string, error) {
	a, err := s.approved(ctx)
	if err != nil {
		return attempt{}, nil, err
	}
	names, err := a.idParams()
	return a, names, err
}

// checkRepeated finds out which parameters are required by leaving out each,
// and then repeats those.
func checkRepeated(ctx context.Context, s *subject) error {
	first, names, err := s.identified(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for name := range first.query {
		a, err := s.approved(ctx)
		if err != nil {
			return err
		}
		if !slices.Contains(names, name) {
			before := s.wire.count()
			_, err := s.Flow.HandleCallback(ctx, a.hs, a.with([]string{name}))
			if !errors.Is(err, provider.ErrMismatch) || s.wire.count() != before {
				continue // it can do without
			}
		}
		value := a.query.Get(name)
		for _, values := range [][]string{{value, value}, {value, made(value)}, {made(value), value}, {value, ""}, {"", value}} {
			what := fmt.Sprintf("%d values of %q", len(values), name)
			errs = append(errs, s.refused(ctx, what, a.hs, a.with([]string{name}, values...), provider.ErrMismatch))
		}
	}
	return errors.Join(errs...)
}

func otherCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}
