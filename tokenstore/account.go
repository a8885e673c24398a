package tokenstore

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/oauthreg/go/provider"
)

// ErrUnreadable is returned for an account whose stored token cannot be read:
// it was sealed with a key that is no longer in the ring (then [seal.ErrOpen]
// is found in the error too), moved from another account's row, altered, or
// never sealed although the store seals (see [Sealed.SealPlaintext]). It is for
// good: a database or a KMS that is down ([seal.ErrUnavailable]) is not this
// error.
//
// Find returns the account beside this error, without its token. Nothing but
// the token is in doubt, so an app may let the person in: a sign-in needs no
// stored token, and the Link that follows it repairs the row.
var ErrUnreadable = errors.New("tokenstore: the stored token cannot be read")

// checkLink refuses an account that would be everybody's or nobody's.
func checkLink(a Account) error {
	var errs []error
	if a.Provider == "" {
		errs = append(errs, errors.New("tokenstore: link: Provider is empty"))
	}
	if a.Subject == "" {
		errs = append(errs, errors.New("tokenstore: link: Subject is empty"))
	}
	if a.UserID == "" {
		errs = append(errs, errors.New("tokenstore: link: UserID is empty"))
	}
	return errors.Join(errs...)
}

// cloneToken separates the stored map from the caller's. A token without
// access is no token, whatever else is in it.
func cloneToken(t provider.Token) provider.Token {
	if t.IsZero() {
		return provider.Token{}
	}
	t.Extra = maps.Clone(t.Extra)
	return t
}

// now is the time as every database can keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// sortAccounts puts a list in the order of the contract. It is done here and
// not by the database, whose collation would order bytes in its own way.
func sortAccounts(list []Account) {
	slices.SortFunc(list, func(a, b Account) int {
		return cmp.Or(
			a.LinkedAt.Compare(b.LinkedAt),
			cmp.Compare(a.Provider, b.Provider),
			cmp.Compare(a.Subject, b.Subject),
		)
	})
}
