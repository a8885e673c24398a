package oauthreg

import (
	"context"
	"errors"
	"net/http"

	"github.com/oauthreg/go/tokenstore"
)

// ErrSignUpClosed is for [Config.AllowSignUp] to wrap when nobody new is let
// in, so that the person is told so.
var ErrSignUpClosed = errors.New("oauthreg: sign-up is closed")

// vetoed maps an error of one of the app's hooks to the outcome it means. An
// error that is no decision keeps people out all the same.
func vetoed(err error) Outcome {
	switch {
	case errors.Is(err, ErrSignUpClosed):
		return SignUpClosed
	case errors.Is(err, ErrBarred):
		return Barred
	default:
		return Internal
	}
}

// allowSignUp asks the app whether p may register.
func (g *Registrar) allowSignUp(ctx context.Context, p *Pending) error {
	if g.cfg.AllowSignUp == nil {
		return nil
	}
	return g.cfg.AllowSignUp(ctx, p)
}

// allowConnect asks the app whether a may be linked to its user, who exists.
func (g *Registrar) allowConnect(ctx context.Context, a tokenstore.Account) error {
	if g.cfg.AllowConnect == nil {
		return nil
	}
	return g.cfg.AllowConnect(ctx, a)
}

// stillAllowed asks again before a user comes into being, unless the identity
// has an owner already, whom it returns: the app may link inside the transaction
// that creates the user, and whoever owns it signs in.
func (g *Registrar) stillAllowed(ctx context.Context, p *Pending) (owner string, err error) {
	if g.cfg.AllowSignUp == nil {
		return "", nil
	}
	if known, found, err := g.find(ctx, p.Identity()); err != nil || found {
		return known.UserID, err
	}
	return "", g.allowSignUp(ctx, p)
}

// refuse ends a callback that one of the app's hooks does not allow.
func (g *Registrar) refuse(name string, err error) Result { return g.fail(name, vetoed(err), err) }

// linkAndSignIn links a to its user, who exists, and signs them in.
func (g *Registrar) linkAndSignIn(w http.ResponseWriter, r *http.Request, a tokenstore.Account, next string) Result {
	if err := g.allowConnect(r.Context(), a); err != nil {
		return g.refuse(a.Provider, err)
	}
	err := g.cfg.Accounts.Link(r.Context(), a)
	if errors.Is(err, tokenstore.ErrTaken) {
		// Registered a moment ago. Found again by the identity alone.
		known, found, findErr := g.find(r.Context(), a.Identity)
		if !found {
			return g.fail(a.Provider, Internal, errors.Join(err, findErr))
		}
		return g.signIn(w, r, known, a.Token, next)
	}
	if err != nil {
		return g.fail(a.Provider, Internal, err)
	}
	if err := g.cfg.SignIn(w, r, a); err != nil {
		return g.refuse(a.Provider, err)
	}
	g.forgetPending(w, r, a.Identity)
	return Result{Outcome: LinkedByEmail, Provider: a.Provider, Account: a, Location: next, Status: http.StatusSeeOther}
}
