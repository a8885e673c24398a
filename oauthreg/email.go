package oauthreg

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/oauthreg/go/provider"
)

// ErrSignInFirst is returned by [Registrar.ConnectPending] when the user who
// has the e-mail address is not the one signed in.
var ErrSignInFirst = errors.New("oauthreg: the user who has this e-mail address has to be signed in")

// emailOwner returns the user of the app who has the address of p, or "", and
// whether everything is there to link without asking: the provider vouches for
// the address and is trusted to, and the app has verified it too. If any of it
// were missing, whoever registered somebody else's address, here or there,
// would get into the other's account (GHSA-g38m-r43w-p2q7, account
// pre-hijacking).
//
// An address that the provider does not vouch for is nobody's: telling that it
// has an owner here would tell it to anybody who typed it in there. The
// app's form treats it like any other that is typed in. So it does with one that
// is not ASCII: to the usual collations of databases "adá@exámple.com" is
// "ada@example.com", which is somebody else's.
func (g *Registrar) emailOwner(ctx context.Context, p *Pending) (userID string, trusted bool, err error) {
	if g.cfg.UserByEmail == nil || !p.Profile.EmailVerified || p.Profile.Email == "" || !isASCII(p.Profile.Email) {
		return "", false, nil
	}
	userID, verified, err := g.cfg.UserByEmail(ctx, p.Profile.Email)
	if err != nil || userID == "" {
		return "", false, err
	}
	return userID, verified && slices.Contains(g.cfg.TrustEmailOf, p.Provider), nil
}

// signInToLink keeps p for when its e-mail's owner has signed in.
func (g *Registrar) signInToLink(w http.ResponseWriter, r *http.Request, p Pending) Result {
	if err := g.keepPending(w, r, p); err != nil {
		return g.fail(p.Provider, Internal, err)
	}
	return Result{
		Outcome: EmailInUse, Provider: p.Provider,
		Location: noticeURL(g.cfg.SignInURL, p.Provider, EmailInUse), Status: http.StatusSeeOther,
	}
}

// ConnectPending links the sign-up that [Registrar.Pending] returns for r to
// the user who is signed in ([Config.CurrentUser]), and lets it go. It is for
// after [EmailInUse]: the person has signed in the way they always do, is shown
// which identity waits, and says yes by a form with [PendingField].
//
// The user must be the one who has the address: anybody else is
// [ErrSignInFirst]. On a shared computer the one who signs in next must not
// inherit the identity of the one before. r must be a POST from one of the
// app's own pages.
//
// It returns [ErrNoPending] if no sign-up waits, [tokenstore.ErrTaken] if the
// identity has found another owner, and the errors of AllowConnect and the
// stores. The pending sign-up stays on every error.
func (g *Registrar) ConnectPending(w http.ResponseWriter, r *http.Request) (done Completion, err error) {
	began, name := time.Now(), ""
	defer func() { g.ended(r.Context(), StepConnectPending, name, began, err) }()
	if r.Method != http.MethodPost {
		return Completion{}, errors.New("oauthreg: connecting needs a POST: a link must not do it")
	}
	p, err := g.pending(r)
	if err != nil {
		return Completion{}, err
	}
	name = p.Provider
	if g.cfg.CurrentUser == nil {
		return Completion{}, errors.New("oauthreg: connecting needs Config.CurrentUser")
	}
	userID, err := g.cfg.CurrentUser(r)
	switch {
	case err != nil:
		return Completion{}, err
	case !p.OfferTo(userID):
		return Completion{}, ErrSignInFirst
	}
	a := p.Account(userID)
	if err := g.allowConnect(r.Context(), a); err != nil {
		return Completion{}, err
	}
	if err := g.cfg.Accounts.Link(r.Context(), a); err != nil {
		return Completion{}, err
	}
	g.retirePending(w, r, p)
	g.log.Info("oauthreg: identity connected", "provider", p.Provider)
	private(w)
	a.Token = provider.Token{}
	return Completion{Account: a, Next: p.Next}, nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
