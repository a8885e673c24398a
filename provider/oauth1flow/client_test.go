package oauth1flow_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

func clientOf(t *testing.T, f *oauth1flow.Flow) *http.Client {
	t.Helper()
	c, err := f.Client(t.Context(), token())
	require.NoError(t, err)
	return c
}

// countingBody counts how often it is closed.
type countingBody struct {
	io.Reader

	closed atomic.Int32
}

func (b *countingBody) Close() error { b.closed.Add(1); return nil }

func request(t *testing.T, method, target, contentType string, data io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, data)
	require.NoError(t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req
}

func TestClientSigns(t *testing.T) {
	t.Parallel()
	const formType = "application/x-www-form-urlencoded"
	for _, row := range []struct {
		name, method, target, contentType, body string
		signed, unsigned                        []string // parts of the base string, not encoded for it
	}{
		{name: "nothing", method: "GET", target: "/me", signed: []string{"oauth_token=" + percentEncode(accessToken)}},
		{name: "no path", method: "GET", target: ""},
		{name: "a query with repeated names", method: "GET", target: "/me?b=2&a=3&b=1&a=&c", signed: []string{"a=&a=3&b=1&b=2&c=&oauth_"}},
		{name: "a query with odd characters", method: "GET", target: "/me?q=a+b%2Bc%c3%a9&%5Bx%5D=%26%3d", signed: []string{"%5Bx%5D=%26%3D&", "&q=a%20b%2Bc%C3%A9"}},
		{name: "an escaped path", method: "GET", target: "/a%2Fb/c%20d/é"},
		{name: "a form", method: "POST", target: "/say?z=9", contentType: formType, body: "text=a+b&n=2&n=1", signed: []string{"n=1&n=2&oauth_", "text=a%20b&z=9"}},
		{name: "a form with a charset", method: "POST", target: "/say", contentType: formType + "; charset=utf-8", body: "text=%e2%98%83", signed: []string{"text=%E2%98%83"}},
		{name: "a form in upper case", method: "PUT", target: "/say", contentType: "Application/X-WWW-Form-URLEncoded", body: "text=1", signed: []string{"text=1"}},
		{name: "an empty form", method: "POST", target: "/say", contentType: formType},
		{name: "JSON", method: "POST", target: "/say", contentType: "application/json", body: `{"text":"a=b&c=d"}`, unsigned: []string{"text", "c="}},
		{name: "plain text", method: "POST", target: "/say", contentType: "text/plain", body: "text=1", unsigned: []string{"text"}},
		{name: "no content type", method: "POST", target: "/say", body: "text=1", unsigned: []string{"text"}},
		{name: "multipart", method: "POST", target: "/say", contentType: "multipart/form-data; boundary=b", body: "--b\r\nContent-Disposition: form-data; name=text\r\n\r\n1\r\n--b--\r\n", unsigned: []string{"text"}},
		{name: "DELETE", method: "DELETE", target: "/posts/1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			req := request(t, row.method, p.url+row.target, row.contentType, strings.NewReader(row.body))
			req.Header.Set("Authorization", "Bearer mine")
			original := req.Header.Clone()
			res, err := clientOf(t, p.flow()).Do(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			assert.Equal(t, original, req.Header, "a RoundTripper may not change the request")

			calls := p.made("")
			require.Len(t, calls, 1)
			c := calls[0]
			assert.Equal(t, row.body, c.body, "what was signed is what arrives")
			assert.Equal(t, accessToken, c.oauth["oauth_token"])
			assert.NotContains(t, c.oauth, "oauth_verifier")
			assert.Len(t, c.header.Values("Authorization"), 1)
			for _, part := range row.signed {
				assert.Contains(t, c.base, percentEncode(part))
			}
			for _, part := range row.unsigned {
				assert.NotContains(t, c.base, percentEncode(part))
			}
		})
	}
}

// Whoever calls the transport without http.Client may have no header.
func TestClientWithoutAHeader(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	req := request(t, "GET", p.url+"/me", "", nil)
	req.Header = nil
	res, err := clientOf(t, p.flow()).Transport.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Nil(t, req.Header)
	assert.Equal(t, accessToken, p.made("/me")[0].oauth["oauth_token"])
}

