package oauth2flow_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// codeLifetime is X's.
const codeLifetime = 30 * time.Second

// family is what one approval led to. It dies as one when a code or a refresh
// token comes a second time (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
type family struct{ revoked bool }

type code struct {
	family                 *family
	redirectURI, challenge string
	issued                 time.Time
	used                   bool
}

type access struct {
	family *family
	expiry time.Time
}

type refresh struct {
	family *family
	used   bool
}

// s256 is the challenge of RFC 7636 section 4.2, computed here for itself.
func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return strings.TrimRight(base64.URLEncoding.EncodeToString(sum[:]), "=")
}

var (
	verifierForm  = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)
	challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
)

// approve is the authorization endpoint, as seen by a browser whose owner says
// yes. It returns the parameters of the callback.
func (s *fakeServer) approve(authURL string) url.Values {
	s.t.Helper()
	u, err := url.Parse(authURL)
	if err != nil || s.url+"/authorize" != u.Scheme+"://"+u.Host+u.Path || u.Fragment != "" {
		s.t.Errorf("the browser is sent to %q", authURL)
		return nil
	}
	query := u.Query()
	for name, values := range query {
		if len(values) != 1 {
			s.t.Errorf("%s comes %d times in the authorization request", name, len(values))
		}
	}
	want := map[string]string{"response_type": "code", "client_id": clientID, "redirect_uri": callbackURL}
	if !s.withoutPKCE {
		want["code_challenge_method"] = "S256"
	}
	for name, want := range want {
		if got := query.Get(name); got != want {
			s.t.Errorf("%s is %q in the authorization request", name, got)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state := query.Get("state")
	if len(state) < 22 || s.accepted[state] {
		s.t.Errorf("the state %q can be guessed or was used before", state)
	}
	s.accepted[state] = true
	if s.withoutPKCE == query.Has("code_challenge") || (!s.withoutPKCE && !challengeForm.MatchString(query.Get("code_challenge"))) {
		s.t.Errorf("the code challenge %q is none", query.Get("code_challenge"))
	}
	callback := url.Values{"state": {state}, "code": {s.newCode(query.Get("redirect_uri"), query.Get("code_challenge"))}}
	if s.issuer != "" {
		callback.Set("iss", s.issuer)
	}
	return callback
}

// newCode issues a code. s.mu is held.
func (s *fakeServer) newCode(redirectURI, challenge string) string {
	s.issued++
	value := fmt.Sprintf("code+/=&%% é%s%d", secretMark, s.issued)
	s.codes[value] = &code{family: new(family), redirectURI: redirectURI, challenge: challenge, issued: time.Now()}
	return value
}

// issue issues an access token and, if wanted, a refresh token. s.mu is held.
func (s *fakeServer) issue(f *family, withRefresh bool) (accessToken, refreshToken string) {
	s.issued++
	accessToken = fmt.Sprintf("access-._~+/%s%d==", secretMark, s.issued)
	s.access[accessToken] = &access{family: f, expiry: time.Now().Add(s.lifetime)}
	if withRefresh {
		refreshToken = fmt.Sprintf("refresh+/=&%% é%s%d", secretMark, s.issued)
		s.refresh[refreshToken] = &refresh{family: f}
	}
	return accessToken, refreshToken
}

// real is what the server does when it is not told to do something else.
func (s *fakeServer) real(w http.ResponseWriter, c call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c.method + " " + c.path {
	case "POST /token":
		s.serveToken(w, c)
	case "POST /revoke":
		s.serveRevoke(w, c)
	case "GET /me", "GET /emails", "POST /posts":
		s.serveResource(w, c)
	default:
		body(http.StatusNotFound, marker)(w, nil)
	}
}

// authenticated reports whether the client authenticates in the one way that
// was agreed, with credentials that are encoded as RFC 6749 section 2.3.1 says.
func (s *fakeServer) authenticated(c call) bool {
	id, inFormID := c.form["client_id"]
	secret, inFormSecret := c.form["client_secret"]
	header := c.header.Get("Authorization")
	switch s.auth {
	case inHeader:
		want := url.QueryEscape(clientID) + ":" + url.QueryEscape(clientSecret)
		return !inFormID && !inFormSecret && header == "Basic "+base64.StdEncoding.EncodeToString([]byte(want))
	case inBody:
		return header == "" && slices.Equal(id, []string{clientID}) && slices.Equal(secret, []string{clientSecret})
	}
	return header == "" && !inFormSecret && slices.Equal(id, []string{clientID})
}

// checkForm refuses what no client may send to the server's endpoints. The
// bool tells whether to go on.
func (s *fakeServer) checkForm(w http.ResponseWriter, c call) bool {
	if c.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		s.t.Errorf("%s: the content type is %q", c.path, c.header.Get("Content-Type"))
	}
	for name, values := range c.form {
		if len(values) != 1 || values[0] == "" {
			s.t.Errorf("%s: %s comes as %q", c.path, name, values)
		}
	}
	if !s.authenticated(c) {
		refusal(http.StatusUnauthorized, "invalid_client")(w, nil)
		return false
	}
	return true
}

func (s *fakeServer) serveToken(w http.ResponseWriter, c call) {
	if !s.checkForm(w, c) {
		return
	}
	var f *family
	switch c.form.Get("grant_type") {
	case "authorization_code":
		f = s.redeemCode(c.form)
	case "refresh_token":
		f = s.redeemRefresh(c.form.Get("refresh_token"))
	default:
		refusal(http.StatusBadRequest, "unsupported_grant_type")(w, nil)
		return
	}
	if f == nil || f.revoked {
		refusal(http.StatusBadRequest, "invalid_grant")(w, nil)
		return
	}
	rotate := !s.keepRefresh || c.form.Get("grant_type") == "authorization_code"
	answer := map[string]any{"token_type": "bearer", "expires_in": int(s.lifetime.Seconds())}
	accessToken, refreshToken := s.issue(f, rotate)
	answer["access_token"] = accessToken
	if refreshToken != "" {
		answer["refresh_token"] = refreshToken
	}
	maps.Copy(answer, s.extra)
	text, err := json.Marshal(answer)
	if err != nil {
		s.t.Error(err)
	}
	body(http.StatusOK, string(text), "Cache-Control", "no-store")(w, nil)
}

// redeemCode returns nil unless all is as it was when the code was issued.
func (s *fakeServer) redeemCode(form url.Values) *family {
	c := s.codes[form.Get("code")]
	if c == nil {
		return nil
	}
	if c.used {
		c.family.revoked = true
		return nil
	}
	c.used = true
	proven := verifierForm.MatchString(form.Get("code_verifier")) && s256(form.Get("code_verifier")) == c.challenge
	if s.withoutPKCE {
		proven = !form.Has("code_verifier")
	}
	if !proven || form.Get("redirect_uri") != c.redirectURI || time.Since(c.issued) > codeLifetime {
		return nil
	}
	return c.family
}

func (s *fakeServer) redeemRefresh(value string) *family {
	r := s.refresh[value]
	if r == nil {
		return nil
	}
	if r.used {
		r.family.revoked = true
		return nil
	}
	r.used = !s.keepRefresh
	return r.family
}

// serveRevoke is RFC 7009: an unknown token is no error.
func (s *fakeServer) serveRevoke(w http.ResponseWriter, c call) {
	if !s.checkForm(w, c) {
		return
	}
	value := c.form.Get("token")
	if r := s.refresh[value]; r != nil {
		r.family.revoked = true
	} else if a := s.access[value]; a != nil {
		a.expiry = time.Time{}
	}
	w.WriteHeader(http.StatusOK)
}

// alive reports whether the token in the header of c is good.
func (s *fakeServer) alive(c call) bool {
	value, isBearer := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	a := s.access[value]
	return isBearer && len(c.header.Values("Authorization")) == 1 && a != nil && !a.family.revoked && time.Now().Before(a.expiry)
}

func (s *fakeServer) serveResource(w http.ResponseWriter, c call) {
	switch {
	case !s.alive(c):
		body(http.StatusUnauthorized, `{"error":"invalid_token"}`, "WWW-Authenticate", `Bearer error="invalid_token"`)(w, nil)
	case c.path == "/emails":
		body(http.StatusOK, `[{"email":"second@example.com","primary":false},{"email":"first@example.com","primary":true}]`)(w, nil)
	default:
		body(http.StatusOK, s.profile)(w, nil)
	}
}
