package tokenstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

// numbered returns an account that can be told from others.
func numbered(i int) tokenstore.Account {
	a := ann()
	a.Subject = fmt.Sprintf("%05d", i)
	a.Token = tokenOf("access " + a.Subject)
	return a
}

// mixed is a store with everything in it that there may be, and the sealed
// one over it. The old key is the last.
type mixed struct {
	inner          *hooked
	oldKey, newKey string
	sealed         *tokenstore.Sealed
	count          int
}

// newMixed links so many of each.
func newMixed(t *testing.T, outdated, current, plain, unreadable, empty int) *mixed {
	t.Helper()
	m := &mixed{inner: newHooked(nil), oldKey: seal.NewKey(), newKey: seal.NewKey()}
	m.sealed = sealedOver(t, m.inner, m.newKey+","+m.oldKey)
	kinds := []struct {
		store tokenstore.Store
		left  int
		none  bool
	}{
		{store: sealedOver(t, m.inner, m.oldKey), left: outdated},
		{store: m.sealed, left: current},
		{store: m.inner, left: plain},
		{store: sealedOver(t, m.inner, seal.NewKey()), left: unreadable},
		{store: m.sealed, left: empty, none: true},
	}
	for linked := true; linked; {
		linked = false
		for i := range kinds {
			if kinds[i].left == 0 {
				continue
			}
			kinds[i].left--
			a := numbered(m.count)
			if kinds[i].none {
				a.Token = provider.Token{}
			}
			require.NoError(t, kinds[i].store.Link(t.Context(), a))
			m.count++
			linked = true
		}
	}
	return m
}

func (m *mixed) contents(t *testing.T) []tokenstore.Row {
	t.Helper()
	rows, err := m.inner.Page(t.Context(), tokenstore.Identity{}, 1000)
	require.NoError(t, err)
	return rows
}

// assertReadable demands that n of the numbered accounts open in s, each with
// its own token.
func (m *mixed) assertReadable(t *testing.T, s *tokenstore.Sealed, n int) {
	t.Helper()
	rows, err := s.Page(t.Context(), tokenstore.Identity{}, 1000)
	require.NoError(t, err)
	for _, row := range rows {
		if row.Err != nil || row.Token.IsZero() {
			continue
		}
		n--
		assert.Equal(t, reveal(t, tokenOf("access "+row.Subject)), reveal(t, row.Token))
	}
	assert.Zero(t, n, "that many too few")
}

func TestReseal(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name                                        string
		outdated, current, plain, unreadable, empty int
	}{
		{name: "nothing"},
		{name: "of each", outdated: 4, current: 3, plain: 5, unreadable: 2, empty: 1},
		{name: "a page", outdated: 100},
		{name: "more than a page", outdated: 101},
		{name: "pages of each", outdated: 150, current: 80, plain: 60, unreadable: 70, empty: 40},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := newMixed(t, row.outdated, row.current, row.plain, row.unreadable, row.empty)
			before := m.contents(t)
			report, err := m.sealed.Reseal(t.Context())
			require.NoError(t, err)
			want := tokenstore.ResealReport{
				Total: m.count, Resealed: row.outdated, Current: row.current, Plaintext: row.plain,
				Unreadable: row.unreadable, Empty: row.empty,
			}
			assert.Equal(t, want, report)
			assert.Equal(t, row.outdated, m.inner.replaces, "what needs nothing is not written")
			m.assertReadable(t, sealedOver(t, m.inner, m.newKey), row.outdated+row.current)
			for i, after := range m.contents(t) {
				after.Token = before[i].Token
				assert.Equal(t, before[i], after, "something else changed than the token")
			}

			// Again: nothing to do.
			report, err = m.sealed.Reseal(t.Context())
			require.NoError(t, err)
			want.Resealed, want.Current = 0, row.outdated+row.current
			assert.Equal(t, want, report)
			assert.Equal(t, row.outdated, m.inner.replaces)

			// The migration, which is a decision.
			for i := range 2 {
				report, err = m.sealed.SealPlaintext(t.Context())
				require.NoError(t, err)
				want.Plaintext, want.Sealed = 0, row.plain
				if i == 1 {
					want.Current, want.Sealed = want.Current+row.plain, 0
				}
				assert.Equal(t, want, report)
			}
			m.assertReadable(t, sealedOver(t, m.inner, m.newKey), row.outdated+row.current+row.plain)
		})
	}
}

func TestSealPlaintextSealsAnewAsWell(t *testing.T) {
	t.Parallel()
	m := newMixed(t, 3, 2, 4, 1, 1)
	report, err := m.sealed.SealPlaintext(t.Context())
	require.NoError(t, err)
	assert.Equal(t, tokenstore.ResealReport{Total: 11, Resealed: 3, Current: 2, Sealed: 4, Unreadable: 1, Empty: 1}, report)
}

