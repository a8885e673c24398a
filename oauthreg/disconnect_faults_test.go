package oauthreg_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// stepAccounts fails at the steps of a disconnection.
type stepAccounts struct {
	faultyAccounts

	lists    int
	list     func(n int, list []tokenstore.Account) ([]tokenstore.Account, error) // the n-th
	unlink   error
	unlinked int
}

func (s *stepAccounts) ListByUser(ctx context.Context, userID string) ([]tokenstore.Account, error) {
	list, err := s.Store.ListByUser(ctx, userID)
	if s.lists++; err == nil && s.list != nil {
		return s.list(s.lists, list)
	}
	return list, err
}

func (s *stepAccounts) Unlink(ctx context.Context, userID string, id tokenstore.Identity) error {
	if s.unlink != nil {
		return s.unlink
	}
	s.unlinked++
	return s.Store.Unlink(ctx, userID, id)
}

func TestDisconnectOnAStoreThatFails(t *testing.T) {
	t.Parallel()
	none := func(n int, list []tokenstore.Account) ([]tokenstore.Account, error) {
		if n == 1 {
			return list, nil
		}
		return nil, nil // another tab was faster
	}
	unreadable := fmt.Errorf("wrapped: %w", tokenstore.ErrUnreadable)
	hidden := func(a tokenstore.Account, ok bool, err error) (tokenstore.Account, bool, error) {
		a.Token = provider.Token{}
		return a, ok, unreadable
	}
	for _, tt := range []struct {
		name     string
		fault    func(s *stepAccounts)
		err      error
		stays    bool
		unlinked int
		loud     bool
	}{
		{"find", func(s *stepAccounts) {
			s.find = func(tokenstore.Account, bool, error) (tokenstore.Account, bool, error) {
				return tokenstore.Account{}, false, errStore
			}
		}, errStore, true, 0, false},
		{"find finds another", func(s *stepAccounts) {
			s.find = func(a tokenstore.Account, ok bool, err error) (tokenstore.Account, bool, error) {
				a.Subject = "another"
				return a, ok, err
			}
		}, nil, true, 0, false},
		{"list", func(s *stepAccounts) {
			s.list = func(int, []tokenstore.Account) ([]tokenstore.Account, error) { return nil, errStore }
		}, errStore, true, 0, false},
		{"unlink", func(s *stepAccounts) { s.unlink = errStore }, errStore, true, 0, false},
		{"second list", func(s *stepAccounts) {
			s.list = func(n int, list []tokenstore.Account) ([]tokenstore.Account, error) {
				if n > 1 {
					return nil, errStore
				}
				return list, nil
			}
		}, errStore, true, 1, false},
		{"nothing left", func(s *stepAccounts) { s.list = none }, oauthreg.ErrLastWayIn, true, 1, false},
		{"linking back, at first", func(s *stepAccounts) {
			tries := 0
			s.list, s.link = none, func(tokenstore.Account) error {
				if tries++; tries < 3 {
					return errStore
				}
				return nil
			}
		}, oauthreg.ErrLastWayIn, true, 1, false},
		{"linking back", func(s *stepAccounts) {
			s.list, s.link = none, func(tokenstore.Account) error { return errStore }
		}, errStore, false, 1, true},
		{"linking back, and somebody else has it", func(s *stepAccounts) {
			tries := 0
			s.list, s.link = none, func(tokenstore.Account) error {
				if tries++; tries > 1 {
					return nil // not asked again: it would be theirs
				}
				return tokenstore.ErrTaken
			}
		}, tokenstore.ErrTaken, false, 1, true},
		{"its token is unreadable, another is there", func(s *stepAccounts) { s.find = hidden }, nil, false, 1, false},
		{"another's token is unreadable", func(s *stepAccounts) {
			s.list = func(int, []tokenstore.Account) ([]tokenstore.Account, error) { return nil, unreadable }
		}, nil, false, 1, false},
		{"another's or its own is unreadable", func(s *stepAccounts) {
			s.find = hidden
			s.list = func(int, []tokenstore.Account) ([]tokenstore.Account, error) { return nil, unreadable }
		}, nil, false, 1, false},
		{"its own is unreadable, and the only one", func(s *stepAccounts) {
			s.find = hidden
			s.list = func(n int, _ []tokenstore.Account) ([]tokenstore.Account, error) {
				if n == 1 {
					return nil, unreadable
				}
				return nil, nil
			}
		}, oauthreg.ErrLastWayIn, true, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stored := tokenstore.NewMemory()
				s := &stepAccounts{faultyAccounts: faultyAccounts{Store: stored}}
				a := linkedApp(t, s, []tokenstore.Identity{fakeID, otherID})
				tt.fault(s)
				d, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
				if s.find != nil && err == nil {
					require.ErrorIs(t, d.RevokeErr, tokenstore.ErrUnreadable, "why it was not revoked")
				}
				switch {
				case tt.stays:
					require.Error(t, err)
					assert.Zero(t, d)
				case tt.err == nil:
					require.NoError(t, err)
				}
				if tt.err != nil {
					require.ErrorIs(t, err, tt.err)
				}
				assert.Equal(t, tt.stays, found(t, stored, fakeID))
				assert.Equal(t, tt.unlinked, s.unlinked)
				assert.Len(t, a.logs.lines(slog.LevelError), map[bool]int{true: 1}[tt.loud])
				if tt.loud {
					require.NotErrorIs(t, err, oauthreg.ErrLastWayIn, "who sees that believes it is still there")
					assert.Contains(t, err.Error(), "THE IDENTITY IS REMOVED")
				}
			})
		})
	}
}

// The app breaking down after the removal undoes it.
func TestDisconnectWhenTheAppFailsLate(t *testing.T) {
	t.Parallel()
	asked := 0
	stored := tokenstore.NewMemory()
	a := linkedApp(t, stored, []tokenstore.Identity{fakeID}, func(cfg *oauthreg.Config) {
		cfg.OtherWayIn = func(context.Context, string) (bool, error) {
			if asked++; asked > 1 {
				return false, errStore
			}
			return true, nil
		}
	})
	_, err := a.reg.Disconnect(t.Context(), "ada", fakeID)
	require.ErrorIs(t, err, errStore)
	assert.True(t, found(t, stored, fakeID))
}
