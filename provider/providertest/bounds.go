package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

func boundCases() []testCase {
	return []testCase{
		{
			name:   "bounded in time",
			clause: "Calls are bounded in time also when the context is not.",
			check: func(ctx context.Context, s *subject) error {
				if s.realTime {
					return skipped("waiting for a time limit takes fake time, and Config.RealTime is set")
				}
				return s.underAll(ctx, []*fault{silent(), trickling()}, func(what string, took time.Duration) error {
					if crossed := s.wire.crossed(); crossed != "" {
						return fmt.Errorf("%s: %s", what, crossed)
					}
					if took > patience {
						return fmt.Errorf("%s: it took %v", what, took)
					}
					return nil
				})
			},
		},
		{
			name:   "bounded in bytes",
			clause: "Answers are read up to a bound, also those of an error.",
			check: func(ctx context.Context, s *subject) error {
				faults := []*fault{endless(http.StatusOK), endless(http.StatusBadRequest)}
				return s.underAll(ctx, faults, func(what string, _ time.Duration) error {
					if crossed := s.wire.crossed(); crossed != "" {
						return fmt.Errorf("%s: %s", what, crossed)
					}
					return nil
				})
			},
		},
		{
			name:   "redirects are not followed",
			clause: "What carries credentials is for one address: redirects are not followed.",
			check: func(ctx context.Context, s *subject) error {
				faults := []*fault{
					redirect(http.StatusMovedPermanently), redirect(http.StatusFound), redirect(http.StatusSeeOther),
					redirect(http.StatusTemporaryRedirect), redirect(http.StatusPermanentRedirect),
				}
				return s.underAll(ctx, faults, func(what string, _ time.Duration) error {
					if n := s.wire.strange(); n != 0 {
						return fmt.Errorf("%s: it went where it was sent to", what)
					}
					return nil
				})
			},
		},
	}
}

// underAll calls everything with each fault in turn. What it returns is for
// other cases; look is called after each call, and the first error ends it.
func (s *subject) underAll(ctx context.Context, faults []*fault, look func(what string, took time.Duration) error) error {
	operations, err := s.operations(ctx)
	if err != nil {
		return err
	}
	for _, f := range faults {
		s.wire.breakWith(f)
		for _, op := range operations {
			begin := time.Now()
			err := op.call(ctx)
			if errors.Is(err, errors.ErrUnsupported) {
				continue
			}
			if err := look(fmt.Sprintf("%s, provider: %s", op.name, f.name), time.Since(begin)); err != nil {
				return err
			}
		}
	}
	return nil
}
