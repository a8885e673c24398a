package providertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

func parallelCases() []testCase {
	return []testCase{{
		name:    "parallel sign-ups",
		clause:  "Every method is safe for concurrent use: many sign-ups at once are as good as one. (Run with -race.)",
		crowded: true,
		check: func(ctx context.Context, s *subject) error {
			// A slow provider, so that they meet at each step.
			s.wire.breakWith(slow(s.pause()))
			return concurrently(16, func(int) error {
				a, err := s.approved(ctx)
				if err != nil {
					return err
				}
				tok, err := s.exchange(ctx, a)
				if err != nil {
					return err
				}
				p, _, err := s.profile(ctx, tok)
				if err == nil && tok.Subject != "" && p.ID != tok.Subject {
					err = fmt.Errorf("FetchProfile: the ID is %q, and Token.Subject %q", p.ID, tok.Subject)
				}
				return err
			})
		},
	}}
}

// concurrently runs f n times at once and joins the errors.
func concurrently(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
