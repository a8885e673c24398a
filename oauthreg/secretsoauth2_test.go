package oauthreg_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// bearerListener hears what is said at X's OAuth 2.0 endpoints, and learns the
// secrets in it.
type bearerListener struct {
	vault *vault
	next  http.RoundTripper
}

func (l bearerListener) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, err := url.ParseQuery(string(body)); err == nil {
			l.vault.secret(form.Get("code_verifier"), form.Get("code"))
		}
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var answer struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if json.Unmarshal(body, &answer) == nil {
		l.vault.secret(answer.Access, answer.Refresh)
	}
	return resp, nil
}

// The same over OAuth 2.0, with pages and with JSON: access and refresh token,
// code, PKCE verifier and client secret are in nothing that leaves the app.
func TestNoSecretOfOAuth2GetsOut(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct {
		name  string
		store func(testing.TB) sessionstore.Store
	}{
		{"cookie", func(t testing.TB) sessionstore.Store { return newCookieStore(t) }},
		{"memory", func(t testing.TB) sessionstore.Store { return newMemoryStore(t) }},
	} {
		for _, form := range []struct {
			name string
			edit func(*http.Request)
		}{{"pages", func(*http.Request) {}}, {"JSON", func(r *http.Request) { r.Header.Set("Accept", "application/json") }}} {
			t.Run(kind.name+", "+form.name, func(t *testing.T) {
				t.Parallel()
				v := &vault{}
				v.secret(twittertest.OAuth2ClientSecret)
				x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{site + "/auth/x/callback"}})
				require.NoError(t, err)
				t.Cleanup(func() { assert.NoError(t, x.Close()) })
				client := x.Client()
				client.Transport = bearerListener{v, client.Transport}
				flow, err := twitter.NewOAuth2(twitter.OAuth2Config{
					BaseURL: x.URL(), ClientID: twittertest.OAuth2ClientID, ClientSecret: provider.NewSecret(twittertest.OAuth2ClientSecret),
					Scopes: []string{"users.read", "tweet.read", "users.email", "offline.access"}, HTTPClient: client, Timeout: time.Minute,
				})
				require.NoError(t, err)
				a := newApp(t, kind.store(t), func(cfg *oauthreg.Config) { cfg.Flows["x"], cfg.Labels["x"] = flow, "X" })

				road := func(b *browser) (callback string) {
					p := v.visit(b.post("/auth/x/start", url.Values{"next": {"/inbox"}}, form.edit))
					target := p.location
					if target == "" {
						var answer struct{ Location string }
						require.NoError(t, json.Unmarshal([]byte(p.body), &answer), p.body)
						target = answer.Location
					}
					callback, err := x.Approve(t.Context(), target, "")
					require.NoError(t, err)
					return callback
				}
				b := a.browser()
				callback := road(b)
				v.visit(a.browser().get(callback, form.edit)) // stolen
				v.visit(b.get(callback, form.edit))
				require.Equal(t, oauthreg.NewUser, a.last().Outcome)
				v.visit(b.get("/signup"))
				v.visit(b.post("/signup", url.Values{"username": {"ada"}}))
				v.visit(b.get(callback, form.edit)) // again
				v.visit(b.get(road(b), form.edit))
				require.Equal(t, oauthreg.Returning, a.last().Outcome)
				for _, endpoint := range []twittertest.Endpoint{twittertest.OAuth2Token, twittertest.UsersMe} {
					for _, fault := range []twittertest.Fault{
						twittertest.OverCapacity(), twittertest.TruncatedBody(), {LoseAnswer: true}, {Status: 401, Body: "no"},
						twittertest.OAuth2Error(400, "invalid_grant", "Value passed for the authorization code was invalid."),
					} {
						b := a.browser()
						callback := road(b)
						x.Fault(endpoint, fault)
						v.visit(b.get(callback, form.edit))
						x.NoFault(endpoint)
					}
				}

				for _, res := range a.results {
					v.inspect("Result", res)
					if res.Err != nil {
						v.see("error", fmt.Sprintf("%v %+v", res.Err, res.Err))
					}
				}
				for _, account := range a.signIns {
					v.inspect("Account", account)
				}
				v.see("log", a.logs.String())
				assert.Greater(t, len(v.secrets), 20, "there was something to keep")
				assert.Empty(t, v.leaks())
				v.see("teeth", v.secrets[len(v.secrets)-1])
				assert.NotEmpty(t, v.leaks(), "and a leak would be found")
			})
		}
	}
}
