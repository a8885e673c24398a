package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

const (
	// origin is what browsers see of the app. Nobody looks the name up: the
	// connections of a browser lead to an instance of its choice.
	origin       = "http://app.localhost"
	providerName = "x"
)

// user is a user of the app. identity is whom the user was made for.
type user struct {
	id       string
	identity tokenstore.Identity
}

// users is the app's database: users, and who is signed in.
type users struct {
	mu       sync.Mutex
	byID     map[string]user
	sessions map[string]string           // session ID to user ID
	madeFor  map[tokenstore.Identity]int // how many users there are
}

func newUsers() *users {
	return &users{byID: map[string]user{}, sessions: map[string]string{}, madeFor: map[tokenstore.Identity]int{}}
}

// create is the transaction in which user and link come into being together.
func (u *users) create(ctx context.Context, accounts tokenstore.Store, fresh user, link tokenstore.Account) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := accounts.Link(ctx, link); err != nil {
		return err
	}
	u.byID[fresh.id] = fresh
	u.madeFor[fresh.identity]++
	return nil
}

var errNoUser = errors.New("loadtest: the account belongs to no user")

// open starts a session of a user.
func (u *users) open(userID string) (session string, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, found := u.byID[userID]; !found {
		return "", errNoUser
	}
	session = rand.Text()
	u.sessions[session] = userID
	return session, nil
}

func (u *users) current(session string) (user, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	found, ok := u.byID[u.sessions[session]]
	return found, ok
}

// siblings is how many users were made for an identity.
func (u *users) siblings(id tokenstore.Identity) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.madeFor[id]
}

func (u *users) end(session string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.sessions, session)
}

// remove forgets a user, with their link and sessions.
func (u *users) remove(ctx context.Context, accounts tokenstore.Store, gone user) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := accounts.Unlink(ctx, gone.id, gone.identity); err != nil && !errors.Is(err, tokenstore.ErrNotFound) {
		return err
	}
	if _, found := u.byID[gone.id]; found {
		delete(u.byID, gone.id)
		if u.madeFor[gone.identity]--; u.madeFor[gone.identity] == 0 {
			delete(u.madeFor, gone.identity)
		}
	}
	for session, userID := range u.sessions {
		if userID == gone.id {
			delete(u.sessions, session)
		}
	}
	return nil
}

// all returns the users, for the audit.
func (u *users) all() []user {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := make([]user, 0, len(u.byID))
	for _, found := range u.byID {
		list = append(list, found)
	}
	return list
}

// app is one instance's part: all else it shares with the others.
type app struct {
	users    *users
	accounts tokenstore.Store
	reg      *oauthreg.Registrar
}

func newApp(flow provider.Flow, sessions sessionstore.Store, accounts tokenstore.Store, us *users) (*app, error) {
	a := &app{users: us, accounts: accounts}
	var err error
	a.reg, err = oauthreg.New(oauthreg.Config{
		BaseURL:     origin + "/auth",
		Flows:       map[string]provider.Flow{providerName: flow},
		Sessions:    sessions,
		Accounts:    accounts,
		SignIn:      a.signIn,
		SignUpURL:   "/signup",
		FailureURL:  "/",
		DefaultNext: "/account",
		// As short as what the Registrar keeps of an exchange, so that a soak
		// reaches the level it stays at.
		AttemptTTL: recordTTL,
		PendingTTL: recordTTL,
	})
	return a, err
}

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/auth/", a.reg.Handler())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { page(w, "<p>Welcome.</p>") })
	mux.HandleFunc("GET /signup", a.showForm)
	mux.HandleFunc("POST /signup", a.submitForm)
	mux.HandleFunc("GET /account", a.account)
	mux.HandleFunc("POST /signout", a.signOut)
	mux.HandleFunc("POST /close", a.closeAccount)
	return mux
}

const sessionCookie = "session"

func (a *app) signIn(w http.ResponseWriter, _ *http.Request, account tokenstore.Account) error {
	session, err := a.users.open(account.UserID)
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return nil
}

func session(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

func (a *app) showForm(w http.ResponseWriter, r *http.Request) {
	pending, err := a.reg.Pending(r)
	if err != nil {
		a.noPending(w, r, err)
		return
	}
	form := url.Values{oauthreg.PendingField: {pending.ID}}
	pending.Prefill(form)
	var b strings.Builder
	b.WriteString(`<form method="post">`)
	for _, name := range formFields {
		b.WriteString(input(name, form.Get(name)))
	}
	page(w, b.String()+`</form>`)
}

var formFields = []string{oauthreg.PendingField, oauthreg.FieldUsername, oauthreg.FieldEmail, oauthreg.FieldName}

// submitForm creates the user, and calls Complete also when the identity was
// registered a moment before: then it signs in whoever has it.
func (a *app) submitForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	pending, err := a.reg.Pending(r)
	if err != nil {
		a.noPending(w, r, err)
		return
	}
	fresh := user{id: rand.Text(), identity: pending.Identity()}
	err = a.users.create(r.Context(), a.accounts, fresh, pending.Account(fresh.id))
	if err != nil && !errors.Is(err, tokenstore.ErrTaken) {
		broken(w, err)
		return
	}
	done, err := a.reg.Complete(w, r, fresh.id)
	if errors.Is(err, oauthreg.ErrNoPending) {
		a.noPending(w, r, err)
		return
	}
	if err != nil {
		broken(w, err)
		return
	}
	http.Redirect(w, r, done.Next, http.StatusSeeOther)
}

func (a *app) noPending(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, oauthreg.ErrNoPending) {
		broken(w, err)
		return
	}
	target := "/"
	if _, signedIn := a.users.current(session(r)); signedIn {
		target = "/account"
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (a *app) account(w http.ResponseWriter, r *http.Request) {
	u, signedIn := a.users.current(session(r))
	if !signedIn {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	page(w, input("user", u.id)+input("subject", u.identity.Subject)+input("siblings", strconv.Itoa(a.users.siblings(u.identity))))
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	a.users.end(session(r))
	a.goodbye(w, r)
}

// closeAccount makes the person unknown again. The form names the user, so that
// nobody closes another's.
func (a *app) closeAccount(w http.ResponseWriter, r *http.Request) {
	u, signedIn := a.users.current(session(r))
	if signedIn && u.id != r.PostFormValue("user") {
		http.Error(w, "Somebody else is signed in here.", http.StatusConflict)
		return
	}
	if signedIn {
		if err := a.users.remove(r.Context(), a.accounts, u); err != nil {
			broken(w, err)
			return
		}
	}
	a.goodbye(w, r)
}

func (a *app) goodbye(w http.ResponseWriter, r *http.Request) {
	if err := a.reg.Forget(w, r); err != nil {
		broken(w, err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func input(name, value string) string {
	return fmt.Sprintf(`<input name="%s" value="%s">`, name, html.EscapeString(value))
}

func page(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(body))
}

// broken names the error: the people of this program report what they see.
func broken(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusInternalServerError)
}
