package oauthreg_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

// mountConfig is what an app fills in with care.
func mountConfig() (oauthreg.Config, error) {
	x, errX := twitter.NewOAuth2(twitter.OAuth2Config{
		ClientID:     "client ID",
		ClientSecret: provider.NewSecret("from the environment"),
	})
	sessions, errSessions := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "https://app.example.com"})
	return oauthreg.Config{
		BaseURL:    "https://app.example.com/auth",
		Flows:      map[string]provider.Flow{"x": x},
		Labels:     map[string]string{"x": "X"},
		Sessions:   sessions,
		Accounts:   tokenstore.NewMemory(),
		SignUpURL:  "/signup",
		FailureURL: "/sign-in",
		SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error {
			return nil // start your session
		},
	}, errors.Join(errX, errSessions)
}

// What is wrong is said before anybody is served, all of it at once: http on a
// public host, a provider's name with a capital letter, and what was forgotten.
func ExampleNew_mistake() {
	_, err := oauthreg.New(oauthreg.Config{
		BaseURL: "http://app.example.com/auth",
		Flows:   map[string]provider.Flow{"X": nil},
	})
	fmt.Println(err)

	cfg, err := mountConfig() // all of it
	if err != nil {
		fmt.Println(err)
		return
	}
	reg, err := oauthreg.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("register at X:", reg.CallbackURL("x"))
	// Output:
	// oauthreg: BaseURL: it must be https; http is for loopback only
	// oauthreg: Flows: the name of a provider has lower-case letters, digits, "-" and "_", at most 32
	// oauthreg: Flows: the provider X is nil; was the error of its New dropped?
	// oauthreg: Sessions: it is required; sessionstore.NewCookie makes one that needs no server
	// oauthreg: Accounts: it is required; tokenstore.NewSQL makes one
	// oauthreg: SignIn: it is required: only the app knows how its users' sessions are made
	// oauthreg: SignUpURL: it must be the local path of the registration form, such as /signup
	// register at X: https://app.example.com/auth/x/callback
}

// On a router with rules of its own, each handler is mounted by itself. The
// callback has to be where CallbackURL says.
func ExampleRegistrar_Start() {
	cfg, err := mountConfig()
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
	mux.Handle("/join", reg.Start("x"))
	mux.Handle("GET /auth/x/callback", reg.Callback("x"))

	for _, request := range []*http.Request{
		httptest.NewRequest(http.MethodGet, "/join", nil),  // a page with a button
		httptest.NewRequest(http.MethodPost, "/join", nil), // the button: off to the provider
		httptest.NewRequest(http.MethodGet, "/auth/x/callback", nil),
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, request)
		fmt.Println(request.Method, request.URL, w.Code)
	}
	// Output:
	// GET /join 200
	// POST /join 303
	// GET /auth/x/callback 303
}

// The page at FailureURL says what happened. What is in its URL and not in the
// closed set of codes is not there.
func ExampleRegistrar_Notice() {
	cfg, err := mountConfig()
	if err != nil {
		fmt.Println(err)
		return
	}
	reg, err := oauthreg.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, target := range []string{"/sign-in", "/sign-in?error=denied&provider=x", "/sign-in?error=<script>&provider=x"} {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		outcome, providerName := reg.Failure(r) // to say it in words of the app's own
		fmt.Printf("%q %q %q\n", reg.Notice(r), outcome, providerName)
	}
	// Output:
	// "" "" ""
	// "You cancelled at X. Nothing was changed, and you can try again." "denied" "x"
	// "" "" ""
}

// Addresses are compared in one form only. It says nothing about who reads the
// mail.
func ExampleNormalizeEmail() {
	for _, email := range []string{"Ada.Quill@Example.COM", "ada@example.com, eve@example.com", "ada＠example.com"} {
		normal, ok := oauthreg.NormalizeEmail(email)
		fmt.Printf("%q %v\n", normal, ok)
	}
	// Output:
	// "Ada.Quill@example.com" true
	// "" false
	// "" false
}
