package benchmarks

import (
	"net/http"

	"github.com/gorilla/sessions"
	"github.com/markbates/goth"
	"github.com/markbates/goth/gothic"
	"github.com/markbates/goth/providers/twitter"
)

// gothApp is goth as its example has it: its handlers for start and callback,
// and its session in a cookie of gorilla/sessions. Providers and store are
// variables of goth's packages: the newest gothApp has them, which changes
// nothing, since all are alike. It calls X through http.DefaultTransport, see
// [World.Enter].
type gothApp struct {
	users

	mux *http.ServeMux
}

func newGoth(*World) (Subject, error) {
	goth.UseProviders(twitter.NewAuthenticate(consumerKey, consumerSecret, callbackURL))
	store := sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef"))
	store.Options.HttpOnly, store.Options.Secure = true, true
	gothic.Store = store

	s := &gothApp{mux: http.NewServeMux()}
	s.mux.HandleFunc("POST "+startPath, func(w http.ResponseWriter, r *http.Request) {
		gothic.BeginAuthHandler(w, gothic.GetContextWithProvider(r, "twitter"))
	})
	s.mux.HandleFunc("GET "+callbackPath, s.callback)
	return s, nil
}

func (s *gothApp) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *gothApp) callback(w http.ResponseWriter, r *http.Request) {
	u, err := gothic.CompleteUserAuth(w, gothic.GetContextWithProvider(r, "twitter"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	s.save(Person{ID: u.UserID, Handle: u.NickName, Email: u.Email, Token: u.AccessToken, TokenSecret: u.AccessTokenSecret})
	http.Redirect(w, r, donePath, http.StatusSeeOther)
}
