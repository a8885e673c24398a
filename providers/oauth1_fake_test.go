package providers_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

const (
	consumerKey    = "consumer-key"
	consumerSecret = "consumer-secret"
)

// fake1 is an OAuth 1.0a provider. That signatures are right is proven in
// oauth1flow; here they have to be there, with what each call signs.
type fake1 struct {
	t       *testing.T
	row     row1
	profile string

	mu    sync.Mutex
	calls []string
}

// newFake1 answers with the row's fixture.
func newFake1(t *testing.T, row row1) *fake1 {
	t.Helper()
	f := &fake1{t: t, row: row, profile: fixture(t, row.name+".json")}
	if row.sign {
		f.profile = signedClaims(t, f.profile, nil, consumerSecret)
	}
	return f
}

// start returns a Flow of row against the fake.
func (f *fake1) start() *oauth1flow.Flow {
	f.t.Helper()
	server := httptest.NewServer(f)
	f.t.Cleanup(server.Close)
	cfg := f.row.config()
	cfg.ConsumerKey, cfg.ConsumerSecret = consumerKey, provider.NewSecret(consumerSecret)
	cfg.HTTPClient = to(server)
	flow, err := oauth1flow.New(cfg)
	require.NoError(f.t, err)
	return flow
}

// signUp goes the whole way.
func (f *fake1) signUp() (provider.Token, provider.Profile, error) {
	f.t.Helper()
	flow := f.start()
	authURL, hs, err := flow.AuthURL(f.t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
	require.NoError(f.t, err)
	assert.Equal(f.t, f.row.authURL, authURL)
	tok, err := flow.HandleCallback(f.t.Context(), hs, url.Values{"oauth_token": {hs.ID}, "oauth_verifier": {"verifier"}})
	if err != nil {
		return provider.Token{}, provider.Profile{}, err
	}
	p, err := flow.FetchProfile(f.t.Context(), tok)
	return tok, p, err
}

var oauthParam = regexp.MustCompile(`(oauth_[a-z_]+)="([^"]*)"`)

func (f *fake1) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	address := r.Host + r.URL.RequestURI()
	f.calls = append(f.calls, address)
	params := make(map[string]string)
	for _, m := range oauthParam.FindAllStringSubmatch(r.Header.Get("Authorization"), -1) {
		value, err := url.PathUnescape(m[2])
		assert.NoError(f.t, err)
		params[m[1]] = value
	}
	for _, name := range []string{"oauth_signature", "oauth_nonce", "oauth_timestamp"} {
		assert.NotEmpty(f.t, params[name], name)
		delete(params, name)
	}
	want := map[string]string{"oauth_consumer_key": consumerKey, "oauth_signature_method": "HMAC-SHA1", "oauth_version": "1.0"}
	method, answer := http.MethodPost, ""
	switch address {
	case f.row.request:
		want["oauth_callback"] = callbackURL
		answer = "oauth_token=request-token&oauth_token_secret=request-secret&oauth_callback_confirmed=true"
	case f.row.access:
		want["oauth_token"], want["oauth_verifier"] = "request-token", "verifier"
		answer = "oauth_token=access-token&oauth_token_secret=access-secret" + f.row.tokenMembers
	case f.row.profile:
		method = http.MethodGet
		want["oauth_token"] = "access-token"
		answer = f.profile
	default:
		f.t.Errorf("the provider has no %s", address)
	}
	assert.Equal(f.t, want, params, address)
	assert.Equal(f.t, method, r.Method, address)
	if f.row.agent {
		assert.Equal(f.t, "oauthreg-go (+https://github.com/oauthreg/go)", r.Header.Get("User-Agent"), address)
	}
	_, _ = io.WriteString(w, answer)
}
