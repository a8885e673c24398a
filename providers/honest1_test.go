package providers_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// manners1 is what an OAuth 1.0a provider does in its own way.
type manners1 struct {
	// denies says that who declines is sent back, with "denied".
	denies   bool
	badToken refusal
}

var ways1 = map[string]manners1{
	"Discogs": {denies: true, badToken: refusal{http.StatusUnauthorized, `{"message":"You must authenticate to access this resource."}`}},
	"Flickr":  {badToken: refusal{http.StatusOK, `{"stat":"fail","code":98,"message":"Invalid auth token"}`}},
	"MediaWiki": {
		badToken: refusal{http.StatusOK, `{"error":"mwoauth-oauth-exception","message":"made up"}`},
	},
	"Trello": {badToken: refusal{http.StatusUnauthorized, "invalid token"}},
	"Tumblr": {badToken: refusal{http.StatusUnauthorized, `{"meta":{"status":401,"msg":"Unauthorized"},"response":[]}`}},
}

// honest1 is the provider of a row with all its people. That signatures are
// right is proven in oauth1flow; here they have to be there.
type honest1 struct {
	manners1
	row     row1
	profile string

	mu        sync.Mutex
	requests  map[string]bool   // request tokens that nobody decided on
	verifiers map[string]string // by request token
	access    map[string]bool
}

func newHonest1(t *testing.T, row row1) *honest1 {
	t.Helper()
	h := &honest1{
		manners1: ways1[row.function], row: row, profile: fixture(t, row.name+".json"),
		requests: make(map[string]bool), verifiers: make(map[string]string), access: make(map[string]bool),
	}
	if row.sign {
		// It lasts as long as a case waits for a provider that is silent.
		h.profile = signedClaims(t, h.profile, map[string]any{"exp": time.Now().Add(24 * time.Hour).Unix()}, consumerSecret)
	}
	return h
}

func (h *honest1) approve(_ context.Context, authURL string) (string, error) {
	return h.decide(authURL, func(token string) url.Values {
		h.verifiers[token] = rand.Text()
		return url.Values{"oauth_token": {token}, "oauth_verifier": {h.verifiers[token]}}
	})
}

func (h *honest1) deny(_ context.Context, authURL string) (string, error) {
	return h.decide(authURL, func(token string) url.Values { return url.Values{"denied": {token}} })
}

// decide is the provider's page and the way back from it.
func (h *honest1) decide(authURL string, decision func(token string) url.Values) (string, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return "", err
	}
	token := u.Query().Get("oauth_token")
	h.mu.Lock()
	defer h.mu.Unlock()
	if authURL != strings.Replace(h.row.authURL, "request-token", token, 1) || !h.requests[token] {
		return "", errors.New(h.row.function + " shows an error page")
	}
	delete(h.requests, token)
	return callbackURL + "&" + decision(token).Encode(), nil
}

func (h *honest1) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := r.Host + r.URL.RequestURI()
	params := make(map[string]string)
	for _, m := range oauthParam.FindAllStringSubmatch(r.Header.Get("Authorization"), -1) {
		params[m[1]], _ = url.PathUnescape(m[2]) // what is malformed is empty, and refused
	}
	token := params["oauth_token"]
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case r.TLS == nil, h.row.agent && r.Header.Get("User-Agent") == "":
		reply(w, http.StatusForbidden, "")
	case params["oauth_consumer_key"] != consumerKey || params["oauth_signature"] == "" ||
		params["oauth_nonce"] == "" || params["oauth_timestamp"] == "":
		reply(w, http.StatusUnauthorized, "oauth_problem=parameter_absent")
	case r.Method == http.MethodPost && address == h.row.request:
		if params["oauth_callback"] != callbackURL {
			reply(w, http.StatusUnauthorized, "oauth_problem=parameter_rejected")
			return
		}
		token, secret := rand.Text(), rand.Text()
		h.requests[token] = true
		reply(w, http.StatusOK, "oauth_token="+token+"&oauth_token_secret="+secret+"&oauth_callback_confirmed=true")
	case r.Method == http.MethodPost && address == h.row.access:
		verifier := h.verifiers[token]
		delete(h.verifiers, token)
		if verifier == "" || params["oauth_verifier"] != verifier {
			reply(w, http.StatusUnauthorized, "oauth_problem=token_rejected")
			return
		}
		access := rand.Text()
		h.access[access] = true
		reply(w, http.StatusOK, "oauth_token="+access+"&oauth_token_secret="+rand.Text()+h.row.tokenMembers)
	case r.Method == http.MethodGet && address == h.row.profile:
		if !h.access[token] {
			h.badToken.answer(w)
			return
		}
		reply(w, http.StatusOK, h.profile)
	default:
		reply(w, http.StatusNotFound, "")
	}
}
