package main

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/tokenstore"
)

// user is somebody registered with this app.
type user struct {
	ID            string `json:"-"`
	Username      string `json:"username"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Name          string `json:"name"`
}

// form is what the page posts.
type form struct {
	Username string `json:"username"`
	Email    string `json:"email"`
	Name     string `json:"name"`
}

var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9_]{1,50}$`)

// user is who the form makes of p, or a fault for each field to change. Who it is
// at X, and whether X vouches for the address, is not the form's to say.
func (f form) user(p *oauthreg.Pending) (u user, faults map[string]string) {
	faults = map[string]string{}
	u = user{ID: rand.Text(), Username: strings.TrimSpace(f.Username), Name: strings.TrimSpace(f.Name), EmailVerified: p.EmailVerified(f.Email)}
	if !usernamePattern.MatchString(u.Username) {
		faults["username"] = "Please choose a username of letters, digits and _, at most 50."
	}
	var ok bool
	if u.Email, ok = oauthreg.NormalizeEmail(strings.TrimSpace(f.Email)); !ok {
		faults["email"] = "Please enter an e-mail address, such as you@example.com."
	}
	if len([]rune(u.Name)) > 256 {
		faults["name"] = "Please shorten this to 256 characters."
	}
	return u, faults
}

// users are kept in memory. With a database, create is a transaction.
type users struct {
	accounts *tokenstore.Memory

	mu   sync.Mutex
	byID map[string]user
}

func newUsers() *users { return &users{accounts: tokenstore.NewMemory(), byID: map[string]user{}} }

// create makes the user and links the account: both or none. The identity comes
// first, because a second click of the same person must not look like somebody
// else with the same username.
func (s *users) create(ctx context.Context, u user, account tokenstore.Account) (faults map[string]string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, registered, err := s.accounts.Find(ctx, account.Identity)
	if err != nil || registered {
		return nil, err // Complete signs them in
	}
	for _, other := range s.byID {
		if strings.EqualFold(other.Username, u.Username) {
			return map[string]string{"username": "Somebody else has this username. Please choose another."}, nil
		}
	}
	err = s.accounts.Link(ctx, account)
	if errors.Is(err, tokenstore.ErrTaken) {
		return nil, nil
	}
	if err == nil {
		s.byID[u.ID] = u
	}
	return nil, err
}

// find returns nil if there is no such user.
func (s *users) find(id string) *user {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.byID[id]
	if !ok {
		return nil
	}
	return &u
}
