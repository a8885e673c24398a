package main

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	u, err := a.currentUser(r)
	if err != nil {
		a.broken(w, r, err)
		return
	}
	a.show(w, r, http.StatusOK, "home.html", page{"User": u})
}

const closedSentence = "We are not taking new sign-ups at the moment."

func (a *app) showRegister(w http.ResponseWriter, r *http.Request) {
	if a.settings.signUpClosed {
		a.say(r, "alert", closedSentence)
		redirect(w, r, "/signin")
		return
	}
	a.show(w, r, http.StatusOK, "register.html", page{"Values": url.Values{}, "Errors": map[string]string{}})
}

func (a *app) register(w http.ResponseWriter, r *http.Request) {
	if a.settings.signUpClosed {
		a.showRegister(w, r)
		return
	}
	form, ok := a.form(w, r)
	if !ok {
		return
	}
	u := user{ID: rand.Text(), Username: form.Get("username"), Email: form.Get("email")}
	faults := u.faults()
	if fault := passwordFault(form.Get("password")); fault != "" {
		faults["password"] = fault
	}
	code := rand.Text()
	if len(faults) == 0 {
		var err error
		if u.PasswordHash, err = a.settings.rounds.hashPassword(form.Get("password")); err == nil {
			err = insertUser(r.Context(), a.db, u, code)
		}
		if err != nil && !taken(faults, err) {
			a.broken(w, r, err)
			return
		}
	}
	if len(faults) > 0 {
		a.show(w, r, http.StatusUnprocessableEntity, "register.html", page{"Values": form, "Errors": faults})
		return
	}
	a.mailConfirmation(u, code)
	if err := a.signIn(r, u.ID); err != nil {
		a.broken(w, r, err)
		return
	}
	redirect(w, r, "/account")
}

// form returns what was posted, without blanks around it, passwords excepted. If
// it cannot be read it answers, and ok is false.
func (a *app) form(w http.ResponseWriter, r *http.Request) (form url.Values, ok bool) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form is too large or damaged. Please go back and try again.", http.StatusBadRequest)
		return nil, false
	}
	for _, field := range []string{"username", "email"} {
		if r.PostForm.Has(field) {
			r.PostForm.Set(field, strings.TrimSpace(r.PostForm.Get(field)))
		}
	}
	return r.PostForm, true
}

// taken notes an error of insertUser that the person can mend. That it tells
// who is registered is so in every app where people sign in by e-mail and see at
// once that they have an account.
func taken(faults map[string]string, err error) bool {
	switch {
	case errors.Is(err, errUsernameTaken):
		faults["username"] = "Somebody else has this username. Please choose another."
	case errors.Is(err, errEmailTaken):
		faults["email"] = "Somebody is registered with this address. If that is you, please sign in."
	default:
		return false
	}
	return true
}

// mailConfirmation stands for sending an e-mail: what it would say goes to the
// terminal.
func (a *app) mailConfirmation(u user, code string) {
	a.log.Info("e-mail, not sent by this demo", "to", u.Email,
		"text", "Please confirm your address: "+a.settings.baseURL+"/account/confirm?code="+code)
}

func (a *app) showSignIn(w http.ResponseWriter, r *http.Request) {
	u, err := a.currentUser(r)
	if err != nil {
		a.broken(w, r, err)
		return
	}
	if u.ID != "" {
		target := "/account"
		if r.URL.RawQuery != "" { // new
			// Why somebody is back from X: what Registrar.Notice reads. // new
			target += "?" + r.URL.RawQuery // new
		} // new
		redirect(w, r, target)
		return
	}
	a.signInPage(w, r, http.StatusOK, page{"Email": ""})
}

func (a *app) signInPage(w http.ResponseWriter, r *http.Request, status int, p page) {
	if err := a.oauth.addToSignIn(p, r); err != nil { // new
		a.broken(w, r, err) // new
		return              // new
	} // new
	a.show(w, r, status, "signin.html", p)
}

func (a *app) signInWithPassword(w http.ResponseWriter, r *http.Request) {
	form, ok := a.form(w, r)
	if !ok {
		return
	}
	u, err := a.userByEmail(r.Context(), form.Get("email"))
	if err != nil {
		a.broken(w, r, err)
		return
	}
	// Also for the zero user, who has no password.
	if !a.settings.rounds.checkPassword(u.PasswordHash, form.Get("password")) {
		a.signInPage(w, r, http.StatusUnprocessableEntity,
			page{"Email": form.Get("email"), "Notice": notice{"alert", "E-mail or password is wrong."}})
		return
	}
	if err := a.signIn(r, u.ID); err != nil {
		a.broken(w, r, err)
		return
	}
	redirect(w, r, "/account")
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	err := a.sessions.Destroy(r.Context())
	err = errors.Join(err, a.oauth.reg.Forget(w, r)) // new
	if err != nil {
		a.broken(w, r, err)
		return
	}
	redirect(w, r, "/")
}

func (a *app) account(w http.ResponseWriter, r *http.Request) {
	u, ok := a.signedIn(w, r)
	if !ok {
		return
	}
	p := page{"User": u}
	if err := a.oauth.addToAccount(p, r, u); err != nil { // new
		a.broken(w, r, err) // new
		return              // new
	} // new
	a.show(w, r, http.StatusOK, "account.html", p)
}

// changePassword sets a password, or the first one of somebody who has none.
func (a *app) changePassword(w http.ResponseWriter, r *http.Request) {
	u, ok := a.signedIn(w, r)
	if !ok {
		return
	}
	form, ok := a.form(w, r)
	if !ok {
		return
	}
	fault := passwordFault(form.Get("password"))
	if u.PasswordHash != "" && !a.settings.rounds.checkPassword(u.PasswordHash, form.Get("current")) {
		fault = "Your current password is another."
	}
	if fault != "" {
		a.say(r, "alert", fault)
		redirect(w, r, "/account")
		return
	}
	hash, err := a.settings.rounds.hashPassword(form.Get("password"))
	if err == nil {
		err = a.setPassword(r.Context(), u.ID, hash)
	}
	if err == nil {
		err = a.sessions.RenewToken(r.Context())
	}
	if err != nil {
		a.broken(w, r, err)
		return
	}
	a.say(r, "status", "Your password is set.")
	redirect(w, r, "/account")
}

// showConfirm asks: programs that look into e-mails open links and press nothing.
func (a *app) showConfirm(w http.ResponseWriter, r *http.Request) {
	if u, ok := a.signedIn(w, r); ok {
		a.show(w, r, http.StatusOK, "confirm.html", page{"User": u, "Code": r.URL.Query().Get("code")})
	}
}

func (a *app) confirm(w http.ResponseWriter, r *http.Request) {
	u, ok := a.signedIn(w, r)
	if !ok {
		return
	}
	form, ok := a.form(w, r)
	if !ok {
		return
	}
	confirmed, err := a.confirmEmail(r.Context(), u.ID, form.Get("code"))
	switch {
	case err != nil:
		a.broken(w, r, err)
		return
	case confirmed:
		a.say(r, "status", "Your e-mail address is confirmed.")
	default:
		a.say(r, "alert", "This link is not for this account, or was used before.")
	}
	redirect(w, r, "/account")
}
