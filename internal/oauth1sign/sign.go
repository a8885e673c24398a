package oauth1sign

import (
	"cmp"
	"crypto/rand"
	"errors"
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
	if req.URL.Opaque != "" {
		return errors.New("the URL has its path in Opaque, which is not signed; write it in Path and RawPath")
	}
	noncer := s.Noncer
	if noncer == nil {
		noncer = TextNoncer{}
	}
	params, err := requestParams(req, make([]Param, 0, 16))
	if err != nil {
		return err
	}
	for _, p := range params {
		if strings.HasPrefix(p.Name, "oauth_") {
			// RFC 5849 section 3.5: one place for protocol parameters.
			return fmt.Errorf("the request itself carries the protocol parameter %s", p.Name)
		}
	}
	own := len(params)
	params = append(params,
		Param{"oauth_consumer_key", s.ConsumerKey},
		Param{"oauth_nonce", noncer.Nonce()},
		Param{"oauth_signature_method", s.Method.Name()},
		Param{"oauth_timestamp", strconv.FormatInt(time.Now().Unix(), 10)},
		Param{"oauth_version", "1.0"},
	)
	params = append(params, protocol...)
	if token != "" {
		params = append(params, Param{"oauth_token", token})
	}
	signature, err := s.Method.Sign(secret, BaseString(req.Method, requestURL(req), params))
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	req.Header.Set("Authorization", header(append(params[own:], Param{"oauth_signature", signature})))
	return nil
}

// BaseString composes the signature base string (RFC 5849 section 3.4.1.1).
func BaseString(method string, u *url.URL, params []Param) string {
	base := make([]byte, 0, 512)
	base = append(base, cmp.Or(strings.ToUpper(method), http.MethodGet)...) // as net/http sends it
	base = append(base, '&')
	base = appendBaseURI(base, u)
	base = append(base, '&')
	for i, p := range sorted(make([]Param, 0, 16), params) {
		if i > 0 {
			base = append(base, "%26"...) // "&" and "=", encoded
		}
		base = appendEncoded(base, p.Name)
		base = append(base, "%3D"...)
		base = appendEncoded(base, p.Value)
	}
	return string(base)
}

// appendBaseURI appends scheme, authority and path, encoded (RFC 5849 section
// 3.4.1.2). The path stays as it goes over the wire: decoding it would lose the
// difference between "/" and "%2F".
func appendBaseURI(base []byte, u *url.URL) []byte {
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
	base = appendEncoded(base, scheme)
	base = appendEncoded(base, "://")
	base = appendEncoded(base, host)
	return appendEncoded(base, path)
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
	line := make([]byte, 0, 512)
	line = append(line, "OAuth "...)
	for i, p := range params {
		if i > 0 {
			line = append(line, ", "...)
		}
		line = appendEncoded(line, p.Name)
		line = append(line, `="`...)
		line = appendEncoded(line, p.Value)
		line = append(line, '"')
	}
	return string(line)
}
