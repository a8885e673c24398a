package benchmarks

import (
	"net/http"
	"sync"
)

// Subject is one way to write an app that people register with. Its handler
// answers
//
//	POST /auth/twitter/start     with a redirect to X
//	GET  /auth/twitter/callback  with a redirect to /account, or to /signup
//	GET  /signup                 with the fields of the form
//	POST /signup                 with a redirect to /account
//
// and afterwards the app knows the person. No subject starts a session for who
// is signed in: that is the app's own, and costs the same for each.
type Subject interface {
	http.Handler
	// Known returns what the app has saved of the person with that ID at X.
	Known(id string) (Person, bool)
	// Count is how many the app knows.
	Count() int
}

// Kind is a subject to be made, in a world.
type Kind struct {
	// Name is what the tables call it.
	Name string
	// Form tells that a sign-up goes through the form: four requests of the
	// browser in place of two.
	Form bool
	// Returning is how many calls of X a returning sign-in takes.
	Returning int
	// Replay tells that this is no app, but what is subtracted.
	Replay bool
	New    func(w *World) (Subject, error)
}

// users is the table of an app's users, which every subject has.
type users struct {
	mu   sync.Mutex
	byID map[string]Person
}

func (u *users) save(p Person) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byID == nil {
		u.byID = make(map[string]Person)
	}
	u.byID[p.ID] = p
}

// Known implements [Subject].
func (u *users) Known(id string) (Person, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	p, ok := u.byID[id]
	return p, ok
}

// Count implements [Subject].
func (u *users) Count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.byID)
}

// redirect is http.Redirect without the page.
func redirect(w http.ResponseWriter, location string) {
	w.Header()["Location"] = []string{location}
	w.WriteHeader(http.StatusSeeOther)
}
