package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

//go:embed pages
var pages embed.FS

// app is the web app: what it keeps, and its pages.
type app struct {
	db           *sql.DB
	accountTable *tokenstore.SQL
	accounts     *tokenstore.Sealed
	sessions     *sessionstore.Cookie // who is signed in
	reg          *oauthreg.Registrar
	choices      []choice
	origins      *http.CrossOriginProtection
	templates    *template.Template
	standIn      string
	log          *slog.Logger
}

func newApp(ctx context.Context, s settings, db *sql.DB, choices []choice, standIn string, log *slog.Logger) (*app, error) {
	a := &app{db: db, choices: choices, standIn: standIn, log: log, origins: http.NewCrossOriginProtection()}
	err := a.origins.AddTrustedOrigin(s.baseURL)
	if err != nil {
		return nil, err
	}
	if a.accountTable, err = tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite}); err != nil {
		return nil, err
	}
	if err = a.accountTable.Migrate(ctx); err != nil {
		return nil, err
	}
	if a.accounts, err = tokenstore.Seal(a.accountTable, s.keys); err != nil {
		return nil, err
	}
	if a.sessions, err = sessionstore.NewCookie(sessionstore.CookieConfig{Name: "session", Keys: s.keys, BaseURL: s.baseURL}); err != nil {
		return nil, err
	}
	handshakes, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: s.keys, BaseURL: s.baseURL})
	if err != nil {
		return nil, err
	}
	if a.templates, err = template.ParseFS(pages, "pages/*.html"); err != nil {
		return nil, err
	}
	flows, labels := map[string]provider.Flow{}, map[string]string{}
	for _, c := range choices {
		flows[c.Name], labels[c.Name] = c.flow, c.Label
	}
	a.reg, err = oauthreg.New(oauthreg.Config{
		BaseURL:     s.baseURL + "/auth",
		Flows:       flows,
		Labels:      labels,
		Sessions:    handshakes,
		Accounts:    a.accounts,
		SignIn:      a.signIn,
		CurrentUser: a.currentUserID,
		SignUpURL:   "/signup",
		FailureURL:  "/",
		DefaultNext: "/account",
		Logger:      log,
	})
	return a, err
}

// handler serves the app. http.CrossOriginProtection keeps the pages of other
// sites from posting its forms.
func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/auth/", a.reg.Handler())
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /signup", a.showForm)
	mux.HandleFunc("POST /signup", a.submitForm)
	mux.HandleFunc("GET /account", a.account)
	mux.HandleFunc("POST /signout", a.signOut)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, pages, "pages/style.css")
	})
	return a.origins.Handler(mux)
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	_, signedIn, err := a.currentUser(r)
	if err != nil {
		a.broken(w, r, err)
		return
	}
	a.show(w, http.StatusOK, "home.html", map[string]any{
		"Notice": a.reg.Notice(r), "SignedIn": signedIn, "Next": r.URL.Query().Get("next"), "Choices": a.choices,
	})
}

// form is what the registration form shows.
type form struct {
	Pending *oauthreg.Pending
	Label   string // what people call the provider
	Values  url.Values
	Errors  map[string]string
}

