package oauth1sign_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dghubble/oauth1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/oauth1sign"
)

// method signs with the base string itself, so that a test can read it.
type method struct{ err error }

func (method) Name() string                             { return "TEST" }
func (m method) Sign(_, message string) (string, error) { return message, m.err }

// body fails where it is told to.
type body struct {
	io.Reader
	readErr, closeErr error
}

func (b body) Read(p []byte) (int, error) {
	if b.readErr != nil {
		return 0, b.readErr
	}
	return b.Reader.Read(p)
}

func (b body) Close() error { return b.closeErr }

func form(t *testing.T, b io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.example.com/1/update", b)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

// The body of another type is neither signed nor read.
func TestSignOtherTypes(t *testing.T) {
	t.Parallel()
	s := oauth1sign.Signer{ConsumerKey: "key", Method: method{}}
	for _, contentType := range []string{"", "application/x-www-form-urlencoded/", "application/x-www-form-urlencoded charset", "text/plain; application/x-www-form-urlencoded"} {
		req := form(t, body{readErr: errors.New("it was read")})
		req.Header.Set("Content-Type", contentType)
		require.NoError(t, s.Sign(req, "", ""), "Content-Type %q", contentType)
		assert.NotEmpty(t, req.Header.Get("Authorization"))
	}
}

// What is wrong with a parameter beside the type, servers do not look at: to them
// the body is a form, and part of the signature.
func TestSignTypeWithABrokenParameter(t *testing.T) {
	t.Parallel()
	s := oauth1sign.Signer{ConsumerKey: "key", Method: method{}}
	for _, parameter := range []string{"", ";", "; charset", ";charset=utf-8", " ; charset=\"", "; charset=a; charset=b"} {
		req := form(t, strings.NewReader("text=1"))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded"+parameter)
		require.NoError(t, s.Sign(req, "", ""))
		assert.Contains(t, req.Header.Get("Authorization"), "%2526text%253D1", parameter)
	}
}

// Of an opaque URL, the path that is sent is not the one that would be signed.
func TestSignOpaqueURL(t *testing.T) {
	t.Parallel()
	s := oauth1sign.Signer{ConsumerKey: "key", Method: method{}}
	req := form(t, nil)
	req.URL.Opaque = "//api.example.com/1/other"
	require.ErrorContains(t, s.Sign(req, "", ""), "RawPath")
	assert.Empty(t, req.Header.Get("Authorization"))
}

// A form of exactly the most that is read is signed, whole.
func TestSignTheLongestForm(t *testing.T) {
	t.Parallel()
	s := oauth1sign.Signer{ConsumerKey: "key", Method: method{}}
	req := form(t, strings.NewReader("a="+strings.Repeat("x", 1<<20-2)))
	require.NoError(t, s.Sign(req, "", ""))
	sent, err := io.ReadAll(req.Body)
	require.NoError(t, err)
	assert.Len(t, sent, 1<<20)
}

// Servers skip what is between two "&" that follow each other, and so does this.
func TestParseFormSkipsEmptyPairs(t *testing.T) {
	t.Parallel()
	params, err := oauth1sign.ParseForm("&a=1&&b=2&")
	require.NoError(t, err)
	assert.Equal(t, []oauth1sign.Param{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}, params)
}

// A form without a body is an empty form.
func TestSignFormWithoutBody(t *testing.T) {
	t.Parallel()
	s := oauth1sign.Signer{ConsumerKey: "key", Method: method{}}
	for name, b := range map[string]io.Reader{"nil": nil, "NoBody": http.NoBody, "empty": strings.NewReader("")} {
		req := form(t, b)
		require.NoError(t, s.Sign(req, "", ""), name)
		assert.NotEmpty(t, req.Header.Get("Authorization"))
	}
}

// What cannot be read to its end is not signed in part.
func TestSignBodyThatFails(t *testing.T) {
	t.Parallel()
	read, closed := errors.New("the file is gone"), errors.New("its check sum is wrong")
	s := oauth1sign.Signer{ConsumerKey: "key", Method: method{}}
	for _, row := range []struct {
		name string
		body body
		want error
	}{
		{"read", body{readErr: read}, read},
		{"close", body{Reader: strings.NewReader("a=b"), closeErr: closed}, closed},
		{"both", body{readErr: read, closeErr: closed}, read},
	} {
		req := form(t, row.body)
		require.ErrorIs(t, s.Sign(req, "", ""), row.want, row.name)
		assert.Empty(t, req.Header.Get("Authorization"), row.name)
	}
}

// A private key in a hardware module may refuse.
func TestSignMethodThatFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("the key is locked")
	s := oauth1sign.Signer{ConsumerKey: "key", Method: method{boom}}
	req := form(t, nil)
	require.ErrorIs(t, s.Sign(req, "", ""), boom)
	assert.Empty(t, req.Header.Get("Authorization"))
}

// An empty method is GET to net/http, and so to the server.
func TestSignMethod(t *testing.T) {
	t.Parallel()
	s := oauth1sign.Signer{ConsumerKey: "key", Method: method{}}
	for m, want := range map[string]string{"": "GET", "GET": "GET", "get": "GET", "POST": "POST", "DELETE": "DELETE"} {
		req := form(t, nil)
		req.Method = m
		require.NoError(t, s.Sign(req, "", ""))
		assert.Contains(t, req.Header.Get("Authorization"), `oauth_signature="`+want+"%26", "method %q", m)
	}
}

// What the server sees is the Host header: by default that of the URL.
func TestSignHost(t *testing.T) {
	t.Parallel()
	s := oauth1sign.Signer{ConsumerKey: "key", Method: method{}}
	for host, want := range map[string]string{"": "api.example.com", "api.example.com": "api.example.com", "other.example.com": "other.example.com"} {
		req := form(t, nil)
		req.Host = host
		require.NoError(t, s.Sign(req, "", ""))
		signed := oauth1.PercentEncode(oauth1.PercentEncode("https://" + want + "/1/update"))
		assert.Contains(t, req.Header.Get("Authorization"), "%26"+signed+"%26", "Host %q", host)
	}
}
