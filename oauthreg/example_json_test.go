package oauthreg_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// The endpoints of an app without pages of its server's: what its form is filled
// with, and what it posts. Everything else answers with JSON by itself, to who
// asks for it.
func ExamplePending_View() {
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
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/pending", func(w http.ResponseWriter, r *http.Request) {
		pending, err := reg.Pending(r)
		if err != nil {
			reg.WriteProblem(w, r, err)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		view := pending.View("username", "email")
		view.ID = "..." // another each time, so not for this example
		_ = json.NewEncoder(w).Encode(view)
	})
	mux.HandleFunc("POST /api/signup", func(w http.ResponseWriter, r *http.Request) {
		var form struct{ Username, Email string }
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&form); err != nil {
			http.Error(w, "this is no JSON", http.StatusBadRequest)
			return
		}
		done, err := reg.Complete(w, r, "user-1") // after creating the user
		if err != nil {
			reg.WriteProblem(w, r, err)
			return
		}
		fmt.Println("created:", form.Username, form.Email, "next:", done.Next)
	})

	person := comeBack(reg, "code=1")
	show := func(method, path, body string, from *http.Request) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		for _, c := range from.Cookies() {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Print(w.Body)
	}
	show(http.MethodGet, "/api/pending", "", person)
	show(http.MethodPost, "/api/signup", `{"username": "ada", "email": "ada@example.com"}`, person)
	// Output:
	// {"pending":"...","provider":"acme","values":{"first_name":"Ada","last_name":"Quill","name":"Ada Quill","username":"ada"},"missing":["email"],"email_verified":false,"email_in_use":false,"partial":false}
	// signed in: user-1
	// created: ada ada@example.com next: /
}

// The errors of Pending, Complete and the others are told without their text.
func ExampleRegistrar_WriteProblem() {
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
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/pending", nil)
	_, err = reg.Pending(r)
	reg.WriteProblem(w, r, err)
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	fmt.Print(w.Body)
	// Output:
	// 409 application/problem+json
	// {"type":"https://github.com/oauthreg/go/blob/main/docs/json.md#no_pending","title":"No sign-up is waiting","status":409,"detail":"No sign-up is waiting in this browser. Please start again.","outcome":"no_pending"}
}

// acmeWithAddress is acme, which vouches for an e-mail address.
type acmeWithAddress struct{ acme }

func (acmeWithAddress) FetchProfile(context.Context, provider.Token) (provider.Profile, error) {
	return provider.Profile{ID: "42", Username: "ada", Email: "ada@example.com", EmailVerified: true}, nil
}

// Somebody comes with the e-mail address of a user, has signed in as that user,
// and is asked.
func ExampleRegistrar_Confirm() {
	cfg, err := exampleConfig()
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg.Flows["acme"] = acmeWithAddress{}
	cfg.SignInURL = "/signin"
	cfg.UserByEmail = func(_ context.Context, email string) (userID string, verified bool, err error) {
		return "user-1", true, nil
	}
	cfg.CurrentUser = func(*http.Request) (string, error) { return "user-1", nil } // of the app's own session
	reg, err := oauthreg.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", reg.Handler())
	mux.Handle("/connect", reg.Confirm()) // the app sends people here after signing in

	person := comeBack(reg, "code=1")
	answer := func(method, form string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/connect", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range person.Cookies() {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	page := answer(http.MethodGet, "").Body.String()
	for _, part := range []string{"<h1>Connect your acme account?</h1>", "@ada", "Not now"} {
		fmt.Println(part, strings.Contains(page, part))
	}
	w := answer(http.MethodPost, "answer=connect")
	fmt.Println(w.Code, w.Header().Get("Location"))
	_, found, err := cfg.Accounts.Find(context.Background(), tokenstore.Identity{Provider: "acme", Subject: "42"})
	fmt.Println("connected:", found, err)
	// Output:
	// <h1>Connect your acme account?</h1> true
	// @ada true
	// Not now true
	// 303 /
	// connected: true <nil>
}
