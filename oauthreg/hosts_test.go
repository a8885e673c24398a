package oauthreg_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

// The same person signs up at two Registrars of one host, and ends both.
func TestOnePersonAtTwoRegistrarsOfAHost(t *testing.T) {
	t.Parallel()
	store, mux := newCookieStore(t), http.NewServeMux()
	b := &browser{t: t, handler: mux}
	signUp := func(path string) (waiting func() error) {
		f := newFakeFlow("fake")
		g, err := oauthreg.New(oauthreg.Config{
			BaseURL: site + path, Flows: map[string]provider.Flow{"fake": f}, Sessions: store, Accounts: tokenstore.NewMemory(),
			SignUpURL: path + "/signup", SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
		})
		require.NoError(t, err)
		mux.Handle(path+"/", g.Handler())
		b.get(path + "/fake/callback?" + f.approve(b.post(path+"/fake/start", nil).location, ada))
		return func() error {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+path+"/signup", nil)
			b.addCookies(r)
			_, err := g.Pending(r)
			return err
		}
	}
	first, second := signUp("/one"), signUp("/two")
	require.NoError(t, second())
	require.NoError(t, first())
}

// Two Registrars of one process have a provider of the same name. Whoever signs
// up at the second brings all of its cookies to the first, which a person can do
// with a browser of their own, and gets nothing there.
func TestWhatWaitsAtOneRegistrarIsNothingAtAnother(t *testing.T) {
	t.Parallel()
	store := func(base, name string) sessionstore.Store {
		keys, err := seal.Parse(seal.NewKey())
		require.NoError(t, err)
		s, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: base, Name: name})
		require.NoError(t, err)
		return s
	}
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	sameKeys := func(base string) sessionstore.Store {
		s, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: base})
		require.NoError(t, err)
		return s
	}
	backend, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = backend.Close() })
	sameBackend := func(base string) sessionstore.Store {
		s, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: base})
		require.NoError(t, err)
		return s
	}
	one := sameKeys("https://a.example")
	for _, row := range []struct {
		name, first, second string
		stores              [2]sessionstore.Store
	}{
		{
			"two hosts, the same keys", "https://a.example", "https://b.example",
			[2]sessionstore.Store{sameKeys("https://a.example"), sameKeys("https://b.example")},
		},
		{
			"two hosts, the same backend", "https://a.example", "https://b.example",
			[2]sessionstore.Store{sameBackend("https://a.example"), sameBackend("https://b.example")},
		},
		{"two paths of a host, one store", "https://a.example/a", "https://a.example/b", [2]sessionstore.Store{one, one}},
		{
			"two hosts, two keys", "https://a.example", "https://b.example",
			[2]sessionstore.Store{store("https://a.example", ""), store("https://b.example", "")},
		},
		{
			"two paths of a host, two keys and two names", "https://a.example/a", "https://a.example/b",
			[2]sessionstore.Store{store("https://a.example", "one"), store("https://a.example", "two")},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var signedIn []string
			accounts := tokenstore.NewMemory()
			owner := tokenstore.Account{Identity: tokenstore.Identity{Provider: "acme", Subject: "42"}, UserID: "the owner"}
			require.NoError(t, accounts.Link(t.Context(), owner))
			registrar := func(base string, sessions sessionstore.Store, accounts tokenstore.Store) *oauthreg.Registrar {
				reg, err := oauthreg.New(oauthreg.Config{
					BaseURL: base + "/auth", Flows: map[string]provider.Flow{"acme": acme{}},
					Sessions: sessions, Accounts: accounts, SignUpURL: "/signup",
					SignIn: func(_ http.ResponseWriter, _ *http.Request, a tokenstore.Account) error {
						signedIn = append(signedIn, a.UserID)
						return nil
					},
				})
				require.NoError(t, err)
				return reg
			}
			first, second := registrar(row.first, row.stores[0], accounts), registrar(row.second, row.stores[1], tokenstore.NewMemory())

			jar := map[string]*http.Cookie{}
			do := func(h http.Handler, method, target string) string {
				r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(""))
				for _, c := range jar {
					r.AddCookie(c)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				for _, c := range w.Result().Cookies() {
					jar[c.Name] = c
				}
				return w.Header().Get("Location")
			}
			start := func() (query string) {
				u, err := url.Parse(do(second.Handler(), http.MethodPost, row.second+"/auth/acme/start"))
				require.NoError(t, err)
				return "/auth/acme/callback?code=1&state=" + u.Query().Get("state")
			}

			query := start()
			assert.Contains(t, do(first.Handler(), http.MethodGet, row.first+query), "error=expired")
			assert.Equal(t, "/signup", do(second.Handler(), http.MethodGet, row.second+query), "it is intact")

			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, row.first+"/signup", strings.NewReader(""))
			for _, c := range jar {
				r.AddCookie(c)
			}
			_, err := first.Complete(httptest.NewRecorder(), r, "somebody")
			require.ErrorIs(t, err, oauthreg.ErrNoPending)
			assert.Empty(t, signedIn)
		})
	}
}
