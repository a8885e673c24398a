package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/usernames"
)

// routes adds the handlers. They come behind the app's LoadAndSave, its bound on
// forms and its protection against posts from other sites.
func (o *oauth) routes(mux *http.ServeMux) {
	mux.Handle("/auth/", o.reg.Handler())
	mux.HandleFunc("GET /welcome", o.showWelcome)
	mux.HandleFunc("POST /welcome", o.submitWelcome)
	mux.HandleFunc("POST /account/connect", o.connectWaiting)
	mux.HandleFunc("POST /account/forget", o.forgetWaiting)
	mux.HandleFunc("POST /account/disconnect", o.disconnect)
}

// addToSignIn tells on the page for signing in why somebody is back from X.
func (o *oauth) addToSignIn(p page, r *http.Request) error {
	if text := o.reg.Notice(r); text != "" {
		p["Notice"] = notice{"alert", text}
	}
	pending, err := o.reg.Pending(r)
	if errors.Is(err, oauthreg.ErrNoPending) {
		return nil
	}
	p["Waiting"] = err == nil && pending.EmailInUse
	return err
}

// connection is one identity of a user on the account page.
type connection struct {
	tokenstore.Identity

	Label, Handle string
	Since         time.Time
}

// addToAccount lists the identities of u, and the one that waits to be theirs.
func (o *oauth) addToAccount(p page, r *http.Request, u user) error {
	if text := o.reg.Notice(r); text != "" {
		p["Notice"] = notice{"alert", text}
	}
	// From the table, not the sealed store: no token is needed here, so none is
	// opened, and none that cannot be opened is in the way.
	accounts, err := o.table.ListByUser(r.Context(), u.ID)
	if err != nil {
		return err
	}
	var connections []connection
	for _, a := range accounts {
		connections = append(connections, connection{a.Identity, o.labels[a.Provider], a.Username, a.LinkedAt})
	}
	p["Connections"] = connections

	pending, err := o.reg.Pending(r)
	switch {
	case errors.Is(err, oauthreg.ErrNoPending):
		return nil
	case err != nil:
		return err
	case pending.OfferTo(u.ID):
		// To the user who has the address, and to nobody else who signs in at the same
		// computer. ConnectPending checks that again.
		p["Offer"], p["OfferLabel"] = pending, o.labels[pending.Provider]
	}
	return nil
}

func (o *oauth) showWelcome(w http.ResponseWriter, r *http.Request) {
	pending, ok := o.pending(w, r)
	if !ok {
		return
	}
	values, faults := url.Values{}, map[string]string{}
	suggestions, err := usernames.Suggest(r.Context(), pending.Profile, usernames.Rules{Taken: o.takenUsernames})
	if err != nil {
		o.app.broken(w, r, err)
		return
	}
	if len(suggestions) > 0 {
		values.Set("username", suggestions[0])
	}
	pending.Prefill(values)
	if pending.EmailInUse {
		values.Del("email")
	} else if len(pending.Missing("email")) > 0 {
		faults["email"] = o.labels[pending.Provider] + " did not tell us; please fill this in."
	}
	o.welcome(w, r, http.StatusOK, pending, suggestions, values, faults)
}

func (o *oauth) submitWelcome(w http.ResponseWriter, r *http.Request) {
	form, ok := o.app.form(w, r)
	if !ok {
		return
	}
	pending, ok := o.pending(w, r)
	if !ok {
		return
	}
	u := user{ID: rand.Text(), Username: form.Get("username"), Email: form.Get("email")}
	u.EmailVerified = pending.EmailVerified(u.Email)
	faults := u.faults()
	if len(faults) == 0 {
		err := o.createUser(r.Context(), u, pending)
		switch {
		case errors.Is(err, tokenstore.ErrTaken):
			// The same person, a moment ago: Complete signs them in.
		case err != nil && !taken(faults, err):
			o.app.broken(w, r, err)
			return
		}
	}
	if len(faults) > 0 {
		suggestions, err := usernames.Suggest(r.Context(), pending.Profile, usernames.Rules{Taken: o.takenUsernames})
		if err != nil {
			o.app.broken(w, r, err)
			return
		}
		o.welcome(w, r, http.StatusUnprocessableEntity, pending, suggestions, form, faults)
		return
	}
	done, err := o.reg.Complete(w, r, u.ID)
	switch {
	case errors.Is(err, oauthreg.ErrNoPending):
		// The same person, a moment ago, and their sign-up is done with.
		redirect(w, r, "/signin")
	case err != nil:
		o.app.broken(w, r, err)
	default:
		redirect(w, r, done.Next)
	}
}

