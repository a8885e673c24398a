package twitter_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// What X answers on a bad day, call by call.
func TestOAuth2Faults(t *testing.T) {
	t.Parallel()
	description := func(text string) twittertest.Fault { return twittertest.OAuth2Error(400, "invalid_request", text) }
	reset := time.Now().Add(10 * time.Minute).Truncate(time.Second)
	errors200 := func(item string) twittertest.Fault {
		return twittertest.Fault{Body: `{"errors":[` + item + `]}`, ContentType: "application/json"}
	}
	const (
		token   = provider.OpAccessToken
		refresh = provider.OpRefresh
		profile = provider.OpProfile
		revoke  = provider.OpRevoke
	)
	tests := map[string]struct {
		op    provider.Op
		fault twittertest.Fault
		kind  error
		code  string
		hint  string // "": there is none
	}{
		"code: invalid":           {token, description("Value passed for the authorization code was invalid."), provider.ErrExpired, "invalid_request", "30 seconds"},
		"code: invalid_grant":     {token, twittertest.OAuth2Error(400, "invalid_grant", "x"), provider.ErrExpired, "invalid_grant", "30 seconds"},
		"code: verifier":          {token, description("Value passed for the code verifier did not match the code challenge."), provider.ErrExpired, "invalid_request", "another handshake"},
		"code: redirect URI":      {token, description("Value passed for the redirect uri did not match the uri of the authorization code."), provider.ErrRefused, "invalid_request", "to the letter"},
		"code: parameter":         {token, description("Missing required parameter [code_verifier]."), provider.ErrRefused, "invalid_request", "proxy"},
		"code: client":            {token, twittertest.OAuth2Error(401, "unauthorized_client", "Missing valid authorization header"), provider.ErrRefused, "unauthorized_client", "Client Secret"},
		"code: invalid_client":    {token, twittertest.OAuth2Error(400, "invalid_client", ""), provider.ErrRefused, "invalid_client", "Client Secret"},
		"code: bare 401":          {token, twittertest.Problem(401, "", "Unauthorized", "Unauthorized"), provider.ErrRefused, "", "Client Secret"},
		"code: grant type":        {token, twittertest.OAuth2Error(400, "unsupported_grant_type", ""), provider.ErrRefused, "unsupported_grant_type", ""},
		"code: anything":          {token, twittertest.OAuth2Error(400, "invalid_request", "Something else."), provider.ErrExpired, "invalid_request", ""},
		"code: odd word":          {token, twittertest.OAuth2Error(400, "no\nword here", ""), provider.ErrExpired, "", ""},
		"code: error with 200":    {token, twittertest.Fault{Body: `{"error":"invalid_request"}`, ContentType: "application/json"}, provider.ErrProtocol, "invalid_request", ""},
		"code: no token":          {token, twittertest.Fault{Body: `{"token_type":"bearer"}`, ContentType: "application/json"}, provider.ErrProtocol, "", ""},
		"code: token of MAC":      {token, twittertest.Fault{Body: `{"token_type":"mac","access_token":"made-up-access"}`, ContentType: "application/json"}, provider.ErrProtocol, "", ""},
		"code: no JSON":           {token, twittertest.Fault{Body: "made-up-access"}, provider.ErrProtocol, "", ""},
		"code: rate limit":        {token, twittertest.RateLimited(reset), provider.ErrRateLimited, "88", ""},
		"code: over capacity":     {token, twittertest.OverCapacity(), provider.ErrUnavailable, "", "later"},
		"code: front door":        {token, twittertest.CloudflareBlock(), provider.ErrUnavailable, "", "address"},
		"code: suspended app":     {token, twittertest.APIError(401, 416, "Invalid / suspended application"), provider.ErrRefused, "416", "suspended"},
		"code: redirect":          {token, twittertest.RedirectTo("http://127.0.0.1:1/"), provider.ErrProtocol, "", ""},
		"code: too long":          {token, twittertest.Huge(1 << 20), provider.ErrProtocol, "", ""},
		"code: broken off":        {token, twittertest.TruncatedBody(), provider.ErrUnavailable, "", ""},
		"code: connection closed": {token, twittertest.Fault{Drop: true}, provider.ErrUnavailable, "", ""},

		"refresh: invalid":           {refresh, description("Value passed for the token was invalid."), provider.ErrTokenInvalid, "invalid_request", "sign in with X again"},
		"refresh: invalid_grant":     {refresh, twittertest.OAuth2Error(400, "invalid_grant", "Value passed for the token was invalid."), provider.ErrTokenInvalid, "invalid_grant", "sign in with X again"},
		"refresh: client":            {refresh, twittertest.OAuth2Error(401, "unauthorized_client", "Missing valid authorization header"), provider.ErrRefused, "unauthorized_client", "Client Secret"},
		"refresh: bare 401":          {refresh, twittertest.Problem(401, "", "Unauthorized", "Unauthorized"), provider.ErrRefused, "", "Client Secret"},
		"refresh: anything":          {refresh, twittertest.OAuth2Error(400, "invalid_request", "Something else."), provider.ErrRefused, "invalid_request", ""},
		"refresh: connection closed": {refresh, twittertest.Fault{Drop: true}, provider.ErrUnavailable, "", ""},
		"refresh: over capacity":     {refresh, twittertest.OverCapacity(), provider.ErrUnavailable, "", "later"},

		"profile: scope":           {profile, twittertest.MissingScopes("users.email"), provider.ErrRefused, "", "users.email"},
		"profile: kind of token":   {profile, twittertest.Problem(403, "unsupported-authentication", "Unsupported Authentication", "x"), provider.ErrRefused, "", "OAuth 2.0"},
		"profile: bare 403":        {profile, twittertest.Problem(403, "", "Forbidden", "Forbidden"), provider.ErrRefused, "", "tweet.read"},
		"profile: bare 401":        {profile, twittertest.Problem(401, "", "Unauthorized", "Unauthorized"), provider.ErrTokenInvalid, "", "refresh the token"},
		"profile: code 89":         {profile, twittertest.InvalidToken(), provider.ErrTokenInvalid, "89", "refresh the token"},
		"profile: credits":         {profile, twittertest.NoCredits(), provider.ErrNoCredits, "", "OAuth 1.0a"},
		"profile: bare 402":        {profile, twittertest.Fault{Status: 402, Body: "{}"}, provider.ErrNoCredits, "", "OAuth 1.0a"},
		"profile: project":         {profile, twittertest.NotEnrolled(), provider.ErrRefused, "", "attach the app to a project"},
		"profile: field":           {profile, twittertest.Problem(400, "invalid-request", "Invalid Request", "x"), provider.ErrRefused, "", "OAuth2Config.UserFields"},
		"profile: suspended":       {profile, twittertest.SuspendedUser(), provider.ErrAccountUnusable, "64", "x.com"},
		"profile: rate limit":      {profile, twittertest.RateLimited(reset), provider.ErrRateLimited, "88", ""},
		"profile: scope, 200":      {profile, errors200(`{"detail":"Missing required OAuth2 scopes: users.email"}`), provider.ErrProtocol, "", "OAuth2Config.Scopes"},
		"profile: field, 200":      {profile, errors200(`{"title":"Invalid Request","type":"https://api.x.com/2/problems/invalid-request"}`), provider.ErrProtocol, "", "OAuth2Config.UserFields"},
		"profile: credits, 200":    {profile, errors200(`{"title":"CreditsDepleted"}`), provider.ErrProtocol, "", "OAuth 1.0a"},
		"profile: no data":         {profile, twittertest.PartialV2(), provider.ErrProtocol, "", ""},
		"profile: nobody":          {profile, twittertest.Fault{Body: `{"data":{"id":""}}`}, provider.ErrIdentity, "", ""},
		"profile: no JSON":         {profile, twittertest.Fault{Body: "made-up-access"}, provider.ErrProtocol, "", ""},
		"profile: over capacity":   {profile, twittertest.OverCapacity(), provider.ErrUnavailable, "", "later"},
		"profile: front door":      {profile, twittertest.CloudflareBlock(), provider.ErrUnavailable, "", "address"},
		"profile: too long":        {profile, twittertest.Huge(2 << 20), provider.ErrProtocol, "", ""},
		"profile: broken off":      {profile, twittertest.TruncatedBody(), provider.ErrUnavailable, "", ""},
		"profile: redirect":        {profile, twittertest.RedirectTo("http://127.0.0.1:1/"), provider.ErrProtocol, "", ""},
		"profile: empty not found": {profile, twittertest.Fault{Status: 404}, provider.ErrRefused, "", ""},

		"revoke: invalid":     {revoke, description("Value passed for the token was invalid."), provider.ErrTokenInvalid, "invalid_request", ""},
		"revoke: client":      {revoke, twittertest.OAuth2Error(401, "unauthorized_client", "Missing valid authorization header"), provider.ErrRefused, "unauthorized_client", "Client Secret"},
		"revoke: bare 401":    {revoke, twittertest.Problem(401, "", "Unauthorized", "Unauthorized"), provider.ErrRefused, "", "Client Secret"},
		"revoke: unavailable": {revoke, twittertest.OverCapacity(), provider.ErrUnavailable, "", "later"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := start(t, twittertest.Config{})
			f := newOAuth2(t, x, oauth2Scopes("users.email", "offline.access"))
			hs, query := oauth2Approve(t, x, f, "")
			tok := provider.Token{Access: provider.NewSecret("made-up-access"), Refresh: provider.NewSecret("made-up-refresh")}
			var err error
			switch tt.op {
			case token:
				x.Fault(twittertest.OAuth2Token, tt.fault)
				_, err = f.HandleCallback(t.Context(), hs, query)
			case refresh:
				x.Fault(twittertest.OAuth2Token, tt.fault)
				_, err = f.Refresh(t.Context(), tok)
			case profile:
				x.Fault(twittertest.UsersMe, tt.fault)
				if tt.fault.Truncate > 0 || tt.fault.Pad > 0 {
					tok = oauth2SignUp(t, x, f, "")
				}
				_, err = f.FetchProfile(t.Context(), tok)
			case revoke:
				x.Fault(twittertest.OAuth2Revoke, tt.fault)
				err = f.Revoke(t.Context(), tok)
			}
			e := oauth2Error(t, err, tt.kind, tt.op, hs.ID, hs.Secret.Reveal(), query.Get("code"), "made-up-access", "made-up-refresh", "Value passed", "1999999999999999999")
			assert.Equal(t, tt.code, e.Code)
			assert.Contains(t, e.Hint, tt.hint)
			if tt.hint == "" {
				assert.Empty(t, e.Hint)
			}
			if tt.fault.Status != 0 {
				assert.Equal(t, tt.fault.Status, e.Status)
			}
			assert.Equal(t, tt.kind == provider.ErrRateLimited, e.RetryAt.Equal(reset))
			assert.NotContains(t, err.Error(), "\n")
			if tt.op == token || tt.op == refresh {
				assert.Equal(t, 1, x.Calls(twittertest.OAuth2Token), "what is good once is sent once")
			}
		})
	}
}

