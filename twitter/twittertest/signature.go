package twittertest

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// signature computes what oauth_signature must be for r (RFC 5849 sections
// 3.4.1 and 3.4.2).
func signature(r *http.Request, ps []param, consumerSecret, tokenSecret string) string {
	mac := hmac.New(sha1.New, []byte(percentEncode(consumerSecret)+"&"+percentEncode(tokenSecret)))
	mac.Write([]byte(baseString(r, ps)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func baseString(r *http.Request, ps []param) string {
	encoded := make([]param, 0, len(ps))
	for _, p := range ps {
		if p.name == "oauth_signature" {
			continue
		}
		encoded = append(encoded, param{percentEncode(p.name), percentEncode(p.value)})
	}
	// The order is that of the encoded bytes, not of the decoded ones.
	slices.SortFunc(encoded, func(a, b param) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	pairs := make([]string, len(encoded))
	for i, p := range encoded {
		pairs[i] = p.name + "=" + p.value
	}
	return strings.ToUpper(r.Method) + "&" + percentEncode(baseURI(r)) + "&" + percentEncode(strings.Join(pairs, "&"))
}

// baseURI is the URL as it arrived: the host is the Host header's, so that a
// client that signs one host and calls another is refused.
func baseURI(r *http.Request) string {
	scheme, defaultPort := "http", ":80"
	if r.TLS != nil {
		scheme, defaultPort = "https", ":443"
	}
	host := strings.TrimSuffix(strings.ToLower(r.Host), defaultPort)
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + path
}

// percentEncode is the encoding of RFC 5849 section 3.6. None of the encoders
// in net/url is: they differ on blanks, "+", "*" and "~".
func percentEncode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

func unreserved(c byte) bool {
	switch {
	case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '.' || c == '_' || c == '~'
}
