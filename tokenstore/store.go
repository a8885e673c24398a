package tokenstore

import (
	"context"
	"errors"
	"time"

	"github.com/oauthreg/go/provider"
)

// Identity names a person at a provider.
type Identity struct {
	// Provider is the name the app gave the provider, such as "twitter".
	Provider string

	// Subject is the provider's immutable ID of the person.
	Subject string
}

// Account ties an Identity to a user of the app.
type Account struct {
	Identity

	// UserID is the app's own ID of the user, in whatever form the app has.
	UserID string

	// Username is the handle at the provider when last seen, for display. It
	// can change; never look anyone up by it.
	Username string

	// Token is the right to call the provider for the user.
	Token provider.Token

	// LinkedAt is when the identity was linked, UpdatedAt when Link last stored a
	// token, which is when the person last came from the provider. The store sets
	// both, in UTC, to the microsecond.
	LinkedAt, UpdatedAt time.Time
}

// Store keeps Accounts, at most one for each Identity. All methods are safe for
// concurrent use, across processes too where the store is shared, and pass
// ctx's errors through.
type Store interface {
	// Link inserts a, or, if a's identity belongs to a.UserID already,
	// refreshes its username and token. An empty username or token never
	// replaces one that is there. An identity that belongs to another user is
	// [ErrTaken], and nothing changes. UserID, Provider and Subject must not be
	// empty. LinkedAt and UpdatedAt of a are ignored.
	Link(ctx context.Context, a Account) error

	// Find returns the account of id, compared byte for byte. A token that
	// cannot be read is [ErrUnreadable], with the rest of the account.
	Find(ctx context.Context, id Identity) (a Account, found bool, err error)

	// ListByUser returns the accounts of a user, oldest first, then by provider
	// and subject. None is not an error.
	ListByUser(ctx context.Context, userID string) ([]Account, error)

	// Unlink removes the account of id if it belongs to userID. Otherwise it is
	// [ErrNotFound]: somebody else's account is as good as none.
	Unlink(ctx context.Context, userID string, id Identity) error
}

var (
	// ErrTaken is returned by Link for an identity that belongs to another user.
	ErrTaken = errors.New("tokenstore: the identity belongs to another user")

	// ErrNotFound is returned by Unlink when there is nothing to remove.
	ErrNotFound = errors.New("tokenstore: no such account of this user")
)
