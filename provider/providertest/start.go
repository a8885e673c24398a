package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"github.com/oauthreg/go/internal/outbound"
)

func startCases() []testCase {
	return []testCase{
		{
			name:   "authorize URL",
			clause: "AuthURL returns an absolute https URL (http on loopback), without user and fragment.",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.start(ctx)
				if err != nil {
					return err
				}
				if reason := outbound.CheckEndpoint(a.authURL); reason != "" {
					return errors.New("the URL cannot be used: " + reason)
				}
				return nil
			},
		},
		{
			name:   "unguessable ID",
			clause: "Handshake.ID is unguessable and unique for each attempt: at least 16 bytes of it differ, also if many start at once.",
			check:  checkIDs,
		},
		{
			name:   "callback URL",
			clause: "The provider sends the browser back to AuthRequest.CallbackURL.",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.approved(ctx)
				if err != nil {
					return err
				}
				want, err := url.Parse(s.CallbackURL)
				if err != nil {
					return errors.New("Provider.CallbackURL is not a URL")
				}
				got, err := url.Parse(a.back)
				if err != nil {
					return errors.New("the callback is not a URL")
				}
				if got.Scheme != want.Scheme || got.Host != want.Host || got.EscapedPath() != want.EscapedPath() || got.Fragment != want.Fragment {
					return fmt.Errorf("the browser came back to %s://%s%s", got.Scheme, got.Host, got.EscapedPath())
				}
				for name, values := range want.Query() {
					if !slices.Equal(a.query[name], values) {
						return fmt.Errorf("the callback URL's own parameter %q did not come back", name)
					}
				}
				return nil
			},
		},
		{
			name:   "ID comes back",
			clause: "The provider sends Handshake.ID back as the value of one of the callback's parameters. (By it the attempt is found.)",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.approved(ctx)
				if err != nil {
					return err
				}
				if _, err := a.idParams(); err != nil {
					return errors.New("after approval, no parameter of the callback has the value of Handshake.ID")
				}
				if s.Deny == nil {
					return nil
				}
				if a, err = s.denied(ctx); err != nil {
					return err
				}
				if _, err := a.idParams(); err != nil {
					return errors.New("after denial, no parameter of the callback has the value of Handshake.ID")
				}
				return nil
			},
		},
		{
			name:   "no secret in URLs",
			clause: "Handshake.Secret and the app's secrets never leave the server: they are not in the URL.",
			check: func(ctx context.Context, s *subject) error {
				a, err := s.start(ctx)
				if err != nil {
					return err
				}
				known := s.secrets()
				known.add("Handshake.Secret", a.hs.Secret.Reveal())
				return known.notIn("the authorize URL", a.authURL)
			},
		},
	}
}

// checkIDs starts attempts at once, and looks at what is left of their IDs
// without the beginning and the end that all have in common.
func checkIDs(ctx context.Context, s *subject) error {
	const many, enough = 100, 16
	ids, errs := make([]string, many), make([]error, many)
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			a, err := s.start(ctx)
			ids[i], errs[i] = a.hs.ID, err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if slices.Sort(ids); len(slices.Compact(slices.Clone(ids))) != many {
		return fmt.Errorf("%d attempts have fewer IDs", many)
	}
	same := commonPrefix(ids)
	for i, id := range ids {
		ids[i] = reverse(id)
	}
	same += commonPrefix(ids)
	for _, id := range ids {
		if n := len(id) - same; n < enough {
			return fmt.Errorf("only %d bytes differ from one ID to the next, want %d", max(n, 0), enough)
		}
	}
	return nil
}

// commonPrefix returns how long the beginning is that all texts have in common.
func commonPrefix(texts []string) int {
	// In order, the first and the last have the least in common.
	first, last := slices.Min(texts), slices.Max(texts)
	n := 0
	for n < min(len(first), len(last)) && first[n] == last[n] {
		n++
	}
	return n
}

func reverse(text string) string {
	b := []byte(text)
	slices.Reverse(b)
	return string(b)
}
