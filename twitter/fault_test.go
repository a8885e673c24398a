package twitter_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// faultRow is one thing that goes wrong at one endpoint.
type faultRow struct {
	constructor string
	fault       twittertest.Fault
	at          twittertest.Endpoint
	want        error // nil: it does not matter
	code, hint  string
	calls       int // of the endpoint, 1 if 0
}

var opAt = map[twittertest.Endpoint]provider.Op{
	twittertest.RequestToken: provider.OpRequestToken, twittertest.AccessToken: provider.OpAccessToken,
	twittertest.VerifyCredentials: provider.OpProfile, twittertest.UsersMe: provider.OpProfile,
	twittertest.InvalidateToken: provider.OpRevoke,
}

func faultRows(elsewhere string) []faultRow {
	const (
		rt, at, vc, me, rv = twittertest.RequestToken, twittertest.AccessToken, twittertest.VerifyCredentials, twittertest.UsersMe, twittertest.InvalidateToken
	)
	soon := time.Now().Add(time.Hour)
	return []faultRow{
		{"APIError", twittertest.APIError(500, 131, "Internal error"), rt, provider.ErrUnavailable, "131", "later", 1},
		{"APIError", twittertest.APIError(500, 131, "Internal error"), at, provider.ErrUnavailable, "131", "later", 1},
		{"APIError", twittertest.APIError(500, 131, "Internal error"), vc, provider.ErrUnavailable, "131", "later", 2},
		{"APIError", twittertest.APIError(400, 215, "Bad Authentication data."), vc, provider.ErrRefused, "215", "proxy", 1},
		{"APIError", twittertest.APIError(403, 326, "This account is temporarily locked."), vc, provider.ErrAccountUnusable, "326", "x.com", 1},
		{"APIError", twittertest.APIError(401, 416, "Invalid application"), rt, provider.ErrRefused, "416", "suspended", 1},
		{"APIError", twittertest.APIError(403, 453, "You have access to a subset"), vc, provider.ErrRefused, "453", "Config.Profile", 1},
		{"Code32", twittertest.Code32(), rt, provider.ErrRefused, "32", "API Key", 1},
		{"Code32", twittertest.Code32(), at, provider.ErrExpired, "32", "", 1},
		{"Code32", twittertest.Code32(), vc, provider.ErrTokenInvalid, "32", "sign in", 1},
		{"InvalidToken", twittertest.InvalidToken(), vc, provider.ErrTokenInvalid, "89", "sign in", 1},
		{"InvalidToken", twittertest.InvalidToken(), rv, provider.ErrTokenInvalid, "89", "", 1},
		{"SuspendedUser", twittertest.SuspendedUser(), vc, provider.ErrAccountUnusable, "64", "x.com", 1},
		{"SuspendedUser", twittertest.SuspendedUser(), me, provider.ErrAccountUnusable, "64", "x.com", 1},
		{"Timestamp135", twittertest.Timestamp135(time.Hour), rt, provider.ErrRefused, "135", "behind X", 1},
		{"Timestamp135", twittertest.Timestamp135(-time.Hour), rt, provider.ErrRefused, "135", "ahead of X", 1},
		{"RateLimited", twittertest.RateLimited(soon), vc, provider.ErrRateLimited, "88", "", 1},
		{"RateLimited", twittertest.RateLimited(soon), me, provider.ErrRateLimited, "88", "", 1},
		{"CallbackNotApproved", twittertest.CallbackNotApproved(), rt, provider.ErrRefused, "415", callbackURL, 1},
		{"DesktopApp", twittertest.DesktopApp(), rt, provider.ErrRefused, "", "no callback URL", 1},
		{"InvalidRequestToken", twittertest.InvalidRequestToken(), at, provider.ErrExpired, "", "", 1},
		{"InvalidVerifier", twittertest.InvalidVerifier(), at, provider.ErrExpired, "", "", 1},
		{"BadSignatureText", twittertest.BadSignatureText(), rt, provider.ErrRefused, "", "API Key", 1},
		{"BadSignatureText", twittertest.BadSignatureText(), at, provider.ErrExpired, "", "", 1},
		{"OverCapacity", twittertest.OverCapacity(), rt, provider.ErrUnavailable, "", "later", 1},
		{"OverCapacity", twittertest.OverCapacity(), at, provider.ErrUnavailable, "", "later", 1},
		{"OverCapacity", twittertest.OverCapacity(), vc, provider.ErrUnavailable, "", "later", 2},
		{"CloudflareBlock", twittertest.CloudflareBlock(), rt, provider.ErrUnavailable, "", "blocks", 1},
		{"CloudflareBlock", twittertest.CloudflareBlock(), at, provider.ErrUnavailable, "", "blocks", 1},
		{"Problem", twittertest.Problem(400, "invalid-request", "Invalid Request", "x"), me, provider.ErrRefused, "", "UserFields", 1},
		{"Problem", twittertest.Problem(401, "", "Unauthorized", "Unauthorized"), me, provider.ErrTokenInvalid, "", "", 1},
		{"Problem", twittertest.Problem(503, "", "Service Unavailable", "x"), me, provider.ErrUnavailable, "", "", 2},
		{"NoCredits", twittertest.NoCredits(), me, provider.ErrNoCredits, "", "console.x.com", 1},
		{"NoCredits", twittertest.NoCredits(), vc, provider.ErrNoCredits, "", "TokenAnswer", 1},
		{"NotEnrolled", twittertest.NotEnrolled(), me, provider.ErrRefused, "", "project", 1},
		{"PartialV2", twittertest.PartialV2(), me, provider.ErrProtocol, "", "", 1},
		{"CallbackNotConfirmed", twittertest.CallbackNotConfirmed(""), rt, provider.ErrProtocol, "", "", 1},
		{"CallbackNotConfirmed", twittertest.CallbackNotConfirmed("false"), rt, provider.ErrProtocol, "", "", 1},
		{"CallbackNotConfirmed", twittertest.CallbackNotConfirmed("TRUE"), rt, provider.ErrProtocol, "", "", 1},
		{"NoUserID", twittertest.NoUserID(), at, nil, "", "", 1},
		{"RedirectTo", twittertest.RedirectTo(elsewhere), rt, provider.ErrProtocol, "", "", 1},
		{"RedirectTo", twittertest.RedirectTo(elsewhere), at, provider.ErrProtocol, "", "", 1},
		{"RedirectTo", twittertest.RedirectTo(elsewhere), vc, provider.ErrProtocol, "", "", 1},
		{"RedirectTo", twittertest.RedirectTo(elsewhere), rv, provider.ErrProtocol, "", "", 1},
		{"Huge", twittertest.Huge(10 << 10), rt, nil, "", "", 1},
		{"Huge", twittertest.Huge(65 << 10), rt, provider.ErrProtocol, "", "", 1},
		{"Huge", twittertest.Huge(65 << 10), at, provider.ErrProtocol, "", "", 1},
		{"Huge", twittertest.Huge(65 << 10), vc, nil, "", "", 1},
		{"Huge", twittertest.Huge(2 << 20), vc, provider.ErrProtocol, "", "", 1},
		{"Gzip", twittertest.Gzip(), rt, nil, "", "", 1},
		{"Gzip", twittertest.Gzip(), at, nil, "", "", 1},
		{"Gzip", twittertest.Gzip(), vc, nil, "", "", 1},
		{"TruncatedBody", twittertest.TruncatedBody(), rt, provider.ErrUnavailable, "", "", 1},
		{"TruncatedBody", twittertest.TruncatedBody(), at, provider.ErrUnavailable, "", "", 1},
		{"TruncatedBody", twittertest.TruncatedBody(), vc, provider.ErrUnavailable, "", "", 2},
		{"Fault", twittertest.Fault{Drop: true}, rt, provider.ErrUnavailable, "", "", 1},
		{"Fault", twittertest.Fault{Drop: true}, at, provider.ErrUnavailable, "", "", 1},
		{"Fault", twittertest.Fault{LoseAnswer: true}, at, provider.ErrUnavailable, "", "", 1},
		{"Fault", twittertest.Fault{Status: 200, Body: "<html>over capacity</html>"}, rt, provider.ErrProtocol, "", "", 1},
		{"Fault", twittertest.Fault{Status: 200, Body: "<html>over capacity</html>"}, vc, provider.ErrProtocol, "", "", 1},
		{"Fault", twittertest.Fault{ContentType: "application/octet-stream"}, rt, nil, "", "", 1},
		{"Fault", twittertest.Fault{ContentType: "application/octet-stream"}, vc, nil, "", "", 1},
		{"Fault", twittertest.Fault{Status: 503, Body: "x", Times: 1}, vc, nil, "", "", 2},
		{"Fault", twittertest.Fault{Status: 503, Body: "x", Times: 1}, at, provider.ErrUnavailable, "", "", 1},
	}
}

