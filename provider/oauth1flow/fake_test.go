package oauth1flow_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dghubble/oauth1"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// What the fake provider issues holds every character that some encoder gets
// wrong, so that each test is a test of encoding too.
const (
	consumerKey    = "ck+/=&%é"
	consumerSecret = "consumer+secret/=&% é\""
	requestToken   = "request+token/=&% é~*'()"
	requestSecret  = "request+secret/=&% é"
	verifier       = "ver+if/ier=&% é"
	accessToken    = "71-access+token/=&% é"
	accessSecret   = "access+secret/=&% é"

	callbackURL = "https://app.example/auth/fake/callback?next=%2Fhome&x=a+b"

	// marker is in every body of the fake that is not a good answer.
	marker = "MARKER-of-the-body"
)

// fakeProvider is an OAuth 1.0a provider that checks signatures with code of
// its own and remembers each request.
type fakeProvider struct {
	t      *testing.T
	url    string
	method signatureMethod

	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	calls   []call
	nonces  map[string]bool
}

// call is one request as it arrived.
type call struct {
	method, path string
	header       http.Header
	oauth        map[string]string // of the Authorization header, decoded
	query        []pair
	body         string
	base         string // the signature base string
}

// newProvider starts a fake on a loopback address.
func newProvider(t *testing.T) *fakeProvider {
	t.Helper()
	p := &fakeProvider{t: t, method: hmacSHA1, answers: make(map[string]http.HandlerFunc), nonces: make(map[string]bool)}
	p.answer("/request_token", form("oauth_token", requestToken, "oauth_token_secret", requestSecret, "oauth_callback_confirmed", "true"))
	p.answer("/access_token", form("oauth_token", accessToken, "oauth_token_secret", accessSecret, "user_id", "71", "handle", "ada"))
	p.answer("/profile", body(http.StatusOK, `{"id":"71","handle":"ada"}`))
	p.answer("/revoke", body(http.StatusOK, ""))
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// config is for an app that the fake knows.
func (p *fakeProvider) config() oauth1flow.Config {
	return oauth1flow.Config{
		Name:           "fake",
		ConsumerKey:    consumerKey,
		ConsumerSecret: provider.NewSecret(consumerSecret),
		Endpoint: oauth1.Endpoint{
			RequestTokenURL: p.url + "/request_token",
			AuthorizeURL:    p.url + "/authorize",
			AccessTokenURL:  p.url + "/access_token",
		},
		ProfileURL: p.url + "/profile?part=b&part=a&empty=",
		ParseProfile: func(raw []byte) (provider.Profile, error) {
			if id := regexp.MustCompile(`"id"\s*:\s*"([^"]*)"`).FindSubmatch(raw); id != nil {
				return provider.Profile{ID: string(id[1])}, nil
			}
			return provider.Profile{}, &provider.Error{Kind: provider.ErrProtocol, Reason: "no profile"}
		},
		Identify:  func(answer url.Values) (string, string) { return answer.Get("user_id"), answer.Get("handle") },
		RevokeURL: p.url + "/revoke",
		Timeout:   time.Minute, // a busy machine is no failure of the provider's
	}
}

// flow is a Flow with config, after the changes.
func (p *fakeProvider) flow(changes ...func(*oauth1flow.Config)) *oauth1flow.Flow {
	p.t.Helper()
	cfg := p.config()
	for _, change := range changes {
		change(&cfg)
	}
	f, err := oauth1flow.New(cfg)
	require.NoError(p.t, err)
	return f
}

// inProcess makes a Flow reach the fake without a network, on the clock of a
// synctest bubble.
func (p *fakeProvider) inProcess(cfg *oauth1flow.Config) {
	cfg.HTTPClient = &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		r := req.Clone(req.Context())
		r.Host, r.RequestURI = req.URL.Host, req.URL.RequestURI()
		rec := httptest.NewRecorder()
		p.ServeHTTP(rec, r)
		return rec.Result(), req.Context().Err()
	})}
}

// roundTripper is a function as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answer sets what the fake says at path.
func (p *fakeProvider) answer(path string, h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[path] = h
}

