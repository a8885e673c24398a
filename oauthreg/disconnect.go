package oauthreg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

const (
	// disconnectTimeout bounds what must not stop halfway: removing an identity,
	// and then looking again and linking it back.
	disconnectTimeout = 15 * time.Second
	// revokeTimeout bounds the call to the provider; the person waits for it.
	revokeTimeout = 10 * time.Second
)

// ErrLastWayIn is returned by [Registrar.Disconnect] for an identity without
// which the user could not sign in any more. Let the user set a password or
// connect another identity first.
var ErrLastWayIn = errors.New("oauthreg: the identity is the user's last way in")

// Disconnection is how [Registrar.Disconnect] ended.
type Disconnection struct {
	// Revoked tells that the stored token is of no use any more, by the provider's
	// own word.
	Revoked bool

	// RevokeErr is why it is not known to be. It wraps [errors.ErrUnsupported] if
	// the provider has no way to revoke. The person can still remove the app in
	// the settings of their account there.
	RevokeErr error
}

// Disconnect removes an identity from a user, and then revokes the stored token
// at the provider, if the provider can be reached. Whether it can does not
// matter for the first: see [Disconnection].
//
// The user is who is signed in, never who a form names. Ask for a POST that
// another site cannot forge, and for a recent sign-in.
//
// It is [ErrLastWayIn], and nothing changes, if the user has no other identity of
// a provider in [Config.Flows] and [Config.OtherWayIn] knows of no way in. To keep
// two tabs from removing the last two at once, it looks again after removing, and
// links the identity back if nothing is left; of two, both may be refused then. An
// identity that is linked back has a new LinkedAt.
//
// An identity of nobody, or of somebody else, is [tokenstore.ErrNotFound]. The
// errors of the store and of OtherWayIn are passed through: nothing is changed
// then, except where the error says so. It is safe to repeat and for concurrent
// use.
func (g *Registrar) Disconnect(ctx context.Context, userID string, id tokenstore.Identity) (d Disconnection, err error) {
	began := time.Now()
	defer func() { g.ended(ctx, StepDisconnect, id.Provider, began, err) }()
	a, err := g.owned(ctx, userID, id)
	if err != nil {
		return Disconnection{}, err
	}
	if err := g.checkWayIn(ctx, userID, id); err != nil {
		return Disconnection{}, err
	}
	// A refresh may have stored another token while the app was asked.
	if a, err = g.owned(ctx, userID, id); err != nil {
		return Disconnection{}, err
	}
	if err := g.unlink(ctx, userID, id); err != nil {
		return Disconnection{}, err
	}
	if err := g.lookAgain(ctx, a.Account); err != nil {
		return Disconnection{}, err
	}
	// Last: a token that was revoked for an identity that stays would be useless
	// to a user who keeps it. One that waits to be stored has taken its place, or is
	// left over from before.
	_, follows := g.traded.find(id, a.Token)
	if waiting, found := g.traded.take(id); found {
		fresh := ownAccount{Account: tokenstore.Account{Identity: id, Token: waiting}}
		if follows || a.err != nil {
			a = fresh
		} else {
			_ = g.revoked(ctx, fresh)
		}
	}
	d = g.revoked(ctx, a)
	level, attrs := slog.LevelInfo, []slog.Attr{slog.String("provider", id.Provider), slog.Bool("revoked", d.Revoked)}
	if d.RevokeErr != nil {
		attrs = append(attrs, slog.String("error", d.RevokeErr.Error()))
		if !errors.Is(d.RevokeErr, errors.ErrUnsupported) {
			level = slog.LevelWarn
		}
	}
	g.log.LogAttrs(ctx, level, "oauthreg: identity disconnected", attrs...)
	return d, nil
}

// unlink removes an identity, also if the person does not wait for it: the looking
// again has to follow. An answer that got lost is no failure.
func (g *Registrar) unlink(ctx context.Context, userID string, id tokenstore.Identity) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), disconnectTimeout)
	defer cancel()
	remove, cancelRemove := context.WithTimeout(ctx, disconnectTimeout/3)
	err := g.cfg.Accounts.Unlink(remove, userID, id)
	cancelRemove()
	if err == nil || errors.Is(err, tokenstore.ErrNotFound) {
		return err
	}
	if _, gone := g.owned(ctx, userID, id); errors.Is(gone, tokenstore.ErrNotFound) {
		return nil
	}
	return err
}

// ownAccount is an account with the reason why its token cannot be read.
type ownAccount struct {
	tokenstore.Account

	err error
}

