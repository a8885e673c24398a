package providertest

import (
	"context"
	"errors"
	"fmt"

	"github.com/oauthreg/go/provider"
)

func outageCases() []testCase {
	return []testCase{
		{
			name:   "provider out of order",
			clause: "A provider that cannot be reached, fails, or loses its answer is ErrUnavailable; no other bad answer is a success either. After a call nothing is ErrMismatch or ErrDenied: those tell that none was made.",
			check: func(ctx context.Context, s *subject) error {
				var errs []error
				for _, f := range outages() {
					operations, err := s.operations(ctx)
					if err != nil {
						return err
					}
					s.wire.breakWith(f)
					for _, op := range operations {
						if op.power {
							continue
						}
						what := op.name + ", provider: " + f.name
						before := s.wire.count()
						err := op.call(ctx)
						if s.wire.count() == before {
							continue // it needs no provider
						}
						errs = append(errs, wantFailure(what, err))
						if f.outage && err != nil {
							errs = append(errs, wantKind(what, err, provider.ErrUnavailable))
						}
					}
					s.wire.breakWith(nil)
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "exchange is not repeated",
			clause: "HandleCallback makes one request for the token, whatever becomes of it: the provider may have honoured the first.",
			check: func(ctx context.Context, s *subject) error {
				var errs []error
				for _, f := range outages() {
					a, err := s.approved(ctx)
					if err != nil {
						return err
					}
					s.wire.breakWith(f)
					before := s.wire.count()
					_, _ = s.Flow.HandleCallback(ctx, a.hs, clone(a.query)) // another case looks at the error
					if n := s.wire.count() - before; n != 1 {
						errs = append(errs, fmt.Errorf("HandleCallback, provider: %s: %d calls, want 1", f.name, n))
					}
					s.wire.breakWith(nil)
				}
				return errors.Join(errs...)
			},
		},
	}
}
