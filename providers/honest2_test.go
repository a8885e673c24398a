package providers_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"
)

// manners2 is what an OAuth 2.0 provider does in its own way. What is zero is
// done as RFC 6749, RFC 6750 and RFC 7009 say.
type manners2 struct {
	refreshes  bool // gives out refresh tokens
	rotates    bool // and accepts each once
	issuer     string
	denial     url.Values
	badCode    refusal
	badRefresh refusal
	badToken   refusal
}

var ways2 = map[string]manners2{
	"Google": {issuer: "https://accounts.google.com"},
	"GitHub": {
		denial:   url.Values{"error": {"access_denied"}, "error_description": {"The user has denied your application access."}},
		badCode:  refusal{http.StatusOK, "error=bad_verification_code&error_description=The+code+passed+is+incorrect+or+expired."},
		badToken: refusal{http.StatusUnauthorized, `{"message":"Bad credentials","status":"401"}`},
	},
	"Facebook": {
		denial:   url.Values{"error": {"access_denied"}, "error_reason": {"user_denied"}, "error_description": {"Permissions error"}},
		badCode:  refusal{http.StatusBadRequest, `{"error":{"message":"made up","type":"OAuthException","code":100,"error_subcode":36009}}`},
		badToken: refusal{http.StatusBadRequest, `{"error":{"message":"made up","type":"OAuthException","code":190}}`},
	},
	"LinkedIn": {denial: url.Values{"error": {"user_cancelled_authorize"}}},
	"Microsoft": {
		badToken: refusal{http.StatusUnauthorized, `{"error":{"code":"InvalidAuthenticationToken","message":"made up"}}`},
	},
	"Discord": {
		refreshes: true, rotates: true,
		badToken: refusal{http.StatusUnauthorized, `{"message":"401: Unauthorized","code":0}`},
	},
	"GitLab": {refreshes: true, rotates: true},
	"Slack": {
		badCode:  refusal{http.StatusOK, `{"ok":false,"error":"invalid_code"}`},
		badToken: refusal{http.StatusOK, `{"ok":false,"error":"invalid_auth"}`},
	},
	"Spotify": {
		refreshes: true,
		badToken:  refusal{http.StatusUnauthorized, `{"error":{"status":401,"message":"Invalid access token"}}`},
	},
	"Twitch": {
		refreshes: true,
		badCode:   refusal{http.StatusBadRequest, `{"status":400,"message":"Invalid authorization code"}`},
		// Only its message tells.
		badRefresh: refusal{http.StatusBadRequest, `{"error":"Bad Request","status":400,"message":"Invalid refresh token"}`},
		badToken:   refusal{http.StatusUnauthorized, `{"error":"Unauthorized","status":401,"message":"Invalid OAuth token"}`},
	},
}

// honest2 is the provider of a row with all its people: it issues codes and
// tokens of its own and accepts no others.
type honest2 struct {
	manners2
	row    row2
	revoke string            // host and path
	bodies map[string]string // by host, path and query

	mu      sync.Mutex
	codes   map[string]url.Values // what was asked for
	access  map[string]string     // to the refresh token, or ""
	refresh map[string]bool
}

func newHonest2(t *testing.T, row row2) *honest2 {
	t.Helper()
	h := &honest2{
		manners2: ways2[row.function], row: row, revoke: strings.TrimPrefix(row.config().RevokeURL, "https://"),
		bodies: map[string]string{row.profile: fixture(t, row.name+".json")},
		codes:  make(map[string]url.Values), access: make(map[string]string), refresh: make(map[string]bool),
	}
	for address, name := range row.more {
		h.bodies[address] = fixture(t, name)
	}
	if h.denial == nil {
		h.denial = url.Values{"error": {"access_denied"}}
	}
	h.badCode = cmp.Or(h.badCode, refusal{http.StatusBadRequest, `{"error":"invalid_grant"}`})
	h.badRefresh = cmp.Or(h.badRefresh, refusal{http.StatusBadRequest, `{"error":"invalid_grant"}`})
	h.badToken = cmp.Or(h.badToken, refusal{http.StatusUnauthorized, `{"error":"invalid_token"}`})
	return h
}

func (h *honest2) approve(_ context.Context, authURL string) (string, error) {
	return h.decide(authURL, func(asked url.Values) url.Values {
		code := rand.Text()
		h.mu.Lock()
		defer h.mu.Unlock()
		h.codes[code] = asked
		return url.Values{"code": {code}}
	})
}

func (h *honest2) deny(_ context.Context, authURL string) (string, error) {
	return h.decide(authURL, func(url.Values) url.Values { return h.denial })
}

