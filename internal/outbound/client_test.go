package outbound_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/outbound"
)

func TestNewClient(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := roundTripper(func(*http.Request) (*http.Response, error) { return answer(200, ""), nil })
	given := &http.Client{Transport: transport, Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	own := outbound.NewClient(given)
	given.Transport, given.Timeout = nil, 0
	assert.NotNil(t, own.Transport)
	assert.Equal(t, time.Minute, own.Timeout)
	assert.Nil(t, own.Jar)
	assert.Equal(t, http.ErrUseLastResponse, own.CheckRedirect(nil, nil))
	assert.Equal(t, jar, given.Jar, "the given one is left alone")
	require.NoError(t, given.CheckRedirect(nil, nil))
}

// The own transport is nobody else's, so that nobody else changes it, and
// bounds headers.
func TestNewClientsTransport(t *testing.T) {
	t.Parallel()
	for _, given := range []*http.Client{nil, {}} {
		own, ok := outbound.NewClient(given).Transport.(*http.Transport)
		require.True(t, ok)
		assert.NotSame(t, http.DefaultTransport, own)
		assert.EqualValues(t, 64<<10, own.MaxResponseHeaderBytes)
		assert.Equal(t, 64, own.MaxIdleConnsPerHost, "two, as net/http has it, make the others wait")
		assert.True(t, own.TLSClientConfig == nil || !own.TLSClientConfig.InsecureSkipVerify)
		assert.NotNil(t, own.Proxy, "as the default does")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	res, err := outbound.NewClient(nil).Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusTemporaryRedirect, res.StatusCode)
	assert.EqualValues(t, 1, hits.Load())
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "app.localhost": true, "127.0.0.1": true, "127.255.255.254": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.example": false, "notlocalhost": false, "127.0.0.1.example": false, "128.0.0.1": false, "0.0.0.0": false,
		"::": false, "10.0.0.1": false, "[::1]": false, "127.1": false, "0x7f.0.0.1": false, "2130706433": false, "example.com": false,
	} {
		assert.Equal(t, want, outbound.Loopback(host), host)
	}
}

func TestCheckEndpoint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://api.example":                  "",
		"https://api.example:8443/a?b=c":       "",
		"HTTPS://api.example/":                 "",
		"http://localhost:8080/a":              "",
		"http://[::1]/a":                       "",
		"http://127.0.0.1":                     "",
		"http://api.example/":                  "https",
		"http://localhost.example/":            "https",
		"http://0.0.0.0/":                      "https",
		"":                                     "absolute",
		"api.example":                          "absolute",
		"//api.example/":                       "absolute",
		"/path":                                "absolute",
		"https:api.example":                    "absolute",
		"https://":                             "absolute",
		"https:///path":                        "absolute",
		"https://:443/":                        "absolute",
		"ftp://api.example/":                   "absolute",
		"javascript:alert(1)":                  "absolute",
		"https://api.example/%zz":              "absolute",
		"https://api.example/\n":               "absolute",
		"https://a b/":                         "absolute",
		"https://user@api.example/":            "user",
		"https://user:" + marker + "@example":  "user",
		"https://@api.example/":                "user",
		"https://api.example/#part":            "fragment",
		"https://bücher.example/":              "xn--",
		"https://b%C3%BCcher.example/":         "xn--",
		"https://xn--bcher-kva.example/bücher": "",
		"https://bucher.example/?ü":            "",
		"http://bücher.localhost/":             "xn--",
	} {
		reason := outbound.CheckEndpoint(text)
		if want == "" {
			assert.Empty(t, reason, text)
		} else {
			assert.Contains(t, reason, want, text)
		}
		assert.NotContains(t, reason, marker)
	}
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"api.example", "API.example:8443", "127.0.0.1:80", "[::1]", "[::1]:80", "localhost", "xn--bcher-kva.example"} {
		assert.Empty(t, outbound.CheckHost(host), host)
	}
	for _, host := range []string{
		"", ":80", "/", "api.example/", "api.example/a", "a@api.example", "https://api.example",
		"api.example?a", "api.example#a", "a b", "api.example:port", "::1", "[::1", "api.example\n",
	} {
		assert.Contains(t, outbound.CheckHost(host), "nothing else", host)
	}
	for _, host := range []string{"bücher.example", "bücher.example:80", "api.example/ü", "\u212aeys.example"} {
		assert.Contains(t, outbound.CheckHost(host), "xn--", host)
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	hosts := []string{"api.example", "up.example:443", "other.example:444", "127.0.0.1", "localhost:80", "[::1]"}
	for text, want := range map[string]bool{
		"https://api.example/": true, "https://API.example:443/": true, "https://up.example/": true, "https://up.example:443/": true,
		"https://other.example:444/": true, "http://127.0.0.1:80/": true, "http://localhost/": true, "https://[::1]:443": true, "http://[::1]:80": true,
		"https://api.example:80/": false, "https://api.example:8443/": false, "https://other.example/": false, "https://other.example:443/": false,
		"http://localhost:443/": false, "https://localhost/": false, "http://127.0.0.1:443/": false, "https://example/": false, "https:": false,
	} {
		u, err := url.Parse(text)
		require.NoError(t, err)
		assert.Equal(t, want, outbound.Allows(hosts, u), text)
	}
	assert.False(t, outbound.Allows(nil, &url.URL{Scheme: "https", Host: "api.example"}))
}

func TestHostOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://API.Example:8443/a": "api.example:8443", "https://api.example": "api.example", "http://[::1]:80/": "[::1]:80",
		"": "", "/path": "", "%zz": "", "https://user@api.example/": "api.example",
	} {
		assert.Equal(t, want, outbound.HostOf(text), text)
	}
}

// What passes as an endpoint has a host that tokens may go to, and is safe to
// send them to.
func FuzzCheckEndpoint(f *testing.F) {
	for _, seed := range []string{"https://api.example/", "http://localhost", "http://api.example", "https://:1", "https://[::1%25lo]/", "https://a@b", "https://A.b:1/?x#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if outbound.CheckEndpoint(text) != "" {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" || u.User != nil {
			t.Fatalf("%q was taken", text)
		}
		if u.Scheme != "https" && !outbound.Loopback(u.Hostname()) {
			t.Fatalf("%q is neither https nor loopback", text)
		}
		if host := outbound.HostOf(text); host == "" || host != strings.ToLower(u.Host) {
			t.Fatalf("the host of %q is %q", text, host)
		}
	})
}
