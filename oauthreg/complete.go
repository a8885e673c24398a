package oauthreg

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// Completion is how [Registrar.Complete] ended.
type Completion struct {
	// Account is the link, without its token and times. Its UserID is who is signed
	// in.
	Account tokenstore.Account

	// Existing tells that the identity had an owner already, registered a
	// moment ago in another tab or by a second click. That owner is signed in:
	// a user that the app has just created is not needed.
	Existing bool

	// Next is where to go.
	Next string
}

// Complete ends the sign-up that [Registrar.Pending] returns for r: it links
// the identity to userID, signs the person in through [Config.SignIn], and lets
// the pending sign-up go. Call it when the user is committed.
//
// An app with a transaction links inside it, so that user and link appear
// together or not at all:
//
//	err := accounts.Over(table.In(tx)).Link(ctx, pending.Account(user.ID)) // ErrTaken: registered meanwhile
//	err = insertUser(tx, user)                                             // may say: username taken
//	err = tx.Commit()
//	done, err := reg.Complete(w, r, user.ID)
//
// (accounts is a [tokenstore.Sealed] over table, a [tokenstore.SQL]; without the
// seal it is table.In(tx).) In this order: the second of two clicks meets
// ErrTaken, where an insertUser that came first would tell the person that the
// username they have just got is taken.
//
// After [tokenstore.ErrTaken], roll back and call Complete all the same: it
// signs in who owns the identity. It is safe to repeat.
//
// Without a transaction, delete a user that was made for nothing only after
// [Completion.Existing]: an error may be of an answer that got lost after the
// identity was linked.
//
// It returns [ErrNoPending] if no sign-up waits, and the errors of the stores,
// of AllowSignUp and of SignIn. The pending sign-up stays on every error.
func (g *Registrar) Complete(w http.ResponseWriter, r *http.Request, userID string) (done Completion, err error) {
	began, name := time.Now(), ""
	defer func() { g.ended(r.Context(), StepComplete, name, began, err) }()
	p, err := g.pending(r)
	if err != nil {
		return Completion{}, err
	}
	name = p.Provider
	ctx, a, existing := r.Context(), p.Account(userID), false
	owner, err := g.stillAllowed(ctx, p)
	if err != nil {
		return Completion{}, err
	}
	if owner != "" && owner != userID {
		// Nobody was asked whether userID may have it, should it be free by now.
		a.UserID, existing = owner, true
	}
	err = g.cfg.Accounts.Link(ctx, a)
	if errors.Is(err, tokenstore.ErrTaken) {
		// Found again by the identity alone: by e-mail or name it could be
		// somebody else (CVE-2025-61783).
		owner, found, findErr := g.find(ctx, p.Identity())
		if !found {
			return Completion{}, errors.Join(err, findErr)
		}
		a.UserID, existing = owner.UserID, true
		err = g.cfg.Accounts.Link(ctx, a)
	}
	if err != nil {
		return Completion{}, err
	}
	if err := g.cfg.SignIn(w, r, a); err != nil {
		return Completion{}, err
	}
	g.retirePending(w, r, p)
	g.log.LogAttrs(ctx, slog.LevelInfo, "oauthreg: sign-up complete", slog.String("provider", p.Provider), slog.Bool("existing", existing))
	private(w)
	a.Token = provider.Token{}
	return Completion{Account: a, Existing: existing, Next: p.Next}, nil
}

// Forget drops everything kept for the browser of r: attempts, finished or
// not, and pending sign-ups. Call it when somebody signs out.
func (g *Registrar) Forget(w http.ResponseWriter, r *http.Request) error {
	var errs []error
	for _, k := range []kind{attemptKind, pendingKind} {
		for _, s := range g.binding.slots(r, k) {
			g.exchanges.dropKey(s.key)
			errs = append(errs, g.relay.drop(r.Context(), s), g.binding.drop(w, r, s))
		}
	}
	return errors.Join(errs...)
}
