package oauthreg_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

const sessionCookie = "__Host-session"

// app is a small web app with sign-up, as its developer would write it.
type app struct {
	t        testing.TB
	flow     *fakeFlow // the provider "fake"
	other    *fakeFlow // the provider "other"
	accounts *tokenstore.Memory
	reg      *oauthreg.Registrar
	handler  http.Handler
	logs     *logBook

	mu        sync.Mutex
	users     map[string]bool
	lastUser  int
	signIns   []tokenstore.Account
	results   []oauthreg.Result
	signInErr error
}

// newApp returns an app on sessions, with a configuration that changes edit.
func newApp(t testing.TB, sessions sessionstore.Store, changes ...func(*oauthreg.Config)) *app {
	t.Helper()
	a := &app{
		t: t, flow: newFakeFlow("fake"), other: newFakeFlow("other"), accounts: tokenstore.NewMemory(),
		logs: &logBook{}, users: map[string]bool{},
	}
	cfg := oauthreg.Config{
		BaseURL:     site + "/auth",
		Flows:       map[string]provider.Flow{"fake": a.flow, "other": a.other},
		Labels:      map[string]string{"fake": "Fake Inc."},
		Sessions:    sessions,
		Accounts:    a.accounts,
		SignIn:      a.signIn,
		CurrentUser: a.currentUser,
		SignUpURL:   "/signup",
		Logger:      slog.New(slog.NewJSONHandler(a.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, change := range changes {
		change(&cfg)
	}
	theirs := cfg.OnOutcome
	cfg.OnOutcome = func(w http.ResponseWriter, r *http.Request, res oauthreg.Result) bool {
		a.mu.Lock()
		a.results = append(a.results, res)
		a.mu.Unlock()
		return theirs != nil && theirs(w, r, res)
	}
	var err error
	a.reg, err = oauthreg.New(cfg)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/auth/", a.reg.Handler())
	mux.HandleFunc("GET /signup", a.showForm)
	mux.HandleFunc("POST /signup", a.takeForm)
	mux.HandleFunc("POST /cancel", a.cancel)
	mux.HandleFunc("POST /signout", a.signOut)
	a.handler = mux
	return a
}

func (a *app) signIn(w http.ResponseWriter, _ *http.Request, account tokenstore.Account) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.signInErr != nil {
		return a.signInErr
	}
	a.signIns = append(a.signIns, account)
	setSession(w, &http.Cookie{Value: account.UserID})
	return nil
}

// currentUser trusts a cookie that holds the user's ID: this is a test.
func (a *app) currentUser(r *http.Request) (string, error) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return "", nil
	}
	return c.Value, nil
}

func setSession(w http.ResponseWriter, c *http.Cookie) {
	c.Name, c.Path, c.HttpOnly, c.Secure, c.SameSite = sessionCookie, "/", true, true, http.SameSiteLaxMode
	http.SetCookie(w, c)
}

// formView is what the registration form knows.
type formView struct {
	ID, Provider, Subject, Next string
	Partial                     bool
	Values                      url.Values
	Missing                     []string
	Raw                         []byte
}

func (a *app) showForm(w http.ResponseWriter, r *http.Request) {
	p, err := a.reg.Pending(r)
	if err != nil {
		http.Error(w, err.Error(), pendingStatus(err))
		return
	}
	view := formView{
		ID: p.ID, Provider: p.Provider, Subject: p.Identity().Subject, Next: p.Next, Partial: p.Partial,
		Values: url.Values{}, Missing: p.Missing(oauthreg.FieldUsername, oauthreg.FieldEmail), Raw: p.Profile.Raw,
	}
	p.Prefill(view.Values)
	_ = json.NewEncoder(w).Encode(view)
}

func pendingStatus(err error) int {
	if errors.Is(err, oauthreg.ErrNoPending) {
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

func (a *app) takeForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if _, err := a.reg.Pending(r); err != nil {
		http.Error(w, err.Error(), pendingStatus(err))
		return
	}
	user := a.createUser()
	done, err := a.reg.Complete(w, r, user)
	if err != nil || done.Existing {
		a.deleteUser(user)
	}
	if err != nil {
		http.Error(w, err.Error(), pendingStatus(err))
		return
	}
	w.Header().Set("Location", done.Next)
	w.WriteHeader(http.StatusSeeOther)
}

func (a *app) cancel(w http.ResponseWriter, r *http.Request) {
	if err := a.reg.Cancel(w, r); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	setSession(w, &http.Cookie{MaxAge: -1})
	if r.FormValue("forget") != "" {
		if err := a.reg.Forget(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}

func (a *app) createUser() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lastUser++
	user := fmt.Sprintf("user-%d", a.lastUser)
	a.users[user] = true
	return user
}

func (a *app) deleteUser(user string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.users, user)
}

func (a *app) userCount() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.users)
}

func (a *app) setSignInErr(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.signInErr = err
}

// outcomes returns how starts and callbacks ended so far.
func (a *app) outcomes() []oauthreg.Outcome {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []oauthreg.Outcome
	for _, res := range a.results {
		all = append(all, res.Outcome)
	}
	return all
}

// last returns the last Result.
func (a *app) last() oauthreg.Result {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.results) == 0 {
		return oauthreg.Result{}
	}
	return a.results[len(a.results)-1]
}

// owner returns who owns the identity of person at "fake", or "".
func (a *app) owner(person provider.Profile) string {
	account, _, err := a.accounts.Find(a.t.Context(), tokenstore.Identity{Provider: "fake", Subject: person.ID})
	require.NoError(a.t, err)
	return account.UserID
}

// logBook collects what is logged.
type logBook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// lines returns the records of a level.
func (l *logBook) lines(level slog.Level) []string {
	var found []string
	for line := range bytes.SplitSeq([]byte(l.String()), []byte("\n")) {
		if bytes.Contains(line, []byte(`"level":"`+level.String()+`"`)) {
			found = append(found, string(line))
		}
	}
	return slices.Clip(found)
}
