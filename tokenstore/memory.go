package tokenstore

import (
	"context"
	"sync"
)

var _ Store = (*Memory)(nil)

// Memory is a [Store] in the memory of the process: for tests, and for trying
// things out. Nothing survives a restart, and after one everybody is a stranger
// again: their next sign-up makes a second user.
//
// The zero Memory is empty and ready for use. A Memory must not be copied.
type Memory struct {
	mu       sync.Mutex
	accounts map[Identity]Account
	leases   map[Identity]lease // of accounts that are there
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{} }

// Link implements [Store].
func (m *Memory) Link(ctx context.Context, a Account) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkLink(a); err != nil {
		return err
	}
	a.Token = cloneToken(a.Token)

	m.mu.Lock()
	defer m.mu.Unlock()
	a.LinkedAt = now()
	a.UpdatedAt = a.LinkedAt
	if old, linked := m.accounts[a.Identity]; linked {
		if old.UserID != a.UserID {
			return ErrTaken
		}
		a.LinkedAt = old.LinkedAt
		if a.Username == "" {
			a.Username = old.Username
		}
		if a.Token.IsZero() {
			a.Token, a.UpdatedAt = old.Token, old.UpdatedAt
		}
	}
	if m.accounts == nil {
		m.accounts = make(map[Identity]Account)
	}
	m.accounts[a.Identity] = a
	return nil
}

// Find implements [Store].
func (m *Memory) Find(ctx context.Context, id Identity) (Account, bool, error) {
	if err := ctx.Err(); err != nil {
		return Account{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a, found := m.accounts[id]
	a.Token = cloneToken(a.Token)
	return a, found, nil
}

// ListByUser implements [Store].
func (m *Memory) ListByUser(ctx context.Context, userID string) ([]Account, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Account
	for _, a := range m.accounts {
		if a.UserID == userID {
			a.Token = cloneToken(a.Token)
			list = append(list, a)
		}
	}
	sortAccounts(list)
	return list, nil
}

// Unlink implements [Store].
func (m *Memory) Unlink(ctx context.Context, userID string, id Identity) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, found := m.accounts[id]; !found || a.UserID != userID {
		return ErrNotFound
	}
	delete(m.accounts, id)
	delete(m.leases, id)
	return nil
}
