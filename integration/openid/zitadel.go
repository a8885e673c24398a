package openid

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

func startZitadel(t testing.TB, s settings) string {
	t.Helper()
	url, _ := zitadel(t, s)
	return url
}

// StartForging is [Start] for "zitadel". The function it returns signs any
// claims with the key that the provider signs id_tokens with.
func StartForging(t testing.TB, callbacks ...string) (s *Server, sign func(claims []byte) (idToken string)) {
	t.Helper()
	s = newServer("zitadel", callbacks)
	var store *storage.Storage
	s.URL, store = zitadel(t, s.settings())
	key, err := store.SigningKey(t.Context())
	if err != nil {
		t.Fatalf("the key of zitadel: %v", err)
	}
	signer, err := op.SignerFromKey(key)
	if err != nil {
		t.Fatalf("the key of zitadel: %v", err)
	}
	return s, func(claims []byte) string {
		jws, err := signer.Sign(claims)
		if err != nil {
			panic(err)
		}
		idToken, err := jws.CompactSerialize()
		if err != nil {
			panic(err)
		}
		return idToken
	}
}

// zitadel runs the OP package of zitadel/oidc, with the storage of its example,
// in this process.
func zitadel(t testing.TB, s settings) (string, *storage.Storage) {
	t.Helper()
	var handler atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.Load().(http.Handler).ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	clients := map[string]*storage.Client{}
	for _, c := range s.Clients {
		if c.Secret == "" {
			clients[c.ID] = storage.NativeClient(c.ID, c.Callbacks...)
			continue
		}
		clients[c.ID] = storage.WebClient(c.ID, c.Secret, c.Callbacks...)
	}
	store := storage.NewStorageWithClients(zitadelPeople(s.People), clients)
	cfg := &op.Config{CodeMethodS256: true, GrantTypeRefreshToken: true}
	_, _ = rand.Read(cfg.CryptoKey[:]) // never fails
	provider, err := op.NewProvider(cfg, store, op.StaticIssuer(server.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatalf("zitadel: %v", err)
	}
	back := op.AuthCallbackURL(provider)
	interceptor := op.NewIssuerInterceptor(provider.IssuerFromRequest)
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.HandleFunc("/login/username", interceptor.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("authRequestID")
		username, deny := choice(r)
		if r.Method == http.MethodPost {
			username, deny = posted(r)
		} else if username == "" && !deny {
			showLogin(w, id)
			return
		}
		if deny {
			request, err := store.AuthRequestByID(r.Context(), id)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			op.AuthRequestError(w, r, request, oidc.ErrAccessDenied(), provider)
			return
		}
		if err := store.CheckUsernamePassword(username, zitadelPassword, id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, back(r.Context(), id), http.StatusFound)
	}))
	handler.Store(http.Handler(mux))
	return server.URL, store
}

const zitadelPassword = "everybody's"

// zitadelPeople implements storage.UserStore.
type zitadelPeople []Person

func (p zitadelPeople) find(match func(Person) bool) *storage.User {
	for _, person := range p {
		if match(person) {
			return &storage.User{
				ID: person.ID, Username: person.Username, Password: zitadelPassword, FirstName: person.GivenName, LastName: person.FamilyName,
				Email: person.Email, EmailVerified: person.EmailVerified,
			}
		}
	}
	return nil
}

// GetUserByID implements storage.UserStore.
func (p zitadelPeople) GetUserByID(id string) *storage.User {
	return p.find(func(person Person) bool { return person.ID == id })
}

// GetUserByUsername implements storage.UserStore.
func (p zitadelPeople) GetUserByUsername(name string) *storage.User {
	return p.find(func(person Person) bool { return person.Username == name })
}

// ExampleClientID implements storage.UserStore; it is for another grant.
func (zitadelPeople) ExampleClientID() string { return "service" }
