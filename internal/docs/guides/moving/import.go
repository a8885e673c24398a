// Package moving is what docs/moving-from-goth.md and
// docs/moving-from-gologin.md show of this library.
package moving

import (
	"context"
	"errors"
	"fmt"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// OldUser is a row of the table in which the app has kept X accounts.
type OldUser struct {
	ID      string // the app's own
	XID     string // X's number
	XHandle string
	XToken  string // empty if the app has kept none
	XSecret string
}

// Import links the X accounts of users to them. It can be run again: what is
// linked already stays as it is, since a sign-in may have brought a newer token.
func Import(ctx context.Context, users []OldUser, accounts tokenstore.Store) error {
	var faults []error
	for _, u := range users {
		id := tokenstore.Identity{Provider: "twitter", Subject: u.XID} // the number, never the handle
		known, found, err := accounts.Find(ctx, id)
		if found && err == nil && known.UserID == u.ID {
			continue
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("user %s: %w", u.ID, err))
			continue
		}
		err = accounts.Link(ctx, tokenstore.Account{
			Identity: id,
			UserID:   u.ID,
			Username: u.XHandle,
			Token: provider.Token{
				Access: provider.NewSecret(u.XToken), Secret: provider.NewSecret(u.XSecret),
				Subject: u.XID, Username: u.XHandle,
			},
		})
		if err != nil { // ErrTaken: two users have one X account
			faults = append(faults, fmt.Errorf("user %s: %w", u.ID, err))
		}
	}
	return errors.Join(faults...)
}
