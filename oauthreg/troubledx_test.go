package oauthreg_test

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// The endpoints of X on the road of a sign-up: OAuth 1.0a, then OAuth 2.0.
const (
	rt = "/oauth/request_token"
	at = "/oauth/access_token"
	vc = "/1.1/account/verify_credentials.json"
	tk = "/2/oauth2/token"
	me = "/2/users/me"
)

// upstreamWords are in every bad answer, and may be nowhere else.
const upstreamWords = "UPSTREAM-WORDS"

// trouble is what X does in place of answering; answer makes the real answer.
type trouble struct {
	serve   func(x *troubledX, w http.ResponseWriter, r *http.Request, answer func() *httptest.ResponseRecorder)
	refuses bool // nobody listens
	hasty   bool // the client does not wait long
	noGzip  bool // the client does not ask for gzip
}

// troubledX is an app whose X is over the network, with trouble at one endpoint.
type troubledX struct {
	*app

	x         *twittertest.Server
	door      *httptest.Server
	pipes     *http.Transport
	elsewhere string
	conns     atomic.Int64
	sent      atomic.Int64 // of floods

	mu      sync.Mutex
	at      string
	trouble trouble
	calls   map[string]int
	secrets []string
}

const patient, hasty = 10 * time.Second, 150 * time.Millisecond

var hanako = twittertest.Person{ID: "9007199254740993", ScreenName: "hanako_mori", Name: "Hanako Mori"}

func newTroubledX(t *testing.T, endpoint string, tr trouble) *troubledX {
	t.Helper()
	real, err := twittertest.New(twittertest.Config{
		CallbackURLs: []string{site + "/auth/twitter/callback", site + "/auth/x/callback"}, People: []twittertest.Person{hanako},
	})
	require.NoError(t, err)
	x := &troubledX{
		x: real, calls: map[string]int{}, pipes: &http.Transport{DisableCompression: tr.noGzip},
		secrets: []string{twittertest.ConsumerSecret, twittertest.OAuth2ClientSecret},
	}
	x.door = httptest.NewUnstartedServer(x)
	x.door.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			x.conns.Add(1)
		case http.StateClosed, http.StateHijacked:
			x.conns.Add(-1)
		}
	}
	x.door.Start()
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed, with %q", r.Header.Get("Authorization"))
	}))
	x.elsewhere = stranger.URL
	t.Cleanup(func() {
		x.pipes.CloseIdleConnections()
		x.door.Close()
		stranger.Close()
		assert.NoError(t, real.Close())
	})
	one, two := stepFlow{at: endpoint}, stepFlow{at: endpoint}
	for _, side := range []struct {
		one, two *provider.Flow
		timeout  time.Duration
	}{{&one.Flow, &two.Flow, patient}, {&one.hasty, &two.hasty, hasty}} {
		client := &http.Client{Transport: x}
		*side.one, err = twitter.New(twitter.Config{
			BaseURL: x.door.URL, ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
			HTTPClient: client, Timeout: side.timeout,
		})
		require.NoError(t, err)
		*side.two, err = twitter.NewOAuth2(twitter.OAuth2Config{
			BaseURL: x.door.URL, ClientID: twittertest.OAuth2ClientID, ClientSecret: provider.NewSecret(twittertest.OAuth2ClientSecret),
			HTTPClient: client, Timeout: side.timeout,
		})
		require.NoError(t, err)
	}
	if !tr.hasty {
		one.hasty, two.hasty = one.Flow, two.Flow
	}
	x.app = newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
		cfg.Flows = map[string]provider.Flow{"twitter": one, "x": two}
		cfg.Labels = map[string]string{"twitter": "X", "x": "X"}
	})
	return x
}

// stepFlow is a Flow, and a hasty one for the step that has trouble: the others
// must not fail on a slow machine.
type stepFlow struct {
	provider.Flow

	hasty provider.Flow
	at    string
}

func (f stepFlow) pick(endpoints ...string) provider.Flow {
	if strings.Contains(strings.Join(endpoints, " "), f.at) {
		return f.hasty
	}
	return f.Flow
}

func (f stepFlow) AuthURL(ctx context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	return f.pick(rt).AuthURL(ctx, req)
}

func (f stepFlow) HandleCallback(ctx context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	return f.pick(at, tk).HandleCallback(ctx, hs, query)
}

func (f stepFlow) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	return f.pick(vc, me).FetchProfile(ctx, tok)
}

// assertNoConnections checks that whatever was cut off is let go. It is called
// before the test's context ends, which would close them all.
func (x *troubledX) assertNoConnections(t *testing.T) {
	t.Helper()
	x.pipes.CloseIdleConnections()
	eventually(t, "a connection to X stays open", func() bool { return x.conns.Load() == 0 })
}

// begin and end switch the trouble on and off.
func (x *troubledX) begin(endpoint string, tr trouble) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.at, x.trouble = endpoint, tr
}

func (x *troubledX) end() { x.begin("", trouble{}) }

func (x *troubledX) troubleAt(path string, count int) (trouble, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls[path] += count
	return x.trouble, x.at == path
}

func (x *troubledX) called(path string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.calls[path]
}

// RoundTrip leads to X, or to a port where nobody listens.
func (x *troubledX) RoundTrip(r *http.Request) (*http.Response, error) {
	tr, on := x.troubleAt(r.URL.Path, 1)
	if !on || !tr.refuses {
		return x.pipes.RoundTrip(r)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if err := l.Close(); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Host = l.Addr().String()
	return x.pipes.RoundTrip(r)
}

func (x *troubledX) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func() *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		x.x.Handler().ServeHTTP(rec, r)
		x.learn(r.URL.Path, rec.Body.String())
		return rec
	}
	if tr, on := x.troubleAt(r.URL.Path, 0); on && tr.serve != nil {
		tr.serve(x, w, r, answer)
		return
	}
	send(w, answer())
}

// learn takes note of the secrets in an answer of X's.
func (x *troubledX) learn(path, body string) {
	form, err := url.ParseQuery(body)
	if err != nil || path == vc || path == me {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if path == tk {
		x.secrets = append(x.secrets, between(body, `"access_token":"`, `"`))
		return
	}
	x.secrets = append(x.secrets, form.Get("oauth_token_secret"))
	if path == at {
		x.secrets = append(x.secrets, form.Get("oauth_token"))
	}
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

func send(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes()) // whoever left is not answered
}

// approved goes to X and back.
func (x *troubledX) approved(b *browser, name string) (callback string) {
	x.t.Helper()
	p := b.post("/auth/"+name+"/start", nil)
	require.True(x.t, strings.HasPrefix(p.location, x.door.URL), "%s: %v", p.location, x.last().Err)
	callback, err := x.x.Approve(x.t.Context(), strings.Replace(p.location, x.door.URL, x.x.URL(), 1), "")
	require.NoError(x.t, err)
	u, err := url.Parse(callback)
	require.NoError(x.t, err)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.secrets = append(x.secrets, u.Query().Get("oauth_verifier"), u.Query().Get("code"))
	return callback
}

// eventually waits for what ends by itself, and not by the patient timeout.
func eventually(t testing.TB, complaint string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patient / 2); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error(complaint)
			return
		}
	}
}
