package oauth2flow_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

const (
	// What the app and the fake share holds every character that some encoder
	// gets wrong, so that each test is a test of encoding too.
	clientID     = "client id:+/=&%é"
	clientSecret = secretMark + "-of the:client+/=&%é\""
	callbackURL  = "https://app.example/auth/fake/callback?next=%2Fhome&x=a+b"
	issuer       = "https://issuer.example"

	// secretMark is in all that the fake issues, and marker in all that it says
	// beside good answers: neither may ever be in an error's text.
	secretMark = "sEcReT"
	marker     = "MARKER-of-the-body"

	// ada is an ID that a float64 cannot hold.
	ada = "9007199254740993"
)

// clientAuth is the one way of client authentication that the fake accepts.
type clientAuth int

const (
	inHeader clientAuth = iota
	inBody
	public
)

// fakeServer is an authorization server with a resource, strict in what it
// accepts, that remembers each request.
type fakeServer struct {
	t    *testing.T
	url  string
	auth clientAuth

	// issuer is named in callbacks unless empty. profile is what "/me" answers.
	issuer, profile string

	// extra is added to token answers.
	extra map[string]any

	// keepRefresh makes refresh tokens last, as some providers do.
	keepRefresh bool
	lifetime    time.Duration

	// withoutPKCE makes the fake refuse PKCE, as LinkedIn does.
	withoutPKCE bool

	mu       sync.Mutex
	scripts  map[string][]http.HandlerFunc
	answers  map[string]http.HandlerFunc
	pauses   map[string]time.Duration
	calls    []call
	issued   int
	codes    map[string]*code
	access   map[string]*access
	refresh  map[string]*refresh
	accepted map[string]bool // states seen, to refuse a second use
}

// call is one request as it arrived.
type call struct {
	method, path string
	header       http.Header
	query        url.Values
	form         url.Values
}

// newServer starts a fake on a loopback address.
func newServer(t *testing.T) *fakeServer {
	t.Helper()
	s := newFake(t)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// newFake is a fake without a network; see inProcess.
func newFake(t *testing.T) *fakeServer {
	t.Helper()
	return &fakeServer{
		t: t, url: "http://127.0.0.1:1", lifetime: time.Hour,
		profile: `{"id": ` + ada + `, "login":"ada", "email":"ada@example.com", "verified":true}`,
		scripts: map[string][]http.HandlerFunc{}, answers: map[string]http.HandlerFunc{}, pauses: map[string]time.Duration{},
		codes: map[string]*code{}, access: map[string]*access{}, refresh: map[string]*refresh{}, accepted: map[string]bool{},
	}
}

// config is for an app that the fake knows.
func (s *fakeServer) config() oauth2flow.Config {
	cfg := oauth2flow.Config{
		Name:     "fake",
		ClientID: clientID,
		Endpoint: oauth2.Endpoint{
			AuthURL:  s.url + "/authorize?tenant=t1",
			TokenURL: s.url + "/token?version=2",
		},
		Scopes:     []string{"profile", "email"},
		ProfileURL: s.url + "/me?fields=all",
		Mapping:    oauth2flow.Mapping{ID: "id", Username: "login", Email: "email", EmailVerified: "verified"},
		RevokeURL:  s.url + "/revoke",
		Timeout:    30 * time.Second,
	}
	if s.auth != public {
		cfg.ClientSecret = provider.NewSecret(clientSecret)
	}
	if s.auth == inBody {
		cfg.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return cfg
}

// flow is a Flow with config, after the changes.
func (s *fakeServer) flow(changes ...func(*oauth2flow.Config)) *oauth2flow.Flow {
	s.t.Helper()
	cfg := s.config()
	for _, change := range changes {
		change(&cfg)
	}
	f, err := oauth2flow.New(cfg)
	require.NoError(s.t, err)
	return f
}

// inProcess makes a Flow reach the fake without a network, on the clock of a
// synctest bubble. Like a real transport it gives up with its context.
func (s *fakeServer) inProcess(cfg *oauth2flow.Config) {
	cfg.HTTPClient = &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		if err := req.Context().Err(); err != nil {
			return nil, err
		}
		r := req.Clone(req.Context())
		r.Host, r.RequestURI = req.URL.Host, req.URL.RequestURI()
		rec := httptest.NewRecorder()
		answered := make(chan struct{})
		go func() { defer close(answered); s.ServeHTTP(rec, r) }()
		select {
		case <-answered:
			return rec.Result(), nil
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	})}
}

// roundTripper is a function as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// script answers the next requests at path, one each; then the fake does again.
func (s *fakeServer) script(path string, handlers ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[path] = append(s.scripts[path], handlers...)
}

// answer answers all requests at path.
func (s *fakeServer) answer(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[path] = h
}

// takes makes the fake take its time at path.
func (s *fakeServer) takes(path string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pauses[path] = d
}

// made returns the requests at path so far, or all if path is "".
func (s *fakeServer) made(path string) []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.calls), func(c call) bool { return path != "" && c.path != path })
}

func (s *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := call{method: r.Method, path: r.URL.Path, header: r.Header.Clone(), query: r.URL.Query()}
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err == nil {
			c.form, err = url.ParseQuery(string(data))
		}
		if err != nil {
			s.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
	}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	h, pause := s.answers[c.path], s.pauses[c.path]
	if queue := s.scripts[c.path]; len(queue) > 0 {
		h, s.scripts[c.path] = queue[0], queue[1:]
	}
	s.mu.Unlock()
	time.Sleep(pause)
	if h == nil {
		h = func(w http.ResponseWriter, _ *http.Request) { s.real(w, c) }
	}
	h(w, r)
}

// body answers with a status and a body, of JSON unless told otherwise.
func body(status int, text string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text) // the client may have gone
	}
}

// refusal is an error of RFC 6749 section 5.2 that talks too much.
func refusal(status int, word string) http.HandlerFunc {
	return body(status, `{"error":"`+word+`","error_description":"`+marker+` `+secretMark+`\u0000<b>","error_uri":"https://fake.example/`+marker+`"}`)
}

// abort closes the connection without an answer.
func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// start begins an attempt, and lets Ada approve it.
func (s *fakeServer) start(f *oauth2flow.Flow) (provider.Handshake, url.Values) {
	s.t.Helper()
	authURL, hs, err := f.AuthURL(s.t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(s.t, err)
	return hs, s.approve(authURL)
}

// signIn is a whole attempt.
func (s *fakeServer) signIn(f *oauth2flow.Flow) provider.Token {
	s.t.Helper()
	hs, query := s.start(f)
	tok, err := f.HandleCallback(s.t.Context(), hs, query)
	require.NoError(s.t, err)
	return tok
}

// token is one that the fake issued to another instance of the app.
func (s *fakeServer) token() provider.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, r := s.issue(new(family), true)
	return provider.Token{Access: provider.NewSecret(a), Refresh: provider.NewSecret(r), Expiry: time.Now().Add(s.lifetime), Subject: ada}
}

// handshake and approved go together, for tests whose code is not looked at.
func handshake() provider.Handshake {
	return provider.Handshake{ID: "state-1", Secret: provider.NewSecret(strings.Repeat(secretMark, 8)), CallbackURL: callbackURL}
}

func approved() url.Values {
	return url.Values{"state": {"state-1"}, "code": {"code-" + secretMark}}
}
