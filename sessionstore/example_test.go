package sessionstore_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"time"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

func ExampleNewCookie() {
	// In an app: seal.Parse(os.Getenv("OAUTHREG_KEY")), the same on all
	// instances.
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		fmt.Println(err)
		return
	}
	sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{
		Keys:    keys,
		BaseURL: "http://localhost:8080", // in production the https:// URL
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	remember(sessions)
	// Output:
	// nothing yet
	// 200 OK
	// hello from before
}

func ExampleNewMemory() {
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{
		BaseURL: "http://localhost:8080", // in production the https:// URL
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	remember(sessions)
	// Output:
	// nothing yet
	// 200 OK
	// hello from before
}

// With a backend that they share, any instance of the app knows every value.
func ExampleNewServer() {
	// In an app that runs more than once: a database.
	backend, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	sessions, err := sessionstore.NewServer(sessionstore.ServerConfig{
		Backend: backend,
		BaseURL: "http://localhost:8080", // in production the https:// URL
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	remember(sessions)
	fmt.Println("of several Takes one wins:", sessions.AtomicTake())
	// Output:
	// nothing yet
	// 200 OK
	// hello from before
	// of several Takes one wins: true
}

func ExampleNewMemoryBackend() {
	backend, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{
		MaxEntries: 100_000,
		MaxBytes:   32 << 20,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Close()
	sessions, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: "http://localhost:8080"})
	if err != nil {
		fmt.Println(err)
		return
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/note", nil)
	err = sessions.Put(w, r, "note", []byte("hello"), 10*time.Minute)
	fmt.Println(backend.Stats().Entries, "value,", backend.Stats().Bytes, "bytes,", err)
	// Output:
	// 1 value, 56 bytes, <nil>
}

// A misconfigured app says all that is wrong with it before it serves anyone.
func ExampleNewCookie_faults() {
	_, err := sessionstore.NewCookie(sessionstore.CookieConfig{
		BaseURL: "http://app.example.com",
		Name:    "__Host-app",
	})
	fmt.Println(err)
	// Output:
	// sessionstore: Keys: it is required: parse one with seal.Parse
	// sessionstore: BaseURL: http is for loopback hosts only, since anyone on the way can read and set the cookies; use https, or set DangerouslyAllowHTTP where package oauthreg is not used, which wants https too
	// sessionstore: Name: it must not begin with two underscores; the __Host- prefix is added where it can be
}

// remember runs an app that puts a value in one request and takes it in the
// next, and visits it with a browser.
func remember(sessions sessionstore.Store) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /note", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Put(w, r, "note", []byte("hello from before"), 10*time.Minute); err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
	})
	mux.HandleFunc("GET /note", func(w http.ResponseWriter, r *http.Request) {
		note, found, err := sessions.Take(w, r, "note")
		switch {
		case err != nil:
			http.Error(w, "try again", http.StatusInternalServerError)
		case !found:
			fmt.Println("nothing yet")
		default:
			fmt.Println(string(note))
		}
	})
	app := httptest.NewServer(mux)
	defer app.Close()

	browser := app.Client()
	browser.Jar, _ = cookiejar.New(nil)
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodGet} {
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
		if method == http.MethodPost {
			fmt.Println(response.Status)
		}
	}
}

// A sign-up that was given up: nobody needs to open what it left.
func ExampleCookie_Drop() {
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		fmt.Println(err)
		return
	}
	sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: "http://localhost:8080"})
	if err != nil {
		fmt.Println(err)
		return
	}
	put := httptest.NewRecorder()
	if err := sessions.Put(put, httptest.NewRequest(http.MethodGet, "/", nil), "note", []byte("hello"), time.Minute); err != nil {
		fmt.Println(err)
		return
	}
	next := httptest.NewRequest(http.MethodPost, "/cancel", nil)
	next.AddCookie(put.Result().Cookies()[0])
	answer := httptest.NewRecorder()
	fmt.Println(sessions.Drop(answer, next, "note"))
	fmt.Println(answer.Result().Cookies()[0].MaxAge < 0)
	// Output:
	// <nil>
	// true
}

// Whoever writes a Registrar of their own asks whether there is anybody to tell.
func ExampleServer_Shared() {
	alone, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "http://localhost:8080"})
	if err != nil {
		fmt.Println(err)
		return
	}
	backend, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{}) // in an app: a database
	if err != nil {
		fmt.Println(err)
		return
	}
	shared, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: "http://localhost:8080"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(alone.Shared(), shared.Shared())
	// Output: false true
}
