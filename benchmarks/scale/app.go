package main

import (
	"crypto/rand"
	"net/http"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

const appURL = "http://127.0.0.1:8080"

// newApp is an app of one provider. Accounts lie in memory whatever the session
// store is: that is what is compared.
func newApp(flow provider.Flow, store sessionstore.Store) (http.Handler, error) {
	reg, err := oauthreg.New(oauthreg.Config{
		BaseURL: appURL, Flows: map[string]provider.Flow{"x": flow}, Sessions: store, Accounts: tokenstore.NewMemory(),
		SignUpURL: "/form", SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/x/", reg.Handler())
	mux.HandleFunc("GET /form", func(w http.ResponseWriter, r *http.Request) {
		p, err := reg.Pending(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		_, _ = w.Write([]byte(p.Profile.Name))
	})
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		if _, err := reg.Complete(w, r, rand.Text()); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
		}
	})
	return mux, nil
}
