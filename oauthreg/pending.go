package oauthreg

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

// PendingField is the name of the form field that tells which pending sign-up
// a form was made for. Give it the value of [Pending.ID], hidden.
const PendingField = "oauthreg_pending"

// PendingHeader is the header that does what [PendingField] does, for a request
// whose body is no form, such as JSON. The field counts where there are both.
const PendingHeader = "Oauthreg-Pending"

// maxPending is how many sign-ups of one browser may wait for their form.
const maxPending = 3

// ErrNoPending is returned when no sign-up waits in this browser, or not the
// one that the form was made for. Send the person to the start.
var ErrNoPending = errors.New("oauthreg: no sign-up is waiting in this browser")

// Pending is a sign-up that waits for the app's form: the provider has said who
// the person is, the app has no user for them yet. What it holds was proven;
// nothing of it can be changed by what the form posts.
type Pending struct {
	// ID goes into the form's hidden field [PendingField], so that a form made
	// for one person never completes the sign-up of another, in another tab.
	ID string

	// Provider is the name in [Config.Flows].
	Provider string

	// Profile is what the provider said, fit to be shown: without control
	// characters, e-mail and URLs checked, lengths bounded. Raw is as it came.
	Profile provider.Profile

	// Partial tells that the provider did not hand out the profile. Then ID and
	// Username are there, proven by the token answer, and nothing else.
	Partial bool

	// EmailInUse tells that a user of the app has the e-mail address, and was
	// asked to sign in: see [Registrar.ConnectPending]. The person may also go on
	// and register, with another address.
	EmailInUse bool

	// Next is where to go after signing in, checked at the start.
	Next string

	owner string // the user who has the address

	withheld func() withheld // nil means that there is none
}

// withheld is what a Pending has and does not show, behind a function, of which
// fmt prints an address.
type withheld struct {
	slot   slot
	record []byte // what it was read from
	token  provider.Token
	texts  []string // the token that was read: most requests have no use for it
}

// unveil returns what p does not show.
func (p *Pending) unveil() (h withheld) {
	if p.withheld != nil {
		h = p.withheld()
	}
	if h.texts != nil {
		h.token = tokenOf(h.texts)
	}
	return h
}

// Identity is who the person is at the provider.
func (p *Pending) Identity() tokenstore.Identity {
	return tokenstore.Identity{Provider: p.Provider, Subject: p.Profile.ID}
}

// Account is the link of this identity to userID, with the token: what the
// app may give to its store inside the transaction that creates the user.
// [Registrar.Complete] does it again outside, which then changes nothing.
func (p *Pending) Account(userID string) tokenstore.Account {
	return tokenstore.Account{Identity: p.Identity(), UserID: userID, Username: p.Profile.Username, Token: p.unveil().token}
}

// Pending returns the sign-up that waits in the browser of r: for a form that
// was posted, or another request that changes something (any but GET, HEAD and
// OPTIONS), the one its field [PendingField] names, or the header
// [PendingHeader]; otherwise the latest. A form without either is understood only
// while a single sign-up waits. It is [ErrNoPending] if there is none; other
// errors are of the session store.
//
// Before a form that was posted makes a user, [Config.AllowSignUp] is asked
// again, unless the identity has found an owner meanwhile, whom
// [Registrar.Complete] signs in. Its error is returned as it is.
//
// A form that the page of another site posts is an error.
//
// It parses the form of a POST, PUT or PATCH. Bound the body first
// (http.MaxBytesReader), also where it is JSON that is expected.
func (g *Registrar) Pending(r *http.Request) (*Pending, error) {
	p, err := g.pending(r)
	if err != nil || !changes(r) {
		return p, err
	}
	if _, err := g.stillAllowed(r.Context(), p); err != nil {
		return nil, err
	}
	return p, nil
}

// pending is Pending without asking whether the person may register.
func (g *Registrar) pending(r *http.Request) (*Pending, error) {
	if err := g.origins.Check(r); err != nil {
		return nil, fmt.Errorf("oauthreg: the form was not posted by one of the app's own pages: %w", err)
	}
	id := ""
	if changes(r) {
		id = cmp.Or(r.PostFormValue(PendingField), r.Header.Get(PendingHeader))
	}
	return g.waiting(r, id)
}

// changes reports whether r may change something, by its method (RFC 9110
// section 9.2.1), as [http.CrossOriginProtection] has it.
func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

// waiting is the sign-up of that ID, or the one that r means without it. It does
// not read r's body.
func (g *Registrar) waiting(r *http.Request, id string) (*Pending, error) {
	slots := g.binding.slots(r, pendingKind)
	switch {
	case id != "":
		slots = slices.DeleteFunc(slots, func(s slot) bool { return s.id != id })
	case changes(r) && len(slots) > 1:
		g.log.Warn("oauthreg: a form does not say which of several sign-ups it is for", "field", PendingField)
		return nil, fmt.Errorf("%w for this form: several wait, and it has neither the field %s nor the header %s", ErrNoPending, PendingField, PendingHeader)
	}
	return g.first(r, slots, func(*Pending) bool { return true })
}