// All the bad news that the stand-in can bring, over the network.
func TestEveryFault(t *testing.T) {
	t.Parallel()
	hits := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	t.Cleanup(func() {
		elsewhere.Close()
		assert.Zero(t, hits, "no redirect was followed")
	})
	for _, row := range faultRows(elsewhere.URL) {
		t.Run(row.constructor+" at "+string(row.at), func(t *testing.T) {
			t.Parallel()
			x := start(t, twittertest.Config{})
			f := newFlow(t, x, func(c *twitter.Config) {
				if row.at == twittertest.UsersMe {
					c.Profile = twitter.UsersMe
				}
			})
			x.Fault(row.at, row.fault)
			op, err := walk(t, x, f)
			assert.Equal(t, row.calls, x.Calls(row.at))
			if row.want == nil {
				require.NoError(t, err)
				return
			}
			e := requireError(t, err, row.want, opAt[row.at])
			assert.Equal(t, op, opAt[row.at])
			assert.Equal(t, row.code, e.Code)
			assert.Contains(t, e.Hint, row.hint)
			assertNoQuote(t, err, row.fault.Body)
		})
	}
}

// walk goes the whole road and says where it ended.
func walk(t *testing.T, x *twittertest.Server, f *twitter.Flow) (provider.Op, error) {
	t.Helper()
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	if err != nil {
		return provider.OpRequestToken, err
	}
	back, err := x.Approve(t.Context(), authURL, "")
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)
	tok, err := f.HandleCallback(t.Context(), hs, u.Query())
	if err != nil {
		return provider.OpAccessToken, err
	}
	if _, err := f.FetchProfile(t.Context(), tok); err != nil {
		return provider.OpProfile, err
	}
	return provider.OpRevoke, f.Revoke(t.Context(), tok)
}

