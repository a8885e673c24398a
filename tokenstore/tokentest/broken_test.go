package tokentest_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// broken is a store that is right unless a field makes it wrong. It is not
// [tokenstore.Memory] with a wrapper: most mistakes are made inside.
type broken struct {
	// key is the identity as this store compares it.
	key func(tokenstore.Identity) tokenstore.Identity
	// user is the user ID as this store compares it.
	user func(string) string
	// merge decides what an owner's second Link leaves in the row.
	merge func(old, a tokenstore.Account) tokenstore.Account
	// stored and returned change an account on its way in and out.
	stored, returned func(tokenstore.Account) tokenstore.Account
	// foreign decides what becomes of an account that another user wants.
	foreign func(old, a tokenstore.Account) (tokenstore.Account, error)
	// check validates; order sorts; clock tells the time.
	check func(tokenstore.Account) error
	order func(a, b tokenstore.Account) int
	clock func() time.Time
	// unlinked decides what Unlink answers.
	unlinked func(a tokenstore.Account, found, own bool) (remove bool, err error)

	absent       error // what Find and ListByUser return for nothing
	window       bool  // look and write are not one step
	ignoresCtx   bool
	keepsDeleted bool // Unlink leaves username and token behind
	alwaysBusy   bool // a second writer is turned away

	upkeep upkeep

	mu      sync.Mutex
	writing bool
	rows    map[tokenstore.Identity]tokenstore.Account
	graves  map[tokenstore.Identity]tokenstore.Account
}

var _ tokenstore.Store = (*broken)(nil)

// right fills in what was not made wrong.
func right(b *broken) *broken {
	b.rows = map[tokenstore.Identity]tokenstore.Account{}
	b.graves = map[tokenstore.Identity]tokenstore.Account{}
	copied := func(a tokenstore.Account) tokenstore.Account {
		a.Token.Extra = maps.Clone(a.Token.Extra)
		return a
	}
	if b.key == nil {
		b.key = func(id tokenstore.Identity) tokenstore.Identity { return id }
	}
	if b.user == nil {
		b.user = func(id string) string { return id }
	}
	if b.merge == nil {
		b.merge = mergeRight
	}
	if b.stored == nil {
		b.stored = copied
	}
	if b.returned == nil {
		b.returned = copied
	}
	if b.foreign == nil {
		b.foreign = func(old, _ tokenstore.Account) (tokenstore.Account, error) { return old, tokenstore.ErrTaken }
	}
	if b.check == nil {
		b.check = func(a tokenstore.Account) error {
			if a.Provider == "" || a.Subject == "" || a.UserID == "" {
				return errors.New("empty")
			}
			return nil
		}
	}
	if b.order == nil {
		b.order = orderRight
	}
	if b.clock == nil {
		b.clock = func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	}
	if b.unlinked == nil {
		b.unlinked = func(_ tokenstore.Account, found, own bool) (bool, error) {
			if !found || !own {
				return false, tokenstore.ErrNotFound
			}
			return true, nil
		}
	}
	return b
}

func mergeRight(old, a tokenstore.Account) tokenstore.Account {
	a.LinkedAt = old.LinkedAt
	a.Username = cmp.Or(a.Username, old.Username)
	if a.Token.IsZero() {
		a.Token, a.UpdatedAt = old.Token, old.UpdatedAt
	}
	return a
}

func orderRight(a, b tokenstore.Account) int {
	return cmp.Or(a.LinkedAt.Compare(b.LinkedAt), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Subject, b.Subject))
}

func (b *broken) ctx(ctx context.Context) error {
	if b.ignoresCtx {
		return nil
	}
	return ctx.Err()
}

func (b *broken) Link(ctx context.Context, a tokenstore.Account) error {
	if err := errors.Join(b.ctx(ctx), b.check(a)); err != nil {
		return err
	}
	if a.Token.IsZero() {
		a.Token = provider.Token{}
	}
	a = b.stored(a)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.writing && b.alwaysBusy {
		return errors.New("database is locked")
	}
	b.writing = true
	defer func() { b.writing = false }()

	key := b.key(a.Identity)
	old, linked := b.rows[key]
	if b.window || b.alwaysBusy {
		b.mu.Unlock()
		time.Sleep(time.Millisecond)
		b.mu.Lock()
	}
	a.LinkedAt = b.clock()
	a.UpdatedAt = a.LinkedAt
	if linked && b.user(old.UserID) != b.user(a.UserID) {
		row, err := b.foreign(old, a)
		b.rows[key] = row
		return err
	}
	if linked {
		a = b.merge(old, a)
	} else if grave, ok := b.graves[key]; ok {
		a = b.merge(grave, a)
	}
	b.rows[key] = a
	b.upkeep.endLease(a.Identity, !b.upkeep.leaseFalls)
	return nil
}

func (b *broken) Find(ctx context.Context, id tokenstore.Identity) (tokenstore.Account, bool, error) {
	if err := b.ctx(ctx); err != nil {
		return tokenstore.Account{}, false, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a, found := b.rows[b.key(id)]
	if !found {
		return tokenstore.Account{}, false, b.absent
	}
	return b.returned(a), true, nil
}

func (b *broken) ListByUser(ctx context.Context, userID string) ([]tokenstore.Account, error) {
	if err := b.ctx(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []tokenstore.Account
	for _, a := range b.rows {
		if b.user(a.UserID) == b.user(userID) {
			list = append(list, b.returned(a))
		}
	}
	slices.SortFunc(list, b.order)
	if len(list) == 0 {
		return nil, b.absent
	}
	return list, nil
}

func (b *broken) Unlink(ctx context.Context, userID string, id tokenstore.Identity) error {
	if err := b.ctx(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key := b.key(id)
	a, found := b.rows[key]
	remove, err := b.unlinked(a, found, b.user(a.UserID) == b.user(userID))
	if remove {
		delete(b.rows, key)
		b.upkeep.endLease(id, b.upkeep.leaseStays)
		if b.keepsDeleted {
			b.graves[key] = a
		}
	}
	return err
}
