package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/dghubble/oauth1"
)

// hubble is what an app writes that uses dghubble/oauth1 by itself: it keeps the
// request token's secret, and asks for the profile.
type hubble struct {
	config oauth1.Config

	mu      sync.Mutex
	secrets map[string]string
}

func withDghubble() (subject, error) {
	h := &hubble{secrets: map[string]string{}, config: oauth1.Config{
		ConsumerKey: consumerKey, ConsumerSecret: consumerSecret, CallbackURL: callbackURL,
		Endpoint: oauth1.Endpoint{
			RequestTokenURL: providerURL + "/oauth/request_token",
			AuthorizeURL:    providerURL + "/oauth/authenticate",
			AccessTokenURL:  providerURL + "/oauth/access_token",
		},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /x/start", func(w http.ResponseWriter, r *http.Request) { answer(w, r, h.start) })
	mux.HandleFunc("GET /x/callback", func(w http.ResponseWriter, r *http.Request) { answer(w, r, h.callback) })
	return subject{name: "dghubble/oauth1", app: mux}, nil
}

func answer(w http.ResponseWriter, r *http.Request, step func(*http.Request) (location string, err error)) {
	location, err := step(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, location, http.StatusSeeOther)
}

func (h *hubble) start(*http.Request) (location string, err error) {
	config := h.config // it writes to itself
	token, secret, err := config.RequestToken()
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	h.secrets[token] = secret
	h.mu.Unlock()
	u, err := config.AuthorizationURL(token)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

func (h *hubble) callback(r *http.Request) (location string, err error) {
	token, verifier, err := oauth1.ParseAuthorizationCallback(r)
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	secret, found := h.secrets[token]
	delete(h.secrets, token)
	h.mu.Unlock()
	if !found {
		return "", errors.New("nobody has started this")
	}
	config := h.config
	access, accessSecret, err := config.AccessToken(token, secret, verifier)
	if err != nil {
		return "", err
	}
	client := config.Client(context.WithoutCancel(r.Context()), oauth1.NewToken(access, accessSecret))
	return "/", readProfile(client)
}

func readProfile(client *http.Client) error {
	res, err := client.Get(providerURL + "/1.1/account/verify_credentials.json?include_email=true")
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	var profile struct {
		ID string `json:"id_str"`
	}
	if err := json.NewDecoder(res.Body).Decode(&profile); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || profile.ID == "" {
		return fmt.Errorf("the profile's status is %d", res.StatusCode)
	}
	return nil
}
