package providertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/oauthreg/go/provider"
)

func errorCases() []testCase {
	return []testCase{
		{
			name:   "typed errors",
			clause: "Every error is a *provider.Error, found by errors.AsType, which names the provider, the call and one of the kinds.",
			check: func(ctx context.Context, s *subject) error {
				list, _, err := s.failures(ctx)
				if err != nil {
					return err
				}
				var errs []error
				for _, f := range list {
					e, ok := errors.AsType[*provider.Error](f.err)
					switch {
					case !ok:
						errs = append(errs, fmt.Errorf("%s: the error is a %T", f.what, f.err))
					case !slices.Contains(kinds(), e.Kind):
						errs = append(errs, fmt.Errorf("%s: the error's Kind is %v", f.what, e.Kind))
					case e.Provider == "" || e.Op == "":
						errs = append(errs, fmt.Errorf("%s: the error names no Provider or no Op", f.what))
					}
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "errors hold no secret",
			clause: "The text of an error holds no secret and nothing of the provider's body.",
			check: func(ctx context.Context, s *subject) error {
				list, known, err := s.failures(ctx)
				if err != nil {
					return err
				}
				var errs []error
				for _, f := range list {
					text := fmt.Sprintf("%v %+v %#v %q", f.err, f.err, f.err, f.err)
					errs = append(errs, known.notIn(f.what+": the error", text))
					if strings.Contains(text, marker) {
						errs = append(errs, fmt.Errorf("%s: the error quotes the provider's answer", f.what))
					}
				}
				return errors.Join(errs...)
			},
		},
	}
}

// failure is an error with where it came from.
type failure struct {
	what string
	err  error
}

// failures makes the Flow fail in every way there is, and returns with the
// errors what must not be in them. Where there is no error, another case says
// whether there should be.
func (s *subject) failures(ctx context.Context) ([]failure, secrets, error) {
	var list []failure
	known := s.secrets()
	note := func(what string, err error) {
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			list = append(list, failure{what, err})
		}
	}
	handle := func(what string, hs provider.Handshake, a attempt) {
		tok, err := s.Flow.HandleCallback(ctx, hs, clone(a.query))
		known.addToken(tok)
		note("HandleCallback with "+what, err)
	}

	one, err := s.approved(ctx)
	if err != nil {
		return nil, nil, err
	}
	two, err := s.approved(ctx)
	if err != nil {
		return nil, nil, err
	}
	used, err := s.approved(ctx)
	if err != nil {
		return nil, nil, err
	}
	known.addApproved(one)
	known.addApproved(two)
	known.addApproved(used)
	handle("an empty query", one.hs, attempt{})
	handle("an empty handshake", provider.Handshake{}, one)
	handle("a foreign query", one.hs, two)
	tok, err := s.exchange(ctx, used)
	if err != nil {
		return nil, nil, err
	}
	known.addToken(tok)
	handle("a used query", used.hs, used)
	if s.Deny != nil {
		denied, err := s.denied(ctx)
		if err != nil {
			return nil, nil, err
		}
		known.addHandshake(denied.hs) // the word for a denial is no secret
		handle("a denial", denied.hs, denied)
		handle("a foreign denial", one.hs, denied)
	}

	other := tok
	other.Subject = "somebody-else"
	corpse := dead(tok)
	known.addToken(corpse)
	fetch := func(what string, tok provider.Token) {
		_, err := s.Flow.FetchProfile(ctx, tok)
		note("FetchProfile with "+what, err)
	}
	fetch("no token", provider.Token{})
	fetch("a dead token", corpse)
	fetch("another subject", other)
	s.failPowers(ctx, tok, note)

	for _, f := range slices.Concat(outages(), []*fault{endless(http.StatusOK)}) {
		operations, err := s.operations(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, op := range operations {
			maps.Copy(known, op.known)
			s.wire.breakWith(f)
			note(op.name+", provider: "+f.name, op.call(ctx))
		}
		s.wire.breakWith(nil)
	}
	return list, known, nil
}

// failPowers does the same with the optional interfaces.
func (s *subject) failPowers(ctx context.Context, tok provider.Token, note func(what string, err error)) {
	if clienter, ok := s.Flow.(provider.Clienter); ok {
		_, err := clienter.Client(ctx, provider.Token{})
		note("Client without a token", err)
	}
	if revoker, ok := s.Flow.(provider.Revoker); ok {
		note("Revoke without a token", revoker.Revoke(ctx, provider.Token{}))
	}
	if refresher, ok := s.Flow.(provider.Refresher); ok {
		_, err := refresher.Refresh(ctx, provider.Token{})
		note("Refresh without a token", err)
		if !tok.Refresh.IsZero() {
			_, err = refresher.Refresh(ctx, deadRefresh(tok))
			note("Refresh with a dead token", err)
		}
	}
}
