package oauth1sign_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dghubble/oauth1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/oauth1sign"
)

// vector is one published or recomputed signature; testdata names its source.
type vector struct {
	Name           string
	Source         string
	Method         string
	URL            string
	Body           string
	ConsumerSecret string
	TokenSecret    string
	OAuth          map[string]string
	BaseString     string
	HMACSHA1       string
	HMACSHA256     string
	// Not is a signature that a known mistake produces.
	Not string
}

func vectors(t *testing.T) []vector {
	t.Helper()
	files, err := filepath.Glob("testdata/vectors/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []vector
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var vs []vector
		require.NoError(t, json.Unmarshal(data, &vs), file)
		all = append(all, vs...)
	}
	return all
}

func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(v.URL)
			require.NoError(t, err)
			params, err := oauth1sign.ParseForm(u.RawQuery)
			require.NoError(t, err)
			form, err := oauth1sign.ParseForm(v.Body)
			require.NoError(t, err)
			params = append(params, form...)
			for name, value := range v.OAuth {
				params = append(params, oauth1sign.Param{Name: name, Value: value})
			}
			base := oauth1sign.BaseString(v.Method, u, params)
			if v.BaseString != "" {
				assert.Equal(t, v.BaseString, base)
			}
			sha1, err := (&oauth1.HMACSigner{ConsumerSecret: v.ConsumerSecret}).Sign(v.TokenSecret, base)
			require.NoError(t, err)
			if v.HMACSHA1 != "" {
				assert.Equal(t, v.HMACSHA1, sha1)
			}
			if v.Not != "" {
				assert.NotEqual(t, v.Not, sha1)
			}
			if v.HMACSHA256 != "" {
				sha256, err := (&oauth1.HMAC256Signer{ConsumerSecret: v.ConsumerSecret}).Sign(v.TokenSecret, base)
				require.NoError(t, err)
				assert.Equal(t, v.HMACSHA256, sha256)
			}
		})
	}
}

// captured is a signed request as the server would see it.
type captured struct {
	oauth map[string]string
	body  string
}

func sign(t *testing.T, req *http.Request, token, secret string, protocol ...oauth1sign.Param) captured {
	t.Helper()
	s := &oauth1sign.Signer{ConsumerKey: "key", Method: &oauth1.HMACSigner{ConsumerSecret: "cs"}}
	require.NoError(t, s.Sign(req, token, secret, protocol...))
	c := captured{oauth: map[string]string{}}
	header, ok := strings.CutPrefix(req.Header.Get("Authorization"), "OAuth ")
	require.True(t, ok)
	for part := range strings.SplitSeq(header, ", ") {
		name, quoted, ok := strings.Cut(part, "=")
		require.True(t, ok)
		value, err := url.PathUnescape(strings.Trim(quoted, `"`))
		require.NoError(t, err)
		require.NotContains(t, c.oauth, name)
		c.oauth[name] = value
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		require.NoError(t, err)
		c.body = string(body)
	}
	return c
}

