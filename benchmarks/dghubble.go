package benchmarks

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/dghubble/oauth1"
)

// direct is dghubble/oauth1 used directly, as its documentation shows, with a
// map for the secrets of request tokens.
type direct struct {
	users

	mux    *http.ServeMux
	config *oauth1.Config
	ctx    context.Context

	mu      sync.Mutex
	secrets map[string]string
}

// endpoint is X's, for those that do not bring it.
var endpoint = oauth1.Endpoint{
	RequestTokenURL: apiURL + requestTokenPath,
	AuthorizeURL:    apiURL + "/oauth/authenticate",
	AccessTokenURL:  apiURL + accessTokenPath,
}

func newDirect(w *World) (Subject, error) {
	client := w.Client()
	s := &direct{
		mux: http.NewServeMux(), secrets: make(map[string]string),
		config: &oauth1.Config{
			ConsumerKey: consumerKey, ConsumerSecret: consumerSecret, CallbackURL: callbackURL,
			Endpoint: endpoint, HTTPClient: client,
			Noncer: oauth1.Base64Noncer{}, // the default, which is set at the first use, without a lock
		},
		ctx: context.WithValue(context.Background(), oauth1.HTTPClient, client),
	}
	s.mux.HandleFunc("POST "+startPath, s.start)
	s.mux.HandleFunc("GET "+callbackPath, s.callback)
	return s, nil
}

func (s *direct) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *direct) start(w http.ResponseWriter, r *http.Request) {
	token, secret, err := s.config.RequestToken()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	s.mu.Lock()
	s.secrets[token] = secret
	s.mu.Unlock()
	u, err := s.config.AuthorizationURL(token)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

func (s *direct) callback(w http.ResponseWriter, r *http.Request) {
	token, verifier, err := oauth1.ParseAuthorizationCallback(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	secret := s.secrets[token]
	delete(s.secrets, token)
	s.mu.Unlock()
	access, accessSecret, err := s.config.AccessToken(token, secret, verifier)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	p, err := s.profile(access, accessSecret)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	s.save(p)
	http.Redirect(w, r, donePath, http.StatusSeeOther)
}

func (s *direct) profile(access, accessSecret string) (Person, error) {
	client := s.config.Client(s.ctx, oauth1.NewToken(access, accessSecret))
	res, err := client.Get(apiURL + profilePath + profileQuery)
	if err != nil {
		return Person{}, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return Person{}, fmt.Errorf("%w: %s", errAnswer, res.Status)
	}
	var v struct {
		ID     string `json:"id_str"`
		Handle string `json:"screen_name"`
		Email  string `json:"email"`
	}
	err = json.NewDecoder(res.Body).Decode(&v)
	return Person{ID: v.ID, Handle: v.Handle, Email: v.Email, Token: access, TokenSecret: accessSecret}, err
}
