package providers_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

const (
	clientID     = "client-id"
	clientSecret = "client+secret/="
	callbackURL  = "https://app.example/auth/callback?next=%2Fhome"
	code         = "the+code/="
	accessToken  = "the.access-token"
)

// fake2 is an OAuth 2.0 provider that wants everything as documented.
type fake2 struct {
	t   *testing.T
	row row2

	mu        sync.Mutex
	challenge string
	answers   map[string]string // by host and path
	status    map[string]int
	calls     []string
}

// wire keeps no connection that the end of another test's server would close.
var wire = &http.Transport{DisableKeepAlives: true}

// to makes every request end at server, which sees the Host it was meant for.
func to(server *httptest.Server) *http.Client {
	return &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		host := strings.TrimPrefix(server.URL, "http://")
		req = req.Clone(req.Context())
		req.Host, req.URL.Scheme, req.URL.Host = req.URL.Host, "http", host
		return wire.RoundTrip(req)
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// start returns a Flow of row against the fake.
func (f *fake2) start() *oauth2flow.Flow {
	f.t.Helper()
	server := httptest.NewServer(f)
	f.t.Cleanup(server.Close)
	cfg := f.row.config()
	cfg.ClientID, cfg.ClientSecret = clientID, provider.NewSecret(clientSecret)
	cfg.HTTPClient = to(server)
	flow, err := oauth2flow.New(cfg)
	require.NoError(f.t, err)
	return flow
}

// newFake2 answers with the row's fixtures.
func newFake2(t *testing.T, row row2) *fake2 {
	t.Helper()
	f := &fake2{t: t, row: row, answers: make(map[string]string), status: make(map[string]int)}
	f.answers[row.profile] = fixture(t, row.name+".json")
	for address, name := range row.more {
		f.answers[address] = fixture(t, name)
	}
	return f
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return string(data)
}

// signUp goes the whole way.
func (f *fake2) signUp() (provider.Token, provider.Profile, error) {
	f.t.Helper()
	flow := f.start()
	authURL, hs, err := flow.AuthURL(f.t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(f.t, err)
	f.checkAuthURL(authURL, hs)
	tok, err := flow.HandleCallback(f.t.Context(), hs, url.Values{"code": {code}, "state": {hs.ID}})
	if err != nil {
		return provider.Token{}, provider.Profile{}, err
	}
	p, err := flow.FetchProfile(f.t.Context(), tok)
	return tok, p, err
}

func (f *fake2) checkAuthURL(text string, hs provider.Handshake) {
	f.t.Helper()
	u, err := url.Parse(text)
	require.NoError(f.t, err)
	query := u.Query()
	u.RawQuery = ""
	assert.Equal(f.t, f.row.authURL, u.String())
	want := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {callbackURL}, "state": {hs.ID},
		"scope": {f.row.scope},
	}
	if !f.row.noVerifier {
		want["code_challenge_method"], want["code_challenge"] = []string{"S256"}, query["code_challenge"]
		f.challenge = query.Get("code_challenge")
		assert.Len(f.t, f.challenge, 43, "PKCE is missing")
	}
	assert.Equal(f.t, want, query)
}

func (f *fake2) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := r.Host + r.URL.RequestURI()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, address)
	answer, known := f.answers[address]
	status := f.status[address]
	switch {
	case address == f.row.token:
		f.checkExchange(r)
		if known {
			break
		}
		answer = f.row.tokenAnswer
		if answer == "" {
			answer = `{"access_token":"` + accessToken + `","token_type":"Bearer","expires_in":3600}`
		}
	case !known:
		f.t.Errorf("the provider has no %s", address)
		status = http.StatusNotFound
	default:
		f.checkAPICall(r)
	}
	kind := "application/json; charset=utf-8"
	if !strings.HasPrefix(answer, "{") && !strings.HasPrefix(answer, "[") {
		kind = "application/x-www-form-urlencoded; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	if status != 0 {
		w.WriteHeader(status)
	}
	_, _ = io.WriteString(w, answer)
}

func (f *fake2) checkExchange(r *http.Request) {
	assert.Equal(f.t, http.MethodPost, r.Method)
	assert.Equal(f.t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
	body, err := io.ReadAll(r.Body)
	assert.NoError(f.t, err)
	form, err := url.ParseQuery(string(body))
	assert.NoError(f.t, err)
	want := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callbackURL}}
	if !f.row.noVerifier {
		assert.Equal(f.t, f.challenge, oauth2.S256ChallengeFromVerifier(form.Get("code_verifier")))
		want["code_verifier"] = form["code_verifier"]
	}
	id, secret, basic := r.BasicAuth()
	assert.Equal(f.t, f.row.basic, basic)
	if basic {
		assert.Equal(f.t, clientID+":"+url.QueryEscape(clientSecret), id+":"+secret)
	} else {
		want["client_id"], want["client_secret"] = []string{clientID}, []string{clientSecret}
		assert.Empty(f.t, r.Header.Values("Authorization"))
	}
	assert.Equal(f.t, want, form)
}

func (f *fake2) checkAPICall(r *http.Request) {
	assert.Equal(f.t, http.MethodGet, r.Method)
	assert.Equal(f.t, []string{"Bearer " + accessToken}, r.Header.Values("Authorization"))
	for name, value := range f.row.header {
		assert.Equal(f.t, []string{value}, r.Header.Values(name), name)
	}
	if f.row.header["Accept"] == "" {
		assert.Equal(f.t, "application/json", r.Header.Get("Accept"))
	}
}

// edit replaces members of a fixture's top-level object. A nil value is null,
// absent removes the member.
func edit(t *testing.T, text string, members map[string]any) string {
	t.Helper()
	var object map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &object))
	for name, value := range members {
		if value == absent {
			delete(object, name)
			continue
		}
		data, err := json.Marshal(value)
		require.NoError(t, err)
		object[name] = data
	}
	data, err := json.Marshal(object)
	require.NoError(t, err)
	return string(data)
}

type marker string

const absent marker = "absent"