// made returns the requests at path so far, or all if path is "".
func (p *fakeProvider) made(path string) []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.calls), func(c call) bool { return path != "" && c.path != path })
}

var strictNonce = regexp.MustCompile(`^[A-Za-z0-9]{20,30}$`)

func (p *fakeProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := record(r)
	if err == nil {
		err = p.check(c)
	}
	if err != nil {
		p.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	p.mu.Lock()
	p.calls = append(p.calls, c)
	if nonce := c.oauth["oauth_nonce"]; p.nonces[nonce] {
		p.t.Errorf("%s: the nonce was used before", c.path)
	} else {
		p.nonces[nonce] = true
	}
	h := p.answers[c.path]
	p.mu.Unlock()
	if h == nil {
		h = body(http.StatusNotFound, marker)
	}
	h(w, r)
}

// record reads a request whole.
func record(r *http.Request) (call, error) {
	c := call{method: r.Method, path: r.URL.Path, header: r.Header.Clone(), oauth: make(map[string]string)}
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return c, err
		}
		c.body = string(data)
	}
	list, found := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
	if !found {
		return c, fmt.Errorf("no OAuth header")
	}
	var params []pair
	for item := range strings.SplitSeq(list, ", ") {
		name, quoted, _ := strings.Cut(item, "=")
		value, err := url.PathUnescape(strings.Trim(quoted, `"`))
		if err != nil || percentEncode(value) != strings.Trim(quoted, `"`) {
			return c, fmt.Errorf("%s is not encoded as RFC 5849 section 3.6 says", name)
		}
		if _, twice := c.oauth[name]; twice {
			return c, fmt.Errorf("%s comes twice", name)
		}
		c.oauth[name] = value
		if name != "oauth_signature" {
			params = append(params, pair{name, value})
		}
	}
	c.query = splitForm(r.URL.RawQuery)
	params = append(params, c.query...)
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "application/x-www-form-urlencoded") {
		params = append(params, splitForm(c.body)...)
	}
	c.base = baseString(r.Method, "http://"+r.Host+r.URL.EscapedPath(), params)
	return c, nil
}

// check is what a strict provider checks.
func (p *fakeProvider) check(c call) error {
	seconds, err := strconv.ParseInt(c.oauth["oauth_timestamp"], 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
		return fmt.Errorf("the timestamp %q is not now", c.oauth["oauth_timestamp"])
	}
	if !strictNonce.MatchString(c.oauth["oauth_nonce"]) {
		return fmt.Errorf("the nonce %q is not what strict servers allow", c.oauth["oauth_nonce"])
	}
	if c.oauth["oauth_consumer_key"] != consumerKey || c.oauth["oauth_version"] != "1.0" ||
		c.oauth["oauth_signature_method"] != p.method.name {
		return fmt.Errorf("consumer key, version or method is another: %v", slices.Sorted(maps.Keys(c.oauth)))
	}
	secret := ""
	switch c.oauth["oauth_token"] {
	case requestToken:
		secret = requestSecret
	case accessToken:
		secret = accessSecret
	}
	return p.method.verify(c.base, secret, c.oauth["oauth_signature"])
}

// form answers 200 with the members given, whatever the content type says.
func form(pairs ...string) http.HandlerFunc {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	return body(http.StatusOK, strings.Join(parts, "&"))
}

// body answers with a status and a body.
func body(status int, text string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text) // the client may have gone
	}
}

// turns answers with each handler in turn, then with the last one again.
func turns(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	next := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[next]
		next = min(next+1, len(handlers)-1)
		mu.Unlock()
		h(w, r)
	}
}

// handshake and token are what the fake issues.
func handshake() provider.Handshake {
	return provider.Handshake{ID: requestToken, Secret: provider.NewSecret(requestSecret)}
}

func token() provider.Token {
	return provider.Token{Access: provider.NewSecret(accessToken), Secret: provider.NewSecret(accessSecret), Subject: "71"}
}

func approved() url.Values {
	return url.Values{"oauth_token": {requestToken}, "oauth_verifier": {verifier}}
}
