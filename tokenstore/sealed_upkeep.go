package tokenstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oauthreg/go/provider"
)

var (
	_ Rewriter = (*Sealed)(nil)
	_ Leaser   = (*Sealed)(nil)
)

// unsupported names what the inner store lacks.
func unsupported(method, power string) error {
	return fmt.Errorf("tokenstore: %s: the sealed store is no %s: %w", method, power, errors.ErrUnsupported)
}

// Page implements [Rewriter], with the tokens opened. A key that cannot be
// asked for now fails the whole page. If the inner store is no Rewriter, the
// error is [errors.ErrUnsupported].
func (s *Sealed) Page(ctx context.Context, after Identity, limit int) ([]Row, error) {
	inner, ok := s.inner.(Rewriter)
	if !ok {
		return nil, unsupported("Page", "Rewriter")
	}
	rows, err := inner.Page(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		row := &rows[i]
		if row.Err != nil {
			row.Token = provider.Token{}
			continue
		}
		o := s.open(ctx, row.Account)
		if o.state == failed {
			return nil, o.err
		}
		row.Token, row.Err = o.token, o.err
	}
	return rows, nil
}

// Replace implements [Rewriter]; old and token are opened ones. What is stored
// and does not open is not old, and stays. If the inner store is no Rewriter,
// the error is [errors.ErrUnsupported].
func (s *Sealed) Replace(ctx context.Context, id Identity, old, token provider.Token) (bool, error) {
	inner, ok := s.inner.(Rewriter)
	if !ok {
		return false, unsupported("Replace", "Rewriter")
	}
	want, _, err := encodePair(old, token)
	if err != nil {
		return false, err
	}
	// Sealing the same token twice gives two texts, so that old cannot be given
	// to the inner store: what lies there is compared here, and must then still
	// lie there.
	a, found, err := s.inner.Find(ctx, id)
	switch {
	case errors.Is(err, ErrUnreadable):
		return false, nil
	case err != nil || !found:
		return false, err
	case a.Identity != id:
		return false, errOtherIdentity
	}
	o := s.open(ctx, a)
	if o.state == failed {
		return false, o.err
	}
	stored, err := encodeToken("replace", o.token)
	if err != nil || o.err != nil || !bytes.Equal(stored, want) {
		return false, err
	}
	sealed, err := s.seal(ctx, id, token)
	if err != nil {
		return false, err
	}
	return inner.Replace(ctx, id, o.stored, sealed)
}

// Lease implements [Leaser]. If the inner store is no Leaser, the error is
// [errors.ErrUnsupported].
func (s *Sealed) Lease(ctx context.Context, id Identity, holder string, d time.Duration) (bool, error) {
	inner, ok := s.inner.(Leaser)
	if !ok {
		return false, unsupported("Lease", "Leaser")
	}
	return inner.Lease(ctx, id, holder, d)
}

// Release implements [Leaser]. If the inner store is no Leaser, the error is
// [errors.ErrUnsupported].
func (s *Sealed) Release(ctx context.Context, id Identity, holder string) error {
	inner, ok := s.inner.(Leaser)
	if !ok {
		return unsupported("Release", "Leaser")
	}
	return inner.Release(ctx, id, holder)
}
