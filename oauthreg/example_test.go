package oauthreg_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// A whole sign-up, against a stand-in for X. In an app x is made with the
// app's own credentials, keys come from the environment, and accounts are in
// the app's database.
func Example() {
	if err := run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// the form knows: ada_quill, ada.quill@example.com
	// the form asks for: [phone]
	// welcome, user-1
	// 303 /inbox
}

func run(ctx context.Context) error {
	standIn, err := twittertest.New(twittertest.Config{})
	if err != nil {
		return err
	}
	defer func() { _ = standIn.Close() }()

	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()

	x, err := twitter.New(twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        standIn.URL(), // leave it out for X itself
	})
	if err != nil {
		return err
	}
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		return err
	}
	sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: server.URL})
	if err != nil {
		return err
	}
	accounts := tokenstore.NewMemory()

	reg, err := oauthreg.New(oauthreg.Config{
		BaseURL:  server.URL + "/auth",
		Flows:    map[string]provider.Flow{"twitter": x},
		Labels:   map[string]string{"twitter": "X"},
		Sessions: sessions,
		Accounts: accounts,
		SignIn: func(w http.ResponseWriter, r *http.Request, a tokenstore.Account) error {
			fmt.Println("welcome,", a.UserID) // start the app's own session here
			return nil
		},
		SignUpURL: "/signup",
	})
	if err != nil {
		return err
	}
	mux.Handle("/auth/", reg.Handler())
	mux.HandleFunc("GET /signup", func(w http.ResponseWriter, r *http.Request) {
		pending, err := reg.Pending(r)
		if errors.Is(err, oauthreg.ErrNoPending) {
			http.Redirect(w, r, "/auth/twitter/start", http.StatusSeeOther)
			return
		}
		if err != nil {
			http.Error(w, "please try again", http.StatusInternalServerError)
			return
		}
		form := url.Values{}
		pending.Prefill(form)
		fmt.Printf("the form knows: %s, %s\n", form.Get("username"), form.Get("email"))
		fmt.Println("the form asks for:", pending.Missing("username", "email", "phone"))
	})
	mux.HandleFunc("POST /signup", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		done, err := reg.Complete(w, r, "user-1") // after creating the user
		if err != nil {
			http.Error(w, "please try again", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, done.Next, http.StatusSeeOther)
	})

	return walk(ctx, server.URL, standIn)
}

// walk does what a person does in a browser.
func walk(ctx context.Context, app string, standIn *twittertest.Server) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	start, err := browser.PostForm(app+"/auth/twitter/start", url.Values{"next": {"/inbox"}})
	if err != nil {
		return err
	}
	defer func() { _ = start.Body.Close() }()
	callback, err := standIn.Approve(ctx, start.Header.Get("Location"), "")
	if err != nil {
		return err
	}
	for _, target := range []string{callback, app + "/signup"} {
		resp, err := browser.Get(target)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
	}
	end, err := browser.PostForm(app+"/signup", url.Values{"phone": {"+351 555 0100"}})
	if err != nil {
		return err
	}
	defer func() { _ = end.Body.Close() }()
	fmt.Println(end.StatusCode, end.Header.Get("Location"))
	return nil
}

func ExampleSafeNext() {
	for _, next := range []string{"/inbox?page=2", "//evil.example", `/\evil.example`, "https://evil.example/", "/a/%2e%2e//evil.example"} {
		_, ok := oauthreg.SafeNext(next)
		fmt.Println(ok, next)
	}
	// Output:
	// true /inbox?page=2
	// false //evil.example
	// false /\evil.example
	// false https://evil.example/
	// false /a/%2e%2e//evil.example
}

// What the person typed stays; what they left empty is filled.
func ExamplePending_Prefill() {
	pending := oauthreg.Pending{Profile: provider.Profile{
		ID: "2244994945", Username: "ada_quill", Name: "Ada Quill", Email: "ada@example.com", EmailVerified: true,
	}}
	form := url.Values{"username": {"ada"}, "email": {""}}
	pending.Prefill(form)
	fmt.Println(form.Get("username"), form.Get("email"), form.Get("first_name"), form.Get("last_name"))
	fmt.Println("still to ask:", pending.Missing("username", "email", "location"))
	fmt.Println("needs no mail to confirm:", pending.EmailVerified(form.Get("email")))
	fmt.Println("an edited address does:", !pending.EmailVerified("else@example.com"))
	// Output:
	// ada ada@example.com Ada Quill
	// still to ask: [location]
	// needs no mail to confirm: true
	// an edited address does: true
}