// A public client gets another hint than one with a secret.
func TestOAuth2HintForPublicClients(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{PublicClient: true})
	f := newOAuth2(t, x, func(c *twitter.OAuth2Config) { c.ClientSecret = provider.Secret{} })
	hs, query := oauth2Approve(t, x, f, "")
	x.Fault(twittertest.OAuth2Token, twittertest.OAuth2Error(401, "unauthorized_client", "Missing valid authorization header"))
	_, err := f.HandleCallback(t.Context(), hs, query)
	e := oauth2Error(t, err, provider.ErrRefused, provider.OpAccessToken, query.Get("code"))
	assert.Contains(t, e.Hint, "has no ClientSecret")
}

func TestOAuth2Timeout(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	synctest.Test(t, func(t *testing.T) {
		f := newOAuth2(t, x)
		hs, query := oauth2Approve(t, x, f, "")
		x.Fault(twittertest.OAuth2Token, twittertest.Fault{Delay: time.Hour})
		begin := time.Now()
		_, err := f.HandleCallback(t.Context(), hs, query)
		oauth2Error(t, err, provider.ErrUnavailable, provider.OpAccessToken, query.Get("code"))
		assert.Equal(t, 10*time.Second, time.Since(begin))

		x.Fault(twittertest.UsersMe, twittertest.Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = f.FetchProfile(ctx, provider.Token{Access: provider.NewSecret("made-up-access")})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, provider.ErrUnavailable)
		assert.NotContains(t, err.Error(), "made-up-access")
	})
}

