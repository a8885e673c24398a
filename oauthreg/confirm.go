package oauthreg

import (
	"cmp"
	"errors"
	"net/http"
)

// maxConfirmBody bounds the form of the confirm page.
const maxConfirmBody = 16 << 10

// The answers that the confirm page takes, in its field "answer".
const (
	answerConnect = "connect"
	answerDecline = "decline"
)

// Confirm serves a page that asks the user who is signed in whether the identity
// that waits for them is to be theirs: for after [EmailInUse]. Mount it at a path
// of the app's choice, and send people there when they have signed in. An app
// with a page of its own for that uses [Pending.OfferTo] and
// [Registrar.ConnectPending] instead.
//
// GET shows the page, a POST of it connects or declines. Somebody who is asked
// nothing, because no sign-up waits or it is for another user, is sent to
// [Config.DefaultNext], and somebody who is not signed in to [Config.SignInURL].
// As JSON, GET answers with the [PendingView], and the POST (a form, with the
// fields [PendingField] and "answer") with the outcome [Linked] or "declined".
func (g *Registrar) Confirm() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			g.confirmPage(w, r)
		case http.MethodPost:
			g.confirmed(w, r)
		default:
			g.methodNotAllowed(w, r, "GET, HEAD, POST")
		}
	})
}

func (g *Registrar) confirmPage(w http.ResponseWriter, r *http.Request) {
	asJSON := negotiated(w, r)
	p, signedIn, err := g.offered(r)
	switch {
	case err != nil && (asJSON || !(errors.Is(err, ErrNoPending) || errors.Is(err, ErrSignInFirst))):
		g.confirmFailed(w, r, err, asJSON)
	case p != nil && errors.Is(err, ErrSignInFirst) && !signedIn:
		private(w)
		redirect(w, noticeURL(cmp.Or(g.cfg.SignInURL, g.cfg.DefaultNext), p.Provider, SignInFirst))
	case err != nil:
		private(w)
		redirect(w, g.cfg.DefaultNext)
	case asJSON:
		private(w)
		g.writeJSON(w, http.StatusOK, "application/json", p.View())
	default:
		private(w)
		person := p.Profile.Name
		if p.Profile.Username != "" {
			person = "@" + p.Profile.Username
		}
		g.servePage(w, r, http.StatusOK, pageConfirm, Page{
			Title: g.message(r, "confirm.title", p.Provider), Notice: g.message(r, "confirm.text", p.Provider),
			Button: g.message(r, "confirm.button", p.Provider), Decline: g.message(r, "confirm.decline", p.Provider),
			Provider: p.Provider, Action: "?", Pending: p.ID, Person: cmp.Or(person, p.Profile.ID),
		})
	}
}

// offered returns the sign-up that waits for the user who is signed in. If it is
// for somebody else it is returned with ErrSignInFirst.
func (g *Registrar) offered(r *http.Request) (p *Pending, signedIn bool, err error) {
	if g.cfg.CurrentUser == nil {
		return nil, false, errors.New("oauthreg: the confirm page needs Config.CurrentUser")
	}
	userID, err := g.cfg.CurrentUser(r)
	if err != nil {
		return nil, false, err
	}
	if p, err = g.pending(r); err != nil || p.OfferTo(userID) {
		return p, userID != "", err
	}
	if !changes(r) { // the latest is somebody else's
		other, err := g.first(r, g.binding.slots(r, pendingKind), func(p *Pending) bool { return p.OfferTo(userID) })
		if err == nil {
			return other, true, nil
		}
	}
	return p, userID != "", ErrSignInFirst
}

func (g *Registrar) confirmed(w http.ResponseWriter, r *http.Request) {
	asJSON := negotiated(w, r)
	if !readForm(w, r, maxConfirmBody) {
		g.confirmFailed(w, r, errMalformed, asJSON)
		return
	}
	var a outcomeAnswer
	var err error
	switch r.PostForm.Get("answer") {
	case answerConnect:
		var done Completion
		done, err = g.ConnectPending(w, r)
		a = outcomeAnswer{string(Linked), done.Account.Provider, done.Next}
	case answerDecline:
		a = outcomeAnswer{declined, "", g.cfg.DefaultNext}
		a.Provider, err = g.decline(w, r)
	default:
		err = errMalformed
	}
	if tooLate := a.Outcome == declined && errors.Is(err, ErrNoPending); err != nil && (asJSON || !tooLate) {
		g.confirmFailed(w, r, err, asJSON)
		return
	}
	private(w)
	if !asJSON {
		redirect(w, a.Location)
		return
	}
	a.Location = escapeNonASCII(a.Location)
	g.writeJSON(w, http.StatusOK, "application/json", a)
}

// declined is the outcome member of a confirm page that was answered by no.
const declined = "declined"

var errMalformed = errors.New("oauthreg: the confirm page does not send a form like this")

// decline forgets the sign-up that waits for the user who is signed in: what
// waits for another user on the same computer is none of theirs.
func (g *Registrar) decline(w http.ResponseWriter, r *http.Request) (providerName string, err error) {
	p, _, err := g.offered(r)
	if err != nil {
		return "", err
	}
	kept := p.withheld()
	return p.Provider, g.binding.retire(w, r, kept.slot, kept.record)
}

func (g *Registrar) confirmFailed(w http.ResponseWriter, r *http.Request, err error, asJSON bool) {
	private(w)
	res := g.errorResult(r, err)
	if asJSON {
		g.writeProblem(w, r, res)
		return
	}
	res.Status = jsonStatus(res.Outcome)
	g.failurePage(w, r, res)
}
