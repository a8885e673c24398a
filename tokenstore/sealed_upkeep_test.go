package tokenstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
)

// hooked is a Memory with something happening before each Replace.
type hooked struct {
	*tokenstore.Memory
	before   func(ctx context.Context, id tokenstore.Identity) error
	mu       sync.Mutex
	replaces int
}

func newHooked(before func(context.Context, tokenstore.Identity) error) *hooked {
	return &hooked{Memory: tokenstore.NewMemory(), before: before}
}

func (h *hooked) Replace(ctx context.Context, id tokenstore.Identity, old, token provider.Token) (bool, error) {
	h.mu.Lock()
	h.replaces++
	h.mu.Unlock()
	if h.before != nil {
		if err := h.before(ctx, id); err != nil {
			return false, err
		}
	}
	return h.Memory.Replace(ctx, id, old, token)
}

// plainStore hides the optional powers of a Store.
type plainStore struct{ tokenstore.Store }

// tokenOf returns a token that can be told from others.
func tokenOf(text string) provider.Token {
	return provider.Token{Access: provider.NewSecret(text), Secret: provider.NewSecret("secret of " + text)}
}

// reads are the two ways to read an account.
var reads = map[string]func(ctx context.Context, s tokenstore.Store, a tokenstore.Account) (tokenstore.Account, error){
	"Find": func(ctx context.Context, s tokenstore.Store, a tokenstore.Account) (tokenstore.Account, error) {
		got, _, err := s.Find(ctx, a.Identity)
		return got, err
	},
	"ListByUser": func(ctx context.Context, s tokenstore.Store, a tokenstore.Account) (tokenstore.Account, error) {
		list, err := s.ListByUser(ctx, a.UserID)
		if err != nil || len(list) == 0 {
			return tokenstore.Account{}, err
		}
		return list[0], nil
	},
}

func TestSealedRotation(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := newHooked(nil)
			oldKey, newKey := seal.NewKey(), seal.NewKey()
			before := sealedOver(t, inner, oldKey)
			during := sealedOver(t, inner, newKey+","+oldKey)
			after := sealedOver(t, inner, newKey)

			require.NoError(t, before.Link(t.Context(), ann()))
			linked := find(t, inner, ann().Identity)
			_, err := read(t.Context(), after, ann())
			require.ErrorIs(t, err, seal.ErrOpen)

			// A token of the old key is sealed anew as it is read, once.
			for range 3 {
				got, err := read(t.Context(), during, ann())
				require.NoError(t, err)
				assert.Equal(t, reveal(t, ann().Token), reveal(t, got.Token))
			}
			assert.Equal(t, 1, inner.replaces)
			got, err := read(t.Context(), after, ann())
			require.NoError(t, err)
			assert.Equal(t, reveal(t, ann().Token), reveal(t, got.Token))
			assert.Equal(t, linked.LinkedAt, got.LinkedAt)
			assert.Equal(t, linked.UpdatedAt, got.UpdatedAt)
			_, err = read(t.Context(), before, ann())
			require.ErrorIs(t, err, seal.ErrOpen)
		})
	}
}

func TestSealedReadDoesNotFailWithSealingAnew(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, row := range []struct {
		name  string
		inner func(t *testing.T) tokenstore.Store
	}{
		{"no Rewriter", func(*testing.T) tokenstore.Store { return plainStore{tokenstore.NewMemory()} }},
		{"sealed over no Rewriter", func(t *testing.T) tokenstore.Store {
			return sealedOver(t, plainStore{tokenstore.NewMemory()}, seal.NewKey())
		}},
		{"read-only", func(*testing.T) tokenstore.Store {
			return newHooked(func(context.Context, tokenstore.Identity) error { return errors.New("the database is read-only") })
		}},
		{"locked", func(*testing.T) tokenstore.Store {
			return newHooked(func(ctx context.Context, _ tokenstore.Identity) error { <-ctx.Done(); return ctx.Err() })
		}},
		{"unlinked meanwhile", func(*testing.T) tokenstore.Store {
			var h *hooked
			h = newHooked(func(_ context.Context, id tokenstore.Identity) error { return h.Unlink(ctx, "ann", id) })
			return h
		}},
	} {
		for name, read := range reads {
			t.Run(row.name+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					inner := row.inner(t)
					oldKey := seal.NewKey()
					require.NoError(t, sealedOver(t, inner, oldKey).Link(t.Context(), ann()))
					start := time.Now()
					got, err := read(t.Context(), sealedOver(t, inner, seal.NewKey()+","+oldKey), ann())
					require.NoError(t, err)
					assert.Equal(t, reveal(t, ann().Token), reveal(t, got.Token))
					assert.LessOrEqual(t, time.Since(start), time.Second)
				})
			})
		}
	}
}