// The profile is asked for twice if X is out of order for a moment.
func TestOAuth2ProfileIsAskedForAgain(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newOAuth2(t, x)
	tok := oauth2SignUp(t, x, f, "")
	fault := twittertest.OverCapacity()
	fault.Times = 1
	x.Fault(twittertest.UsersMe, fault)
	p, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, "ada_quill", p.Username)
	assert.Equal(t, 2, x.Calls(twittertest.UsersMe))
}

// A bearer token is not for X's older API, and not for redirects.
func TestOAuth2Client(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	f := newOAuth2(t, x)
	client, err := f.Client(t.Context(), oauth2SignUp(t, x, f, ""))
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, oauth2Get(t, client, x.URL()+"/1.1/account/verify_credentials.json"))
	x.Fault(twittertest.UsersMe, twittertest.RedirectTo("http://127.0.0.1:1/"))
	assert.Equal(t, http.StatusFound, oauth2Get(t, client, x.URL()+"/2/users/me"))
	_, err = client.Get(strings.Replace(x.URL(), "127.0.0.1", "localhost", 1) + "/2/users/me")
	require.ErrorIs(t, err, provider.ErrRefused, "the same machine under another name")
	_, err = f.Client(t.Context(), provider.Token{})
	oauth2Error(t, err, provider.ErrTokenInvalid, provider.OpClient)
}