func TestSignWhatTheServerSees(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, method, url, host, contentType, body, base string
	}{
		{
			name: "repeated names in the query keep every value", method: "GET", url: "https://api.example/x?a=2&a=1&b",
			base: "GET&https%3A%2F%2Fapi.example%2Fx&a%3D1%26a%3D2%26b%3D%26",
		},
		{
			name: "a form with a charset is signed", method: "POST", url: "https://api.example/x",
			contentType: "application/x-www-form-urlencoded; charset=utf-8", body: "z=%20+&a=%e2%98%83",
			base: "POST&https%3A%2F%2Fapi.example%2Fx&a%3D%25E2%2598%2583%26",
		},
		{
			name: "a body of another type is not signed", method: "POST", url: "https://api.example/x",
			contentType: "application/json", body: `{"a":1}`,
			base: "POST&https%3A%2F%2Fapi.example%2Fx&oauth_",
		},
		{
			name: "scheme and host are lower case, the default port is gone", method: "get", url: "HTTPS://API.Example:443/P%2fq",
			base: "GET&https%3A%2F%2Fapi.example%2FP%252fq&",
		},
		{
			name: "another port stays, port 443 over http too", method: "GET", url: "http://api.example:443",
			base: "GET&http%3A%2F%2Fapi.example%3A443%2F&",
		},
		{
			name: "IPv6", method: "GET", url: "http://[::1]:80/a", base: "GET&http%3A%2F%2F%5B%3A%3A1%5D%2Fa&",
		},
		{
			name: "the Host header counts, it is what the server sees", method: "GET", url: "http://127.0.0.1:1/a", host: "api.example",
			base: "GET&http%3A%2F%2Fapi.example%2Fa&",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var body io.Reader
			if tt.body != "" {
				body = strings.NewReader(tt.body)
			}
			req, err := http.NewRequestWithContext(t.Context(), tt.method, tt.url, body)
			require.NoError(t, err)
			req.Header.Set("Content-Type", tt.contentType)
			if tt.host != "" {
				req.Host = tt.host
			}
			got := sign(t, req, "tok", "ts", oauth1sign.Param{Name: "oauth_verifier", Value: "v r"})
			assert.Equal(t, tt.body, got.body, "the body must still be there to be sent")
			assert.Equal(t, "tok", got.oauth["oauth_token"])
			assert.Equal(t, "v r", got.oauth["oauth_verifier"])
			assert.Regexp(t, `^[A-Z2-7]{20,30}$`, got.oauth["oauth_nonce"])

			// The signature must be the one over the base string the table names.
			signature := got.oauth["oauth_signature"]
			delete(got.oauth, "oauth_signature")
			u := *req.URL
			u.Host = req.Host
			params, err := oauth1sign.ParseForm(u.RawQuery)
			require.NoError(t, err)
			if strings.HasPrefix(tt.contentType, "application/x-www-form-urlencoded") {
				form, err := oauth1sign.ParseForm(tt.body)
				require.NoError(t, err)
				params = append(params, form...)
			}
			for name, value := range got.oauth {
				params = append(params, oauth1sign.Param{Name: name, Value: value})
			}
			base := oauth1sign.BaseString(req.Method, &u, params)
			assert.True(t, strings.HasPrefix(base, tt.base), base)
			want, err := (&oauth1.HMACSigner{ConsumerSecret: "cs"}).Sign("ts", base)
			require.NoError(t, err)
			assert.Equal(t, want, signature)
		})
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	s := &oauth1sign.Signer{ConsumerKey: "key", Method: &oauth1.HMACSigner{ConsumerSecret: "cs"}}
	form := func(url, body string) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return req
	}
	for _, tt := range []struct {
		name string
		req  *http.Request
		want string
	}{
		{"protocol parameter in the query", form("https://a.example/?oauth_token=x", ""), "oauth_token"},
		{"protocol parameter in the body", form("https://a.example/", "oauth_verifier=x"), "oauth_verifier"},
		{"bad escape in the query", form("https://a.example/?a=%zz", ""), `"a"`},
		{"bad escape in a name", form("https://a.example/", "%zz=1"), "name"},
		{"form too large", form("https://a.example/", "a="+strings.Repeat("x", 1<<20)), "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.ErrorContains(t, s.Sign(tt.req, "t", "s"), tt.want)
			assert.Empty(t, tt.req.Header.Get("Authorization"))
		})
	}
}

// FuzzAgainstDghubble compares signatures with those of dghubble/oauth1 where
// that is right: no repeated names.
func FuzzAgainstDghubble(f *testing.F) {
	for _, q := range []string{"", "a=1", "a=%20&b=+", "b5=%3D%253D&a3=a&c%40=&a2=r%20b", "é=ü&%E2%98%83", "a&b&c=", "a=%2B~-._"} {
		f.Add(q, "/1.1/x.json", "secret", "token secret")
	}
	f.Fuzz(func(t *testing.T, query, path, consumerSecret, tokenSecret string) {
		u := &url.URL{Scheme: "https", Host: "api.example", Path: "/" + strings.TrimLeft(path, "/"), RawQuery: query}
		if values, err := url.ParseQuery(query); err != nil {
			return
		} else {
			for name, v := range values {
				if len(v) > 1 || strings.HasPrefix(name, "oauth_") {
					return
				}
			}
		}
		req := &http.Request{Method: "GET", URL: u, Host: u.Host, Header: http.Header{}}
		nonce := fixedNonce("fixed")
		own := &oauth1sign.Signer{ConsumerKey: "ck", Method: &oauth1.HMACSigner{ConsumerSecret: consumerSecret}, Noncer: nonce}
		if err := own.Sign(req, "tok", tokenSecret); err != nil {
			t.Fatalf("refused %q: %v", query, err)
		}
		theirs := &http.Request{Method: "GET", URL: u, Host: u.Host, Header: http.Header{}}
		var seen string
		config := &oauth1.Config{ConsumerKey: "ck", ConsumerSecret: consumerSecret, Noncer: nonce}
		client := config.Client(oauth1.NoContext, oauth1.NewToken("tok", tokenSecret))
		client.Transport.(*oauth1.Transport).Base = roundTrip(func(r *http.Request) (*http.Response, error) {
			seen = r.Header.Get("Authorization")
			return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
		})
		if _, err := client.Transport.RoundTrip(theirs); err != nil {
			return
		}
		if timestamp(seen) != timestamp(req.Header.Get("Authorization")) {
			return // the second turned between the two
		}
		if field(seen, "oauth_signature") != field(req.Header.Get("Authorization"), "oauth_signature") {
			t.Errorf("for %q:\nours   %s\ntheirs %s", u, req.Header.Get("Authorization"), seen)
		}
	})
}

type fixedNonce string

func (n fixedNonce) Nonce() string { return string(n) }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func field(header, name string) string {
	_, after, _ := strings.Cut(header, name+`="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

func timestamp(header string) string { return field(header, "oauth_timestamp") }