func TestSealedReadOverTransactionWritesNothing(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner, oldKey := newHooked(nil), seal.NewKey()
			require.NoError(t, sealedOver(t, inner, oldKey).Link(t.Context(), ann()))
			s := sealedOver(t, tokenstore.NewMemory(), seal.NewKey()+","+oldKey)
			_, err := read(t.Context(), s.Over(inner), ann())
			require.NoError(t, err)
			assert.Zero(t, inner.replaces)
		})
	}
}

// A token that comes in between is newer than the one that was read.
func TestSealedReadDoesNotOverwrite(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner, oldKey, newKey := newHooked(nil), seal.NewKey(), seal.NewKey()
			before := sealedOver(t, inner, oldKey)
			require.NoError(t, before.Link(t.Context(), ann()))
			inner.before = func(ctx context.Context, _ tokenstore.Identity) error {
				fresh := ann()
				fresh.Token = tokenOf("fresh")
				return before.Link(ctx, fresh)
			}
			s := sealedOver(t, inner, newKey+","+oldKey)
			got, err := read(t.Context(), s, ann())
			require.NoError(t, err)
			assert.Equal(t, accessValue, got.Token.Access.Reveal())
			inner.before = nil
			got, err = read(t.Context(), s, ann())
			require.NoError(t, err)
			assert.Equal(t, "fresh", got.Token.Access.Reveal())
		})
	}
}

// Sign-ins, reads, reseals and refreshes at once: no token that was written
// last is lost, and none comes out that was not written.
func TestSealedConcurrently(t *testing.T) {
	t.Parallel()
	inner, oldKey, newKey := tokenstore.NewMemory(), seal.NewKey(), seal.NewKey()
	before := sealedOver(t, inner, oldKey)
	during := sealedOver(t, inner, newKey+","+oldKey)
	const people, rounds = 4, 40
	account := func(person, round int) tokenstore.Account {
		a := ann()
		a.Subject, a.UserID = fmt.Sprint(person), fmt.Sprint("user ", person)
		a.Token = tokenOf(fmt.Sprintf("%d of %d", round, person))
		return a
	}
	for person := range people {
		require.NoError(t, before.Link(t.Context(), account(person, 0)))
	}
	var group sync.WaitGroup
	for person := range people {
		group.Go(func() {
			// The only one who writes the token of this person: each refresh must
			// find what the one before has left.
			for round := 1; round < rounds; round++ {
				if round%2 == 0 {
					assert.NoError(t, before.Link(t.Context(), account(person, round)))
					continue
				}
				// It may fail because the token has been sealed anew meanwhile, and
				// then the old one is still there.
				for range 100 {
					replaced, err := during.Replace(t.Context(), account(person, 0).Identity, account(person, round-1).Token, account(person, round).Token)
					assert.NoError(t, err)
					if replaced {
						break
					}
				}
			}
		})
		group.Go(func() {
			for range rounds {
				a, found, err := during.Find(t.Context(), account(person, 0).Identity)
				assert.NoError(t, err)
				assert.True(t, found)
				assert.Regexp(t, fmt.Sprintf(`^\d+ of %d$`, person), a.Token.Access.Reveal())
				list, err := during.ListByUser(t.Context(), a.UserID)
				assert.NoError(t, err)
				assert.Len(t, list, 1)
			}
		})
	}
	for range 2 {
		group.Go(func() {
			for range rounds {
				report, err := during.Reseal(t.Context())
				assert.NoError(t, err)
				assert.Equal(t, people, report.Total)
				assert.Zero(t, report.Unreadable)
			}
		})
	}
	group.Wait()
	_, err := during.Reseal(t.Context())
	require.NoError(t, err)
	after := sealedOver(t, inner, newKey)
	for person := range people {
		want := account(person, rounds-1)
		assert.Equal(t, reveal(t, want.Token), reveal(t, find(t, after, want.Identity).Token))
	}
}

