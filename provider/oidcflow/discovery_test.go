package oidcflow_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
)

const (
	wellKnown = "/.well-known/openid-configuration"
	discovery = "GET " + wellKnown
)

// begin asks f for a URL, which needs nothing but discovery.
func begin(ctx context.Context, f *oidcflow.Flow) error {
	_, _, err := f.AuthURL(ctx, provider.AuthRequest{CallbackURL: callback})
	return err
}

// requireKind wants an Error of kind that tells nothing of what was forged.
func requireKind(t *testing.T, err error, op provider.Op, kind error) *provider.Error {
	t.Helper()
	e, ok := errors.AsType[*provider.Error](err)
	require.True(t, ok, "%v", err)
	require.ErrorIs(t, err, kind)
	assert.Equal(t, kind, e.Kind, "%v", err)
	assert.Equal(t, op, e.Op, "%v", err)
	assert.Equal(t, "op", e.Provider)
	for _, word := range []string{"evil", secret, "the-code", "the-access-token", "the-refresh-token", subject, "janedoe", "eyJ"} {
		assert.NotContains(t, err.Error(), word)
	}
	return e
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
		_, _ = w.Write([]byte("evil"))
	}
}

func TestDiscoveryHappensOnce(t *testing.T) {
	t.Parallel()
	op := newForger()
	f := op.flow(t)
	for range 3 {
		require.NoError(t, begin(t.Context(), f))
	}
	_, err := op.signIn(t, f)
	require.NoError(t, err)
	assert.Equal(t, 1, op.count(discovery))
	assert.Equal(t, 1, op.count("GET /keys"))
}

func TestManyWaitForOneDiscovery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		op := newForger()
		open := make(chan struct{})
		op.broken[wellKnown] = func(w http.ResponseWriter, _ *http.Request) {
			<-open
			send(w, op.metadata)
		}
		f := op.flow(t)
		impatient, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		// The first one to ask goes away, and nobody else is to feel it.
		wg.Go(func() {
			err := begin(impatient, f)
			assert.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() { assert.NoError(t, begin(t.Context(), f)) })
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(open)
		wg.Wait()
		assert.Equal(t, 1, op.count(discovery))
	})
}

func TestAFailedDiscoveryIsSharedButNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		op := newForger()
		op.broken[wellKnown] = status(http.StatusServiceUnavailable)
		f := op.flow(t)
		for range 2 {
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					e := requireKind(t, begin(t.Context(), f), oidcflow.OpDiscovery, provider.ErrUnavailable)
					assert.Equal(t, http.StatusServiceUnavailable, e.Status)
				})
			}
			wg.Wait()
		}
		assert.Equal(t, 4, op.count(discovery), "two tries, each repeated once")
		op.set(func() { delete(op.broken, wellKnown) })
		require.NoError(t, begin(t.Context(), f))
	})
}

func TestAPassingFailureIsNotNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		op := newForger()
		op.broken[wellKnown] = func(w http.ResponseWriter, r *http.Request) {
			op.set(func() { delete(op.broken, wellKnown) })
			status(http.StatusBadGateway)(w, r)
		}
		require.NoError(t, begin(t.Context(), op.flow(t)))
		assert.Equal(t, 2, op.count(discovery))
	})
}

// Metadata and keys are fetched in goroutines of their own, where nothing stands
// above that would recover.
func TestAPanicOfTheHTTPClientEndsNoProcess(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		path string
		op   provider.Op
		try  func(op *forger, f *oidcflow.Flow) error
	}{
		{wellKnown, oidcflow.OpDiscovery, func(_ *forger, f *oidcflow.Flow) error { return begin(t.Context(), f) }},
		{"/keys", provider.OpAccessToken, func(op *forger, f *oidcflow.Flow) error {
			_, err := op.signIn(t, f)
			return err
		}},
	} {
		op := newForger()
		f := op.flow(t)
		op.broken[row.path] = func(http.ResponseWriter, *http.Request) { panic("out of order") }
		err := row.try(op, f)
		e := requireKind(t, err, row.op, provider.ErrUnavailable)
		assert.ErrorContains(t, e.Err, "out of order\n")
		assert.ErrorContains(t, e.Err, "discovery_test.go", "where it was")
		op.set(func() {
			delete(op.broken, row.path)
			delete(op.claims, "nonce") // the next attempt has another
		})
		require.NoError(t, row.try(op, f))
	}
}

func TestDiscoveryIsBoundedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		op := newForger()
		op.broken[wellKnown] = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		started := time.Now()
		err := begin(t.Context(), op.flow(t, func(c *oidcflow.Config) { c.Timeout = 3 * time.Second }))
		requireKind(t, err, oidcflow.OpDiscovery, provider.ErrUnavailable)
		assert.Equal(t, 3*time.Second, time.Since(started))
	})
}

func TestDiscoveryRefuses(t *testing.T) {
	t.Parallel()
	metadata := func(change func(m object)) func(op *forger) {
		return func(op *forger) { change(op.metadata) }
	}
	answer := func(handler http.HandlerFunc) func(op *forger) {
		return func(op *forger) { op.broken[wellKnown] = handler }
	}
	text := func(body string) func(op *forger) {
		return answer(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
	}
	tests := []struct {
		name   string
		change func(op *forger)
		kind   error
		words  string
	}{
		{"not found", answer(status(http.StatusNotFound)), provider.ErrRefused, "check Issuer"},
		{"unauthorized", answer(status(http.StatusUnauthorized)), provider.ErrRefused, "check Issuer"},
		{"a redirect", answer(status(http.StatusFound)), provider.ErrRefused, "without a redirect"},
		{"too many requests", answer(status(http.StatusTooManyRequests)), provider.ErrRateLimited, "429"},
		{"HTML", text("<html>evil</html>"), provider.ErrProtocol, "not JSON"},
		{"nothing", text(""), provider.ErrProtocol, "not JSON"},
		{"an array", text(`["evil"]`), provider.ErrProtocol, "not of the form"},
		{"too long", text(`{"issuer":"` + strings.Repeat("evil", 1<<18) + `"}`), provider.ErrProtocol, "too long"},
		{"no issuer", metadata(func(m object) { delete(m, "issuer") }), provider.ErrProtocol, "another issuer"},
		{"another issuer", metadata(func(m object) { m["issuer"] = "https://evil.example" }), provider.ErrProtocol, "a slash at the end counts"},
		{"issuer with a slash", metadata(func(m object) { m["issuer"] = issuer + "/" }), provider.ErrProtocol, "a slash at the end counts"},
		{"endpoint that is no text", metadata(func(m object) { m["revocation_endpoint"] = []int{1} }), provider.ErrProtocol, "not of the form"},
		{"list that is none", metadata(func(m object) { m["code_challenge_methods_supported"] = "S256" }), provider.ErrProtocol, "not of the form"},
		{"no authorization endpoint", metadata(func(m object) { delete(m, "authorization_endpoint") }), provider.ErrProtocol, "authorization_endpoint: it is missing"},
		{"no token endpoint", metadata(func(m object) { delete(m, "token_endpoint") }), provider.ErrProtocol, "token_endpoint: it is missing"},
		{"no keys", metadata(func(m object) { delete(m, "jwks_uri") }), provider.ErrProtocol, "jwks_uri: it is missing"},
		{"authorization over http", metadata(func(m object) { m["authorization_endpoint"] = "http://evil.example/a" }), provider.ErrProtocol, "authorization_endpoint: it must be https"},
		{"token over http", metadata(func(m object) { m["token_endpoint"] = "http://evil.example/a" }), provider.ErrProtocol, "token_endpoint: it must be https"},
		{"token over http on loopback", metadata(func(m object) { m["token_endpoint"] = "http://127.0.0.1/a" }), provider.ErrProtocol, "token_endpoint: it must be https"},
		{"keys over http", metadata(func(m object) { m["jwks_uri"] = "http://evil.example/a" }), provider.ErrProtocol, "jwks_uri: it must be https"},
		{"userinfo over http", metadata(func(m object) { m["userinfo_endpoint"] = "http://evil.example/a" }), provider.ErrProtocol, "userinfo_endpoint: it must be https"},
		{"revocation over http", metadata(func(m object) { m["revocation_endpoint"] = "http://evil.example/a" }), provider.ErrProtocol, "revocation_endpoint: it must be https"},
		{"token in a file", metadata(func(m object) { m["token_endpoint"] = "file:///evil" }), provider.ErrProtocol, "token_endpoint"},
		{"token with a user", metadata(func(m object) { m["token_endpoint"] = "https://evil@op.example/" }), provider.ErrProtocol, "neither user nor fragment"},
		{"PKCE without S256", metadata(func(m object) { m["code_challenge_methods_supported"] = []string{"plain"} }), provider.ErrRefused, "S256"},
		{"PKCE switched off", metadata(func(m object) { m["code_challenge_methods_supported"] = []string{} }), provider.ErrRefused, "S256"},
		{"symmetric algorithms only", metadata(func(m object) { m["id_token_signing_alg_values_supported"] = []string{"HS256", "none"} }), provider.ErrRefused, "RS256"},
		{"secret as a key only", metadata(func(m object) { m["token_endpoint_auth_methods_supported"] = []string{"private_key_jwt"} }), provider.ErrRefused, "AuthStyle"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			test.change(op)
			f := op.flow(t)
			e := requireKind(t, begin(t.Context(), f), oidcflow.OpDiscovery, test.kind)
			assert.Contains(t, e.Error(), test.words)
			assert.Equal(t, op.count(""), op.count(discovery), "a call went elsewhere")

			_, err := f.FetchProfile(t.Context(), provider.Token{Access: provider.NewSecret("x"), Subject: "y"})
			requireKind(t, err, oidcflow.OpDiscovery, test.kind)
			_, err = f.Refresh(t.Context(), provider.Token{Refresh: provider.NewSecret("x")})
			requireKind(t, err, oidcflow.OpDiscovery, test.kind)
			requireKind(t, f.Revoke(t.Context(), provider.Token{Access: provider.NewSecret("x")}), oidcflow.OpDiscovery, test.kind)
			_, err = f.Client(t.Context(), provider.Token{Access: provider.NewSecret("x")})
			requireKind(t, err, oidcflow.OpDiscovery, test.kind)
			save := func(context.Context, provider.Token) error { return nil }
			_, err = f.RefreshingClient(t.Context(), provider.Token{Access: provider.NewSecret("x")}, save)
			requireKind(t, err, oidcflow.OpDiscovery, test.kind)
		})
	}
}

func TestDiscoveryAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(m object)
	}{
		{"no word about PKCE", func(m object) { delete(m, "code_challenge_methods_supported") }},
		{"null about PKCE", func(m object) { m["code_challenge_methods_supported"] = nil }},
		{"no word about algorithms", func(m object) { delete(m, "id_token_signing_alg_values_supported") }},
		{"no userinfo, no revocation", func(m object) { delete(m, "userinfo_endpoint"); delete(m, "revocation_endpoint") }},
		{"members nobody knows", func(m object) { m["x"] = object{"y": 1} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			test.change(op.metadata)
			_, err := op.signIn(t, op.flow(t))
			require.NoError(t, err)
		})
	}
}

func TestAnIssuerWithAPath(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/realms/one", "/realms/one/"} {
		op := newForger()
		op.metadata["issuer"], op.claims["iss"] = issuer+path, issuer+path
		where := strings.TrimSuffix(path, "/") + wellKnown
		op.broken[where] = func(w http.ResponseWriter, _ *http.Request) { send(w, op.metadata) }
		_, err := op.signIn(t, op.flow(t, func(c *oidcflow.Config) { c.Issuer += path }))
		require.NoError(t, err)
		assert.Equal(t, 1, op.count("GET "+where))
	}
}

// TestTheContextOfARequestDoesNotLowerTheChecks: what go-oidc reads from a
// context must not come from the one who happens to be first.
func TestTheContextOfARequestDoesNotLowerTheChecks(t *testing.T) {
	t.Parallel()
	op, other := newForger(), newForger()
	op.metadata["issuer"] = "https://evil.example"
	ctx := oidc.ClientContext(oidc.InsecureIssuerURLContext(t.Context(), "https://evil.example"), &http.Client{Transport: other})
	requireKind(t, begin(ctx, op.flow(t)), oidcflow.OpDiscovery, provider.ErrProtocol)
	assert.Zero(t, other.count(""))
}
