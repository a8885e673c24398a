package providertest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oauthreg/go/provider"
)

func contextCases() []testCase {
	return []testCase{
		{
			name:   "cancelled",
			clause: "The error of a cancelled or expired context is passed through.",
			check: func(ctx context.Context, s *subject) error {
				operations, err := s.operations(ctx)
				if err != nil {
					return err
				}
				cancelled, cancel := context.WithCancel(ctx)
				cancel()
				expired, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
				defer cancel()
				var errs []error
				for _, op := range operations {
					if errors.Is(op.call(cancelled), errors.ErrUnsupported) {
						continue
					}
					before := s.wire.count()
					if err := op.call(cancelled); (err != nil || !op.silent) && !errors.Is(err, context.Canceled) {
						errs = append(errs, fmt.Errorf("%s with a cancelled context: got %w", op.name, orNil(err)))
					}
					if err := op.call(expired); (err != nil || !op.silent) && !errors.Is(err, context.DeadlineExceeded) {
						errs = append(errs, fmt.Errorf("%s with an expired context: got %w", op.name, orNil(err)))
					}
					errs = append(errs, s.quiet(op.name+" with a context that is done", before))
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "cancelled while waiting",
			clause: "AuthURL, HandleCallback and FetchProfile honour their context while they wait for the provider.",
			check: func(ctx context.Context, s *subject) error {
				operations, err := s.operations(ctx)
				if err != nil {
					return err
				}
				var errs []error
				for _, hang := range []*fault{silent(), trickling()} {
					s.wire.breakWith(hang)
					for _, op := range operations {
						if op.power {
							continue
						}
						before, begin := s.wire.count(), time.Now()
						bounded, cancel := context.WithTimeout(ctx, s.pause())
						err := op.call(bounded)
						cancel()
						if s.wire.count() == before {
							continue // it does not wait for anybody
						}
						if !errors.Is(err, context.DeadlineExceeded) {
							errs = append(errs, fmt.Errorf("%s, provider %s: got %w", op.name, hang.name, orNil(err)))
						}
						if late := time.Since(begin) - s.pause(); late > 2*time.Second {
							errs = append(errs, fmt.Errorf("%s, provider %s: returned %v after its deadline", op.name, hang.name, late))
						}
					}
				}
				return errors.Join(errs...)
			},
		},
	}
}

// orNil stands in for an error that is missing.
func orNil(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}

// operation is a method of the Flow with good arguments, as often as wanted.
type operation struct {
	name string
	// power tells that it is of an optional interface.
	power bool
	// silent tells that there is no call, so that it may be done before it looks
	// at the context.
	silent bool
	call   func(ctx context.Context) error
	// known are the secrets that it is given.
	known secrets
}

// operations prepares what can be called.
func (s *subject) operations(ctx context.Context) ([]operation, error) {
	a, err := s.approved(ctx)
	if err != nil {
		return nil, err
	}
	tok, err := s.token(ctx)
	if err != nil {
		return nil, err
	}
	_, calls, err := s.profile(ctx, tok)
	if err != nil {
		return nil, err
	}
	list := []operation{
		{name: "AuthURL", call: func(ctx context.Context) error {
			authURL, hs, err := s.Flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: s.CallbackURL})
			if err != nil && (authURL != "" || hs.ID != "") {
				return errors.New("there is a URL or a handshake beside the error")
			}
			return err
		}},
		{name: "HandleCallback", call: func(ctx context.Context) error {
			tok, err := s.Flow.HandleCallback(ctx, a.hs, clone(a.query))
			return errors.Join(err, wantNoToken("HandleCallback", tok, err))
		}},
		{name: "FetchProfile", silent: len(calls) == 0, call: func(ctx context.Context) error {
			p, err := s.Flow.FetchProfile(ctx, tok)
			if err != nil && p.ID != "" {
				return errors.New("there is a profile beside the error")
			}
			return err
		}},
	}
	if revoker, ok := s.Flow.(provider.Revoker); ok {
		list = append(list, operation{name: "Revoke", power: true, call: func(ctx context.Context) error { return revoker.Revoke(ctx, tok) }})
	}
	if refresher, ok := s.Flow.(provider.Refresher); ok && !tok.Refresh.IsZero() {
		list = append(list, operation{name: "Refresh", power: true, call: func(ctx context.Context) error {
			_, err := refresher.Refresh(ctx, tok)
			return err
		}})
	}
	known := secrets{}
	known.addApproved(a)
	known.addToken(tok)
	for i := range list {
		list[i].known = known
	}
	return list, nil
}
