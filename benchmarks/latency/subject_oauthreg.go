package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"net/http"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

func withCookies() (subject, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	keys, err := seal.Parse(base64.StdEncoding.EncodeToString(key))
	if err != nil {
		return subject{}, err
	}
	store, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: appURL})
	if err != nil {
		return subject{}, err
	}
	return withStore("oauthreg, cookies", store)
}

func withMemory() (subject, error) {
	store, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: appURL})
	if err != nil {
		return subject{}, err
	}
	return withStore("oauthreg, memory", store)
}

func withStore(name string, store sessionstore.Store) (subject, error) {
	x, flowErr := twitter.New(twitter.Config{
		BaseURL: providerURL, ConsumerKey: consumerKey, ConsumerSecret: provider.NewSecret(consumerSecret),
	})
	reg, regErr := oauthreg.New(oauthreg.Config{
		BaseURL: appURL, Flows: map[string]provider.Flow{"x": x}, Sessions: store, Accounts: tokenstore.NewMemory(),
		SignUpURL: "/form", SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
	})
	if err := errors.Join(flowErr, regErr); err != nil {
		return subject{}, err
	}
	mux := http.NewServeMux()
	mux.Handle("/x/", reg.Handler())
	mux.HandleFunc("GET /form", func(w http.ResponseWriter, r *http.Request) {
		p, err := reg.Pending(r)
		if err != nil || p.Partial {
			http.Error(w, "no profile", http.StatusConflict)
			return
		}
		_, _ = io.WriteString(w, p.Profile.Name)
	})
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		if _, err := reg.Complete(w, r, rand.Text()); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
		}
	})
	return subject{name: name, app: mux, hasForm: true}, nil
}
