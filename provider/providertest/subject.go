package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthreg/go/provider"
)

// subject is what a case works on.
type subject struct {
	Provider
	wire     *wire
	realTime bool
}

// attempt is a handshake up to where the browser comes back.
type attempt struct {
	authURL string
	hs      provider.Handshake
	back    string // the URL of the callback
	query   url.Values
}

// start begins an attempt.
func (s *subject) start(ctx context.Context) (attempt, error) {
	authURL, hs, err := s.Flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: s.CallbackURL})
	if err != nil {
		return attempt{}, fmt.Errorf("AuthURL: %w", err)
	}
	return attempt{authURL: authURL, hs: hs}, nil
}

// approved is an attempt whose person approved.
func (s *subject) approved(ctx context.Context) (attempt, error) {
	return s.decided(ctx, "Approve", s.Approve)
}

// denied is an attempt whose person declined.
func (s *subject) denied(ctx context.Context) (attempt, error) {
	if s.Deny == nil {
		return attempt{}, skipped("Provider.Deny is nil: this provider sends nobody back who declined")
	}
	return s.decided(ctx, "Deny", s.Deny)
}

func (s *subject) decided(ctx context.Context, name string, decide func(context.Context, string) (string, error)) (attempt, error) {
	a, err := s.start(ctx)
	if err != nil {
		return attempt{}, err
	}
	if a.back, err = decide(ctx, a.authURL); err != nil {
		return attempt{}, fmt.Errorf("%s: %w", name, err)
	}
	u, err := url.Parse(a.back)
	if err != nil {
		return attempt{}, fmt.Errorf("%s: the callback is not a URL", name)
	}
	if a.query, err = url.ParseQuery(u.RawQuery); err != nil {
		return attempt{}, fmt.Errorf("%s: the callback's query is malformed", name)
	}
	return a, nil
}

// exchange trades what the callback of a brought. The Flow gets a query of its
// own, as it does from a request.
func (s *subject) exchange(ctx context.Context, a attempt) (provider.Token, error) {
	tok, err := s.Flow.HandleCallback(ctx, a.hs, clone(a.query))
	if err != nil {
		return provider.Token{}, fmt.Errorf("HandleCallback: %w", err)
	}
	return tok, nil
}

// token goes the whole way to a token.
func (s *subject) token(ctx context.Context) (provider.Token, error) {
	a, err := s.approved(ctx)
	if err != nil {
		return provider.Token{}, err
	}
	return s.exchange(ctx, a)
}

// profile fetches the profile of tok and returns the calls it took.
func (s *subject) profile(ctx context.Context, tok provider.Token) (provider.Profile, []call, error) {
	before := s.wire.count()
	p, err := s.Flow.FetchProfile(ctx, tok)
	if err != nil {
		err = fmt.Errorf("FetchProfile: %w", err)
	}
	return p, s.wire.since(before), err
}

// idParams returns the names of the callback's parameters that carry the
// handshake's ID.
func (a attempt) idParams() ([]string, error) {
	var names []string
	for name, values := range a.query {
		if slices.Contains(values, a.hs.ID) {
			names = append(names, name)
		}
	}
	if len(names) == 0 || a.hs.ID == "" {
		return nil, skipped("no parameter of the callback has the value of Handshake.ID: see the case \"ID comes back\"")
	}
	return names, nil
}

// with returns the query with the values of some parameters replaced. No values
// remove a parameter.
func (a attempt) with(names []string, values ...string) url.Values {
	query := clone(a.query)
	for _, name := range names {
		query[name] = slices.Clone(values)
		if len(values) == 0 {
			delete(query, name)
		}
	}
	return query
}

func clone(query url.Values) url.Values {
	c := make(url.Values, len(query))
	for name, values := range query {
		c[name] = slices.Clone(values)
	}
	return c
}

// refused demands that HandleCallback ends with kind, without a call.
func (s *subject) refused(ctx context.Context, what string, hs provider.Handshake, query url.Values, kind error) error {
	before := s.wire.count()
	tok, err := s.Flow.HandleCallback(ctx, hs, clone(query))
	return errors.Join(
		wantKind("HandleCallback with "+what, err, kind),
		wantNoToken("HandleCallback with "+what, tok, err),
		s.quiet("HandleCallback with "+what, before),
	)
}

// quiet demands that there was no call since before.
func (s *subject) quiet(what string, before int) error {
	if n := s.wire.count() - before; n != 0 {
		return fmt.Errorf("%s: %d calls to the provider, want none", what, n)
	}
	return nil
}

// kinds are those that callers can branch on.
func kinds() []error {
	return []error{
		provider.ErrDenied, provider.ErrMismatch, provider.ErrExpired, provider.ErrRefused, provider.ErrTokenInvalid,
		provider.ErrRateLimited, provider.ErrNoCredits, provider.ErrAccountUnusable, provider.ErrUnavailable,
		provider.ErrProtocol, provider.ErrIdentity,
	}
}

func wantKind(what string, err, kind error) error {
	switch {
	case err == nil:
		return fmt.Errorf("%s: no error, want %q", what, kind)
	case !errors.Is(err, kind):
		return fmt.Errorf("%s: the error is not %q but: %w", what, kind, err)
	}
	return nil
}

// wantFailure demands an error that may come after a call. ErrMismatch is not
// one: it tells the caller that nothing was spent and the attempt still counts.
// ErrDenied is not one either: it was the person's to say.
func wantFailure(what string, err error) error {
	switch {
	case err == nil:
		return fmt.Errorf("%s: no error", what)
	case errors.Is(err, provider.ErrMismatch), errors.Is(err, provider.ErrDenied):
		return fmt.Errorf("%s: what went wrong at the provider is told as a fault of the callback: %w", what, err)
	}
	return nil
}

func wantNoToken(what string, tok provider.Token, err error) error {
	if err != nil && !tok.IsZero() {
		return fmt.Errorf("%s: there is a token beside the error", what)
	}
	return nil
}

// apiCall finds among calls a GET that was answered: the one for the profile.
func (s *subject) apiCall(calls []call) (call, error) {
	for _, c := range calls {
		if c.method == http.MethodGet && c.status == http.StatusOK {
			return c, nil
		}
	}
	return call{}, skipped("FetchProfile makes no call that a client could repeat")
}

// pause is long enough for goroutines to meet.
func (s *subject) pause() time.Duration {
	if s.realTime {
		return 100 * time.Millisecond
	}
	return time.Second
}

// made replaces a secret by one that the provider never gave out, of the same
// length and alphabet.
func made(value string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return '0' + (r-'0'+5)%10
		case r >= 'a' && r <= 'z':
			return 'a' + ('z' - r)
		case r >= 'A' && r <= 'Z':
			return 'A' + ('Z' - r)
		}
		return r
	}, value)
}
