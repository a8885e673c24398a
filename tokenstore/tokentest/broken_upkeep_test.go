package tokentest_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

var (
	_ tokenstore.Rewriter = (*broken)(nil)
	_ tokenstore.Leaser   = (*broken)(nil)
)

// upkeep is what can be wrong about the optional powers. A nil function is
// right.
type upkeep struct {
	pageOrder func(a, b identity) int
	pageEnd   func(n, limit int) int
	pageLimit func(limit int) error
	pageKeeps bool // hands out its own map
	starts    bool // with after, rather than behind it

	replaced  func(stored account, old, token provider.Token) (account, bool, error)
	tokenKept func(provider.Token) provider.Token

	leaseKey   func(identity) identity
	leaseCheck func(holder string, d time.Duration) error
	leaseFree  func(l lease, holder string, at time.Time) bool
	leaseEnd   func(l lease, at time.Time, d time.Duration) time.Time
	leased     func(a account) account // what Lease does to the account
	released   func(l lease, holder string) bool
	leaseStays bool  // Unlink leaves it behind
	leaseFalls bool  // Link ends it
	noAccount  error // what Lease returns for nothing, if wrong
	anything   bool  // Lease of nothing is true

	leases map[identity]lease
}

type lease struct {
	holder string
	until  time.Time
}

func orderBytes(a, b identity) int {
	return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Subject, b.Subject))
}

// pause is between a look and a write that are not one step.
func (b *broken) pause() {
	if b.window {
		b.mu.Unlock()
		time.Sleep(time.Millisecond)
		b.mu.Lock()
	}
}

func (b *broken) Page(ctx context.Context, after identity, limit int) ([]tokenstore.Row, error) {
	u := &b.upkeep
	if err := b.ctx(ctx); err != nil {
		return nil, err
	}
	if u.pageLimit == nil && limit < 1 {
		return nil, errors.New("limit")
	}
	order := orderBytes
	if u.pageOrder != nil {
		order = u.pageOrder
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var page []tokenstore.Row
	for _, a := range b.rows {
		if c := order(a.Identity, after); c > 0 || c == 0 && u.starts {
			if !u.pageKeeps {
				a = b.returned(a)
			}
			page = append(page, tokenstore.Row{Account: a})
		}
	}
	slices.SortFunc(page, func(a, b tokenstore.Row) int { return order(a.Identity, b.Identity) })
	end := min(max(limit, 0), len(page))
	if u.pageEnd != nil {
		end = u.pageEnd(len(page), limit)
	}
	return page[:end], nil
}

func (b *broken) Replace(ctx context.Context, id identity, old, token provider.Token) (bool, error) {
	u := &b.upkeep
	if err := b.ctx(ctx); err != nil {
		return false, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key := b.key(id)
	a, found := b.rows[key]
	if !found {
		return false, nil
	}
	replaced := replaceRight
	if u.replaced != nil {
		replaced = u.replaced
	}
	a, ok, err := replaced(a, old, token)
	b.pause()
	if u.tokenKept != nil {
		a.Token = u.tokenKept(a.Token)
	} else {
		a = b.stored(a)
	}
	b.rows[key] = a
	return ok, err
}

func replaceRight(stored account, old, token provider.Token) (account, bool, error) {
	if token.IsZero() {
		return stored, false, errors.New("empty")
	}
	if !equal(stored.Token, old) {
		return stored, false, nil
	}
	stored.Token = token
	return stored, true, nil
}

func equal(a, b provider.Token) bool {
	x, errX := provider.EncodeToken(a)
	y, errY := provider.EncodeToken(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func leaseKeyRight(id identity) identity { return id }

func leaseFreeRight(l lease, holder string, at time.Time) bool {
	return l.holder == "" || l.holder == holder || !l.until.After(at)
}

func releasedRight(l lease, holder string) bool { return l.holder == holder }

func (b *broken) Lease(ctx context.Context, id identity, holder string, d time.Duration) (bool, error) {
	u := &b.upkeep
	if err := b.ctx(ctx); err != nil {
		return false, err
	}
	if u.leaseCheck != nil {
		if err := u.leaseCheck(holder, d); err != nil {
			return false, err
		}
	} else if holder == "" || d <= 0 {
		return false, errors.New("invalid")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a, found := b.rows[b.key(id)]
	if !found && !u.anything {
		return false, cmp.Or(u.noAccount, tokenstore.ErrNotFound)
	}
	if u.leases == nil {
		u.leases = map[identity]lease{}
	}
	key, free := leaseKeyRight, leaseFreeRight
	if u.leaseKey != nil {
		key = u.leaseKey
	}
	if u.leaseFree != nil {
		free = u.leaseFree
	}
	at := time.Now()
	l := u.leases[key(id)]
	if !free(l, holder, at) {
		return false, nil
	}
	b.pause()
	until := at.Add(d)
	if u.leaseEnd != nil {
		until = u.leaseEnd(l, at, d)
	}
	u.leases[key(id)] = lease{holder, until}
	if u.leased != nil {
		b.rows[b.key(id)] = u.leased(a)
	}
	return true, nil
}

func (b *broken) Release(ctx context.Context, id identity, holder string) error {
	u := &b.upkeep
	if err := b.ctx(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key, released := leaseKeyRight, releasedRight
	if u.leaseKey != nil {
		key = u.leaseKey
	}
	if u.released != nil {
		released = u.released
	}
	if released(u.leases[key(id)], holder) {
		delete(u.leases, key(id))
	}
	return nil
}

// endLease is called with the account's own changes; mu is held.
func (u *upkeep) endLease(id identity, stays bool) {
	if !stays {
		delete(u.leases, id)
	}
}
