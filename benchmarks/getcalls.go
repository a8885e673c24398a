package benchmarks

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// getCalls lets calls of the token endpoints by GET through to a strict X, which
// takes POST only, as X's documentation has it. goth makes them so. The
// signature over GET is checked here, and one over POST put in its place.
type getCalls struct {
	next http.Handler

	mu      sync.Mutex
	secrets map[string]string // of request tokens
}

func (g *getCalls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || (r.URL.Path != requestTokenPath && r.URL.Path != accessTokenPath) {
		g.next.ServeHTTP(w, r)
		return
	}
	params := headerParams(r.Header.Get("Authorization"))
	given := params["oauth_signature"]
	delete(params, "oauth_signature")
	g.mu.Lock()
	secret := g.secrets[params["oauth_token"]]
	g.mu.Unlock()
	target := apiURL + r.URL.Path
	if !hmac.Equal([]byte(given), []byte(signatureOf(http.MethodGet, target, params, secret))) {
		http.Error(w, "the signature is not that of this request", http.StatusUnauthorized)
		return
	}
	params["oauth_signature"] = signatureOf(http.MethodPost, target, params, secret)
	var pairs []string
	for name, value := range params {
		pairs = append(pairs, name+`="`+encode(value)+`"`)
	}
	posted := r.Clone(r.Context())
	posted.Method = http.MethodPost
	posted.Header.Set("Authorization", "OAuth "+strings.Join(pairs, ", "))
	answer := &bodyCopy{ResponseWriter: w}
	g.next.ServeHTTP(answer, posted)
	if values, err := url.ParseQuery(answer.body.String()); err == nil {
		g.mu.Lock()
		g.secrets[values.Get("oauth_token")] = values.Get("oauth_token_secret")
		g.mu.Unlock()
	}
}

// headerParams reads an Authorization header.
func headerParams(header string) map[string]string {
	params := map[string]string{}
	for pair := range strings.SplitSeq(strings.TrimPrefix(header, "OAuth "), ",") {
		name, quoted, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if value, err := url.PathUnescape(strings.Trim(quoted, `"`)); err == nil {
			params[name] = value
		}
	}
	return params
}

// signatureOf is RFC 5849 section 3.4, for a call without query and body.
func signatureOf(method, target string, params map[string]string, secret string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		pairs = append(pairs, encode(name)+"="+encode(params[name]))
	}
	mac := hmac.New(sha1.New, []byte(encode(consumerSecret)+"&"+encode(secret)))
	mac.Write([]byte(method + "&" + encode(target) + "&" + encode(strings.Join(pairs, "&"))))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// bodyCopy keeps what is written.
type bodyCopy struct {
	http.ResponseWriter

	body bytes.Buffer
}

func (c *bodyCopy) Write(p []byte) (int, error) {
	c.body.Write(p)
	return c.ResponseWriter.Write(p)
}
