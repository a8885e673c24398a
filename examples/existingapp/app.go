package main

import (
	"database/sql"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
)

//go:embed pages
var pages embed.FS

// app is the web app: what it keeps, and its pages.
type app struct {
	settings  settings
	db        *sql.DB
	store     *sqlite3store.SQLite3Store
	sessions  *scs.SessionManager
	origins   *http.CrossOriginProtection
	templates *template.Template
	log       *slog.Logger
	oauth     *oauth // new
}

func newApp(s settings, db *sql.DB, log *slog.Logger) (*app, error) {
	a := &app{settings: s, db: db, log: log, origins: http.NewCrossOriginProtection()}
	err := a.origins.AddTrustedOrigin(s.baseURL)
	if err != nil {
		return nil, err
	}
	if a.templates, err = template.ParseFS(pages, "pages/*.html"); err != nil {
		return nil, err
	}
	// The store needs no driver of its own: it runs on any *sql.DB.
	a.store = sqlite3store.New(db)
	a.sessions = scs.New()
	a.sessions.Store = a.store
	a.sessions.HashTokenInStore = true
	a.sessions.Lifetime = 30 * 24 * time.Hour
	a.sessions.ErrorFunc = a.broken
	// Lax, not Strict: the callback comes from X's site, and connecting has to see
	// there who is signed in.
	a.sessions.Cookie.SameSite = http.SameSiteLaxMode
	if strings.HasPrefix(s.baseURL, "https://") {
		a.sessions.Cookie.Secure = true
		a.sessions.Cookie.Name = "__Host-session"
	}
	return a, nil
}

// close ends what runs in the background.
func (a *app) close() { a.store.StopCleanup() }

// maxForm bounds what is read of a form.
const maxForm = 64 << 10

// handler serves the app. http.CrossOriginProtection keeps the pages of other
// sites from posting its forms.
func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /register", a.showRegister)
	mux.HandleFunc("POST /register", a.register)
	mux.HandleFunc("GET /signin", a.showSignIn)
	mux.HandleFunc("POST /signin", a.signInWithPassword)
	mux.HandleFunc("POST /signout", a.signOut)
	mux.HandleFunc("GET /account", a.account)
	mux.HandleFunc("POST /account/password", a.changePassword)
	mux.HandleFunc("GET /account/confirm", a.showConfirm)
	mux.HandleFunc("POST /account/confirm", a.confirm)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, pages, "pages/style.css")
	})
	a.oauth.routes(mux) // new
	return a.origins.Handler(a.sessions.LoadAndSave(http.MaxBytesHandler(mux, maxForm)))
}

// signIn makes the user the one of this browser's session. Its token is renewed,
// so that one that was planted before is worth nothing.
func (a *app) signIn(r *http.Request, userID string) error {
	if err := a.sessions.RenewToken(r.Context()); err != nil {
		return err
	}
	a.sessions.Put(r.Context(), "user", userID)
	return nil
}

// currentUser returns who is signed in, or the zero user.
func (a *app) currentUser(r *http.Request) (user, error) {
	id := a.sessions.GetString(r.Context(), "user")
	if id == "" {
		return user{}, nil
	}
	return a.userByID(r.Context(), id)
}

// signedIn returns who is signed in. Everybody else is sent to sign in, and ok
// is false.
func (a *app) signedIn(w http.ResponseWriter, r *http.Request) (u user, ok bool) {
	u, err := a.currentUser(r)
	switch {
	case err != nil:
		a.broken(w, r, err)
	case u.ID == "":
		redirect(w, r, "/signin")
	default:
		return u, true
	}
	return user{}, false
}

// notice is a sentence for the person, above a page.
type notice struct {
	Role string // "status", or "alert" if something did not work
	Text string
}

// say keeps a sentence for the next page.
func (a *app) say(r *http.Request, role, text string) {
	a.sessions.Put(r.Context(), "notice", role+" "+text)
}

// said returns the sentence that was kept.
func (a *app) said(r *http.Request) notice {
	role, text, _ := strings.Cut(a.sessions.PopString(r.Context(), "notice"), " ")
	return notice{Role: role, Text: text}
}

func redirect(w http.ResponseWriter, r *http.Request, target string) {
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// page is what the templates get.
type page map[string]any

// show writes a page. The policy has no form-action: browsers would apply it to
// the redirect to X that answers the start.
func (a *app) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	if p["Notice"] == nil {
		p["Notice"] = a.said(r)
	}
	p["Closed"] = a.settings.signUpClosed
	p["StandIn"] = a.oauth.standIn // new
	var body strings.Builder
	if err := a.templates.ExecuteTemplate(&body, name, p); err != nil {
		a.broken(w, r, err)
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
	http.Error(w, "Something went wrong on our side. Please try again.", http.StatusInternalServerError)
}