// decide is the provider's page and the way back from it.
func (h *honest2) decide(authURL string, decision func(asked url.Values) url.Values) (string, error) {
	page, rawQuery, _ := strings.Cut(authURL, "?")
	asked, err := url.ParseQuery(rawQuery)
	if err != nil {
		return "", err
	}
	pkce := asked.Get("code_challenge_method") == "S256" && len(asked.Get("code_challenge")) == 43
	if page != h.row.authURL || asked.Get("response_type") != "code" || asked.Get("client_id") != clientID ||
		asked.Get("redirect_uri") != callbackURL || asked.Get("scope") != h.row.scope || pkce == h.row.noVerifier {
		return "", errors.New(h.row.function + " shows an error page")
	}
	back, err := url.Parse(callbackURL)
	if err != nil {
		return "", err
	}
	query := back.Query()
	maps.Copy(query, decision(asked))
	query["state"] = asked["state"]
	if h.issuer != "" {
		query.Set("iss", h.issuer)
	}
	back.RawQuery = query.Encode()
	return back.String(), nil
}

func (h *honest2) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	address := r.Host + r.URL.RequestURI()
	body, known := h.bodies[address]
	switch {
	case r.TLS == nil:
		reply(w, http.StatusForbidden, "")
	case r.Method == http.MethodPost && (address == h.row.token || address == h.revoke) && !h.isApp(r):
		reply(w, http.StatusUnauthorized, `{"error":"invalid_client"}`)
	case r.Method == http.MethodPost && address == h.row.token:
		h.grant(w, r)
	case r.Method == http.MethodPost && address == h.revoke:
		h.forget(r.PostFormValue("token"))
		reply(w, http.StatusOK, "{}")
	case r.Method == http.MethodGet && known:
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if _, valid := h.access[token]; !bearer || !valid {
			h.badToken.answer(w)
			return
		}
		for name, value := range h.row.header {
			if !slices.Equal(r.Header.Values(name), []string{value}) {
				reply(w, http.StatusBadRequest, "")
				return
			}
		}
		reply(w, http.StatusOK, body)
	default:
		reply(w, http.StatusNotFound, "")
	}
}

// isApp knows the app by the secret, where the provider wants it and nowhere
// else.
func (h *honest2) isApp(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	if h.row.basic {
		return basic && id == clientID && secret == url.QueryEscape(clientSecret) && r.PostFormValue("client_secret") == ""
	}
	return !basic && r.PostFormValue("client_id") == clientID && r.PostFormValue("client_secret") == clientSecret
}

func (h *honest2) grant(w http.ResponseWriter, r *http.Request) {
	refresh := ""
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		code, verifier := r.PostFormValue("code"), r.PostFormValue("code_verifier")
		asked := h.codes[code]
		delete(h.codes, code)
		proven := oauth2.S256ChallengeFromVerifier(verifier) == asked.Get("code_challenge")
		if h.row.noVerifier {
			proven = verifier == "" // LinkedIn refuses one
		}
		if asked == nil || !proven || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
			h.badCode.answer(w)
			return
		}
		if h.refreshes {
			refresh = rand.Text()
		}
	case "refresh_token":
		refresh = r.PostFormValue("refresh_token")
		if !h.refresh[refresh] {
			h.badRefresh.answer(w)
			return
		}
		if h.rotates {
			h.forget(refresh)
			refresh = rand.Text()
		}
	default:
		reply(w, http.StatusBadRequest, `{"error":"unsupported_grant_type"}`)
		return
	}
	access := rand.Text()
	h.access[access] = refresh
	if refresh != "" {
		h.refresh[refresh] = true
	}
	reply(w, http.StatusOK, h.token(access, refresh))
}

// token is the row's answer with other tokens in it.
func (h *honest2) token(access, refresh string) string {
	answer := cmp.Or(h.row.tokenAnswer, `{"access_token":"`+accessToken+`","token_type":"Bearer","expires_in":3600}`)
	answer = strings.Replace(answer, accessToken, access, 1)
	answer = strings.Replace(answer, `"refresh_token":"r",`, "", 1)
	if refresh != "" {
		answer = `{"refresh_token":"` + refresh + `",` + strings.TrimPrefix(answer, "{")
	}
	return answer
}

// forget ends a token, and with a refresh token those that came of it.
func (h *honest2) forget(token string) {
	if refresh := h.access[token]; refresh != "" {
		delete(h.refresh, refresh)
	}
	delete(h.access, token)
	if h.refresh[token] {
		delete(h.refresh, token)
		maps.DeleteFunc(h.access, func(_, refresh string) bool { return refresh == token })
	}
}
