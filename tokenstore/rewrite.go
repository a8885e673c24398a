package tokenstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/oauthreg/go/provider"
)

var _ Rewriter = (*Memory)(nil)

// compare is the order of pages.
func (id Identity) compare(other Identity) int {
	return cmp.Or(cmp.Compare(id.Provider, other.Provider), cmp.Compare(id.Subject, other.Subject))
}

func checkPage(limit int) error {
	if limit < 1 {
		return errors.New("tokenstore: page: limit is less than 1; a page of nothing would look like the end")
	}
	return nil
}

// encodePair returns both tokens as they are stored, nil for an empty old one.
// An empty new one is refused: it never replaces one that is there.
func encodePair(old, token provider.Token) (oldData, data []byte, err error) {
	if token.IsZero() {
		return nil, nil, errors.New("tokenstore: replace: the new token is empty; to remove an account, Unlink it")
	}
	if oldData, err = encodeToken("replace", old); err != nil {
		return nil, nil, err
	}
	data, err = encodeToken("replace", token)
	return oldData, data, err
}

// encodeToken returns nil for a token that counts as empty. Of equal tokens the
// bytes are equal too: [provider.EncodeToken] writes names in their order.
func encodeToken(op string, t provider.Token) ([]byte, error) {
	if t.IsZero() {
		return nil, nil
	}
	data, err := provider.EncodeToken(t)
	if err != nil {
		return nil, fmt.Errorf("tokenstore: %s: %w", op, err)
	}
	return data, nil
}

// Page implements [Rewriter].
func (m *Memory) Page(ctx context.Context, after Identity, limit int) ([]Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkPage(limit); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var page []Row
	for id, a := range m.accounts {
		if id.compare(after) > 0 {
			a.Token = cloneToken(a.Token)
			page = append(page, Row{Account: a})
		}
	}
	slices.SortFunc(page, func(a, b Row) int { return a.Identity.compare(b.Identity) })
	return page[:min(limit, len(page))], nil
}

// Replace implements [Rewriter].
func (m *Memory) Replace(ctx context.Context, id Identity, old, token provider.Token) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	want, _, err := encodePair(old, token)
	if err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a, found := m.accounts[id]
	if !found {
		return false, nil
	}
	stored, err := encodeToken("replace", a.Token)
	if err != nil || !bytes.Equal(stored, want) {
		return false, err
	}
	a.Token = cloneToken(token)
	m.accounts[id] = a
	return true, nil
}

// Page implements [Rewriter].
func (s *SQL) Page(ctx context.Context, after Identity, limit int) ([]Row, error) {
	if err := checkPage(limit); err != nil {
		return nil, err
	}
	if !s.text.holds(after.Provider, after.Subject) {
		return nil, cmp.Or(ctx.Err(), errors.New("tokenstore: page: after is nothing that this database can keep; begin with the zero Identity and go on with the last one returned"))
	}
	text := s.text.page
	if s.text.pageFast != "" {
		slow, err := s.queryNames(ctx, "page", s.text.notFast)
		if err != nil {
			return nil, err
		}
		if len(slow) == 0 {
			text = s.text.pageFast
		}
	}
	rows, err := s.query(ctx, "page", text, after.Provider, after.Subject, limit)
	if err != nil {
		return nil, err
	}
	page := make([]Row, len(rows))
	for i, row := range rows {
		page[i].Account, page[i].Err = row.decode("page")
	}
	return page, nil
}

// Replace implements [Rewriter].
func (s *SQL) Replace(ctx context.Context, id Identity, old, token provider.Token) (bool, error) {
	oldData, data, err := encodePair(old, token)
	if err != nil {
		return false, err
	}
	if !s.text.holds(id.Provider, id.Subject) {
		return false, ctx.Err()
	}
	if bytes.Equal(oldData, data) {
		// Nothing to write, and databases differ in how they count that.
		rows, err := s.query(ctx, "replace", s.text.find, id.Provider, id.Subject)
		return len(rows) == 1 && bytes.Equal(rows[0].token, data), err
	}
	n, err := s.exec(ctx, "replace", s.text.replace, id.Provider, id.Subject, orNull(oldData), data)
	return n > 0, err
}