// owned returns the account of id if it is the user's.
func (g *Registrar) owned(ctx context.Context, userID string, id tokenstore.Identity) (ownAccount, error) {
	a, found, err := g.cfg.Accounts.Find(ctx, id)
	switch {
	case err != nil && (!found || !errors.Is(err, tokenstore.ErrUnreadable)):
		return ownAccount{}, err
	case found && a.Identity != id:
		return ownAccount{}, errors.New("oauthreg: the account store returned the account of another identity; it must compare byte for byte")
	case !found || userID == "" || a.UserID != userID:
		return ownAccount{}, tokenstore.ErrNotFound
	}
	return ownAccount{Account: a, err: err}, nil
}

// checkWayIn is [ErrLastWayIn] if the user has no way in besides id.
func (g *Registrar) checkWayIn(ctx context.Context, userID string, id tokenstore.Identity) error {
	list, err := g.cfg.Accounts.ListByUser(ctx, userID)
	for _, a := range list {
		_, offered := g.cfg.Flows[a.Provider] // nobody signs in with one that is gone
		if offered && a.Identity != id && a.UserID == userID {
			return nil // also if its token, or another's, cannot be read
		}
	}
	switch {
	case errors.Is(err, tokenstore.ErrUnreadable):
		// Stores answer with no list at all then. If it is the token of another
		// identity: signing in does not need it. If it is that of id, the look after
		// removing tells, and linking back loses nothing that could be read.
		return nil
	case err != nil:
		return err
	case g.cfg.OtherWayIn == nil:
		return ErrLastWayIn
	}
	other, err := g.cfg.OtherWayIn(ctx, userID)
	switch {
	case err != nil:
		return fmt.Errorf("oauthreg: whether the user has another way in: %w", err)
	case !other:
		return ErrLastWayIn
	}
	return nil
}

var errLookPanicked = errors.New("oauthreg: whether the user has another way in is not known: the store or Config.OtherWayIn panicked")

// lookAgain makes sure that a, just removed, was not the last way in after all:
// another tab may have removed the other one since. Whoever removes later sees
// what both have done. It links a back if it was, or if that cannot be told.
func (g *Registrar) lookAgain(ctx context.Context, a tokenstore.Account) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), disconnectTimeout)
	defer cancel()
	// Time for linking back is kept even if looking takes all it gets.
	look, cancelLook := context.WithTimeout(ctx, disconnectTimeout/3)
	err := errLookPanicked
	g.guard("the looking for another way in", func() { err = g.checkWayIn(look, a.UserID, a.Identity) })
	cancelLook()
	if err == nil {
		return nil
	}
	back := saved(ctx, func(ctx context.Context) error { return g.cfg.Accounts.Link(ctx, a) })
	if back == nil {
		return err
	}
	g.log.Error("oauthreg: a user has lost an identity that may have been their last way in; link it back by hand",
		"provider", a.Provider, "subject", a.Subject, "user", a.UserID, "cause", err, "error", back)
	// Not ErrLastWayIn: who sees that believes that the identity is still there.
	return fmt.Errorf("oauthreg: THE IDENTITY IS REMOVED and could not be linked back, and the user may have no other way in (%v): %w", err, back)
}

// revoked revokes the token of a, whatever becomes of the request.
func (g *Registrar) revoked(ctx context.Context, a ownAccount) Disconnection {
	if a.err != nil {
		return Disconnection{RevokeErr: a.err}
	}
	if a.Token.IsZero() {
		return Disconnection{RevokeErr: errors.New("oauthreg: no token was stored that could be revoked")}
	}
	revoker, ok := g.cfg.Flows[a.Provider].(provider.Revoker)
	if !ok {
		return Disconnection{RevokeErr: fmt.Errorf("oauthreg: the provider has no way to revoke a token: %w", errors.ErrUnsupported)}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTimeout)
	defer cancel()
	began := time.Now()
	err := revoker.Revoke(ctx, a.Token)
	g.called(ctx, a.Provider, provider.OpRevoke, began, err)
	if err != nil && !errors.Is(err, provider.ErrTokenInvalid) {
		return Disconnection{RevokeErr: err}
	}
	return Disconnection{Revoked: true}
}

// saveTries is how often a write is tried that must not be lost.
const saveTries = 4

// saved tries to save until it works, a few times, and no longer than ctx. What
// cannot change by itself is not tried again.
func saved(ctx context.Context, save func(context.Context) error) error {
	wait := 100 * time.Millisecond
	for try := 1; ; try++ {
		err := save(ctx)
		if err == nil || try == saveTries || errors.Is(err, tokenstore.ErrTaken) {
			return err
		}
		select {
		case <-time.After(wait):
			wait *= 2
		case <-ctx.Done():
			return err
		}
	}
}
