// Package twoproviders is the code of docs/several-providers.md: an app that
// offers X and GitHub side by side.
package twoproviders

import (
	"crypto/rand"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"sync"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/providers"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

// flows are both providers, by the names that identities are stored under.
func flows(keys twitter.Config, app oauth2flow.Config) (map[string]provider.Flow, error) {
	x, errX := twitter.New(keys)
	github, errGitHub := oauth2flow.New(app)
	return map[string]provider.Flow{"twitter": x, "github": github}, errors.Join(errX, errGitHub)
}

// gitHub is the OAuth app registered at GitHub.
func gitHub(clientID string, clientSecret provider.Secret) oauth2flow.Config {
	cfg := providers.GitHub()
	cfg.ClientID, cfg.ClientSecret = clientID, clientSecret
	return cfg
}

// onOutcome says what the default answers do without a word: they go on to
// "next". It may set cookies; the answer itself is left to the Registrar.
func (a *app) onOutcome(w http.ResponseWriter, _ *http.Request, res oauthreg.Result) (answered bool) {
	switch res.Outcome {
	case oauthreg.Returning:
		say(w, "Welcome back, @"+res.Account.Username+".")
	case oauthreg.Linked:
		say(w, a.labels[res.Provider]+" is connected.")
	case oauthreg.AlreadyLinked:
		say(w, a.labels[res.Provider]+" was connected before.")
	}
	return false
}

// say keeps a sentence for the next page.
func say(w http.ResponseWriter, text string) {
	http.SetCookie(w, &http.Cookie{
		Name: "said", Value: url.QueryEscape(text), Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// said returns the sentence, once.
func said(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie("said")
	if err != nil {
		return ""
	}
	http.SetCookie(w, &http.Cookie{Name: "said", Path: "/", MaxAge: -1})
	text, _ := url.QueryUnescape(c.Value)
	return text
}

// home has the buttons, and is Config.FailureURL.
func (a *app) home(w http.ResponseWriter, r *http.Request) {
	if id, _ := a.currentUser(r); id != "" {
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return
	}
	show(w, homePage, map[string]any{"Notice": a.reg.Notice(r), "Labels": a.labels})
}

func (a *app) account(w http.ResponseWriter, r *http.Request) {
	id, _ := a.currentUser(r)
	if id == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	list, err := a.accounts.ListByUser(r.Context(), id)
	if err != nil {
		http.Error(w, "please try again", http.StatusInternalServerError)
		return
	}
	show(w, accountPage, map[string]any{"Notice": a.reg.Notice(r), "Said": said(w, r), "Labels": a.labels, "Accounts": list})
}

// app keeps sessions in memory, and of its users nothing but the ID.
type app struct {
	reg      *oauthreg.Registrar
	accounts tokenstore.Store
	labels   map[string]string
	mu       sync.Mutex
	sessions map[string]string // cookie: ID of the user
}

// newApp takes what differs in a test: its own URL, and the settings of both
// providers.
func newApp(baseURL string, keys twitter.Config, github oauth2flow.Config) (http.Handler, error) {
	waiting, errWaiting := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: baseURL})
	both, errFlows := flows(keys, github)
	if err := errors.Join(errWaiting, errFlows); err != nil {
		return nil, err
	}
	a := &app{
		accounts: tokenstore.NewMemory(), labels: map[string]string{"twitter": "X", "github": "GitHub"}, sessions: map[string]string{},
	}
	var err error
	a.reg, err = oauthreg.New(oauthreg.Config{
		BaseURL: baseURL + "/auth", Flows: both, Labels: a.labels, Sessions: waiting, Accounts: a.accounts,
		SignUpURL: "/signup", FailureURL: "/", ConnectFailureURL: "/account", DefaultNext: "/account",
		SignIn: a.signIn, CurrentUser: a.currentUser, OnOutcome: a.onOutcome, Logger: slog.Default(),
	})
	mux := http.NewServeMux()
	mux.Handle("/auth/", a.reg.Handler())
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /account", a.account)
	mux.HandleFunc("GET /signup", a.form)
	mux.HandleFunc("POST /signup", a.submit)
	return mux, err
}

func (a *app) signIn(w http.ResponseWriter, _ *http.Request, account tokenstore.Account) error {
	id := rand.Text()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions[id] = account.UserID
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return nil
}

func (a *app) currentUser(r *http.Request) (string, error) {
	c, err := r.Cookie("session")
	if err != nil {
		return "", nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sessions[c.Value], nil
}

func (a *app) form(w http.ResponseWriter, r *http.Request) {
	pending, err := a.reg.Pending(r)
	if err != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	show(w, formPage, map[string]any{"ID": pending.ID, "Field": oauthreg.PendingField, "Profile": pending.Profile})
}

func (a *app) submit(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	done, err := a.reg.Complete(w, r, rand.Text())
	if err != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, done.Next, http.StatusSeeOther)
}

func show(w http.ResponseWriter, page *template.Template, data map[string]any) {
	if err := page.Execute(w, data); err != nil {
		http.Error(w, "please try again", http.StatusInternalServerError)
	}
}

var (
	homePage = template.Must(template.New("home").Parse(`<!doctype html><title>App</title>
{{with .Notice}}<p role="alert">{{.}}</p>{{end}}
{{range $name, $label := .Labels}}
  <form method="post" action="/auth/{{$name}}/start"><button>Sign up with {{$label}}</button></form>
{{end}}`))

	accountPage = template.Must(template.New("account").Parse(`<!doctype html><title>Account</title>
{{with .Notice}}<p role="alert">{{.}}</p>{{end}}{{with .Said}}<p role="status">{{.}}</p>{{end}}
<ul>{{range .Accounts}}<li>{{index $.Labels .Provider}}: @{{.Username}}</li>{{end}}</ul>
{{range $name, $label := .Labels}}
  <form method="post" action="/auth/{{$name}}/start"><input type="hidden" name="intent" value="connect"><button>Connect {{$label}}</button></form>
{{end}}`))

	formPage = template.Must(template.New("form").Parse(`<!doctype html><title>Sign up</title>
<form method="post" action="/signup"><input type="hidden" name="{{.Field}}" value="{{.ID}}">
<input name="username" value="{{.Profile.Username}}"><input name="email" value="{{.Profile.Email}}"><button>Create account</button></form>`))
)
