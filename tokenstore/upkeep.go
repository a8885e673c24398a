package tokenstore

import (
	"context"
	"time"

	"github.com/oauthreg/go/provider"
)

// Rewriter is an optional power of a [Store]: going through everything in it,
// to seal it anew. [Memory], [SQL] and [Sealed] over them have it.
type Rewriter interface {
	// Page returns up to limit accounts whose identity comes after after, in the
	// order of provider and then subject, by bytes. The zero Identity is before
	// all others; less than limit rows mean the end.
	Page(ctx context.Context, after Identity, limit int) ([]Row, error)

	// Replace puts token in place of old, if old is still what is stored, byte
	// for byte, and reports whether it was. A sign-in or a refresh that came in
	// between wins. UpdatedAt and all else stay as they are.
	Replace(ctx context.Context, id Identity, old, token provider.Token) (replaced bool, err error)
}

// Row is one account of a page of accounts, with the error of reading its token.
type Row struct {
	Account

	// Err is nil, or wraps [ErrUnreadable] if the token cannot be read. Then
	// Token is zero.
	Err error
}

// Leaser is an optional power of a [Store]: reserving one account for one
// holder, so that of several processes only one refreshes its token. [Memory],
// [SQL] and [Sealed] over them have it. A lease binds only those who ask for
// it: Link and Find go on as ever.
type Leaser interface {
	// Lease reserves id for holder, a text that nobody else uses, for d at most,
	// and reports whether it did: false means that another holder has it. A holder
	// that has it already has it for d from now on. An account that is not there is
	// [ErrNotFound]. Processes compare the ends of leases by their own clocks, so
	// d must be longer than these differ.
	Lease(ctx context.Context, id Identity, holder string, d time.Duration) (reserved bool, err error)

	// Release ends the lease if holder still has it, and else does nothing.
	Release(ctx context.Context, id Identity, holder string) error
}
