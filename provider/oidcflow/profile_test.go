package oidcflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
)

// standardClaims are all that are mapped, and some that are not.
const standardClaims = `{
  "sub": "248289761001", "preferred_username": "j.doe", "name": "Jane \u0041. Doe 森", "given_name": "Jane", "family_name": "Doe",
  "nickname": "jj", "email": "jane@example.com", "email_verified": true, "picture": "https://op.example/jane.jpg",
  "profile": "https://op.example/jane", "website": "https://jane.example", "zoneinfo": "Asia/Tokyo", "x": 12345678901234567890
}`

func jane(raw string) provider.Profile {
	return provider.Profile{
		ID: subject, Username: "j.doe", Name: "Jane A. Doe 森", GivenName: "Jane", FamilyName: "Doe",
		Email: "jane@example.com", EmailVerified: true, AvatarURL: "https://op.example/jane.jpg",
		URL: "https://jane.example", Raw: json.RawMessage(raw),
	}
}

func TestProfileFromUserInfo(t *testing.T) {
	t.Parallel()
	op := newForger()
	op.userinfo = standardClaims
	f := op.flow(t)
	tok, err := op.signIn(t, f)
	require.NoError(t, err)
	p, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, jane(standardClaims), p)
	last := op.headers[len(op.headers)-1]
	assert.Equal(t, "Bearer the-access-token", last.Get("Authorization"))
}

func TestProfileFromTheIDToken(t *testing.T) {
	t.Parallel()
	op := newForger()
	delete(op.metadata, "userinfo_endpoint")
	sent := ""
	sign := op.sign
	op.sign = func(claims []byte) string {
		claims = edit(claims, func(m object) {
			var more object
			require.NoError(t, json.Unmarshal([]byte(standardClaims), &more))
			maps.Copy(m, more)
		})
		sent = string(claims)
		return sign(claims)
	}
	f := op.flow(t)
	tok, err := op.signIn(t, f)
	require.NoError(t, err)
	calls := op.count("")

	// As it comes back from a store, later.
	data, err := provider.EncodeToken(tok)
	require.NoError(t, err)
	stored, err := provider.DecodeToken(data)
	require.NoError(t, err)
	p, err := f.FetchProfile(t.Context(), stored)
	require.NoError(t, err)
	assert.Equal(t, jane(sent), p)
	assert.Equal(t, calls, op.count(""))
}

func TestProfileFromAnIDTokenThatDoesNotBelong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		idToken string
		kind    error
		words   string
	}{
		{"none", "", provider.ErrTokenInvalid, "sign in again"},
		{"no JWT", "evil", provider.ErrIdentity, "not of the form"},
		{"no base64", "a.*.c", provider.ErrIdentity, "not of the form"},
		{"no JSON", "a." + b64([]byte("evil")) + ".c", provider.ErrIdentity, "not of the form"},
		{"two objects", "a." + b64([]byte(`{"iss":"`+issuer+`","aud":"`+clientID+`","sub":"`+subject+`"}{}`)) + ".c", provider.ErrIdentity, "not of the form"},
		{"another issuer", "a." + b64([]byte(`{"iss":"evil","aud":"`+clientID+`","sub":"`+subject+`"}`)) + ".c", provider.ErrIdentity, "another issuer"},
		{"another client", "a." + b64([]byte(`{"iss":"`+issuer+`","aud":"evil","sub":"`+subject+`"}`)) + ".c", provider.ErrIdentity, "another client"},
		{"another person", "a." + b64([]byte(`{"iss":"`+issuer+`","aud":"`+clientID+`","sub":"evil"}`)) + ".c", provider.ErrIdentity, "another person"},
	}
	op := newForger()
	delete(op.metadata, "userinfo_endpoint")
	f := op.flow(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tok := provider.Token{Access: provider.NewSecret("x"), Subject: subject, Extra: map[string]provider.Secret{"id_token": provider.NewSecret(test.idToken)}}
			p, err := f.FetchProfile(t.Context(), tok)
			e := requireKind(t, err, provider.OpProfile, test.kind)
			assert.Contains(t, e.Error(), test.words)
			assert.Zero(t, p)
		})
	}
}

func TestUserInfoIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		userinfo any
		kind     error
	}{
		{"another person", object{"sub": "evil", "email": "jane@example.com"}, provider.ErrIdentity},
		{"the person in other letters", object{"SUB": subject}, provider.ErrIdentity},
		{"nobody", object{"name": "evil"}, provider.ErrIdentity},
		{"a null", object{"sub": nil}, provider.ErrIdentity},
		{"a list", object{"sub": []string{subject}}, provider.ErrIdentity},
		{"a signed answer", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIyNDgyODk3NjEwMDEifQ.", provider.ErrProtocol},
		{"HTML", "<html>evil</html>", provider.ErrProtocol},
		{"nothing", "", provider.ErrProtocol},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			op.userinfo = test.userinfo
			f := op.flow(t)
			tok, err := op.signIn(t, f)
			require.NoError(t, err)
			p, err := f.FetchProfile(t.Context(), tok)
			requireKind(t, err, provider.OpProfile, test.kind)
			assert.Zero(t, p)
		})
	}
}

