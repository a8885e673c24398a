package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/sessionstore/redisbackend"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

//go:embed pages
var pages embed.FS

// app is one instance of the web app. It keeps nothing of its own.
type app struct {
	db           *sql.DB
	accountTable *tokenstore.SQL
	accounts     *tokenstore.Sealed
	sessions     *sessionstore.Server // who is signed in
	reg          *oauthreg.Registrar
	health       *health
	origins      *http.CrossOriginProtection
	templates    *template.Template
	instance     string
	log          *slog.Logger
}

func newApp(ctx context.Context, s settings, db *sql.DB, client *redis.Client, log *slog.Logger) (*app, error) {
	a := &app{
		db: db, health: &health{db: db, redis: client, log: log},
		origins: http.NewCrossOriginProtection(), instance: s.instance, log: log,
	}
	err := a.origins.AddTrustedOrigin(s.baseURL)
	if err != nil {
		return nil, err
	}
	if a.accountTable, err = tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.PostgreSQL}); err != nil {
		return nil, err
	}
	if a.accounts, err = tokenstore.Seal(a.accountTable, s.keys); err != nil {
		return nil, err
	}
	if err = makeTables(ctx, db, a.accountTable); err != nil {
		return nil, err
	}
	backend, err := redisbackend.New(redisbackend.Config{Client: client, Prefix: s.redisPrefix})
	if err != nil {
		return nil, err
	}
	if a.sessions, err = sessionstore.NewServer(sessionstore.ServerConfig{Name: "session", Backend: backend, BaseURL: s.baseURL}); err != nil {
		return nil, err
	}
	handshakes, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: s.baseURL})
	if err != nil {
		return nil, err
	}
	if a.templates, err = template.ParseFS(pages, "pages/*.html"); err != nil {
		return nil, err
	}
	x, err := twitter.New(s.x)
	if err != nil {
		return nil, err
	}
	a.reg, err = oauthreg.New(oauthreg.Config{
		BaseURL:     s.baseURL + "/auth",
		Flows:       map[string]provider.Flow{"twitter": x},
		Labels:      map[string]string{"twitter": "X"},
		Sessions:    handshakes,
		Accounts:    a.accounts,
		SignIn:      a.signIn,
		CurrentUser: a.currentUserID,
		Limit:       (&limiter{header: s.clientIPHeader}).wait,
		OnOutcome:   a.onOutcome,
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
	mux.Handle("/auth/", within(authDeadline, a.reg.Handler()))
	page := func(pattern string, serve http.HandlerFunc) { mux.Handle(pattern, within(pageDeadline, serve)) }
	page("GET /{$}", a.home)
	page("GET /signup", a.showForm)
	page("POST /signup", a.submitForm)
	page("GET /account", a.account)
	page("POST /signout", a.signOut)
	page("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, pages, "pages/style.css")
	})
	outer := http.NewServeMux()
	outer.HandleFunc("GET /healthz", a.health.alive)
	outer.HandleFunc("GET /readyz", a.health.ready)
	outer.Handle("/", a.logged(a.origins.Handler(mux)))
	return a.named(outer)
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	_, signedIn, err := a.currentUser(r)
	if err != nil {
		a.broken(w, r, err)
		return
	}
	query := r.URL.Query()
	notice := a.reg.Notice(r)
	if query.Has("gone") && !signedIn {
		notice = "The sign-up you began is not there any more. Please start again; with X it takes a moment."
	}
	a.show(w, http.StatusOK, "home.html", map[string]any{"Notice": notice, "SignedIn": signedIn, "Next": query.Get("next")})
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
	// Without Seal: the page needs no token, so none is opened for it.
	accounts, err := a.accountTable.ListByUser(r.Context(), u.ID)
	if err != nil {
		a.broken(w, r, err)
		return
	}
	a.show(w, http.StatusOK, "account.html", map[string]any{"User": u, "Accounts": accounts, "Instance": a.instance})
}

// sessionTTL is how long somebody stays signed in.
const sessionTTL = 30 * 24 * time.Hour

// signIn is called by the Registrar. Put makes a new session each time, and
// removes the one that the browser had.
func (a *app) signIn(w http.ResponseWriter, r *http.Request, account tokenstore.Account) error {
	return a.sessions.Put(w, r, "user", []byte(account.UserID), sessionTTL)
}

// signOut removes the session in Redis, not only the cookie.
func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	_, _, err := a.sessions.Take(w, r, "user")
	if err = errors.Join(err, a.reg.Forget(w, r)); err != nil {
		a.broken(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// currentUserID is called by the Registrar.
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

// onOutcome sees how each start and callback ends. One that ended because
// PostgreSQL or Redis is away can be reloaded: X is not asked a second time.
func (a *app) onOutcome(w http.ResponseWriter, r *http.Request, res oauthreg.Result) bool {
	if res.Outcome != oauthreg.Internal || !away(res.Err) {
		return false
	}
	a.broken(w, r, res.Err)
	return true
}

// show writes a page. The policy has no form-action: browsers would apply it to
// the redirect to X that answers the start.
func (a *app) show(w http.ResponseWriter, status int, name string, data any) {
	var body strings.Builder
	if err := a.templates.ExecuteTemplate(&body, name, data); err != nil {
		a.log.Error("page", "name", name, "error", err)
		http.Error(w, "Something went wrong on our side.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body.String()))
}

// broken tells the person little and the log all.
func (a *app) broken(w http.ResponseWriter, r *http.Request, err error) {
	a.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	if away(err) {
		w.Header().Set("Retry-After", "60")
		a.show(w, http.StatusServiceUnavailable, "away.html", nil)
		return
	}
	http.Error(w, "Something went wrong on our side. Please try again.", http.StatusInternalServerError)
}
