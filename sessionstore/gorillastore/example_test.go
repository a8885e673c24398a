package gorillastore_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"time"

	"github.com/gorilla/sessions"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore/gorillastore"
)

func Example() {
	// In an app: seal.Parse(os.Getenv("OAUTHREG_KEY")), and the sessions.Store
	// that it has.
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := gorillastore.New(gorillastore.Config{
		Store:   sessions.NewCookieStore([]byte("an authentication key, 32 bytes.")),
		Keys:    keys,
		BaseURL: "http://localhost:8080", // in production the https:// URL
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /note", func(w http.ResponseWriter, r *http.Request) {
		if err := values.Put(w, r, "note", []byte("hello from before"), 10*time.Minute); err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /note", func(w http.ResponseWriter, r *http.Request) {
		note, found, err := values.Take(w, r, "note")
		fmt.Printf("%q %v %v\n", note, found, err)
	})
	app := httptest.NewServer(mux)
	defer app.Close()

	browser := app.Client()
	browser.Jar, _ = cookiejar.New(nil)
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodGet} {
		request, err := http.NewRequest(method, app.URL+"/note", nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		response, err := browser.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		response.Body.Close()
	}
	// Output:
	// "hello from before" true <nil>
	// "" false <nil>
}

// The classic mistake is to trust a sessions.CookieStore with a secret: without
// a block key it signs what it keeps, and does not encrypt it. So values are
// sealed here in any case, and New wants the keys; and https, so that nobody on
// the way can plant a cookie.
func ExampleNew_mistake() {
	_, err := gorillastore.New(gorillastore.Config{
		Store:   sessions.NewCookieStore([]byte("an authentication key, 32 bytes.")),
		BaseURL: "http://app.example.com",
	})
	fmt.Println(err)
	// Output:
	// sessionstore: Keys: it is required: parse one with seal.Parse
	// sessionstore: BaseURL: http is for loopback hosts only, since anyone on the way can read and set the cookies; use https, or set DangerouslyAllowHTTP where package oauthreg is not used, which wants https too
}
