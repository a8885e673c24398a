package main

import (
	"fmt"
	"maps"
	"sync"
)

// kind is a way in which a sign-up must not go wrong.
type kind string

// The kinds of faults.
const (
	lost       kind = "lost"       // told "done", and not recognised later
	doubled    kind = "doubled"    // two users for one identity, or one of the two alone
	mixedUp    kind = "mixed up"   // signed in as somebody else, or given their form
	revived    kind = "revived"    // signed in by an old callback after signing out
	unexpected kind = "unexpected" // an answer that this action does not explain
)

type fault struct {
	kind kind
	text string
}

// identity is somebody's account at the stand-in.
type identity struct{ subject, handle, name, email string }

// standing is what the app owes an identity.
type standing int

const (
	unknown standing = iota // it must be a stranger
	unsure                  // nobody heard how the last request ended
	known                   // it must be recognised
)

// promise is what an identity was told.
type promise struct {
	standing standing
	userID   string // "" as long as nobody has seen it
	spoiled  bool   // a fault was found: what follows from it is not another
}

// maxFaults bounds how many faults are kept in words.
const maxFaults = 50

// ledger holds what was promised to people, and finds what was not kept. It is
// safe for concurrent use; the zero ledger is empty.
type ledger struct {
	onFault func() // if not nil; set before use

	mu       sync.Mutex
	promises map[string]*promise // by subject
	faults   []fault
	counts   map[kind]int
}

// of returns the promise of an identity. mu is held.
func (l *ledger) of(subject string) *promise {
	if l.promises == nil {
		l.promises = map[string]*promise{}
	}
	p, found := l.promises[subject]
	if !found {
		p = &promise{}
		l.promises[subject] = p
	}
	return p
}

func (l *ledger) standing(who identity) standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of(who.subject).standing
}

// told notes that somebody was told that they are registered.
func (l *ledger) told(who identity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(who.subject).standing = known
}

// silence notes that a request that may have registered or removed somebody had
// no answer.
func (l *ledger) silence(who identity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.of(who.subject)
	*p = promise{standing: unsure, spoiled: p.spoiled}
}

// closed notes that somebody's account was removed at their wish.
func (l *ledger) closed(who identity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.of(who.subject)
	*p = promise{spoiled: p.spoiled}
}

// stranger notes that somebody was taken for new.
func (l *ledger) stranger(who identity) (ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.of(who.subject)
	if p.standing == known {
		l.report(p, lost, "%s was told that they are registered, and then asked to register", who.handle)
		return false
	}
	return true
}

// recognised notes that somebody was signed in without registering.
func (l *ledger) recognised(who identity) (ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.of(who.subject)
	if p.standing == unknown {
		l.report(p, unexpected, "%s was signed in without being registered", who.handle)
		return false
	}
	p.standing = known
	return true
}

// form notes the form that somebody was shown.
func (l *ledger) form(who identity, handle, email string) (ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if handle != who.handle || email != who.email {
		l.report(l.of(who.subject), mixedUp, "%s was shown a form for %q", who.handle, handle)
		return false
	}
	return true
}

// seen notes whose account page somebody was shown, and how many users were
// made for that identity.
func (l *ledger) seen(who identity, subject, userID string, siblings int) (ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.of(who.subject)
	switch {
	case subject != who.subject:
		l.report(p, mixedUp, "%s is signed in as the user of identity %s", who.handle, subject)
		return false
	case p.userID != "" && p.userID != userID:
		l.report(p, doubled, "%s was user %s and is now user %s", who.handle, p.userID, userID)
		return false
	}
	if siblings != 1 {
		l.report(p, doubled, "%d users were made for %s", siblings, who.handle)
		return false
	}
	p.standing, p.userID = known, userID
	return true
}

// returned notes that an old callback signed somebody in.
func (l *ledger) returned(who identity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report(l.of(who.subject), revived, "%s had signed out, and an old callback signed them in", who.handle)
}

// surprise notes an answer that should not have been.
func (l *ledger) surprise(who identity, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report(l.of(who.subject), unexpected, "%s: %s", who.handle, fmt.Sprintf(format, args...))
}

// audit compares the promises with what lies in the app's stores: the users,
// and the owner of each identity, "" if it has none. Nobody may be on the way.
func (l *ledger) audit(people []identity, all []user, owner func(identity) (string, error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	bySubject, byID := map[string][]user{}, map[string]user{}
	for _, u := range all {
		bySubject[u.identity.Subject] = append(bySubject[u.identity.Subject], u)
		byID[u.id] = u
	}
	for _, who := range people {
		id, err := owner(who)
		if err != nil {
			return err
		}
		p := l.of(who.subject)
		u, exists := byID[id]
		switch {
		case p.standing == known && id == "":
			l.report(p, lost, "%s is registered, and the identity is in no account", who.handle)
		case id != "" && !exists:
			l.report(p, doubled, "the identity of %s belongs to user %s, who does not exist", who.handle, id)
		case id != "" && u.identity.Subject != who.subject:
			l.report(p, mixedUp, "the identity of %s belongs to the user of identity %s", who.handle, u.identity.Subject)
		case p.userID != "" && id != p.userID:
			l.report(p, doubled, "%s was user %s, and the identity belongs to user %s", who.handle, p.userID, id)
		case p.standing == unknown && id != "":
			l.report(p, unexpected, "%s is not registered, and the identity belongs to user %s", who.handle, id)
		}
		for _, u := range bySubject[who.subject] {
			if u.id != id {
				l.report(p, doubled, "user %s was made for %s and has no identity", u.id, who.handle)
			}
		}
		delete(bySubject, who.subject)
	}
	for subject, extra := range bySubject {
		l.report(&promise{}, mixedUp, "%d users were made for identity %q, which nobody has", len(extra), subject)
	}
	return nil
}

// report notes the first fault of an identity. mu is held.
func (l *ledger) report(p *promise, k kind, format string, args ...any) {
	if p.spoiled {
		return
	}
	p.spoiled = true
	if l.counts == nil {
		l.counts = map[kind]int{}
	}
	l.counts[k]++
	if l.onFault != nil {
		l.onFault()
	}
	if len(l.faults) < maxFaults {
		l.faults = append(l.faults, fault{k, fmt.Sprintf(format, args...)})
	}
}

// found returns the faults, and how many there are of each kind.
func (l *ledger) found() (faults []fault, counts map[kind]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts = map[kind]int{}
	maps.Copy(counts, l.counts)
	return append([]fault(nil), l.faults...), counts
}
