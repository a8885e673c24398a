// Package later is the code of docs/calling-the-api.md: calling X for a user
// who signed up with it some time ago.
package later

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// ErrSignInAgain says that the user has to go through X once more: the token is
// gone, cannot be read, or was revoked at X.
var ErrSignInAgain = errors.New("the user has to sign in with X again")

// Handle asks X what the user's handle is now. apiURL is https://api.x.com.
func Handle(ctx context.Context, reg *oauthreg.Registrar, accounts tokenstore.Store, apiURL, userID string) (string, error) {
	identity, err := xIdentity(ctx, accounts, userID)
	if err != nil {
		return "", err
	}
	client, err := reg.Client(ctx, identity)
	if err != nil {
		return "", again(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, apiURL+"/2/users/me", nil)
	if err != nil {
		return "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return "", again(err)
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized: // what X answers is a response, also if it is no
		return "", ErrSignInAgain
	default: // 429: when X-Rate-Limit-Reset says; 402: no credits; 5xx: later
		return "", fmt.Errorf("asking X: %s", res.Status)
	}
	var answer struct {
		Data struct{ Username string }
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&answer); err != nil {
		return "", err
	}
	return answer.Data.Username, nil
}

// xIdentity is the user's first at X.
func xIdentity(ctx context.Context, accounts tokenstore.Store, userID string) (tokenstore.Identity, error) {
	all, err := accounts.ListByUser(ctx, userID)
	if err != nil {
		return tokenstore.Identity{}, again(err)
	}
	for _, a := range all {
		if a.Provider == "twitter" { // the name in Config.Flows
			return a.Identity, nil
		}
	}
	return tokenstore.Identity{}, ErrSignInAgain
}

// again makes one error of those that a new sign-in mends.
func again(err error) error {
	for _, known := range []error{oauthreg.ErrNoAccount, tokenstore.ErrUnreadable, provider.ErrTokenInvalid} {
		if errors.Is(err, known) {
			return ErrSignInAgain
		}
	}
	return err
}
