package oauthreg_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

// acme is a provider made up for these examples, with one person.
type acme struct{}

func (acme) AuthURL(context.Context, provider.AuthRequest) (string, provider.Handshake, error) {
	id := rand.Text()
	return "https://acme.example/authorize?state=" + id, provider.Handshake{ID: id}, nil
}

func (acme) HandleCallback(_ context.Context, _ provider.Handshake, query url.Values) (provider.Token, error) {
	if query.Has("error") {
		return provider.Token{}, &provider.Error{Provider: "acme", Op: provider.OpCallback, Kind: provider.ErrDenied}
	}
	return provider.Token{Access: provider.NewSecret("an access token"), Subject: "42", Username: "ada"}, nil
}

func (acme) FetchProfile(context.Context, provider.Token) (provider.Profile, error) {
	return provider.Profile{ID: "42", Username: "ada", Name: "Ada Quill"}, nil
}

// exampleConfig is what an app would fill in with care.
func exampleConfig() (oauthreg.Config, error) {
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "http://localhost:8080"})
	return oauthreg.Config{
		BaseURL: "http://localhost:8080/auth", Flows: map[string]provider.Flow{"acme": acme{}},
		Sessions: sessions, Accounts: tokenstore.NewMemory(), SignUpURL: "/signup",
		SignIn: func(_ http.ResponseWriter, _ *http.Request, a tokenstore.Account) error {
			fmt.Println("signed in:", a.UserID)
			return nil
		},
	}, err
}

// comeBack goes to the provider and back, and returns a request with the
// browser's cookies for what comes next.
func comeBack(reg *oauthreg.Registrar, answer string) *http.Request {
	w := httptest.NewRecorder()
	reg.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/auth/acme/start", nil))
	u, err := w.Result().Location()
	if err != nil {
		fmt.Println(err)
		return nil
	}
	back := httptest.NewRequest(http.MethodGet, "/auth/acme/callback?state="+u.Query().Get("state")+"&"+answer, nil)
	next := httptest.NewRequest(http.MethodPost, "/signup", strings.NewReader(""))
	for _, c := range w.Result().Cookies() {
		back.AddCookie(c)
	}
	w = httptest.NewRecorder()
	reg.Handler().ServeHTTP(w, back)
	for _, c := range append(back.Cookies(), w.Result().Cookies()...) {
		next.AddCookie(c)
	}
	return next
}

// An app with an audit log and pages of its own for some ends.
func ExampleConfig_onOutcome() {
	cfg, err := exampleConfig()
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg.OnOutcome = func(w http.ResponseWriter, r *http.Request, res oauthreg.Result) bool {
		fmt.Println("audit:", res.Provider, res.Outcome)
		if res.Outcome == oauthreg.Denied {
			http.Redirect(w, r, "/other-ways-to-sign-up", http.StatusSeeOther)
			return true
		}
		return false // the default answer
	}
	reg, err := oauthreg.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	comeBack(reg, "code=1")
	comeBack(reg, "error=access_denied")
	// Output:
	// audit: acme new
	// audit: acme denied
}

// The handler of the posted form. A second click, or a second tab, finds that
// somebody was faster: then the user just made is not needed.
func ExampleRegistrar_Complete() {
	cfg, err := exampleConfig()
	if err != nil {
		fmt.Println(err)
		return
	}
	reg, err := oauthreg.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := func(newUserID string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
			pending, err := reg.Pending(r)
			if errors.Is(err, oauthreg.ErrNoPending) {
				fmt.Println("nothing to complete")
				return
			}
			if err != nil {
				http.Error(w, "please try again", http.StatusInternalServerError)
				return
			}
			fmt.Println("creating", newUserID, "for", pending.Profile.Name)
			done, err := reg.Complete(w, r, newUserID)
			if err != nil {
				http.Error(w, "please try again", http.StatusInternalServerError)
				return
			}
			if done.Existing {
				fmt.Println("removing", newUserID)
			}
			http.Redirect(w, r, done.Next, http.StatusSeeOther)
		}
	}

	first, second := comeBack(reg, "code=1"), comeBack(reg, "code=2") // two browsers of one person
	handler("user-1")(httptest.NewRecorder(), first)
	handler("user-2")(httptest.NewRecorder(), second)
	handler("user-3")(httptest.NewRecorder(), first) // a second click
	// Output:
	// creating user-1 for Ada Quill
	// signed in: user-1
	// creating user-2 for Ada Quill
	// signed in: user-1
	// removing user-2
	// creating user-3 for Ada Quill
	// signed in: user-1
	// removing user-3
}
