package engines_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/engines"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// tamperer changes requests after they were signed: an engine that still
// accepts them proves nothing.
type tamperer struct {
	tamper func(*http.Request)
}

func (t *tamperer) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.tamper != nil {
		t.tamper(req)
	}
	return http.DefaultTransport.RoundTrip(req)
}

// replace changes part of the Authorization header.
func replace(old, text string) func(*http.Request) {
	return func(req *http.Request) {
		header := req.Header.Get("Authorization")
		req.Header.Set("Authorization", strings.Replace(header, old, text, 1))
	}
}

// TestEnginesRefuse proves the engines themselves, with requests that differ
// in one thing from one they accept.
func TestEnginesRefuse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		tamper func(*http.Request)
	}{
		{"another value in the query", func(req *http.Request) { req.URL.RawQuery = "a=2" }},
		{"one more parameter", func(req *http.Request) { req.URL.RawQuery += "&b=1" }},
		{"no parameter", func(req *http.Request) { req.URL.RawQuery = "" }},
		{"another method", func(req *http.Request) { req.Method = http.MethodPost }},
		{"another host in the request", func(req *http.Request) { req.Host = "api.x.com" }},
		{"a form added", func(req *http.Request) {
			req.Method = http.MethodPost
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Body = io.NopCloser(strings.NewReader("b=1"))
			req.ContentLength = 3
		}},
		{"another signature", replace(`oauth_signature="`, `oauth_signature="A`)},
		{"an empty signature", func(req *http.Request) {
			head, _, _ := strings.Cut(req.Header.Get("Authorization"), `oauth_signature="`)
			req.Header.Set("Authorization", head+`oauth_signature=""`)
		}},
		{"another nonce", replace(`oauth_nonce="`, `oauth_nonce="A`)},
		{"another consumer key", replace(`oauth_consumer_key="x`, `oauth_consumer_key="y`)},
		{"another token", replace(`oauth_token="12-`, `oauth_token="13-`)},
		{"another signature method", replace(`oauth_signature_method="HMAC-SHA1"`, `oauth_signature_method="PLAINTEXT"`)},
		{"another version", replace(`oauth_version="1.0"`, `oauth_version="2.0"`)},
		{"a later timestamp", replace(
			`oauth_timestamp="`+strconv.FormatInt(time.Now().Unix(), 10)[:5],
			`oauth_timestamp="`+strconv.FormatInt(time.Now().Unix()+100000, 10)[:5],
		)},
		{"no header", func(req *http.Request) { req.Header.Del("Authorization") }},
	}
	each(t, func(t *testing.T, e *engines.Engine) {
		wire := &tamperer{}
		f := flow(t, e, func(c *twitter.Config) { c.HTTPClient = &http.Client{Transport: wire} })
		tok := signUp(t, f, plainCallback, "12")
		status, _ := call(t, f, tok, http.MethodGet, e.URL+"/1.1/echo.json?a=1", "")
		require.Equal(t, http.StatusOK, status)

		for i, test := range tests {
			wire.tamper = test.tamper
			status, _ := call(t, f, tok, http.MethodGet, e.URL+"/1.1/echo.json?a=1", "")
			assert.Equal(t, http.StatusUnauthorized, status, test.name)
			assert.Equal(t, i+1, e.Stats().Refused, test.name)
		}
		before := e.Stats().Refused

		wire.tamper = func(req *http.Request) {
			req.Body = io.NopCloser(strings.NewReader("a=2"))
		}
		status, _ = call(t, f, tok, http.MethodPost, e.URL+"/1.1/echo.json", "a=1")
		assert.Equal(t, http.StatusUnauthorized, status, "another form")

		var signed http.Request
		wire.tamper = func(req *http.Request) { signed = *req.Clone(req.Context()) }
		status, _ = call(t, f, tok, http.MethodGet, e.URL+"/1.1/echo.json?a=1", "")
		require.Equal(t, http.StatusOK, status)
		status, _ = send(t, &http.Client{}, &signed)
		assert.Equal(t, http.StatusUnauthorized, status, "the same request again")

		wire.tamper = nil
		wrong := tok
		wrong.Secret = provider.NewSecret(tok.Secret.Reveal() + "x")
		status, _ = call(t, f, wrong, http.MethodGet, e.URL+"/1.1/echo.json?a=1", "")
		assert.Equal(t, http.StatusUnauthorized, status, "another token secret")
		assert.Equal(t, before+3, e.Stats().Refused)

		status, _ = call(t, f, tok, http.MethodGet, e.URL+"/1.1/echo.json?a=1", "")
		assert.Equal(t, http.StatusOK, status, "the token is still good")
	})
}