func TestClientSignsEachRequestAnew(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	c := clientOf(t, p.flow())
	for range 3 {
		res, err := c.Get(p.url + "/me")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	assert.Len(t, p.made("/me"), 3, "and the fake saw no nonce twice")
}

// What net/http sends again by itself, on a connection that was closed, has the
// nonce of before. A server that says so gets the request signed anew; one that
// refuses for another reason, or a body that is gone, does not.
func TestClientSignsAnewWhatNetHTTPRepeats(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		data     io.Reader
		again    int // what the server answers to the repetition
		status   int
		requests int
	}{
		{"the nonce", nil, 401, 200, 4},
		{"the nonce, without a body", http.NoBody, 401, 200, 4},
		{"another refusal", nil, 403, 403, 3},
		{"a body", strings.NewReader("a body that can be had again"), 401, 401, 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			var mu sync.Mutex
			requests := 0
			nonces := make(map[string]bool)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				requests++
				nonces[r.Header.Get("Authorization")] = true
				switch requests {
				case 2: // has read the request, and goes
					panic(http.ErrAbortHandler)
				case 3:
					w.WriteHeader(row.again)
				}
			}))
			t.Cleanup(server.Close)
			c := clientOf(t, p.flow(func(c *oauth1flow.Config) { c.ProfileURL = server.URL }))
			do := func(data io.Reader) int {
				res, err := c.Do(request(t, "GET", server.URL, "", data))
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				return res.StatusCode
			}
			assert.Equal(t, 200, do(nil))
			assert.Equal(t, row.status, do(row.data))
			mu.Lock()
			defer mu.Unlock()
			assert.Equal(t, row.requests, requests)
			assert.Len(t, nonces, row.requests-1)
		})
	}
}

// The person's token is for the provider, not for whom a URL leads to.
func TestClientRefusesOtherHosts(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(other.Close)
	p := newProvider(t)
	own, err := url.Parse(p.url)
	require.NoError(t, err)
	f := p.flow(func(c *oauth1flow.Config) { c.APIHosts = []string{"api.fake.example", "up.fake.example:444"} })
	for _, row := range []struct{ name, target, host string }{
		{"another server", other.URL + "/me", ""},
		{"the same host, another port", "http://127.0.0.1:1/me", ""},
		{"the same host without its port", "http://127.0.0.1/me", ""},
		{"a host below", "https://x.api.fake.example/me", ""},
		{"a host above", "https://fake.example/me", ""},
		{"a host that ends alike", "https://evilapi.fake.example/me", ""},
		{"a host that begins alike", "https://api.fake.example.evil.example/me", ""},
		{"a host in other letters", "https://äpi.fake.example/me", ""},
		{"the host as the user", "https://api.fake.example@evil.example/me", ""},
		{"the host in the path", "https://evil.example/api.fake.example", ""},
		{"an API host over http", "http://api.fake.example/me", ""},
		{"an API host with another port", "https://api.fake.example:8443/me", ""},
		{"an API host without its port", "https://up.fake.example/me", ""},
		{"another scheme", "ftp://api.fake.example/me", ""},
		{"the own host, another Host header", p.url + "/me", "evil.example"},
		{"another host, the own Host header", other.URL + "/me", own.Host},
		{"the own host, the Host header of an API host", p.url + "/me", "api.fake.example"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sent := &countingBody{Reader: strings.NewReader("text=" + marker)}
			req := request(t, "POST", row.target, "application/x-www-form-urlencoded", sent)
			if row.host != "" {
				req.Host = row.host
			}
			res, err := clientOf(t, f).Do(req)
			if res != nil {
				_ = res.Body.Close()
			}
			e := requireError(t, err, provider.ErrRefused, provider.OpClient)
			assert.Contains(t, e.Hint, "APIHosts")
			assert.Positive(t, sent.closed.Load(), "a RoundTripper closes the body also on errors")
		})
	}
	t.Cleanup(func() {
		assert.Zero(t, hits.Load())
		assert.Empty(t, p.made(""))
	})
}

func TestClientAllowsItsHosts(t *testing.T) {
	t.Parallel()
	var seen []string
	p := fakeProvider{t: t, url: "https://api.fake.example"}
	f := p.flow(func(c *oauth1flow.Config) {
		c.Endpoint.AuthorizeURL = "https://www.fake.example/authorize"
		c.Endpoint.AccessTokenURL = "https://token.fake.example/access_token"
		c.ProfileURL = "https://me.fake.example/me"
		c.RevokeURL = "https://Revoke.Fake.Example/revoke"
		c.APIHosts = []string{"Up.Fake.Example", "up.fake.example:444", "127.0.0.1:9"}
		c.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r.URL.Host)
			assert.True(t, strings.HasPrefix(r.Header.Get("Authorization"), "OAuth "))
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		})}
	})
	for _, target := range []string{
		"https://api.fake.example/x", "https://API.Fake.Example/x", "https://token.fake.example/x", "https://me.fake.example/x",
		"https://revoke.fake.example/x", "https://up.fake.example/x", "https://up.fake.example:444/x", "http://127.0.0.1:9/x",
		"https://up.fake.example:443/x", "https://me.fake.example:443/x",
	} {
		res, err := clientOf(t, f).Get(target)
		require.NoError(t, err, target)
		require.NoError(t, res.Body.Close())
	}
	assert.Len(t, seen, 10)

	_, err := clientOf(t, f).Get("https://www.fake.example/x")
	requireError(t, err, provider.ErrRefused, provider.OpClient) // that is where browsers go
}

