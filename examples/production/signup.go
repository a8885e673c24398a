package main

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/tokenstore"
)

// form is what the registration form shows.
type form struct {
	Pending *oauthreg.Pending
	Values  url.Values
	Errors  map[string]string
}

func (a *app) showForm(w http.ResponseWriter, r *http.Request) {
	pending, err := a.reg.Pending(r)
	if err != nil {
		a.noPending(w, r, err)
		return
	}
	f := form{Pending: pending, Values: url.Values{}, Errors: map[string]string{}}
	pending.Prefill(f.Values)
	for _, field := range pending.Missing("username", "email") {
		f.Errors[field] = "X did not tell us; please fill this in."
	}
	a.show(w, http.StatusOK, "signup.html", f)
}

var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9_]{1,50}$`)

func (a *app) submitForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form is too large or damaged. Please go back and try again.", http.StatusBadRequest)
		return
	}
	pending, err := a.reg.Pending(r)
	if err != nil {
		a.noPending(w, r, err)
		return
	}
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	u := user{ID: rand.Text(), Username: field("username"), FirstName: field("first_name"), LastName: field("last_name")}
	f := form{Pending: pending, Values: r.PostForm, Errors: map[string]string{}}
	if !usernamePattern.MatchString(u.Username) {
		f.Errors["username"] = "Please choose a username of letters, digits and _, at most 50."
	}
	email, ok := oauthreg.NormalizeEmail(field("email"))
	if !ok {
		f.Errors["email"] = "Please enter an e-mail address, such as you@example.com."
	}
	u.Email, u.EmailVerified = email, pending.EmailVerified(email)
	for name, value := range map[string]string{"first_name": u.FirstName, "last_name": u.LastName} {
		// PostgreSQL refuses what is not UTF-8, and NUL.
		if utf8.RuneCountInString(value) > 256 || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			f.Errors[name] = "Please enter a name of at most 256 letters."
		}
	}
	if len(f.Errors) == 0 {
		err := a.createUser(r.Context(), u, pending.Account(u.ID))
		switch {
		case errors.Is(err, errUsernameTaken):
			f.Errors["username"] = "Somebody else has this username. Please choose another."
		case errors.Is(err, tokenstore.ErrTaken):
			// The same person, a moment ago, perhaps at another instance: Complete
			// signs them in.
		case err != nil:
			a.broken(w, r, err)
			return
		}
	}
	if len(f.Errors) > 0 {
		a.show(w, http.StatusUnprocessableEntity, "signup.html", f)
		return
	}
	done, err := a.reg.Complete(w, r, u.ID)
	if err != nil {
		a.noPending(w, r, err)
		return
	}
	http.Redirect(w, r, done.Next, http.StatusSeeOther)
}

// noPending sends away who has nothing to register, or breaks.
func (a *app) noPending(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, oauthreg.ErrNoPending) {
		a.broken(w, r, err)
		return
	}
	_, signedIn, err := a.currentUser(r)
	switch {
	case err != nil:
		a.broken(w, r, err)
	case signedIn:
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	default:
		http.Redirect(w, r, "/?gone=1", http.StatusSeeOther)
	}
}
