package benchmarks

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

// own is an app with this library, as the README and examples/signup have it,
// with all checks on: the defaults of every Config.
type own struct {
	users

	mux      *http.ServeMux
	reg      *oauthreg.Registrar
	accounts *tokenstore.Memory
}

// makeStore makes what keeps a handshake and a pending sign-up.
type makeStore func() (sessionstore.Store, error)

func cookieStore() (sessionstore.Store, error) {
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		return nil, err
	}
	return sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: appURL})
}

func memoryStore() (sessionstore.Store, error) {
	return sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: appURL})
}

// newOwn makes an app over a store; log is where its Logger writes.
func newOwn(store makeStore, log slog.Handler) func(w *World) (Subject, error) {
	return func(w *World) (Subject, error) {
		sessions, err := store()
		if err != nil {
			return nil, err
		}
		x, err := twitter.New(twitter.Config{
			ConsumerKey: consumerKey, ConsumerSecret: provider.NewSecret(consumerSecret),
			BaseURL: apiURL, HTTPClient: w.Client(),
		})
		if err != nil {
			return nil, err
		}
		s := &own{mux: http.NewServeMux(), accounts: tokenstore.NewMemory()}
		s.reg, err = oauthreg.New(oauthreg.Config{
			BaseURL: appURL + "/auth", Flows: map[string]provider.Flow{"twitter": x},
			Sessions: sessions, Accounts: s.accounts, SignUpURL: formPath, DefaultNext: donePath,
			SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
			Logger: slog.New(log),
		})
		if err != nil {
			return nil, err
		}
		s.mux.Handle("/auth/", s.reg.Handler())
		s.mux.HandleFunc("GET "+formPath, s.showForm)
		s.mux.HandleFunc("POST "+formPath, s.submitForm)
		return s, nil
	}
}

func (s *own) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *own) showForm(w http.ResponseWriter, r *http.Request) {
	pending, err := s.reg.Pending(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// The fields of every subject with a form, and the one that the library needs.
	_, _ = io.WriteString(w, oauthreg.PendingField+"="+pending.ID+
		"&username="+url.QueryEscape(pending.Value(oauthreg.FieldUsername))+"&email="+url.QueryEscape(pending.Value(oauthreg.FieldEmail)))
}

func (s *own) submitForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	pending, err := s.reg.Pending(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	email, ok := oauthreg.NormalizeEmail(r.PostForm.Get("email"))
	if !ok {
		http.Error(w, "no e-mail address", http.StatusUnprocessableEntity)
		return
	}
	s.save(Person{ID: pending.Profile.ID, Handle: r.PostForm.Get("username"), Email: email})
	done, err := s.reg.Complete(w, r, rand.Text())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	redirect(w, done.Next)
}

// Known implements [Subject]: the token is in the account store.
func (s *own) Known(id string) (Person, bool) {
	p, ok := s.users.Known(id)
	if !ok {
		return Person{}, false
	}
	a, found, err := s.accounts.Find(context.Background(), tokenstore.Identity{Provider: "twitter", Subject: id})
	if err != nil || !found {
		return Person{}, false
	}
	p.Token, p.TokenSecret = a.Token.Access.Reveal(), a.Token.Secret.Reveal()
	return p, true
}