func (a *app) showForm(w http.ResponseWriter, r *http.Request) {
	pending, err := a.reg.Pending(r)
	if err != nil {
		a.noPending(w, r, err)
		return
	}
	f := form{Pending: pending, Label: a.label(pending.Provider), Values: url.Values{}, Errors: map[string]string{}}
	pending.Prefill(f.Values)
	for _, field := range pending.Missing("username", "email") {
		f.Errors[field] = a.label(pending.Provider) + " did not tell us; please fill this in."
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
	u := user{
		ID: rand.Text(), Username: field("username"), FirstName: field("first_name"), LastName: field("last_name"),
		// These two were not on the form, so they are not taken from it.
		Name: pending.Profile.Name, AvatarURL: pending.Profile.AvatarURL,
	}
	f := form{Pending: pending, Label: a.label(pending.Provider), Values: r.PostForm, Errors: map[string]string{}}
	if !usernamePattern.MatchString(u.Username) {
		f.Errors["username"] = "Please choose a username of letters, digits and _, at most 50."
	}
	email, ok := oauthreg.NormalizeEmail(field("email"))
	if !ok {
		f.Errors["email"] = "Please enter an e-mail address, such as you@example.com."
	}
	u.Email, u.EmailVerified = email, pending.EmailVerified(email)
	for name, value := range map[string]string{"first_name": u.FirstName, "last_name": u.LastName} {
		if len([]rune(value)) > 256 {
			f.Errors[name] = "Please shorten this to 256 characters."
		}
	}
	if len(f.Errors) == 0 {
		err := a.createUser(r.Context(), u, pending.Account(u.ID))
		switch {
		case errors.Is(err, errUsernameTaken):
			f.Errors["username"] = "Somebody else has this username. Please choose another."
		case errors.Is(err, tokenstore.ErrTaken):
			// The same person, a moment ago: Complete signs them in.
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
		a.broken(w, r, err)
		return
	}
	http.Redirect(w, r, done.Next, http.StatusSeeOther)
}

// label is what people call the provider.
func (a *app) label(name string) string {
	for _, c := range a.choices {
		if c.Name == name {
			return c.Label
		}
	}
	return name
}

// noPending sends away who has nothing to register, or breaks.
func (a *app) noPending(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, oauthreg.ErrNoPending) {
		a.broken(w, r, err)
		return
	}
	target := "/"
	if _, signedIn, err := a.currentUser(r); err == nil && signedIn {
		target = "/account"
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (a *app) account(w http.ResponseWriter, r *http.Request) {
	u, signedIn, err := a.currentUser(r)
	if err != nil {
		a.broken(w, r, err)
		return
	}
	if !signedIn {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	accounts, err := a.accounts.ListByUser(r.Context(), u.ID)
	if err != nil {
		a.broken(w, r, err)
		return
	}
	connected := map[string]tokenstore.Account{}
	for _, account := range accounts {
		connected[account.Provider] = account
	}
	a.show(w, http.StatusOK, "account.html", map[string]any{"User": u, "Choices": a.choices, "Connected": connected})
}

// sessionTTL is how long somebody stays signed in. A sealed cookie cannot be
// revoked on the server: an app that must do that keeps its sessions there.
const sessionTTL = 30 * 24 * time.Hour

// signIn is called by the Registrar.
func (a *app) signIn(w http.ResponseWriter, r *http.Request, account tokenstore.Account) error {
	return a.sessions.Put(w, r, "user", []byte(account.UserID), sessionTTL)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	_, _, err := a.sessions.Take(w, r, "user")
	if err = errors.Join(err, a.reg.Forget(w, r)); err != nil {
		a.broken(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// currentUserID is called by the Registrar, for people who connect another
// provider to their account.
func (a *app) currentUserID(r *http.Request) (string, error) {
	u, _, err := a.currentUser(r)
	return u.ID, err
}

// currentUser returns who is signed in, if somebody is.
func (a *app) currentUser(r *http.Request) (user, bool, error) {
	id, found, err := a.sessions.Get(r, "user")
	if err != nil || !found {
		return user{}, false, err
	}
	u, err := a.findUser(r.Context(), string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return user{}, false, nil
	}
	return u, err == nil, err
}

// show writes a page. The policy has no form-action: browsers would apply it to
// the redirect to X that answers the start.
func (a *app) show(w http.ResponseWriter, status int, name string, data any) {
	var body strings.Builder
	if err := a.templates.ExecuteTemplate(&body, name, map[string]any{"Data": data, "StandIn": a.standIn}); err != nil {
		a.log.Error("page", "name", name, "error", err)
		http.Error(w, "Something went wrong on our side.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src https: data:; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body.String()))
}

// broken tells the person little and the log all.
func (a *app) broken(w http.ResponseWriter, r *http.Request, err error) {
	a.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	http.Error(w, "Something went wrong on our side. Please try again.", http.StatusInternalServerError)
}