func TestEmailVerified(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		userinfo object
		want     bool
	}{
		{"true", object{"email": "j@example.com", "email_verified": true}, true},
		{"the word true", object{"email": "j@example.com", "email_verified": "true"}, true},
		{"false", object{"email": "j@example.com", "email_verified": false}, false},
		{"the word false", object{"email": "j@example.com", "email_verified": "false"}, false},
		{"another word", object{"email": "j@example.com", "email_verified": "yes"}, false},
		{"a number", object{"email": "j@example.com", "email_verified": 1}, false},
		{"not said", object{"email": "j@example.com"}, false},
		{"in other letters", object{"email": "j@example.com", "Email_Verified": true}, false},
		{"no address", object{"email_verified": true}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			test.userinfo["sub"] = subject
			op.userinfo = test.userinfo
			f := op.flow(t)
			tok, err := op.signIn(t, f)
			require.NoError(t, err)
			p, err := f.FetchProfile(t.Context(), tok)
			require.NoError(t, err)
			assert.Equal(t, test.want, p.EmailVerified)
		})
	}
}

func TestWithoutATokenThereIsNoCall(t *testing.T) {
	t.Parallel()
	op := newForger()
	f := op.flow(t)
	none := provider.Token{Subject: subject}
	_, err := f.Client(t.Context(), none)
	requireKind(t, err, provider.OpClient, provider.ErrTokenInvalid)
	_, err = f.RefreshingClient(t.Context(), none, func(context.Context, provider.Token) error { return nil })
	requireKind(t, err, provider.OpClient, provider.ErrTokenInvalid)
	_, err = f.RefreshingClient(t.Context(), provider.Token{Access: provider.NewSecret("x")}, nil)
	require.Error(t, err)
	_, err = f.Refresh(t.Context(), none)
	requireKind(t, err, provider.OpRefresh, provider.ErrTokenInvalid)
	assert.Zero(t, op.count(""))
	requireKind(t, f.Revoke(t.Context(), none), provider.OpRevoke, provider.ErrTokenInvalid)
	assert.Zero(t, op.count("POST /revoke"))
}

func TestProfileNeedsATokenOfThisFlow(t *testing.T) {
	t.Parallel()
	op := newForger()
	f := op.flow(t)
	_, err := f.FetchProfile(t.Context(), provider.Token{Subject: subject})
	requireKind(t, err, provider.OpProfile, provider.ErrTokenInvalid)
	_, err = f.FetchProfile(t.Context(), provider.Token{Access: provider.NewSecret("x")})
	requireKind(t, err, provider.OpProfile, provider.ErrIdentity)
	assert.Zero(t, op.count(""))
}

func TestKeepIDToken(t *testing.T) {
	t.Parallel()
	op := newForger()
	tok, err := op.signIn(t, op.flow(t, func(c *oidcflow.Config) { c.KeepIDToken = true }))
	require.NoError(t, err)
	assert.Contains(t, tok.Extra["id_token"].Reveal(), "eyJ")
}

func TestClientsAreKeptToTheProvider(t *testing.T) {
	t.Parallel()
	op := newForger()
	op.metadata["userinfo_endpoint"] = "https://userinfo.example/userinfo"
	f := op.flow(t, func(c *oidcflow.Config) { c.APIHosts = []string{"api.example"} })
	tok, err := op.signIn(t, f)
	require.NoError(t, err)
	client, err := f.Client(t.Context(), tok)
	require.NoError(t, err)
	for target, allowed := range map[string]bool{
		"https://op.example/x": true, "https://userinfo.example/x": true, "https://api.example/x": true,
		"https://evil.example/x": false, "http://op.example/x": false,
	} {
		res, err := client.Get(target)
		if !allowed {
			require.Error(t, err, target)
			continue
		}
		require.NoError(t, err, target)
		_ = res.Body.Close()
	}
}

func TestRefreshingClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		op := newForger()
		f := op.flow(t)
		tok, err := op.signIn(t, f)
		require.NoError(t, err)
		op.set(func() {
			op.answer["access_token"] = "second"
			delete(op.claims, "nonce")
		})
		var saved provider.Token
		client, err := f.RefreshingClient(t.Context(), tok, func(_ context.Context, tok provider.Token) error {
			saved = tok
			return nil
		})
		require.NoError(t, err)
		time.Sleep(time.Hour)
		op.set(func() { op.claims["exp"] = time.Now().Add(time.Hour).Unix() })
		res, err := client.Get(issuer + "/userinfo")
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, "second", saved.Access.Reveal())
		assert.Equal(t, subject, saved.Subject)
		assert.Equal(t, "Bearer second", op.headers[len(op.headers)-1].Get("Authorization"))
	})
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	op := newForger()
	f := op.flow(t)
	tok, err := op.signIn(t, f)
	require.NoError(t, err)
	require.NoError(t, f.Revoke(t.Context(), tok))
	assert.Equal(t, "the-refresh-token", op.forms[len(op.forms)-1].Get("token"))

	op.set(func() { op.broken["/revoke"] = status(http.StatusServiceUnavailable) })
	requireKind(t, f.Revoke(t.Context(), tok), provider.OpRevoke, provider.ErrUnavailable)

	without := newForger()
	delete(without.metadata, "revocation_endpoint")
	requireKind(t, without.flow(t).Revoke(t.Context(), tok), provider.OpRevoke, errors.ErrUnsupported)
}