func TestSealedPage(t *testing.T) {
	t.Parallel()
	inner, key := tokenstore.NewMemory(), seal.NewKey()
	s := sealedOver(t, inner, key)
	var ids []tokenstore.Identity
	for i := range 5 {
		a := ann()
		a.Subject = fmt.Sprint(i)
		a.Token = tokenOf(a.Subject)
		store := tokenstore.Store(s)
		if i == 2 {
			store = sealedOver(t, inner, seal.NewKey())
		}
		require.NoError(t, store.Link(t.Context(), a))
		ids = append(ids, a.Identity)
	}
	rows, err := s.Page(t.Context(), ids[0], 3)
	require.NoError(t, err)
	require.Len(t, rows, 3)
	for i, row := range rows {
		assert.Equal(t, ids[i+1], row.Identity)
		if i == 1 {
			require.ErrorIs(t, row.Err, tokenstore.ErrUnreadable)
			assert.Equal(t, provider.Token{}, row.Token)
			continue
		}
		require.NoError(t, row.Err)
		assert.Equal(t, reveal(t, tokenOf(row.Subject)), reveal(t, row.Token))
	}
}

func TestSealedReplace(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		old, new provider.Token
		want     bool
		fails    bool
	}{
		{"what is there", ann().Token, tokenOf("new"), true, false},
		{"by itself", ann().Token, ann().Token, true, false},
		{"another token", tokenOf("other"), tokenOf("new"), false, false},
		{"no token", provider.Token{}, tokenOf("new"), false, false},
		{"the same access, another secret", provider.Token{Access: ann().Token.Access}, tokenOf("new"), false, false},
		{"by nothing", ann().Token, provider.Token{}, false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := sealedOver(t, tokenstore.NewMemory(), seal.NewKey())
			require.NoError(t, s.Link(t.Context(), ann()))
			before := find(t, s, ann().Identity)
			replaced, err := s.Replace(t.Context(), ann().Identity, row.old, row.new)
			assert.Equal(t, row.fails, err != nil)
			assert.Equal(t, row.want, replaced)
			after := find(t, s, ann().Identity)
			want := ann().Token
			if row.want {
				want = row.new
			}
			assert.Equal(t, reveal(t, want), reveal(t, after.Token))
			assert.Equal(t, before.UpdatedAt, after.UpdatedAt)
		})
	}

	t.Run("in place of an empty one", func(t *testing.T) {
		t.Parallel()
		inner := tokenstore.NewMemory()
		s := sealedOver(t, inner, seal.NewKey())
		a := ann()
		a.Token = provider.Token{}
		require.NoError(t, s.Link(t.Context(), a))
		replaced, err := s.Replace(t.Context(), a.Identity, provider.Token{}, tokenOf("new"))
		require.NoError(t, err)
		assert.True(t, replaced)
		assert.Equal(t, "new", find(t, s, a.Identity).Token.Access.Reveal())
		assert.Contains(t, find(t, inner, a.Identity).Token.Access.Reveal(), prefix)
	})
	t.Run("not there", func(t *testing.T) {
		t.Parallel()
		replaced, err := sealedOver(t, tokenstore.NewMemory(), seal.NewKey()).Replace(t.Context(), ann().Identity, ann().Token, tokenOf("new"))
		require.NoError(t, err)
		assert.False(t, replaced)
	})
	t.Run("unreadable stays", func(t *testing.T) {
		t.Parallel()
		inner, key := tokenstore.NewMemory(), seal.NewKey()
		require.NoError(t, sealedOver(t, inner, key).Link(t.Context(), ann()))
		for _, old := range []provider.Token{ann().Token, {}} {
			replaced, err := sealedOver(t, inner, seal.NewKey()).Replace(t.Context(), ann().Identity, old, tokenOf("new"))
			require.NoError(t, err)
			assert.False(t, replaced)
		}
		assert.Equal(t, accessValue, find(t, sealedOver(t, inner, key), ann().Identity).Token.Access.Reveal())
	})
	t.Run("changed meanwhile", func(t *testing.T) {
		t.Parallel()
		inner := newHooked(nil)
		s := sealedOver(t, inner, seal.NewKey())
		require.NoError(t, s.Link(t.Context(), ann()))
		inner.before = func(ctx context.Context, _ tokenstore.Identity) error {
			fresh := ann()
			fresh.Token = tokenOf("fresh")
			return s.Link(ctx, fresh)
		}
		replaced, err := s.Replace(t.Context(), ann().Identity, ann().Token, tokenOf("new"))
		require.NoError(t, err)
		assert.False(t, replaced)
		assert.Equal(t, "fresh", find(t, s, ann().Identity).Token.Access.Reveal())
	})
	t.Run("another identity", func(t *testing.T) {
		t.Parallel()
		s := sealedOver(t, caselessRewriter{tokenstore.NewMemory()}, seal.NewKey())
		a := ann()
		a.Subject = "abc"
		require.NoError(t, s.Link(t.Context(), a))
		_, err := s.Replace(t.Context(), tokenstore.Identity{Provider: "twitter", Subject: "ABC"}, a.Token, tokenOf("new"))
		require.ErrorContains(t, err, "another identity")
	})
}

