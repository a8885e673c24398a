package oauth2flow_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// styles are the ways of client authentication.
var styles = map[string]clientAuth{"in a header": inHeader, "in the body": inBody, "public": public}

func TestExchange(t *testing.T) {
	t.Parallel()
	for name, auth := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.auth = auth
			s.extra = map[string]any{"scope": "email profile", "id_token": "id-" + secretMark}
			f := s.flow(func(c *oauth2flow.Config) { c.ExtraMembers = []string{"id_token", "absent"} })
			hs, query := s.start(f)
			before := time.Now()
			tok, err := f.HandleCallback(t.Context(), hs, query)
			require.NoError(t, err)

			assert.True(t, strings.HasPrefix(tok.Access.Reveal(), "access-"))
			assert.True(t, strings.HasPrefix(tok.Refresh.Reveal(), "refresh+/=&% é"))
			assert.WithinRange(t, tok.Expiry, before.Add(time.Hour), time.Now().Add(time.Hour))
			assert.Equal(t, "email profile", tok.Scope)
			assert.True(t, tok.Secret.IsZero())
			assert.Empty(t, tok.Subject)
			assert.Len(t, tok.Extra, 1)
			assert.Equal(t, "id-"+secretMark, tok.Extra["id_token"].Reveal())

			calls := s.made("")
			require.Len(t, calls, 1)
			c := calls[0]
			assert.Equal(t, url.Values{"version": {"2"}}, c.query, "the endpoint's own, and no credentials")
			want := []string{"code", "code_verifier", "grant_type", "redirect_uri"}
			switch auth {
			case inBody:
				want = append(want, "client_id", "client_secret")
			case public:
				want = append(want, "client_id")
			}
			assert.ElementsMatch(t, want, slices.Collect(maps.Keys(c.form)))
			assert.Equal(t, callbackURL, c.form.Get("redirect_uri"))
			assert.Equal(t, hs.Secret.Reveal(), c.form.Get("code_verifier"))
			assert.Equal(t, query.Get("code"), c.form.Get("code"))
		})
	}
}

// The other way of authentication is not tried: the code would be spent.
func TestExchangeIsNeverRepeated(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		answer http.HandlerFunc
		kind   error
	}{
		{"401", refusal(http.StatusUnauthorized, "invalid_client"), provider.ErrRefused},
		{"401 without a word", body(http.StatusUnauthorized, marker), provider.ErrRefused},
		{"400", refusal(http.StatusBadRequest, "invalid_grant"), provider.ErrExpired},
		{"500", body(http.StatusInternalServerError, marker), provider.ErrUnavailable},
		{"503", body(http.StatusServiceUnavailable, marker, "Retry-After", "0"), provider.ErrUnavailable},
		{"429", body(http.StatusTooManyRequests, marker, "Retry-After", "1"), provider.ErrRateLimited},
		{"a reset", abort, provider.ErrUnavailable},
		{"no token", body(http.StatusOK, `{}`), provider.ErrProtocol},
	} {
		for name, auth := range styles {
			t.Run(row.name+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newServer(t)
				s.auth = auth
				f := s.flow()
				s.signIn(f) // so that there is a connection to use again
				hs, query := s.start(f)
				s.answer("/token", row.answer)
				tok, err := f.HandleCallback(t.Context(), hs, query)
				requireError(t, err, row.kind, provider.OpAccessToken)
				assert.Empty(t, tok)
				assert.Len(t, s.made("/token"), 2, "one for each attempt")
			})
		}
	}
}

// A client that authenticates in another way than the server wants is told so.
func TestWrongClientAuthentication(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		server clientAuth
		change func(*oauth2flow.Config)
	}{
		{"a header where the body is wanted", inBody, func(c *oauth2flow.Config) { c.Endpoint.AuthStyle = oauth2.AuthStyleInHeader }},
		{"zero means a header", inBody, func(c *oauth2flow.Config) { c.Endpoint.AuthStyle = oauth2.AuthStyleAutoDetect }},
		{"the body where a header is wanted", inHeader, func(c *oauth2flow.Config) { c.Endpoint.AuthStyle = oauth2.AuthStyleInParams }},
		{"no secret", inHeader, func(c *oauth2flow.Config) { c.ClientSecret = provider.Secret{} }},
		{"another secret", inHeader, func(c *oauth2flow.Config) { c.ClientSecret = provider.NewSecret(clientSecret + "x") }},
		{"a secret where none is known", public, func(c *oauth2flow.Config) { c.ClientSecret = provider.NewSecret(clientSecret) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.auth = row.server
			f := s.flow(row.change)
			hs, query := s.start(f)
			_, err := f.HandleCallback(t.Context(), hs, query)
			e := requireError(t, err, provider.ErrRefused, provider.OpAccessToken)
			assert.Equal(t, "invalid_client", e.Code)
			assert.Contains(t, e.Hint, "AuthStyle")
			assert.Len(t, s.made(""), 1)
		})
	}
}

