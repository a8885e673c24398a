package providertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/oauthreg/go/provider"
)

func refreshingCases() []testCase {
	return []testCase{
		{
			name:    "refreshing client",
			clause:  "A RefreshingClient refreshes a token that is about to expire, once for all requests, and hands the new one to save before using it.",
			crowded: true,
			check: func(ctx context.Context, s *subject) error {
				old, c, err := s.expired(ctx)
				if err != nil {
					return err
				}
				keeper := &keeper{subject: s, pause: s.pause(), url: c.url.String(), before: s.wire.count()}
				client, err := s.Flow.(provider.Refresher).RefreshingClient(ctx, old, keeper.save)
				if err != nil {
					return fmt.Errorf("RefreshingClient: %w", err)
				}
				if err := concurrently(8, func(int) error { return s.call(ctx, client, c) }); err != nil {
					return err
				}
				return errors.Join(keeper.check(old), s.call(ctx, client, c))
			},
		},
		{
			name:   "refreshing client that cannot save",
			clause: "When save fails, so does the request: a token that is not stored is not used.",
			check: func(ctx context.Context, s *subject) error {
				old, c, err := s.expired(ctx)
				if err != nil {
					return err
				}
				errFull := errors.New("the disk is full")
				client, err := s.Flow.(provider.Refresher).RefreshingClient(ctx, old, func(context.Context, provider.Token) error { return errFull })
				if err != nil {
					return fmt.Errorf("RefreshingClient: %w", err)
				}
				before := s.wire.count()
				for range 2 {
					if err := s.call(ctx, client, c); !errors.Is(err, errFull) {
						return fmt.Errorf("a request whose token cannot be saved: got %w", orNil(err))
					}
				}
				if s.calledSince(before, c.url.String()) {
					return errors.New("a request whose token cannot be saved was sent")
				}
				return nil
			},
		},
		{
			name:   "refreshing client without a token",
			clause: "There is no RefreshingClient for the zero Token: ErrTokenInvalid, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				refresher, _, err := s.refreshable(ctx)
				if err != nil {
					return err
				}
				before := s.wire.count()
				_, err = refresher.RefreshingClient(ctx, provider.Token{}, func(context.Context, provider.Token) error { return nil })
				return errors.Join(
					wantKind("RefreshingClient without a token", err, provider.ErrTokenInvalid),
					s.quiet("RefreshingClient without a token", before),
				)
			},
		},
	}
}

// expired returns a token that has expired, for all that the Flow knows, and a
// call to use it for.
func (s *subject) expired(ctx context.Context) (provider.Token, call, error) {
	_, tok, err := s.refreshable(ctx)
	if err != nil {
		return tok, call{}, err
	}
	_, calls, err := s.profile(ctx, tok)
	if err != nil {
		return tok, call{}, err
	}
	c, err := s.apiCall(calls)
	tok.Expiry = time.Now().Add(-time.Hour)
	return tok, c, err
}

// calledSince reports whether url was called after the first n calls.
func (s *subject) calledSince(n int, url string) bool {
	for _, c := range s.wire.since(n) {
		if c.url.String() == url {
			return true
		}
	}
	return false
}

// keeper is a store for the tokens of one client.
type keeper struct {
	subject *subject
	pause   time.Duration
	url     string
	before  int

	mu     sync.Mutex
	inside int
	tokens []provider.Token
	faults []error
}

func (k *keeper) save(_ context.Context, tok provider.Token) error {
	k.mu.Lock()
	k.inside++
	k.tokens = append(k.tokens, tok)
	if k.inside > 1 {
		k.faults = append(k.faults, errors.New("RefreshingClient: save is called by two goroutines at a time"))
	}
	if k.subject.calledSince(k.before, k.url) {
		k.faults = append(k.faults, errors.New("RefreshingClient: a token was used before it was saved"))
	}
	k.mu.Unlock()
	time.Sleep(k.pause)
	k.mu.Lock()
	k.inside--
	k.mu.Unlock()
	return nil
}

// check demands that one token was saved, and that it was new.
func (k *keeper) check(old provider.Token) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	faults := k.faults
	if n := len(k.tokens); n != 1 {
		return errors.Join(append(faults, fmt.Errorf("RefreshingClient: %d tokens were saved, want 1", n))...)
	}
	if k.tokens[0].Access.Reveal() == old.Access.Reveal() || k.tokens[0].Subject != old.Subject {
		faults = append(faults, errors.New("RefreshingClient: the token that was saved is not the new one of the same person"))
	}
	return errors.Join(faults...)
}
