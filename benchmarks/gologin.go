package benchmarks

import (
	"context"
	"net/http"

	//lint:ignore SA1019 it is what gologin itself uses
	"github.com/dghubble/go-twitter/twitter"
	"github.com/dghubble/gologin/v2"
	oauth1login "github.com/dghubble/gologin/v2/oauth1"
	"github.com/dghubble/oauth1"
)

// gologinApp is gologin's handlers for OAuth 1.0a, with the secret of the
// request token in its cookie. Its ready-made handler for X would not do: it
// signs the exchange without that secret, which a strict server refuses, and
// does not ask for the e-mail address. So the app asks for the profile, with
// the client library that gologin itself uses for it.
type gologinApp struct {
	users

	mux    *http.ServeMux
	config *oauth1.Config
	client *http.Client
}

func newGologin(w *World) (Subject, error) {
	client := w.Client()
	s := &gologinApp{
		mux: http.NewServeMux(), client: client,
		config: &oauth1.Config{
			ConsumerKey: consumerKey, ConsumerSecret: consumerSecret, CallbackURL: callbackURL,
			Endpoint: endpoint, HTTPClient: client,
			Noncer: oauth1.Base64Noncer{}, // the default, which is set at the first use, without a lock
		},
	}
	redirectToX := oauth1login.AuthRedirectHandler(s.config, nil)
	s.mux.Handle("POST "+startPath, oauth1login.LoginHandler(s.config,
		oauth1login.CookieTempHandler(gologin.DefaultCookieConfig, redirectToX, nil), nil))
	s.mux.Handle("GET "+callbackPath, oauth1login.CookieTempHandler(gologin.DefaultCookieConfig,
		oauth1login.CallbackHandler(s.config, http.HandlerFunc(s.finish), nil), nil))
	return s, nil
}

func (s *gologinApp) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *gologinApp) finish(w http.ResponseWriter, r *http.Request) {
	access, accessSecret, err := oauth1login.AccessTokenFromContext(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	ctx := context.WithValue(r.Context(), oauth1.HTTPClient, s.client)
	x := twitter.NewClient(s.config.Client(ctx, oauth1.NewToken(access, accessSecret)))
	u, _, err := x.Accounts.VerifyCredentials(&twitter.AccountVerifyParams{
		IncludeEntities: twitter.Bool(false), SkipStatus: twitter.Bool(true), IncludeEmail: twitter.Bool(true),
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	s.save(Person{ID: u.IDStr, Handle: u.ScreenName, Email: u.Email, Token: access, TokenSecret: accessSecret})
	http.Redirect(w, r, donePath, http.StatusSeeOther)
}