func TestResealIsInterruptedAndRepeated(t *testing.T) {
	t.Parallel()
	m := newMixed(t, 250, 0, 0, 0, 0)
	ctx, cancel := context.WithCancel(t.Context())
	m.inner.before = func(context.Context, tokenstore.Identity) error {
		if m.inner.replaces == 120 {
			cancel()
		}
		return nil
	}
	report, err := m.sealed.Reseal(ctx)
	require.ErrorIs(t, err, context.Canceled)
	assert.Less(t, report.Total, 121)
	done := report.Resealed
	assert.Greater(t, done, 100)

	down := errors.New("the database is gone")
	m.inner.before = func(context.Context, tokenstore.Identity) error {
		if m.inner.replaces == 200 {
			return down
		}
		return nil
	}
	report, err = m.sealed.Reseal(t.Context())
	require.ErrorIs(t, err, down)
	assert.Equal(t, done, report.Current)
	done += report.Resealed
	assert.Less(t, done, 200)

	m.inner.before = nil
	report, err = m.sealed.Reseal(t.Context())
	require.NoError(t, err)
	assert.Equal(t, tokenstore.ResealReport{Total: 250, Resealed: 250 - done, Current: done}, report)
	m.assertReadable(t, sealedOver(t, m.inner, m.newKey), 250)
}

// A context that ends while nothing is to be written stops it too.
func TestResealLooksAtItsContext(t *testing.T) {
	t.Parallel()
	m := newMixed(t, 0, 10, 0, 0, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, s := range map[string]tokenstore.Store{"store that looks": m.inner, "store that does not": heedless{m.inner}} {
		report, err := m.sealed.Over(s).Reseal(ctx)
		require.ErrorIs(t, err, context.Canceled, name)
		assert.Zero(t, report)
	}
}

type heedless struct{ *hooked }

func (h heedless) Page(_ context.Context, after tokenstore.Identity, limit int) ([]tokenstore.Row, error) {
	return h.hooked.Page(context.Background(), after, limit)
}

func TestResealWhileSomebodyWrites(t *testing.T) {
	t.Parallel()
	fresh := numbered(0)
	fresh.Token = tokenOf("fresh")
	for _, row := range []struct {
		name  string
		write func(ctx context.Context, m *mixed, old, stranger *tokenstore.Sealed) error
		want  tokenstore.ResealReport
	}{
		{"a process with the new key", func(ctx context.Context, m *mixed, _, _ *tokenstore.Sealed) error {
			return m.sealed.Link(ctx, fresh)
		}, tokenstore.ResealReport{Total: 1, Current: 1}},
		{"a process without it, once", func(ctx context.Context, m *mixed, old, _ *tokenstore.Sealed) error {
			if m.inner.replaces > 1 {
				return nil
			}
			return old.Link(ctx, fresh)
		}, tokenstore.ResealReport{Total: 1, Resealed: 1}},
		{"a process without it, again and again", func(ctx context.Context, _ *mixed, old, _ *tokenstore.Sealed) error {
			return old.Link(ctx, fresh)
		}, tokenstore.ResealReport{Total: 1, Changed: 1}},
		{"a process that does not seal", func(ctx context.Context, m *mixed, _, _ *tokenstore.Sealed) error {
			return m.inner.Link(ctx, fresh)
		}, tokenstore.ResealReport{Total: 1, Plaintext: 1}},
		{"a process with another key", func(ctx context.Context, _ *mixed, _, stranger *tokenstore.Sealed) error {
			return stranger.Link(ctx, fresh)
		}, tokenstore.ResealReport{Total: 1, Unreadable: 1}},
		{"the account is removed", func(ctx context.Context, m *mixed, _, _ *tokenstore.Sealed) error {
			return m.inner.Unlink(ctx, "ann", fresh.Identity)
		}, tokenstore.ResealReport{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := newMixed(t, 1, 0, 0, 0, 0)
			old, stranger := sealedOver(t, m.inner, m.oldKey), sealedOver(t, m.inner, seal.NewKey())
			m.inner.before = func(ctx context.Context, _ tokenstore.Identity) error { return row.write(ctx, m, old, stranger) }
			report, err := m.sealed.Reseal(t.Context())
			require.NoError(t, err)
			assert.Equal(t, row.want, report)

			// What was written last is what is there.
			if row.want.Current+row.want.Resealed+row.want.Changed > 0 {
				m.inner.before = nil
				assert.Equal(t, reveal(t, fresh.Token), reveal(t, find(t, m.sealed, fresh.Identity).Token))
			}
		})
	}
}

// Old processes that write plaintext on: no token is lost, and a repeated run
// seals what they have left.
func TestSealPlaintextWhileOldProcessesWrite(t *testing.T) {
	t.Parallel()
	m := newMixed(t, 0, 0, 20, 0, 0)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			for round := range 20 {
				a := numbered(i)
				a.Token = tokenOf(fmt.Sprint("round ", round))
				assert.NoError(t, m.inner.Link(t.Context(), a))
			}
		})
	}
	group.Go(func() {
		for range 20 {
			_, err := m.sealed.SealPlaintext(t.Context())
			assert.NoError(t, err)
		}
	})
	group.Wait()
	report, err := m.sealed.SealPlaintext(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 20, report.Sealed+report.Current)
	for i := range 20 {
		assert.Equal(t, "round 19", find(t, m.sealed, numbered(i).Identity).Token.Access.Reveal())
	}
}