// What the server holds against code theft: once, for whom, for where, in time.
func TestCodeIsBound(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		spoil func(*fakeServer, *oauth2flow.Flow, *provider.Handshake, url.Values)
	}{
		{"used before", func(s *fakeServer, f *oauth2flow.Flow, hs *provider.Handshake, q url.Values) {
			_, err := f.HandleCallback(s.t.Context(), *hs, q)
			require.NoError(s.t, err)
		}},
		{"another verifier", func(_ *fakeServer, _ *oauth2flow.Flow, hs *provider.Handshake, _ url.Values) {
			hs.Secret = provider.NewSecret(strings.Repeat("A", 43))
		}},
		{"the challenge for the verifier", func(_ *fakeServer, _ *oauth2flow.Flow, hs *provider.Handshake, _ url.Values) {
			hs.Secret = provider.NewSecret(s256(hs.Secret.Reveal()))
		}},
		{"another redirect URI", func(_ *fakeServer, _ *oauth2flow.Flow, hs *provider.Handshake, _ url.Values) {
			hs.CallbackURL += "&y=1"
		}},
		{"another code", func(_ *fakeServer, _ *oauth2flow.Flow, _ *provider.Handshake, q url.Values) {
			q.Set("code", q.Get("code")+"x")
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			f := s.flow()
			hs, query := s.start(f)
			row.spoil(s, f, &hs, query)
			tok, err := f.HandleCallback(t.Context(), hs, query)
			e := requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
			assert.Equal(t, "invalid_grant", e.Code)
			assert.Empty(t, tok)
		})
	}
}

func TestCodeExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(t)
		f := s.flow(s.inProcess)
		hs, query := s.start(f)
		time.Sleep(codeLifetime)
		_, err := f.HandleCallback(t.Context(), hs, query)
		require.NoError(t, err)
		hs, query = s.start(f)
		time.Sleep(codeLifetime + time.Second)
		_, err = f.HandleCallback(t.Context(), hs, query)
		requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
	})
}

// Whoever the endpoint redirects to gets neither the code nor the secret nor
// the token.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		eachOperation(t, func(t *testing.T, s *fakeServer, o operation) {
			var hits atomic.Int32
			other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
			defer other.Close()
			for _, target := range []string{other.URL + "/" + marker, "/elsewhere?" + marker, "http://[" + marker} {
				s.answer(o.path, body(status, marker, "Location", target))
				f := s.flow(func(c *oauth2flow.Config) {
					// A policy of the caller's is not asked.
					c.HTTPClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
				})
				err := o.run(t.Context(), f)
				if strings.HasPrefix(target, "http://[") {
					requireError(t, err, provider.ErrUnavailable, o.op) // no URL, so no answer to net/http
					continue
				}
				e := requireError(t, err, provider.ErrProtocol, o.op)
				assert.Equal(t, status, e.Status)
			}
			assert.Zero(t, hits.Load())
			assert.Empty(t, s.made("/elsewhere"))
		}, " "+strconv.Itoa(status))
	}
}

// A provider that refuses PKCE gets none of it, and the rest as ever. The
// handshake still holds a secret, of which the nonce is made.
func TestWithoutPKCE(t *testing.T) {
	t.Parallel()
	for _, auth := range []clientAuth{inHeader, inBody} {
		s := newServer(t)
		s.auth, s.withoutPKCE = auth, true
		f := s.flow(func(c *oauth2flow.Config) { c.DangerouslyWithoutPKCE, c.SendNonce = true, true })
		query, hs := authURL(t, f)
		assert.NotContains(t, query, "code_challenge")
		assert.NotContains(t, query, "code_challenge_method")
		assert.Equal(t, oauth2flow.Nonce(hs), query.Get("nonce"))
		assert.Regexp(t, verifierForm, hs.Secret.Reveal())
		hs, callback := s.start(f)
		_, err := f.HandleCallback(t.Context(), hs, callback)
		require.NoError(t, err)
		assert.NotContains(t, s.made("/token")[0].form, "code_verifier")

		_, err = f.HandleCallback(t.Context(), hs, url.Values{"state": {"another"}, "code": callback["code"]})
		requireError(t, err, provider.ErrMismatch, provider.OpCallback)
	}
}
