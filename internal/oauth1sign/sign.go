package oauth1sign

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dghubble/oauth1"
)

// Signer signs requests for one app. It is immutable and safe for concurrent
// use if its method and noncer are, as those of dghubble/oauth1 are.
type Signer struct {
	// ConsumerKey is the app's key.
	ConsumerKey string
	// Method is the signature method, which holds the app's secret.
	Method oauth1.Signer
	// Noncer makes nonces; nil means [TextNoncer].
	Noncer oauth1.Noncer
}

// TextNoncer makes nonces of 26 letters and digits from the system's random
// source: 130 bits, in the 20 to 30 alphanumeric characters that the strictest
// servers allow (oauthlib refuses dghubble's own, which are longer).
type TextNoncer struct{}

// Nonce returns a new nonce.
func (TextNoncer) Nonce() string { return rand.Text() }

// Sign sets req's Authorization header. token and secret are the credentials
// in use, both empty for a request token; protocol holds further protocol
// parameters, such as oauth_verifier. A form body is read and put back.
func (s *Signer) Sign(req *http.Request, token, secret string, protocol ...Param) error {
	noncer := s.Noncer
	if noncer == nil {
		noncer = TextNoncer{}
	}
	oauth := append([]Param{
		{"oauth_consumer_key", s.ConsumerKey},
		{"oauth_nonce", noncer.Nonce()},
		{"oauth_signature_method", s.Method.Name()},
		{"oauth_timestamp", strconv.FormatInt(time.Now().Unix(), 10)},
		{"oauth_version", "1.0"},
	}, protocol...)
	if token != "" {
		oauth = append(oauth, Param{"oauth_token", token})
	}
	params, err := requestParams(req)
	if err != nil {
		return err
	}
	for _, p := range params {
		if strings.HasPrefix(p.Name, "oauth_") {
			// RFC 5849 section 3.5: one place for protocol parameters.
			return fmt.Errorf("the request itself carries the protocol parameter %s", p.Name)
		}
	}
	base := BaseString(req.Method, requestURL(req), append(params, oauth...))
	signature, err := s.Method.Sign(secret, base)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	req.Header.Set("Authorization", header(append(oauth, Param{"oauth_signature", signature})))
	return nil
}

// BaseString composes the signature base string (RFC 5849 section 3.4.1.1).
func BaseString(method string, u *url.URL, params []Param) string {
	return strings.ToUpper(method) + "&" + oauth1.PercentEncode(baseURI(u)) + "&" + oauth1.PercentEncode(Normalize(params))
}

// baseURI is scheme, authority and path (RFC 5849 section 3.4.1.2). The path
// stays as it goes over the wire: decoding it would lose the difference
// between "/" and "%2F".
func baseURI(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + path
}

// requestURL is req's URL with the host that the server will see.
func requestURL(req *http.Request) *url.URL {
	if req.Host == "" || req.Host == req.URL.Host {
		return req.URL
	}
	u := *req.URL
	u.Host = req.Host
	return &u
}

// header writes params as an Authorization header (RFC 5849 section 3.5.1).
func header(params []Param) string {
	var b strings.Builder
	b.WriteString("OAuth ")
	for i, p := range params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(oauth1.PercentEncode(p.Name) + `="` + oauth1.PercentEncode(p.Value) + `"`)
	}
	return b.String()
}