// circular is a store whose pages have no end.
type circular struct{ *tokenstore.Memory }

func (c circular) Page(ctx context.Context, _ tokenstore.Identity, limit int) ([]tokenstore.Row, error) {
	return c.Memory.Page(ctx, tokenstore.Identity{}, limit)
}

func TestResealDoesNotGoRoundInCircles(t *testing.T) {
	t.Parallel()
	inner := circular{tokenstore.NewMemory()}
	s := sealedOver(t, inner, seal.NewKey())
	for i := range 101 {
		require.NoError(t, s.Link(t.Context(), numbered(i)))
	}
	report, err := s.Reseal(t.Context())
	require.ErrorContains(t, err, "not in the order")
	assert.Equal(t, 100, report.Total)
}

// faulty is a store whose answers are changed.
type faulty struct {
	*hooked
	find func(tokenstore.Account) (tokenstore.Account, error)
	page func([]tokenstore.Row) ([]tokenstore.Row, error)
}

func (f faulty) Find(ctx context.Context, id tokenstore.Identity) (tokenstore.Account, bool, error) {
	a, found, err := f.hooked.Find(ctx, id)
	if f.find != nil && err == nil {
		a, err = f.find(a)
	}
	return a, found, err
}

func (f faulty) Page(ctx context.Context, after tokenstore.Identity, limit int) ([]tokenstore.Row, error) {
	rows, err := f.hooked.Page(ctx, after, limit)
	if f.page != nil && err == nil {
		rows, err = f.page(rows)
	}
	return rows, err
}

func TestResealOverFaultyStore(t *testing.T) {
	t.Parallel()
	down := errors.New("the database is gone")
	for _, row := range []struct {
		name   string
		breaks func(*faulty)
		want   tokenstore.ResealReport
		err    string
	}{
		{"no page", func(f *faulty) {
			f.page = func([]tokenstore.Row) ([]tokenstore.Row, error) { return nil, down }
		}, tokenstore.ResealReport{}, "the database is gone"},
		{"a row that the store cannot read", func(f *faulty) {
			f.page = func(rows []tokenstore.Row) ([]tokenstore.Row, error) {
				rows[0].Token, rows[0].Err = provider.Token{}, fmt.Errorf("row: %w", tokenstore.ErrUnreadable)
				return rows, nil
			}
		}, tokenstore.ResealReport{Total: 1, Unreadable: 1}, ""},
		{"changed, and then not found for an error", func(f *faulty) {
			f.find = func(tokenstore.Account) (tokenstore.Account, error) { return tokenstore.Account{}, down }
		}, tokenstore.ResealReport{}, "the database is gone"},
		{"changed to what the store cannot read", func(f *faulty) {
			f.find = func(a tokenstore.Account) (tokenstore.Account, error) {
				a.Token = provider.Token{}
				return a, fmt.Errorf("row: %w", tokenstore.ErrUnreadable)
			}
		}, tokenstore.ResealReport{Total: 1, Unreadable: 1}, ""},
		{"changed, and then the account of another", func(f *faulty) {
			f.find = func(a tokenstore.Account) (tokenstore.Account, error) {
				a.Subject = "another"
				return a, nil
			}
		}, tokenstore.ResealReport{}, "another identity"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := newMixed(t, 1, 0, 0, 0, 0)
			old := sealedOver(t, m.inner, m.oldKey)
			m.inner.before = func(ctx context.Context, _ tokenstore.Identity) error { return old.Link(ctx, numbered(0)) }
			f := faulty{hooked: m.inner}
			row.breaks(&f)
			s := m.sealed.Over(f)
			report, err := s.Reseal(t.Context())
			assert.Equal(t, row.want, report)
			if row.err != "" {
				require.ErrorContains(t, err, row.err)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// What the inner store cannot read is on the page too, and is not replaced.
func TestSealedOverUnreadableRows(t *testing.T) {
	t.Parallel()
	m := newMixed(t, 0, 1, 0, 0, 0)
	f := faulty{
		hooked: m.inner,
		find: func(a tokenstore.Account) (tokenstore.Account, error) {
			return a, fmt.Errorf("row: %w", tokenstore.ErrUnreadable)
		},
		page: func(rows []tokenstore.Row) ([]tokenstore.Row, error) {
			rows[0].Err = fmt.Errorf("row: %w", tokenstore.ErrUnreadable)
			return rows, nil
		},
	}
	s := m.sealed.Over(f)
	rows, err := s.Page(t.Context(), tokenstore.Identity{}, 10)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.ErrorIs(t, rows[0].Err, tokenstore.ErrUnreadable)
	assert.Equal(t, provider.Token{}, rows[0].Token, "not even the sealed one")
	replaced, err := s.Replace(t.Context(), rows[0].Identity, provider.Token{}, tokenOf("new"))
	require.NoError(t, err)
	assert.False(t, replaced)
}
