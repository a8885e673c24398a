package oauth1flow_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
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

// assertNoSecrets looks for all that may not be in a text: credentials in each
// of their encodings, and what the provider wrote in a body.
func assertNoSecrets(t *testing.T, err error) {
	t.Helper()
	texts := []string{err.Error(), fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprintf("%q", err)}
	if e, ok := errors.AsType[*provider.Error](err); ok {
		texts = append(texts, fmt.Sprintf("%+v", *e), fmt.Sprintf("%#v", *e))
	}
	text := strings.Join(texts, "\n")
	for _, secret := range []string{consumerSecret, requestToken, requestSecret, verifier, accessToken, accessSecret, marker} {
		for _, form := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret), percentEncode(secret), percentEncode(percentEncode(secret)),
			fmt.Sprintf("%q", secret), base64.StdEncoding.EncodeToString([]byte(secret)), fmt.Sprintf("%x", secret),
		} {
			if strings.Contains(text, form) {
				t.Errorf("the error gives %q away: %v", secret, err)
				return
			}
		}
	}
	for _, word := range []string{"oauth_signature=", "OAuth oauth_", "Authorization:"} {
		assert.NotContains(t, text, word)
	}
}

// discardLog is for servers whose complaints are the point of a test.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
