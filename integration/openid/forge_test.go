package openid_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/openid"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
)

// intruder sits between the app and a provider and replaces the id_token in
// token answers.
type intruder struct {
	base    http.RoundTripper
	replace func(idToken string) string
	seen    string // the id_token that the provider sent
}

// RoundTrip implements http.RoundTripper.
func (i *intruder) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := i.base.RoundTrip(req)
	if err != nil || !strings.HasSuffix(req.URL.Path, "/token") {
		return res, err
	}
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	answer := map[string]any{}
	if json.Unmarshal(data, &answer) == nil {
		if idToken, ok := answer["id_token"].(string); ok {
			i.seen = idToken
			answer["id_token"] = i.replace(idToken)
			data, err = json.Marshal(answer)
		}
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	res.Header.Set("Content-Length", strconv.Itoa(len(data)))
	return res, err
}

// idTokenOf returns the id_token that s issues to f's app for person.
func idTokenOf(t *testing.T, s *openid.Server, person openid.Person, changes ...func(*oidcflow.Config)) string {
	t.Helper()
	spy := &intruder{base: http.DefaultTransport, replace: func(idToken string) string { return idToken }}
	f := openID(t, s, append(changes, func(c *oidcflow.Config) { c.HTTPClient = &http.Client{Transport: spy} })...)
	hs, back := attempt(t, f, person)
	_, err := f.HandleCallback(t.Context(), hs, back.Query())
	require.NoError(t, err)
	require.NotEmpty(t, spy.seen)
	return spy.seen
}

// TestReplacedIDTokens: id_tokens that real providers have signed, for
// somebody or something else, and what can be made of a right one without the
// key.
func TestReplacedIDTokens(t *testing.T) {
	t.Parallel()
	victim := openid.People()[0]
	for i, name := range openid.OpenID() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openid.Start(t, name, callback)
			foreign := openid.Start(t, openid.OpenID()[(i+1)%len(openid.OpenID())], callback)
			twin := openid.Start(t, name, callback)
			otherClient := idTokenOf(t, s, victim, func(c *oidcflow.Config) {
				c.ClientID, c.ClientSecret = s.Other.ID, provider.NewSecret(s.Other.Secret)
			})
			otherIssuer, otherTwin, earlier := idTokenOf(t, foreign, victim), idTokenOf(t, twin, victim), idTokenOf(t, s, victim)
			tests := []struct {
				name    string
				replace func(idToken string) string
			}{
				{"of another app", func(string) string { return otherClient }},
				{"of another provider", func(string) string { return otherIssuer }},
				{"of another provider of the same make", func(string) string { return otherTwin }},
				{"of an earlier sign-in", func(string) string { return earlier }},
				{"left out", func(string) string { return "" }},
				{"alg none", func(idToken string) string { return unsigned(t, idToken, "none") + "." }},
				{"alg none with the signature", func(idToken string) string {
					return unsigned(t, idToken, "none") + idToken[strings.LastIndex(idToken, "."):]
				}},
				{"alg HS256 with the signature", func(idToken string) string {
					return unsigned(t, idToken, "HS256") + idToken[strings.LastIndex(idToken, "."):]
				}},
				{"signature cut off", func(idToken string) string { return idToken[:strings.LastIndex(idToken, ".")+1] }},
				{"signature of another", func(idToken string) string {
					return idToken[:strings.LastIndex(idToken, ".")] + earlier[strings.LastIndex(earlier, "."):]
				}},
				{"another sub", func(idToken string) string {
					return changed(t, idToken, map[string]any{"sub": openid.People()[1].ID})
				}},
			}
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) {
					f := openID(t, s, func(c *oidcflow.Config) {
						c.HTTPClient = &http.Client{Transport: &intruder{base: http.DefaultTransport, replace: test.replace}}
					})
					hs, back := attempt(t, f, victim)
					tok, err := f.HandleCallback(t.Context(), hs, back.Query())
					require.ErrorIs(t, err, provider.ErrIdentity)
					assert.True(t, tok.IsZero())
					noSecrets(t, err.Error(), victim.ID, s.App.Secret, "eyJ", "evil")
				})
			}
		})
	}
}