type caselessRewriter struct{ *tokenstore.Memory }

func (c caselessRewriter) Find(ctx context.Context, id tokenstore.Identity) (tokenstore.Account, bool, error) {
	return caseless{c.Memory}.Find(ctx, id)
}

func TestSealedLease(t *testing.T) {
	t.Parallel()
	inner := tokenstore.NewMemory()
	s := sealedOver(t, inner, seal.NewKey())
	require.NoError(t, s.Link(t.Context(), ann()))
	lease := func(l tokenstore.Leaser, holder string) bool {
		reserved, err := l.Lease(t.Context(), ann().Identity, holder, time.Hour)
		require.NoError(t, err)
		return reserved
	}
	assert.True(t, lease(s, "a"))
	assert.False(t, lease(inner, "b"), "it is the inner store's lease")
	require.NoError(t, s.Release(t.Context(), ann().Identity, "a"))
	assert.True(t, lease(inner, "b"))
}

func TestSealedUnsupported(t *testing.T) {
	t.Parallel()
	once := sealedOver(t, plainStore{tokenstore.NewMemory()}, seal.NewKey())
	for name, s := range map[string]*tokenstore.Sealed{"once": once, "twice": sealedOver(t, once, seal.NewKey())} {
		ctx, id := t.Context(), ann().Identity
		_, page := s.Page(ctx, tokenstore.Identity{}, 10)
		_, replace := s.Replace(ctx, id, tokenOf("old"), tokenOf("new"))
		_, lease := s.Lease(ctx, id, "holder", time.Minute)
		_, reseal := s.Reseal(ctx)
		_, plain := s.SealPlaintext(ctx)
		for _, err := range []error{page, lease, s.Release(ctx, id, "holder"), reseal, plain} {
			require.ErrorIs(t, err, errors.ErrUnsupported, name)
			assert.ErrorContains(t, err, "the sealed store is no")
		}
		if name == "once" {
			require.ErrorIs(t, replace, errors.ErrUnsupported)
		}
	}
}
