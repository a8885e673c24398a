package oauth2flow_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

func clientOf(t *testing.T, f *oauth2flow.Flow, tok provider.Token) *http.Client {
	t.Helper()
	c, err := f.Client(t.Context(), tok)
	require.NoError(t, err)
	return c
}

// countingBody counts how often it is closed.
type countingBody struct {
	io.Reader

	closed atomic.Int32
}

func (b *countingBody) Close() error { b.closed.Add(1); return nil }

func request(t *testing.T, method, target string, data io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, data)
	require.NoError(t, err)
	return req
}

func TestClient(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	f := s.flow()
	setUp, cancel := context.WithCancel(t.Context())
	tok := s.signIn(f)
	c, err := f.Client(setUp, tok)
	require.NoError(t, err)
	cancel() // bounds the set-up only
	for range 2 {
		sent := &countingBody{Reader: strings.NewReader("text=a+b")}
		req := request(t, http.MethodPost, s.url+"/posts?x=1", sent)
		req.Header.Set("Authorization", "Bearer mine")
		req.Header.Set("X-Mine", "1")
		original := req.Header.Clone()
		res, err := c.Do(req)
		require.NoError(t, err)
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, s.profile, string(text))
		assert.Equal(t, original, req.Header, "a RoundTripper may not change the request")
		assert.Positive(t, sent.closed.Load())
	}
	for _, call := range s.made("/posts") {
		assert.Equal(t, []string{"Bearer " + tok.Access.Reveal()}, call.header["Authorization"])
		assert.Equal(t, "1", call.header.Get("X-Mine"))
		assert.Equal(t, "a b", call.form.Get("text"))
		assert.Equal(t, "x=1", call.query.Encode())
	}
	assert.Len(t, s.made("/posts"), 2)
}

// The token is for the provider, not for whom a URL leads to: whoever has it,
// can use it.
// Whoever calls the transport without http.Client may have no header.
func TestClientWithoutAHeader(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	f := s.flow()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/me", nil)
	require.NoError(t, err)
	req.Header = nil
	res, err := clientOf(t, f, s.signIn(f)).Transport.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusOK, res.StatusCode)
	assert.Nil(t, req.Header)
}

func TestClientRefusesOtherHosts(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(other.Close)
	s := newServer(t)
	own, err := url.Parse(s.url)
	require.NoError(t, err)
	f := s.flow(func(c *oauth2flow.Config) { c.APIHosts = []string{"api.fake.example", "up.fake.example:444"} })
	for _, row := range []struct{ name, target, host string }{
		{"another server", other.URL + "/me", ""},
		{"the same host, another port", "http://127.0.0.1:1/me", ""},
		{"the same host without its port", "http://127.0.0.1/me", ""},
		{"a host below", "https://x.api.fake.example/me", ""},
		{"a host above", "https://fake.example/me", ""},
		{"a host that ends alike", "https://evilapi.fake.example/me", ""},
		{"a host that begins alike", "https://api.fake.example.evil.example/me", ""},
		{"the host with a dot", "https://api.fake.example./me", ""},
		{"the host as the user", "https://api.fake.example@evil.example/me", ""},
		{"the host in the path", "https://evil.example/api.fake.example", ""},
		{"an API host over http", "http://api.fake.example/me", ""},
		{"an API host with another port", "https://api.fake.example:8443/me", ""},
		{"an API host without its port", "https://up.fake.example/me", ""},
		{"another scheme", "ftp://api.fake.example/me", ""},
		{"the own host, another Host header", s.url + "/me", "evil.example"},
		{"another host, the own Host header", other.URL + "/me", own.Host},
		{"the own host, the Host header of an API host", s.url + "/me", "api.fake.example"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sent := &countingBody{Reader: strings.NewReader("text=" + marker)}
			req := request(t, "POST", row.target, sent)
			req.Host = row.host
			res, err := clientOf(t, f, s.token()).Do(req)
			if res != nil {
				_ = res.Body.Close()
			}
			e := requireError(t, err, provider.ErrRefused, provider.OpClient)
			assert.Contains(t, e.Hint, "APIHosts")
			assert.EqualValues(t, 1, sent.closed.Load(), "a RoundTripper closes the body also on errors")
			assert.Zero(t, hits.Load())
			assert.Empty(t, s.made("/me"))
		})
	}
}

// The hosts of the URLs, and those that were named, in any case.
func TestClientHosts(t *testing.T) {
	t.Parallel()
	var asked []string
	s := fakeServer{t: t, url: "https://Id.Fake.example"}
	f := s.flow(func(c *oauth2flow.Config) {
		c.ProfileURL, c.RevokeURL = "https://api.fake.example/me", "https://gone.fake.example:444/revoke"
		c.APIHosts = []string{"UP.fake.example", "[::1]:8080"}
		c.HTTPClient = &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			asked = append(asked, req.URL.Host)
			assert.Equal(t, "Bearer a-"+secretMark, req.Header.Get("Authorization"))
			return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Header: http.Header{}}, nil
		})}
	})
	hosts := []string{
		"https://id.fake.example", "https://API.fake.example", "https://gone.fake.example:444", "https://up.FAKE.example",
		"http://[::1]:8080", "https://[::1]:8080",
	}
	for _, base := range hosts {
		res, err := clientOf(t, f, bearer()).Get(base + "/x")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	assert.Len(t, asked, len(hosts))
}

func TestClientFollowsNoRedirects(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.answer("/posts", body(http.StatusFound, marker, "Location", s.url+"/me"))
	f := s.flow()
	c := clientOf(t, f, s.token())
	res, err := c.Get(s.url + "/posts")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusFound, res.StatusCode)
	assert.Empty(t, s.made("/me"))
}

// A request with the client is bounded by its own context, and by nothing else.
func TestClientContext(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	s.answer("/posts", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	f := s.flow(func(c *oauth2flow.Config) { c.Timeout = time.Nanosecond })
	c := clientOf(t, f, s.token())
	assert.Zero(t, c.Timeout)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := post(ctx, c, s.url+"/posts")
	requireContextError(t, err, context.DeadlineExceeded)
	res, err := c.Get(s.url + "/me")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
}

// The caller's own client is not changed.
func TestHTTPClientIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	own := &http.Client{Timeout: time.Minute, Jar: eager{}}
	f := s.flow(func(c *oauth2flow.Config) { c.HTTPClient = own })
	tok := s.signIn(f)
	c := clientOf(t, f, tok)
	_, err := post(t.Context(), c, s.url+"/posts")
	require.NoError(t, err)
	assert.Nil(t, own.Transport)
	assert.Nil(t, own.CheckRedirect)
	assert.Equal(t, eager{}, own.Jar)
	assert.Nil(t, c.Jar)
}
