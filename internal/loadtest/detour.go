package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/oauthreg/go/oauthreg"
)

// deny declines at the provider.
func (p *person) deny(who identity) {
	authURL, ok := p.start(who)
	if !ok {
		return
	}
	callback, err := p.world.standIn.deny(context.Background(), authURL)
	callback, ok = p.ownCallback(who, callback, err)
	if !ok {
		return
	}
	if a := p.insist(p.b, nil, http.MethodGet, callback, nil); !a.isRedirect(failurePath(oauthreg.Denied)) {
		p.fail(who, "denied", a)
		return
	}
	p.world.tally.add("denied", "told so")
}

// abandon goes to the provider and does not come back.
func (p *person) abandon(who identity) {
	if _, ok := p.start(who); ok {
		p.world.tally.add("left", "at the provider")
	}
}

// oneInTwoTabs goes the road twice at the same time, as the same identity.
func (p *person) oneInTwoTabs(who identity) {
	if !p.alone(who) {
		return
	}
	first, ok := p.approve(who)
	if !ok {
		return
	}
	second, ok := p.approve(who)
	if !ok {
		return
	}
	const action = "two tabs, one account"
	answers := make([]answer, 2)
	var wg sync.WaitGroup
	at := [2]*incarnation{p.anywhere(), p.anywhere()}
	for i, callback := range []string{first, second} {
		wg.Go(func() { answers[i] = p.request(context.Background(), p.b, at[i], http.MethodGet, callback, nil) })
	}
	wg.Wait()
	for i, callback := range []string{first, second} {
		if answers[i].cut {
			p.cutOff = true
			answers[i] = p.insist(p.b, nil, http.MethodGet, callback, nil)
		}
	}
	where, ok := p.arrived(who, action, answers)
	if !ok || where == formPath && !p.register(who, pick(p, twiceAtOnce, 50, reloaded, 50, onceOnly, 0, onceOnly)) {
		return
	}
	p.seeAccount(who)
}

// twoInTwoTabs goes both roads at the same time, as two identities: each form
// must stay that of its tab.
func (p *person) twoInTwoTabs() {
	p.b, p.signedIn = newBrowser(), identity{}
	forms := [selves]url.Values{}
	for i, who := range p.selves {
		callback, ok := p.approve(who)
		if !ok {
			return
		}
		where, ok := p.comeBack(who, callback, onceOnly)
		if !ok {
			return
		}
		if where == accountPath {
			if !p.seeAccount(who) {
				return
			}
			continue
		}
		if forms[i], ok = p.readForm(who); !ok {
			return
		}
	}
	for i, who := range p.selves {
		if forms[i] == nil {
			continue
		}
		if !p.submit(who, forms[i], onceOnly) || !p.seeAccount(who) {
			// Cut off: the browser may be signed in as the other.
			p.b, p.signedIn = newBrowser(), identity{}
			return
		}
	}
	p.world.tally.add("two tabs, two accounts", "each its own")
}

// stealCallback opens somebody's callback in another browser.
func (p *person) stealCallback(who identity, callback string) (ok bool) {
	thief := newBrowser()
	a := p.insist(thief, nil, http.MethodGet, callback, nil)
	if !a.isRedirect(failurePath(oauthreg.Mismatch)) {
		p.fail(who, "callback in another browser", a)
		return false
	}
	if a := p.insist(thief, nil, http.MethodGet, accountPath, nil); !a.isRedirect("/") {
		p.world.ledger.surprise(who, "a stolen callback signed in a thief")
		return false
	}
	p.world.tally.add("callback in another browser", "mismatch")
	return true
}

// part is what somebody does who is signed in.
func (p *person) part(who identity, callback, where string) {
	switch n := p.rng.IntN(100); {
	case n < 35:
		p.closeAccount(who)
	case n < 50:
		p.signOut(who)
	case n < 65:
		p.replay(who, callback)
	case n < 80:
		p.reloadLate(who, callback, where)
	case n < 90:
		p.b, p.signedIn = newBrowser(), identity{}
		p.world.tally.add("another browser", "taken")
	}
}

// alone signs out whoever else is signed in.
func (p *person) alone(who identity) (ok bool) {
	return p.signedIn == identity{} || p.signedIn == who || p.signOut(p.signedIn)
}

func (p *person) signOut(who identity) (ok bool) {
	p.settle()
	if a := p.insist(p.b, nil, http.MethodPost, "/signout", url.Values{}); !a.isRedirect("/") {
		p.fail(who, "sign out", a)
		return false
	}
	p.signedIn = identity{}
	if a := p.insist(p.b, nil, http.MethodGet, accountPath, nil); !a.isRedirect("/") {
		p.fail(who, "account after signing out", a)
		return false
	}
	p.world.tally.add("sign out", "signed out")
	return true
}

// replay signs out and opens the old callback: nobody may be signed in by it.
func (p *person) replay(who identity, callback string) {
	const action = "old callback after signing out"
	if !p.signOut(who) {
		return
	}
	a := p.insist(p.b, nil, http.MethodGet, callback, nil)
	if p.insist(p.b, nil, http.MethodGet, accountPath, nil).status == http.StatusOK {
		p.world.tally.add(action, "SIGNED IN")
		p.world.ledger.returned(who)
		p.b = newBrowser()
		return
	}
	if !a.isRedirect(failurePath(oauthreg.Mismatch)) {
		p.fail(who, action, a)
		return
	}
	p.world.tally.add(action, "mismatch")
}

// reloadLate opens the callback again when all is done: it leads where it did
// then, and from the form on to the account, unless a form of the person's other
// account is still waiting in this browser.
func (p *person) reloadLate(who identity, callback, where string) {
	const action = "callback, reloaded later"
	a := p.insist(p.b, nil, http.MethodGet, callback, nil)
	if !a.isRedirect(where) {
		p.fail(who, action, a)
		return
	}
	if where == formPath {
		a := p.insist(p.b, nil, http.MethodGet, formPath, nil)
		if !a.isRedirect(accountPath) && !p.isFormOfOther(who, a) {
			p.fail(who, action, a)
			return
		}
	}
	if p.seeAccount(who) {
		p.world.tally.add(action, "replayed")
	}
}

// isFormOfOther reports whether a is the form for this person's other account.
func (p *person) isFormOfOther(who identity, a answer) bool {
	handle := a.inputs().Get(oauthreg.FieldUsername)
	return a.status == http.StatusOK && handle != who.handle &&
		slices.ContainsFunc(p.selves[:], func(other identity) bool { return other.handle == handle })
}

// closeAccount makes who unknown again, so that there are always people to
// register, and as many users in the middle of a soak as at its end.
func (p *person) closeAccount(who identity) {
	userID, ok := p.userShown(who)
	if !ok {
		return
	}
	p.settle()
	p.world.ledger.silence(who)
	if a := p.insist(p.b, nil, http.MethodPost, "/close", url.Values{"user": {userID}}); !a.isRedirect("/") {
		p.fail(who, "close the account", a)
		return
	}
	p.settle()
	p.signedIn = identity{}
	p.world.ledger.closed(who)
	p.world.tally.add("close the account", "closed")
}
