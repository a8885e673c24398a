package main

import (
	"crypto/rand"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"os"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

func main() { log.Fatal(http.ListenAndServe("127.0.0.1:8080", app("http://127.0.0.1:8080"))) }

func app(url string) http.Handler {
	key, secret := os.Getenv("X_CONSUMER_KEY"), provider.NewSecret(os.Getenv("X_CONSUMER_SECRET"))
	x, errX := twitter.New(twitter.Config{ConsumerKey: key, ConsumerSecret: secret, BaseURL: os.Getenv("X_API_URL")})
	sessions, errSessions := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: url})
	reg, errReg := oauthreg.New(oauthreg.Config{
		BaseURL: url + "/auth", Flows: map[string]provider.Flow{"twitter": x}, Sessions: sessions, Accounts: tokenstore.NewMemory(),
		SignUpURL: "/", Logger: slog.Default(), SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
	})
	if err := errors.Join(errX, errSessions, errReg); err != nil {
		log.Fatal(err)
	}
	http.Handle("/auth/", reg.Handler()) // SignIn is where your session starts
	http.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		if done, err := reg.Complete(w, r, rand.Text()); err != nil { // your form comes first: reg.Pending(r)
			_, _ = w.Write([]byte(`<a href="/auth/twitter/start">Sign up or in with X</a>`))
		} else {
			_, _ = w.Write([]byte("Welcome, " + done.Account.Username + "!"))
		}
	})
	return http.DefaultServeMux
}
