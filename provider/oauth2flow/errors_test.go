package oauth2flow_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

var kinds = []error{
	provider.ErrDenied, provider.ErrMismatch, provider.ErrExpired, provider.ErrRefused, provider.ErrTokenInvalid,
	provider.ErrRateLimited, provider.ErrNoCredits, provider.ErrAccountUnusable, provider.ErrUnavailable,
	provider.ErrProtocol, provider.ErrIdentity,
}

// requireError checks that err is of that kind and no other, of that call, and
// gives nothing away.
func requireError(t *testing.T, err, kind error, op provider.Op) *provider.Error {
	t.Helper()
	require.Error(t, err)
	assertNoSecrets(t, err)
	require.ErrorIs(t, err, kind)
	for _, other := range kinds {
		if other != kind {
			require.NotErrorIs(t, err, other)
		}
	}
	e, ok := errors.AsType[*provider.Error](err)
	require.True(t, ok, "%T", err)
	assert.Equal(t, op, e.Op)
	assert.Equal(t, "fake", e.Provider)
	return e
}

// requireContextError checks that err is the caller's own context's.
func requireContextError(t *testing.T, err, want error) {
	t.Helper()
	require.ErrorIs(t, err, want)
	for _, kind := range kinds {
		require.NotErrorIs(t, err, kind)
	}
	assertNoSecrets(t, err)
}

// assertNoSecrets looks for all that may not be in a text: credentials in each
// of their encodings, and what the provider wrote in a body.
func assertNoSecrets(t *testing.T, err error) {
	t.Helper()
	texts := []string{err.Error(), fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprintf("%q", err)}
	if e, ok := errors.AsType[*provider.Error](err); ok {
		texts = append(texts, fmt.Sprintf("%+v", *e), fmt.Sprintf("%#v", *e))
	}
	assertNoSecretsIn(t, strings.Join(texts, "\n"))
}

func assertNoSecretsIn(t *testing.T, text string) {
	t.Helper()
	basic := url.QueryEscape(clientID) + ":" + url.QueryEscape(clientSecret)
	for _, secret := range []string{secretMark, marker, clientSecret, basic} {
		for _, form := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)),
			fmt.Sprintf("%x", secret), fmt.Sprintf("%v", []byte(secret)),
		} {
			if strings.Contains(text, form) {
				t.Errorf("%q is given away by: %.300s", secret, text[max(0, strings.Index(text, form)-100):])
				return
			}
		}
	}
	for _, word := range []string{"code_verifier", "client_secret", "Authorization:", "Bearer "} {
		assert.NotContains(t, text, word)
	}
}

// discardLog is for servers whose complaints are the point of a test.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// eager is a cookie jar that has a cookie for everybody.
type eager struct{}

func (eager) SetCookies(*url.URL, []*http.Cookie) {}

func (eager) Cookies(*url.URL) []*http.Cookie {
	return []*http.Cookie{{Name: "sid", Value: secretMark}}
}
