package tokenstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"
)

var _ Leaser = (*Memory)(nil)

// lease is who has an account, until when in microseconds since 1970. The zero
// lease is nobody's, and over.
type lease struct {
	holder string
	until  int64
}

// free reports whether holder may have the account at that time: nobody has it,
// or holder itself does.
func (l lease) free(holder string, at int64) bool { return l.holder == holder || l.until <= at }

// checkLease refuses a lease that would be everybody's or over at once.
func checkLease(holder string, d time.Duration) error {
	var errs []error
	if err := checkHolder("lease", holder); err != nil {
		errs = append(errs, err)
	}
	if d < time.Microsecond {
		errs = append(errs, errors.New("tokenstore: lease: it is to last less than a microsecond; give a duration longer than the work takes"))
	}
	return errors.Join(errs...)
}

func checkHolder(op, holder string) error {
	if holder == "" {
		return errors.New("tokenstore: " + op + ": holder is empty; give a text that nobody else uses, such as rand.Text()")
	}
	return nil
}

// Lease implements [Leaser].
func (m *Memory) Lease(ctx context.Context, id Identity, holder string, d time.Duration) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := checkLease(holder, d); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, found := m.accounts[id]; !found {
		return false, ErrNotFound
	}
	at := now()
	if !m.leases[id].free(holder, at.UnixMicro()) {
		return false, nil
	}
	if m.leases == nil {
		m.leases = make(map[Identity]lease)
	}
	m.leases[id] = lease{holder: holder, until: at.Add(d).UnixMicro()}
	return true, nil
}

// Release implements [Leaser].
func (m *Memory) Release(ctx context.Context, id Identity, holder string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkHolder("release", holder); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leases[id].holder == holder {
		delete(m.leases, id)
	}
	return nil
}

// Lease implements [Leaser].
func (s *SQL) Lease(ctx context.Context, id Identity, holder string, d time.Duration) (bool, error) {
	if err := checkLease(holder, d); err != nil {
		return false, err
	}
	if reason := s.text.cannotKeep(holder, s.text.maxKey); reason != "" {
		return false, errors.New("tokenstore: lease: holder " + reason)
	}
	if !s.text.holds(id.Provider, id.Subject) {
		return false, cmp.Or(ctx.Err(), ErrNotFound)
	}
	at := now()
	until := at.Add(d).UnixMicro()
	n, err := s.exec(ctx, "lease", s.text.lease, id.Provider, id.Subject, holder, until, at.UnixMicro())
	if err != nil || n > 0 {
		return n > 0, err
	}
	// Another has it, or it is not there, or the row was like that already and
	// the database counts changes only.
	leases, err := queryRows(ctx, s, "lease", func(rows *sql.Rows) (l lease, err error) {
		err = rows.Scan(&l.holder, &l.until)
		return l, err
	}, s.text.leased, id.Provider, id.Subject)
	if err != nil {
		return false, err
	}
	if len(leases) == 0 {
		return false, ErrNotFound
	}
	return leases[0].holder == holder && leases[0].until >= until, nil
}

// Release implements [Leaser].
func (s *SQL) Release(ctx context.Context, id Identity, holder string) error {
	if err := checkHolder("release", holder); err != nil {
		return err
	}
	if !s.text.holds(id.Provider, id.Subject, holder) {
		return ctx.Err()
	}
	_, err := s.exec(ctx, "release", s.text.release, id.Provider, id.Subject, holder)
	return err
}
