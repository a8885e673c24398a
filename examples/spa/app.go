package main

import (
	"embed"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

//go:embed web
var web embed.FS

// app is the server: its users, and its endpoints.
type app struct {
	users    *users
	sessions *sessionstore.Cookie // who is signed in
	reg      *oauthreg.Registrar
	origins  *http.CrossOriginProtection
	log      *slog.Logger
}

func newApp(baseURL string, x provider.Flow, log *slog.Logger) (*app, error) {
	a := &app{users: newUsers(), origins: http.NewCrossOriginProtection(), log: log}
	if err := a.origins.AddTrustedOrigin(baseURL); err != nil {
		return nil, err
	}
	// As short-lived as the users. An app that keeps users keeps the key.
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		return nil, err
	}
	if a.sessions, err = sessionstore.NewCookie(sessionstore.CookieConfig{Name: "session", Keys: keys, BaseURL: baseURL}); err != nil {
		return nil, err
	}
	handshakes, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: baseURL})
	if err != nil {
		return nil, err
	}
	a.reg, err = oauthreg.New(oauthreg.Config{
		BaseURL:     baseURL + "/auth",
		Flows:       map[string]provider.Flow{"twitter": x},
		Labels:      map[string]string{"twitter": "X"},
		Sessions:    handshakes,
		Accounts:    a.users.accounts,
		SignIn:      a.signIn,
		SignUpURL:   "/signup", // a view of the page, as are these two
		FailureURL:  "/",
		DefaultNext: "/account",
		Logger:      log,
	})
	return a, err
}

// handler serves the endpoints and the page. http.CrossOriginProtection keeps the
// pages of other sites from posting to any of them.
func (a *app) handler() http.Handler {
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // web is a folder
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", a.reg.Handler())
	mux.HandleFunc("GET /api/me", a.me)
	mux.HandleFunc("GET /api/pending", a.pending)
	mux.HandleFunc("POST /api/signup", a.signUp)
	mux.HandleFunc("POST /api/signout", a.signOut)
	for path, file := range map[string]string{
		"/{$}": "index.html", "/signup": "index.html", "/account": "index.html", "/app.js": "app.js", "/style.css": "style.css",
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, file) })
	}
	return hardened(a.origins.Handler(mux))
}

// hardened lets the page run its own script, load its own style, and talk to
// its own server, and nothing else.
func hardened(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
			"img-src https: data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// me tells the page who is signed in: null if nobody is.
func (a *app) me(w http.ResponseWriter, r *http.Request) {
	id, found, err := a.sessions.Get(r, "user")
	if err != nil {
		a.reg.WriteProblem(w, r, err)
		return
	}
	var signedIn *user
	if found {
		signedIn = a.users.find(string(id))
	}
	writeJSON(w, http.StatusOK, "application/json", signedIn)
}

// pending is what the form is filled with.
func (a *app) pending(w http.ResponseWriter, r *http.Request) {
	pending, err := a.reg.Pending(r)
	if err != nil {
		a.reg.WriteProblem(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, "application/json", pending.View("username", "email"))
}

// signUp takes the form. Which sign-up it is for says the header
// [oauthreg.PendingHeader].
func (a *app) signUp(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10) // Pending would read a form to its end
	pending, err := a.reg.Pending(r)
	if err != nil {
		a.reg.WriteProblem(w, r, err)
		return
	}
	var form form
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&form); err != nil {
		writeProblem(w, problem{Title: "The form cannot be read", Status: http.StatusBadRequest, Detail: "Please reload the page and try again."})
		return
	}
	u, faults := form.user(pending)
	if len(faults) == 0 {
		faults, err = a.users.create(r.Context(), u, pending.Account(u.ID))
	}
	switch {
	case err != nil:
		a.reg.WriteProblem(w, r, err)
		return
	case len(faults) > 0:
		writeProblem(w, problem{
			Title: "Please check the form", Status: http.StatusUnprocessableEntity, Detail: "Something in the form needs to be changed.", Errors: faults,
		})
		return
	}
	// Links again, which changes nothing, signs in who owns the identity, and
	// forgets what was waiting.
	done, err := a.reg.Complete(w, r, u.ID)
	if err != nil {
		a.reg.WriteProblem(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]string{"location": done.Next})
}

// signIn is called by the Registrar.
func (a *app) signIn(w http.ResponseWriter, r *http.Request, account tokenstore.Account) error {
	return a.sessions.Put(w, r, "user", []byte(account.UserID), 24*time.Hour)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	_, _, err := a.sessions.Take(w, r, "user")
	if err == nil {
		err = a.reg.Forget(w, r)
	}
	if err != nil {
		a.reg.WriteProblem(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// problem is RFC 9457's, with a fault for each field. Its type is that of none:
// the status says what it is.
type problem struct {
	Title  string            `json:"title"`
	Status int               `json:"status"`
	Detail string            `json:"detail"`
	Errors map[string]string `json:"errors,omitempty"`
}

func writeProblem(w http.ResponseWriter, p problem) {
	writeJSON(w, p.Status, "application/problem+json", p)
}

func writeJSON(w http.ResponseWriter, status int, mediaType string, v any) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the connection is gone, if anything
}