// The table has a row for each constructor that the stand-in exports, but for
// those of OAuth 2.0.
func TestEveryFaultIsInTheTable(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{"OAuth2Error": true, "MissingScopes": true}
	for _, row := range faultRows("") {
		tested[row.constructor] = true
	}
	file, err := parser.ParseFile(token.NewFileSet(), "twittertest/faults.go", nil, 0)
	require.NoError(t, err)
	found := 0
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || !fn.Name.IsExported() || fn.Recv != nil {
			continue
		}
		found++
		assert.True(t, tested[fn.Name.Name], "%s is not tested", fn.Name.Name)
	}
	assert.Greater(t, found, 15)
}

// X takes its time; the Flow has a limit of its own, 10 seconds by default.
func TestSlowX(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		timeout, delay, took time.Duration
		want                 error
	}{
		{0, 9 * time.Second, 9 * time.Second, nil},
		{0, time.Minute, 10 * time.Second, provider.ErrUnavailable},
		{2 * time.Second, time.Minute, 2 * time.Second, provider.ErrUnavailable},
	} {
		x := start(t, twittertest.Config{})
		x.Fault(twittertest.RequestToken, twittertest.Fault{Delay: row.delay})
		synctest.Test(t, func(t *testing.T) {
			f := newFlow(t, x, func(c *twitter.Config) { c.HTTPClient, c.Timeout = x.Client(), row.timeout })
			begin := time.Now()
			_, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
			assert.Equal(t, row.took, time.Since(begin))
			if row.want == nil {
				require.NoError(t, err)
			} else {
				requireError(t, err, row.want, provider.OpRequestToken)
			}
		})
	}
}

// The identity is proven by the token answer; what comes of a profile that
// names nobody, or without it, is not a sign-up.
func TestNoUserID(t *testing.T) {
	t.Parallel()
	x := start(t, twittertest.Config{})
	x.Fault(twittertest.AccessToken, twittertest.NoUserID())
	f := newFlow(t, x)
	tok := signUp(t, x, f, "")
	assert.Empty(t, tok.Subject)
	p, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err, "the profile says who it is")
	assert.Equal(t, twittertest.MadeUpPeople()[0].ID, p.ID)

	_, err = newFlow(t, x, func(c *twitter.Config) { c.Profile = twitter.TokenAnswer }).FetchProfile(t.Context(), tok)
	requireError(t, err, provider.ErrIdentity, provider.OpProfile)
}
