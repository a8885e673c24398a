package main

import (
	"crypto/rand"
	"net/http"

	"github.com/gorilla/sessions"
	"github.com/markbates/goth"
	"github.com/markbates/goth/gothic"
	"github.com/markbates/goth/providers/twitter"
)

// withGoth uses goth as its examples do, with gorilla's cookies. Its URLs of X
// are fixed; http.DefaultTransport, which it uses, leads all of them to the wire.
func withGoth() (subject, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	gothic.Store = sessions.NewCookieStore(key)
	goth.UseProviders(twitter.NewAuthenticate(consumerKey, consumerSecret, callbackURL))
	mux := http.NewServeMux()
	mux.HandleFunc("POST /x/start", func(w http.ResponseWriter, r *http.Request) {
		gothic.BeginAuthHandler(w, gothic.GetContextWithProvider(r, "twitter"))
	})
	mux.HandleFunc("GET /x/callback", func(w http.ResponseWriter, r *http.Request) {
		if _, err := gothic.CompleteUserAuth(w, gothic.GetContextWithProvider(r, "twitter")); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	return subject{name: "goth", app: mux}, nil
}