func (o *oauth) welcome(w http.ResponseWriter, r *http.Request, status int, pending *oauthreg.Pending, suggestions []string, values url.Values, faults map[string]string) {
	o.app.show(w, r, status, "welcome.html", page{
		"Pending": pending, "Label": o.labels[pending.Provider], "Suggestions": suggestions, "Values": values, "Errors": faults,
	})
}

// pending returns the sign-up that waits. Who has none is sent away, and ok is
// false.
func (o *oauth) pending(w http.ResponseWriter, r *http.Request) (pending *oauthreg.Pending, ok bool) {
	pending, err := o.reg.Pending(r)
	switch {
	case errors.Is(err, oauthreg.ErrNoPending):
		redirect(w, r, "/signin") // and on to the account who is signed in
	case errors.Is(err, oauthreg.ErrSignUpClosed):
		// Asked before a form makes a user, also of who was to sign in first and goes
		// on to register after all.
		o.app.say(r, "alert", closedSentence)
		redirect(w, r, "/signin")
	case err != nil:
		o.app.broken(w, r, err)
	default:
		return pending, true
	}
	return nil, false
}

// takenUsernames asks once for all candidates.
func (o *oauth) takenUsernames(ctx context.Context, candidates []string) (taken []string, err error) {
	args := make([]any, len(candidates))
	for i, c := range candidates {
		args[i] = c
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(args)), ",")
	rows, err := o.app.db.QueryContext(ctx, "SELECT username FROM users WHERE username IN ("+marks+")", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		taken = append(taken, name)
	}
	return taken, rows.Err()
}

// createUser makes the user, without a password, and links the identity: both or
// none. The identity comes first, because a second click of the same person must
// not look like somebody else with the same username.
func (o *oauth) createUser(ctx context.Context, u user, pending *oauthreg.Pending) error {
	code := ""
	if !u.EmailVerified {
		code = rand.Text()
	}
	tx, err := o.app.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := o.accounts.Over(o.table.In(tx)).Link(ctx, pending.Account(u.ID)); err != nil {
		return err
	}
	if err := insertUser(ctx, tx, u, code); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if code != "" {
		o.app.mailConfirmation(u, code)
	}
	return nil
}

// connectWaiting gives the identity that waits to the user who is signed in.
func (o *oauth) connectWaiting(w http.ResponseWriter, r *http.Request) {
	done, err := o.reg.ConnectPending(w, r)
	switch {
	case err == nil:
		o.app.say(r, "status", "Your "+o.labels[done.Account.Provider]+" account is connected.")
	case errors.Is(err, oauthreg.ErrNoPending):
		o.app.say(r, "alert", "This took too long. You can connect the account below.")
	case errors.Is(err, oauthreg.ErrSignInFirst):
		o.app.say(r, "alert", "Please sign in as the user with this e-mail address.")
	case errors.Is(err, tokenstore.ErrTaken):
		o.app.say(r, "alert", "It is connected to somebody else's account here. Nothing was changed.")
	default:
		o.app.broken(w, r, err)
		return
	}
	redirect(w, r, "/account")
}

func (o *oauth) forgetWaiting(w http.ResponseWriter, r *http.Request) {
	if err := o.reg.Cancel(w, r); err != nil {
		o.app.broken(w, r, err)
		return
	}
	redirect(w, r, "/account")
}

func (o *oauth) disconnect(w http.ResponseWriter, r *http.Request) {
	u, ok := o.app.signedIn(w, r)
	if !ok {
		return
	}
	form, ok := o.app.form(w, r)
	if !ok {
		return
	}
	id := tokenstore.Identity{Provider: form.Get("provider"), Subject: form.Get("subject")}
	label := o.labels[id.Provider]
	d, err := o.reg.Disconnect(r.Context(), u.ID, id)
	switch {
	case errors.Is(err, oauthreg.ErrLastWayIn):
		o.app.say(r, "alert", "This is the only way into your account. Set a password first, or connect another account; then you can disconnect it.")
	case errors.Is(err, tokenstore.ErrNotFound):
		o.app.say(r, "alert", "This account is not connected any more.")
	case err != nil:
		o.app.broken(w, r, err)
		return
	case d.RevokeErr != nil:
		o.app.say(r, "status", "Disconnected here. "+label+" could not be told; you can remove this app in the settings of your account there.")
	default:
		o.app.say(r, "status", "Disconnected. What we had been allowed at "+label+" has ended.")
	}
	redirect(w, r, "/account")
}
