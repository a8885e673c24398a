package appsessions_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// A whole sign-up of an app that signs people in with scs, as scs wants it: with
// a new token.
func TestSignUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t *testing.T, manager *scs.SessionManager, baseURL string) sessionstore.Store
	}{
		{"in the session", func(t *testing.T, manager *scs.SessionManager, _ string) sessionstore.Store {
			return newSession(t, manager)
		}},
		{"in the sessions' store", func(t *testing.T, manager *scs.SessionManager, baseURL string) sessionstore.Store {
			backend, err := sessionstore.NewSCSBackend(manager.Store)
			require.NoError(t, err)
			server, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: baseURL})
			require.NoError(t, err)
			return server
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			standIn, err := twittertest.New(twittertest.Config{})
			require.NoError(t, err)
			t.Cleanup(func() { _ = standIn.Close() })
			x, err := twitter.New(twitter.Config{
				ConsumerKey:    twittertest.ConsumerKey,
				ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
				BaseURL:        standIn.URL(),
			})
			require.NoError(t, err)

			manager := newManager(memstore.NewWithCleanupInterval(0))
			manager.Cookie.Secure = false
			mux := http.NewServeMux()
			server := httptest.NewServer(manager.LoadAndSave(mux))
			t.Cleanup(server.Close)
			reg, err := oauthreg.New(oauthreg.Config{
				BaseURL:  server.URL + "/auth",
				Flows:    map[string]provider.Flow{"twitter": x},
				Sessions: tt.make(t, manager, server.URL),
				Accounts: tokenstore.NewMemory(),
				SignIn: func(_ http.ResponseWriter, r *http.Request, a tokenstore.Account) error {
					err := manager.RenewToken(r.Context())
					manager.Put(r.Context(), "user", a.UserID)
					return err
				},
				SignUpURL: "/signup",
			})
			require.NoError(t, err)
			mux.Handle("/auth/", reg.Handler())
			mux.HandleFunc("GET /signup", func(w http.ResponseWriter, r *http.Request) {
				pending, err := reg.Pending(r)
				if err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
				_, _ = w.Write([]byte(pending.Profile.Username))
			})
			mux.HandleFunc("POST /signup", func(w http.ResponseWriter, r *http.Request) {
				done, err := reg.Complete(w, r, "user-1")
				if err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
				http.Redirect(w, r, done.Next, http.StatusSeeOther)
			})
			mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte(manager.GetString(r.Context(), "user")))
			})

			a := &app{t: t, url: server.URL, client: server.Client()}
			a.client.Jar, err = cookiejar.New(nil)
			require.NoError(t, err)
			a.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

			signIn := func() (ends string) {
				start, err := a.client.PostForm(a.url+"/auth/twitter/start", url.Values{"next": {"/inbox"}})
				require.NoError(t, err)
				_ = start.Body.Close()
				callback, err := standIn.Approve(t.Context(), start.Header.Get("Location"), "")
				require.NoError(t, err)
				end, err := a.client.Get(callback)
				require.NoError(t, err)
				_ = end.Body.Close()
				at, err := end.Location()
				require.NoError(t, err)
				return at.Path
			}
			assert.Equal(t, "/signup", signIn())
			assert.Equal(t, "ada_quill", a.does("GET", "/signup", ""))
			done, err := a.client.PostForm(a.url+"/signup", url.Values{})
			require.NoError(t, err)
			_ = done.Body.Close()
			assert.Equal(t, "/inbox", done.Header.Get("Location"))
			assert.Equal(t, "user-1", a.does("GET", "/user", ""))
			assert.Equal(t, "/inbox", signIn(), "a person who is known")
			assert.Equal(t, "user-1", a.does("GET", "/user", ""))
		})
	}
}
