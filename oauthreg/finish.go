package oauthreg

import (
	"context"
	"errors"
	"net/http"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// finish ends one callback with what the exchange x got, and notes in the
// attempt where, for the next time this URL is opened. Each of several requests
// for one attempt runs it for itself, so that each answer is whole: the browser
// shows one of them, and nobody knows which.
func (g *Registrar) finish(w http.ResponseWriter, r *http.Request, name string, s slot, x *exchange) Result {
	switch {
	case errors.Is(x.err, provider.ErrMismatch):
		return g.fail(name, Malformed, x.err)
	case errors.Is(x.err, errTaken):
		// Not settled: how it ended is for whoever took it to write.
		return g.fail(name, Expired, x.err)
	case errors.Is(x.err, errRelay), errors.Is(x.err, errNotTaken):
		// Not settled either: what there is to be read is there for a reload.
		return g.fail(name, Internal, x.err)
	}
	res := g.connecting(x.attempt.connect, x.attempt.next, g.conclude(w, r, name, x))
	if res.Outcome == Internal {
		// Not settled: what the exchange got is still there for a reload.
		return res
	}
	a := attempt{provider: name, started: x.attempt.started, ending: &ending{Outcome: res.Outcome, Location: res.Location}}
	s.settled = true
	if err := g.putAttempt(w, r, s, a, g.cfg.AttemptTTL); err != nil {
		// What matters is done; only a reload will not find its way.
		g.log.Warn("oauthreg: the end of an attempt was not kept", "provider", name, "error", err)
	}
	return res
}

// conclude signs in who is known and lets everybody else register.
func (g *Registrar) conclude(w http.ResponseWriter, r *http.Request, name string, x *exchange) Result {
	if x.err != nil {
		return g.fail(name, outcomeOf(x.err), x.err)
	}
	ctx := r.Context()
	tok := x.token
	id := tokenstore.Identity{Provider: name, Subject: tok.Subject}
	profile, partial := provider.Profile{ID: tok.Subject, Username: tok.Username}, true
	if id.Subject == "" {
		// The token answer did not say who it is, so the profile must.
		var err error
		if profile, err = g.fetchProfile(ctx, name, x); err != nil {
			return g.fail(name, outcomeOf(err), err)
		}
		id.Subject, partial = profile.ID, false
		// From now on the token says whose it is: later profiles and refreshes are
		// held to it, and the handle shown is today's.
		tok.Subject, tok.Username = profile.ID, cleanProfile(profile).Username
	}
	if err := provider.CheckID(id.Subject); err != nil {
		return g.fail(name, outcomeOf(err), err)
	}
	known, found, err := g.find(ctx, id)
	if err != nil {
		return g.fail(name, Internal, err)
	}
	if x.attempt.connect != "" {
		return g.connect(w, r, known, tokenstore.Account{
			Identity: id, UserID: x.attempt.connect, Username: cleanProfile(profile).Username, Token: tok,
		}, x.attempt.next)
	}
	if found {
		return g.signIn(w, r, known, tok, x.attempt.next)
	}
	if partial {
		full, err := g.fetchProfile(ctx, name, x)
		switch {
		case err == nil:
			profile, partial = full, false
		case errors.Is(err, provider.ErrIdentity), errors.Is(err, provider.ErrAccountUnusable):
			return g.fail(name, outcomeOf(err), err)
		default:
			g.log.Warn("oauthreg: no profile, going on with what the token answer proved", "provider", name, "error", err)
		}
	}
	p := Pending{
		Provider: name, Profile: cleanProfile(profile), Partial: partial, Next: x.attempt.next,
		withheld: func() withheld { return withheld{token: tok} },
	}
	owner, trusted, err := g.emailOwner(ctx, &p)
	switch {
	case err != nil:
		return g.fail(name, Internal, err)
	case trusted:
		return g.linkAndSignIn(w, r, p.Account(owner), p.Next)
	case owner != "":
		p.EmailInUse, p.owner = true, owner
		return g.signInToLink(w, r, p)
	}
	if err := g.allowSignUp(ctx, &p); err != nil {
		return g.refuse(name, err)
	}
	if err := g.keepPending(w, r, p); err != nil {
		return g.fail(name, Internal, err)
	}
	return Result{Outcome: NewUser, Provider: name, Location: g.cfg.SignUpURL, Status: http.StatusSeeOther}
}

// find returns the account of id and of nobody else: an ID that a database
// takes for another by its collation would hand over that one's account
// (CVE-2024-32879).
func (g *Registrar) find(ctx context.Context, id tokenstore.Identity) (tokenstore.Account, bool, error) {
	a, found, err := g.cfg.Accounts.Find(ctx, id)
	if found && errors.Is(err, tokenstore.ErrUnreadable) {
		// Whose account it is can be read, the token in it cannot, perhaps because
		// a key is gone. The token that has just come takes its place.
		g.log.Warn("oauthreg: the stored token of a returning person cannot be read", "provider", id.Provider, "error", err)
		err = nil
	}
	if err == nil && found && a.Identity != id {
		err = errors.New("oauthreg: the account store returned the account of another identity")
	}
	return a, found && err == nil, err
}

// signIn refreshes the token of a known account and hands it to the app.
func (g *Registrar) signIn(w http.ResponseWriter, r *http.Request, a tokenstore.Account, tok provider.Token, next string) Result {
	a.Token = tok
	if name := cleanText(tok.Username, maxShort); name != "" {
		a.Username = name
	}
	if err := g.cfg.Accounts.Link(r.Context(), a); err != nil {
		return g.fail(a.Provider, Internal, err)
	}
	g.traded.take(a.Identity) // of no use beside the new token
	if err := g.cfg.SignIn(w, r, a); err != nil {
		return g.refuse(a.Provider, err)
	}
	g.forgetPending(w, r, a.Identity)
	return Result{Outcome: Returning, Provider: a.Provider, Account: a, Location: next, Status: http.StatusSeeOther}
}