func TestClientOfATransportThatReturnsNothing(t *testing.T) {
	t.Parallel()
	p := fakeProvider{t: t, url: "https://api.fake.example"}
	f := p.flow(func(c *oauth1flow.Config) {
		c.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, nil })}
	})
	_, err := clientOf(t, f).Get("https://api.fake.example/x")
	require.ErrorContains(t, err, "nil *Response")
}

func TestClientDoesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(other.Close)
	p := newProvider(t)
	for _, target := range []string{other.URL, p.url + "/elsewhere"} {
		p.answer("/me", body(http.StatusTemporaryRedirect, "there", "Location", target, "Set-Cookie", "a=b"))
		res, err := clientOf(t, p.flow()).Get(p.url + "/me")
		require.NoError(t, err)
		assert.Equal(t, http.StatusTemporaryRedirect, res.StatusCode)
		assert.Equal(t, target, res.Header.Get("Location"), "it is the caller's to look at")
		require.NoError(t, res.Body.Close())
	}
	assert.Zero(t, hits.Load())
	assert.Len(t, p.made("/me"), 2)
	assert.Empty(t, p.made("/elsewhere"))
	assert.Empty(t, p.made("/me")[1].header.Get("Cookie"))
}

// Following by hand, or by a policy of one's own, still meets the host check.
func TestClientWithARedirectPolicyOfItsOwn(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(other.Close)
	p := newProvider(t)
	p.answer("/me", body(http.StatusFound, marker, "Location", other.URL))
	c := clientOf(t, p.flow())
	c.CheckRedirect = nil
	res, err := c.Get(p.url + "/me")
	if res != nil {
		_ = res.Body.Close()
	}
	require.ErrorIs(t, err, provider.ErrRefused)
	assert.Zero(t, hits.Load())
}

func TestClientThatCannotSign(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	const formType = "application/x-www-form-urlencoded"
	for _, row := range []struct{ name, query, contentType, body string }{
		{"a protocol parameter in the query", "?oauth_token=" + marker, "", "x"},
		{"a protocol parameter in the form", "", formType, "oauth_verifier=" + marker},
		{"a query that is not encoded", "?a=%zz" + marker, "", "x"},
		{"a form that is not encoded", "", formType, "a=%zz" + marker},
		{"a form of more than a megabyte", "", formType, "a=" + strings.Repeat("x", 1<<20)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sent := &countingBody{Reader: strings.NewReader(row.body)}
			_, err := clientOf(t, p.flow()).Do(request(t, "POST", p.url+"/say"+row.query, row.contentType, sent))
			e, ok := errors.AsType[*provider.Error](err)
			require.True(t, ok)
			requireError(t, e, provider.ErrRefused, provider.OpClient)
			assert.Positive(t, sent.closed.Load())
		})
	}
	t.Cleanup(func() { assert.Empty(t, p.made("")) })
}

// A body that breaks off is an error of the request, and it is closed.
func TestClientWithABrokenBody(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	broken := errors.New("the file broke off")
	sent := &countingBody{Reader: io.MultiReader(strings.NewReader("a=1"), iotest.ErrReader(broken))}
	_, err := clientOf(t, p.flow()).Do(request(t, "POST", p.url+"/say", "application/x-www-form-urlencoded", sent))
	require.ErrorIs(t, err, broken)
	assert.Positive(t, sent.closed.Load())
	assert.Empty(t, p.made(""))
}

// Bodies that are not signed are not read ahead: they may be films.
func TestClientStreamsOtherBodies(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	size := 3 << 20
	res, err := clientOf(t, p.flow()).Do(request(t, "POST", p.url+"/film", "video/mp4", io.LimitReader(zeros{}, int64(size))))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Len(t, p.made("/film")[0].body, size)
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestClientWithoutAToken(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	for _, tok := range []provider.Token{{}, {Subject: "71", Secret: provider.NewSecret(accessSecret)}} {
		c, err := p.flow().Client(t.Context(), tok)
		requireError(t, err, provider.ErrTokenInvalid, provider.OpClient)
		assert.Nil(t, c)
	}
}

// One client, many goroutines; the fake verifies each signature and nonce.
func TestClientIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	c := clientOf(t, p.flow())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				res, err := c.PostForm(p.url+"/say?a=1", url.Values{"text": {"a b"}})
				if assert.NoError(t, err) {
					assert.NoError(t, res.Body.Close())
				}
			}
		})
	}
	wg.Wait()
	assert.Len(t, p.made("/say"), 40)
}

// A client changed by its owner changes neither the Flow nor other clients.
func TestClientsAreTheirOwners(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	f := p.flow()
	c := clientOf(t, f)
	c.Transport = nil
	c.CheckRedirect = nil
	_, err := f.FetchProfile(t.Context(), token())
	require.NoError(t, err)
	res, err := clientOf(t, f).Get(p.url + "/me")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Len(t, p.made("/me"), 1)
}
