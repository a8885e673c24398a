package twitter_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

const callbackURL = "http://127.0.0.1:8080/auth/twitter/callback"

// start runs a stand-in for X for one test.
func start(t *testing.T, cfg twittertest.Config) *twittertest.Server {
	t.Helper()
	x, err := twittertest.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	return x
}

// newFlow is a Flow to the stand-in, over the network, after the changes.
func newFlow(t *testing.T, x *twittertest.Server, changes ...func(*twitter.Config)) *twitter.Flow {
	t.Helper()
	cfg := twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        x.URL(),
	}
	for _, change := range changes {
		change(&cfg)
	}
	f, err := twitter.New(cfg)
	require.NoError(t, err)
	return f
}

// signUp goes the road up to the token.
func signUp(t *testing.T, x *twittertest.Server, f *twitter.Flow, personID string) provider.Token {
	t.Helper()
	hs, query := approve(t, x, f, personID)
	tok, err := f.HandleCallback(t.Context(), hs, query)
	require.NoError(t, err)
	return tok
}

// approve goes the road up to the callback.
func approve(t *testing.T, x *twittertest.Server, f *twitter.Flow, personID string) (provider.Handshake, url.Values) {
	t.Helper()
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(t, err)
	back, err := x.Approve(t.Context(), authURL, personID)
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)
	return hs, u.Query()
}

// The made-up values of tests without a stand-in.
const (
	madeUpKey           = "made-up-key"
	madeUpSecret        = "made+up/consumer=secret"
	madeUpRequest       = "made+up/request=token"
	madeUpRequestSecret = "made+up/request=secret"
	madeUpVerifier      = "made+up/verifier="
	madeUpAccess        = "71-made+up/access=token"
	madeUpAccessSecret  = "made+up/access=secret"
)

var secrets = []string{
	twittertest.ConsumerSecret, madeUpSecret, madeUpRequest, madeUpRequestSecret, madeUpVerifier, madeUpAccess, madeUpAccessSecret,
}

// transport is a function as an http.RoundTripper.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// reply is an answer of X's.
type reply struct {
	Status int
	Header map[string]string
	Body   string
}

func (r reply) response() *http.Response {
	header := make(http.Header)
	for name, value := range r.Header {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: r.Status, Header: header, Body: io.NopCloser(strings.NewReader(r.Body))}
}

// answered is a Flow that is always answered like that.
func answered(t *testing.T, r reply, changes ...func(*twitter.Config)) *twitter.Flow {
	t.Helper()
	cfg := twitter.Config{
		ConsumerKey: madeUpKey, ConsumerSecret: provider.NewSecret(madeUpSecret),
		HTTPClient: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return r.response(), nil })},
	}
	for _, change := range changes {
		change(&cfg)
	}
	f, err := twitter.New(cfg)
	require.NoError(t, err)
	return f
}

var ops = []provider.Op{provider.OpRequestToken, provider.OpAccessToken, provider.OpProfile, provider.OpRevoke}

// run makes one of the calls and returns its error.
func run(t *testing.T, f *twitter.Flow, op provider.Op) error {
	t.Helper()
	var err error
	switch op {
	case provider.OpRequestToken:
		_, _, err = f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	case provider.OpAccessToken:
		_, err = f.HandleCallback(t.Context(),
			provider.Handshake{ID: madeUpRequest, Secret: provider.NewSecret(madeUpRequestSecret)},
			url.Values{"oauth_token": {madeUpRequest}, "oauth_verifier": {madeUpVerifier}})
	case provider.OpProfile:
		_, err = f.FetchProfile(t.Context(), madeUpToken())
	case provider.OpRevoke:
		err = f.Revoke(t.Context(), madeUpToken())
	default:
		t.Fatalf("no such call: %s", op)
	}
	return err
}

func madeUpToken() provider.Token {
	return provider.Token{Access: provider.NewSecret(madeUpAccess), Secret: provider.NewSecret(madeUpAccessSecret), Subject: "71"}
}

var kinds = map[string]error{
	"ErrDenied": provider.ErrDenied, "ErrMismatch": provider.ErrMismatch, "ErrExpired": provider.ErrExpired,
	"ErrRefused": provider.ErrRefused, "ErrTokenInvalid": provider.ErrTokenInvalid, "ErrRateLimited": provider.ErrRateLimited,
	"ErrNoCredits": provider.ErrNoCredits, "ErrAccountUnusable": provider.ErrAccountUnusable,
	"ErrUnavailable": provider.ErrUnavailable, "ErrProtocol": provider.ErrProtocol, "ErrIdentity": provider.ErrIdentity,
}

// requireError checks that err is of that kind and no other, of that call, and
// gives no secret away.
func requireError(t *testing.T, err, kind error, op provider.Op) *provider.Error {
	t.Helper()
	require.Error(t, err)
	require.ErrorIs(t, err, kind)
	for _, other := range kinds {
		if other != kind {
			require.NotErrorIs(t, err, other)
		}
	}
	e, ok := errors.AsType[*provider.Error](err)
	require.True(t, ok, "%T", err)
	assert.Equal(t, op, e.Op)
	assert.Equal(t, twitter.Name, e.Provider)
	assertNoSecrets(t, err)
	return e
}

func assertNoSecrets(t *testing.T, err error, more ...string) {
	t.Helper()
	text := fmt.Sprintf("%v %+v %#v %q", err, err, err, err)
	if e, ok := errors.AsType[*provider.Error](err); ok {
		text += fmt.Sprintf("%+v %#v", *e, *e)
	}
	for _, secret := range append(more, secrets...) {
		for _, form := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret), fmt.Sprintf("%x", secret), base64.StdEncoding.EncodeToString([]byte(secret)),
		} {
			if form != "" && strings.Contains(text, form) {
				t.Errorf("the error gives %q away: %v", secret, err)
				return
			}
		}
	}
	assert.NotContains(t, text, "oauth_signature")
}