// first is the first of slots that can be read and that fits.
func (g *Registrar) first(r *http.Request, slots []slot, fits func(*Pending) bool) (*Pending, error) {
	for _, s := range slots {
		data, found, err := g.binding.get(r, s)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		p, err := decodePending(s, data)
		if err != nil {
			// Written by another version: as good as expired.
			g.log.Warn("oauthreg: a pending sign-up cannot be read", "error", err)
			continue
		}
		if s.id == g.pendingID(p.Identity()) && fits(p) {
			p.ID = s.id
			return p, nil
		}
	}
	return nil, ErrNoPending
}

// Cancel gives up the sign-up that [Registrar.Pending] returns for r. None is
// no error.
func (g *Registrar) Cancel(w http.ResponseWriter, r *http.Request) error {
	p, err := g.pending(r)
	if errors.Is(err, ErrNoPending) {
		return nil
	}
	if err != nil {
		return err
	}
	return g.binding.drop(w, r, p.withheld().slot)
}

// OfferTo reports whether the identity may be connected to userID by
// [Registrar.ConnectPending], so that the app's page can offer it: whether
// userID is the user who has the e-mail address ([EmailInUse]).
func (p *Pending) OfferTo(userID string) bool { return userID != "" && userID == p.owner }

// retirePending lets go of a sign-up that is done, but not of its record at once.
func (g *Registrar) retirePending(w http.ResponseWriter, r *http.Request, p *Pending) {
	kept := p.withheld()
	if err := g.binding.retire(w, r, kept.slot, kept.record); err != nil {
		// Done is done; the record expires by itself.
		g.log.Warn("oauthreg: a completed sign-up was not removed", "provider", p.Provider, "error", err)
	}
}

// forgetPending lets go of sign-ups of an identity that has an owner now.
func (g *Registrar) forgetPending(w http.ResponseWriter, r *http.Request, id tokenstore.Identity) {
	for _, s := range g.binding.find(r, pendingKind, g.pendingID(id)) {
		if err := g.binding.drop(w, r, s); err != nil {
			g.log.Warn("oauthreg: a sign-up that is of no use any more was not removed", "provider", id.Provider, "error", err)
		}
	}
}

// pendingID is the same for one identity however often it comes back, so that
// two tabs of one person share one sign-up. At another Registrar of the host it is
// another.
func (g *Registrar) pendingID(id tokenstore.Identity) string {
	return recordID("pending", g.cfg.BaseURL, id.Provider, id.Subject)
}

// keepPending keeps p for this browser, and then lets the oldest go. The record
// of an earlier sign-up of the same person is left to expire: if this answer does
// not arrive, a form that they have filled in needs it.
func (g *Registrar) keepPending(w http.ResponseWriter, r *http.Request, p Pending) error {
	s := g.binding.newSlot(pendingKind, g.pendingID(p.Identity()))
	others := g.binding.slots(r, pendingKind)
	others = slices.DeleteFunc(others, func(old slot) bool { return old.id == s.id })
	fits := len(p.Profile.Raw) <= maxRaw
	for {
		if !fits {
			// An unusually long profile must not keep anybody from signing up.
			part := p.shorten(g.cfg.DefaultNext)
			if part == "" {
				return sessionstore.ErrTooLarge
			}
			g.log.Warn("oauthreg: a sign-up is too long for the session store and goes on without a part", "provider", p.Provider, "part", part)
		}
		value, err := p.encode()
		if err != nil {
			return err
		}
		err = g.binding.put(w, r, s, value, g.cfg.PendingTTL, g.cfg.PendingTTL)
		switch {
		case err == nil:
			for _, old := range others[min(len(others), maxPending-1):] {
				err = errors.Join(err, g.binding.drop(w, r, old))
			}
			return err
		case !errors.Is(err, sessionstore.ErrTooLarge):
			return err
		}
		fits = false
	}
}

// shorten takes away what a form can best do without, and returns its name, or
// "" if there is nothing left.
func (p *Pending) shorten(defaultNext string) (part string) {
	f := &p.Profile
	switch {
	case len(f.Raw) > 0:
		f.Raw = nil
		return "raw profile"
	case f.Description != "" || f.Location != "" || f.URL != "" || f.AvatarURL != "":
		f.Description, f.Location, f.URL, f.AvatarURL = "", "", "", ""
		return "description, location, url, avatar"
	case p.Next != defaultNext:
		p.Next = defaultNext
		return "next"
	case f.Name != "" || f.GivenName != "" || f.FamilyName != "":
		f.Name, f.GivenName, f.FamilyName = "", "", ""
		return "names"
	}
	return ""
}
