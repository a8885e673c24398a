package oauthreg_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
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

// exampleRegistrar is a Registrar of it.
func exampleRegistrar() *oauthreg.Registrar {
	cfg, err := exampleConfig()
	reg, errNew := oauthreg.New(cfg)
	if err := errors.Join(err, errNew); err != nil {
		log.Fatal(err)
	}
	return reg
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
	reg := exampleRegistrar()
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

// The classic mistake in the handler of the form: to make the user first, and
// to look whether anybody is waiting afterwards. Whoever reloads the page, or
// posts the form without having been at the provider, makes a user whom nobody
// can sign in as.
func ExampleRegistrar_Complete_mistake() {
	reg := exampleRegistrar()
	users := 0
	wrong := func(w http.ResponseWriter, r *http.Request) {
		users++ // INSERT INTO users ...
		_, err := reg.Complete(w, r, "user-1")
		fmt.Println("users:", users, err)
	}
	right := func(w http.ResponseWriter, r *http.Request) {
		if _, err := reg.Pending(r); errors.Is(err, oauthreg.ErrNoPending) {
			fmt.Println("to the start")
			return
		}
		users++
		_, err := reg.Complete(w, r, "user-1")
		fmt.Println("users:", users, err)
	}
	stranger := httptest.NewRequest(http.MethodPost, "/signup", nil)
	wrong(httptest.NewRecorder(), stranger)
	users = 0
	right(httptest.NewRecorder(), stranger)
	right(httptest.NewRecorder(), comeBack(reg, "code=1"))
	// Output:
	// users: 1 oauthreg: no sign-up is waiting in this browser
	// to the start
	// signed in: user-1
	// users: 1 <nil>
}

// User and identity come into being together: Account is what the app gives to
// its store inside the transaction that makes the user.
func ExamplePending_Account() {
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
	r := comeBack(reg, "code=1")
	pending, err := reg.Pending(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", pending.Identity())
	fmt.Println("hello,", pending.Value(oauthreg.FieldFirstName))

	account := pending.Account("user-1")
	err = cfg.Accounts.Link(r.Context(), account) // with tokenstore.SQL: accounts.In(tx).Link(...)
	fmt.Println(account.UserID, account.Username, account.Token.Access, err)

	done, err := reg.Complete(httptest.NewRecorder(), r, "user-1") // after the commit
	fmt.Println(done.Existing, done.Next, err)
	// Output:
	// {Provider:acme Subject:42}
	// hello, Ada
	// user-1 ada [redacted] <nil>
	// signed in: user-1
	// false / <nil>
}

// vouching is acme, which has checked the address.
type vouching struct{ acme }

func (vouching) FetchProfile(context.Context, provider.Token) (provider.Profile, error) {
	return provider.Profile{ID: "42", Username: "ada", Email: "ada@example.com", EmailVerified: true}, nil
}

// Somebody unknown comes with the address of a user. They sign in as that user,
// in the way they always do, and say yes.
func ExampleRegistrar_ConnectPending() {
	cfg, err := exampleConfig()
	if err != nil {
		fmt.Println(err)
		return
	}
	signedIn := "" // by the app's own session
	cfg.Flows = map[string]provider.Flow{"acme": vouching{}}
	cfg.CurrentUser = func(*http.Request) (string, error) { return signedIn, nil }
	cfg.SignInURL = "/sign-in"
	cfg.UserByEmail = func(_ context.Context, email string) (userID string, verified bool, err error) {
		if email == "ada@example.com" { // SELECT id FROM users WHERE email = ?
			return "user-7", true, nil
		}
		return "", false, nil
	}
	reg, err := oauthreg.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}

	r := comeBack(reg, "code=1")
	pending, err := reg.Pending(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("a user has the address:", pending.EmailInUse)
	for _, signedIn = range []string{"", "user-8", "user-7"} {
		fmt.Printf("%q is offered it: %v\n", signedIn, pending.OfferTo(signedIn))
		done, err := reg.ConnectPending(httptest.NewRecorder(), r)
		fmt.Printf("linked to %q: %v\n", done.Account.UserID, err)
	}
	// Output:
	// a user has the address: true
	// "" is offered it: false
	// linked to "": oauthreg: the user who has this e-mail address has to be signed in
	// "user-8" is offered it: false
	// linked to "": oauthreg: the user who has this e-mail address has to be signed in
	// "user-7" is offered it: true
	// linked to "user-7": <nil>
}

// Signing out drops what waits in the browser. Cancel drops one sign-up.
func ExampleRegistrar_Forget() {
	reg := exampleRegistrar()
	r := comeBack(reg, "code=1") // a request with the cookies of somebody who came back
	pending, err := reg.Pending(r)
	fmt.Println(pending.Profile.Name, err)
	fmt.Println(reg.Forget(httptest.NewRecorder(), r))
	_, err = reg.Pending(r)
	fmt.Println(err)
	// Output:
	// Ada Quill <nil>
	// <nil>
	// oauthreg: no sign-up is waiting in this browser
}

// "Not now", on the form.
func ExampleRegistrar_Cancel() {
	reg := exampleRegistrar()
	r := comeBack(reg, "code=1")
	fmt.Println(reg.Cancel(httptest.NewRecorder(), r))
	_, err := reg.Pending(r)
	fmt.Println(err)
	// Output:
	// <nil>
	// oauthreg: no sign-up is waiting in this browser
}
