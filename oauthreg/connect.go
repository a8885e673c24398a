package oauthreg

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/oauthreg/go/tokenstore"
)

// IntentConnect is the value of the start form's field "intent" that connects
// the identity to the user who is signed in ([Config.CurrentUser]), rather than
// sign in or sign up. It is never inferred from somebody being signed in: an
// attacker who gets a victim to finish a sign-in must not gain a way into the
// victim's account by it.
const IntentConnect = "connect"

// connectingUser returns the user who wants to connect, "" if nobody does, or
// how the start ends.
func (g *Registrar) connectingUser(r *http.Request, name string) (userID string, end Result) {
	switch r.Form.Get("intent") {
	case "":
		return "", Result{}
	case IntentConnect:
	default:
		return "", g.fail(name, Malformed, errors.New("oauthreg: the start has an unknown intent"))
	}
	if g.cfg.CurrentUser == nil {
		return "", g.fail(name, Malformed, errors.New("oauthreg: connecting needs Config.CurrentUser"))
	}
	userID, err := g.cfg.CurrentUser(r)
	if err != nil {
		return "", g.fail(name, Internal, err)
	}
	if userID == "" {
		return "", g.fail(name, SignInFirst, nil)
	}
	return userID, Result{}
}

// connecting tells res of what was meant, and brings a user who did not succeed back to
// the page that has the button, as far as it is known: never to a page that would
// have them sign up instead. user is who started to connect, "" if nobody.
func (g *Registrar) connecting(user, next string, res Result) Result {
	if user == "" {
		return res
	}
	res.Connecting = true
	_, failed := failures[res.Outcome]
	if failed && res.Outcome != SignInFirst && res.Location != "" {
		res.Location = noticeURL(cmp.Or(g.cfg.ConnectFailureURL, g.cfg.FailureURL, next), res.Provider, res.Outcome)
	}
	return res
}

// connect links a to its user, who must be the one signed in now: somebody
// else may have signed in in this browser since.
func (g *Registrar) connect(w http.ResponseWriter, r *http.Request, known, a tokenstore.Account, next string) Result {
	userID, err := g.cfg.CurrentUser(r)
	switch {
	case err != nil:
		return g.fail(a.Provider, Internal, err)
	case userID != a.UserID:
		return g.fail(a.Provider, SignInFirst, errors.New("oauthreg: the user who started is not the one signed in"))
	}
	outcome := Linked
	switch known.UserID {
	case a.UserID:
		outcome = AlreadyLinked
	case "":
		if err := g.allowConnect(r.Context(), a); err != nil {
			return g.refuse(a.Provider, err)
		}
	default:
		// Not for the store to say: were the owner to let go of it now, it would be
		// linked without AllowConnect.
		return g.fail(a.Provider, AccountInUse, tokenstore.ErrTaken)
	}
	// It may have become somebody else's a moment ago.
	err = g.cfg.Accounts.Link(r.Context(), a)
	switch {
	case errors.Is(err, tokenstore.ErrTaken):
		return g.fail(a.Provider, AccountInUse, err)
	case err != nil:
		return g.fail(a.Provider, Internal, err)
	}
	g.forgetPending(w, r, a.Identity)
	return Result{Outcome: outcome, Provider: a.Provider, Account: a, Location: next, Status: http.StatusSeeOther}
}