// TestForgedWithTheProvidersKey: what only the provider itself could sign.
func TestForgedWithTheProvidersKey(t *testing.T) {
	t.Parallel()
	s, sign := openid.StartForging(t, callback)
	tests := []struct {
		name   string
		claims map[string]any
		good   bool
	}{
		{"nothing", nil, true},
		{"azp of the app", map[string]any{"aud": []string{s.App.ID, "x"}, "azp": s.App.ID}, true},
		{"another issuer", map[string]any{"iss": "https://evil.example"}, false},
		{"another app", map[string]any{"aud": s.Other.ID}, false},
		{"another app beside", map[string]any{"aud": []string{s.App.ID, s.Other.ID}, "azp": nil}, false},
		{"issued to another app", map[string]any{"azp": s.Other.ID}, false},
		{"another nonce", map[string]any{"nonce": "evil"}, false},
		{"no nonce", map[string]any{"nonce": nil}, false},
		{"expired", map[string]any{"exp": time.Now().Add(-time.Second).Unix()}, false},
		{"without expiry", map[string]any{"exp": nil}, false},
		{"not valid yet", map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}, false},
		{"nobody", map[string]any{"sub": nil}, false},
		{"another access token", map[string]any{"at_hash": "evil"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := openID(t, s, func(c *oidcflow.Config) {
				c.HTTPClient = &http.Client{Transport: &intruder{base: http.DefaultTransport, replace: func(idToken string) string {
					return sign(edited(t, idToken, test.claims))
				}}}
			})
			hs, back := attempt(t, f, openid.People()[0])
			tok, err := f.HandleCallback(t.Context(), hs, back.Query())
			if test.good {
				require.NoError(t, err)
				assert.Equal(t, openid.People()[0].ID, tok.Subject)
				return
			}
			require.ErrorIs(t, err, provider.ErrIdentity)
			assert.True(t, tok.IsZero())
			noSecrets(t, err.Error(), openid.People()[0].ID, "evil")
		})
	}

	// Another person's sub is well signed: the nonce is right, and so the
	// provider is believed. But userinfo is of the access token.
	t.Run("another person", func(t *testing.T) {
		t.Parallel()
		f := openID(t, s, func(c *oidcflow.Config) {
			c.HTTPClient = &http.Client{Transport: &intruder{base: http.DefaultTransport, replace: func(idToken string) string {
				return sign(edited(t, idToken, map[string]any{"sub": openid.People()[1].ID}))
			}}}
		})
		hs, back := attempt(t, f, openid.People()[0])
		tok, err := f.HandleCallback(t.Context(), hs, back.Query())
		require.NoError(t, err)
		_, err = f.FetchProfile(t.Context(), tok)
		require.ErrorIs(t, err, provider.ErrIdentity)
	})
	t.Run("another person at the refresh", func(t *testing.T) {
		t.Parallel()
		honest := openID(t, s, refreshable)
		hs, back := attempt(t, honest, openid.People()[0])
		tok, err := honest.HandleCallback(t.Context(), hs, back.Query())
		require.NoError(t, err)
		f := openID(t, s, func(c *oidcflow.Config) {
			c.HTTPClient = &http.Client{Transport: &intruder{base: http.DefaultTransport, replace: func(idToken string) string {
				return sign(edited(t, idToken, map[string]any{"sub": openid.People()[1].ID}))
			}}}
		})
		_, err = f.Refresh(t.Context(), tok)
		require.ErrorIs(t, err, provider.ErrIdentity)
	})
}

// edited returns the claims of idToken with changes; nil deletes.
func edited(t *testing.T, idToken string, changes map[string]any) []byte {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(idToken, ".")[1])
	require.NoError(t, err)
	claims := map[string]any{}
	require.NoError(t, json.Unmarshal(payload, &claims))
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	data, err := json.Marshal(claims)
	require.NoError(t, err)
	return data
}

// changed returns idToken with other claims and its old signature.
func changed(t *testing.T, idToken string, changes map[string]any) string {
	t.Helper()
	parts := strings.Split(idToken, ".")
	parts[1] = base64.RawURLEncoding.EncodeToString(edited(t, idToken, changes))
	return strings.Join(parts, ".")
}

// unsigned returns header and claims of idToken under another algorithm.
func unsigned(t *testing.T, idToken, alg string) string {
	t.Helper()
	header, err := json.Marshal(map[string]string{"alg": alg, "typ": "JWT"})
	require.NoError(t, err)
	return base64.RawURLEncoding.EncodeToString(header) + "." + strings.Split(idToken, ".")[1]
}
