// Command gettingstarted is the program of docs/getting-started.md: people sign
// up with X, fill in a form that is filled already, are signed in, and sign out.
package main

import (
	"crypto/rand"
	"errors"
	"html/template"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

func main() {
	settings := twitter.Config{
		ConsumerKey:    os.Getenv("X_CONSUMER_KEY"),
		ConsumerSecret: provider.NewSecret(os.Getenv("X_CONSUMER_SECRET")),
		BaseURL:        os.Getenv("X_API_URL"), // X itself if empty
	}
	if settings.ConsumerKey == "" { // no keys yet: a stand-in for X on this machine
		x, err := twittertest.New(twittertest.Config{})
		if err != nil {
			log.Fatal(err)
		}
		settings.ConsumerKey, settings.ConsumerSecret = twittertest.ConsumerKey, provider.NewSecret(twittertest.ConsumerSecret)
		settings.BaseURL = x.URL()
	}
	handler, err := newApp("http://127.0.0.1:8080", settings)
	if err != nil {
		log.Fatal(err)
	}
	log.Print("open http://127.0.0.1:8080/")
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", handler))
}

type user struct{ Name, Email string }

// app keeps users and sessions in memory; yours has a database.
type app struct {
	reg      *oauthreg.Registrar
	mu       sync.Mutex
	users    map[string]user   // by ID
	sessions map[string]string // cookie: ID of the user
}

func newApp(baseURL string, settings twitter.Config) (http.Handler, error) {
	x, errX := twitter.New(settings)
	waiting, errWaiting := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: baseURL})
	a := &app{users: map[string]user{}, sessions: map[string]string{}}
	var errReg error
	a.reg, errReg = oauthreg.New(oauthreg.Config{
		BaseURL:    baseURL + "/auth",
		Flows:      map[string]provider.Flow{"twitter": x},
		Labels:     map[string]string{"twitter": "X"},
		Sessions:   waiting,
		Accounts:   tokenstore.NewMemory(),
		SignUpURL:  "/signup",
		FailureURL: "/",
		SignIn:     a.signIn,
		Logger:     slog.Default(), // says what to mend if X refuses
	})
	mux := http.NewServeMux()
	mux.Handle("/auth/", a.reg.Handler())
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /signup", a.form)
	mux.HandleFunc("POST /signup", a.submit)
	mux.HandleFunc("POST /signout", a.signOut)
	return mux, errors.Join(errX, errWaiting, errReg)
}

// signIn is called for people who return, and by Complete.
func (a *app) signIn(w http.ResponseWriter, _ *http.Request, account tokenstore.Account) error {
	id := rand.Text()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions[id] = account.UserID
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return nil
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	var u user
	if c, err := r.Cookie("session"); err == nil {
		a.mu.Lock()
		u = a.users[a.sessions[c.Value]]
		a.mu.Unlock()
	}
	show(w, map[string]any{"User": u, "Notice": a.reg.Notice(r)})
}

func (a *app) form(w http.ResponseWriter, r *http.Request) {
	pending, err := a.reg.Pending(r)
	if err != nil {
		a.back(w, r, err)
		return
	}
	values := url.Values{}
	pending.Prefill(values)
	show(w, map[string]any{"Pending": pending, "Field": oauthreg.PendingField, "Values": values})
}

func (a *app) submit(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if _, err := a.reg.Pending(r); err != nil {
		a.back(w, r, err)
		return
	}
	id := rand.Text() // check what was typed in here: what is taken, what is missing
	a.mu.Lock()
	a.users[id] = user{r.PostFormValue("username"), r.PostFormValue("email")}
	a.mu.Unlock()
	done, err := a.reg.Complete(w, r, id)
	if err != nil {
		a.back(w, r, err)
		return
	}
	http.Redirect(w, r, done.Next, http.StatusSeeOther)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie("session"); err == nil {
		a.mu.Lock()
		delete(a.sessions, c.Value)
		a.mu.Unlock()
	}
	a.back(w, r, a.reg.Forget(w, r)) // what the next person at this computer should not inherit
}

func (a *app) back(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil && !errors.Is(err, oauthreg.ErrNoPending) {
		slog.Error("sign-up or sign-out", "error", err)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func show(w http.ResponseWriter, data map[string]any) {
	if err := page.Execute(w, data); err != nil {
		slog.Error("page", "error", err)
	}
}

var page = template.Must(template.New("").Parse(`<!doctype html><title>Getting started</title>
{{with .Notice}}<p role="alert">{{.}}</p>{{end}}
{{if .Pending}}
  <h1>Almost there, @{{.Pending.Profile.Username}} on X</h1>
  <form method="post" action="/signup">
    <input type="hidden" name="{{.Field}}" value="{{.Pending.ID}}">
    <label>Username <input name="username" required value="{{.Values.Get "username"}}"></label>
    <label>E-mail <input name="email" type="email" required value="{{.Values.Get "email"}}"></label>
    <button>Create account</button>
  </form>
{{else if and .User .User.Name}}
  <h1>Welcome, {{.User.Name}}</h1><p>{{.User.Email}}</p>
  <form method="post" action="/signout"><button>Sign out</button></form>
{{else}}
  <form method="post" action="/auth/twitter/start"><button>Sign up with X</button></form>
{{end}}`))
