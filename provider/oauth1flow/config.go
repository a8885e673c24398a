package oauth1flow

import (
	"crypto/rsa"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/dghubble/oauth1"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// SignatureMethod names how requests are signed (RFC 5849 section 3.4).
type SignatureMethod string

// The signature methods. PLAINTEXT is not among them: it sends the secrets.
const (
	HMACSHA1   SignatureMethod = "HMAC-SHA1"
	HMACSHA256 SignatureMethod = "HMAC-SHA256"
	RSASHA1    SignatureMethod = "RSA-SHA1"
)

// DefaultTimeout bounds each call to the provider.
const DefaultTimeout = 10 * time.Second

// Config describes a provider and the app registered there. It is copied and
// checked by [New].
type Config struct {
	_ [0]func() // no unkeyed literals, no comparison

	// Name is what the Flow calls itself in errors, such as "discogs". Required.
	Name string

	// ConsumerKey is the app's key at the provider, its "client credentials
	// identifier". Required.
	ConsumerKey string

	// ConsumerSecret is the key's secret. Required except for RSA-SHA1.
	ConsumerSecret provider.Secret

	// SignatureMethod is HMAC-SHA1 if empty.
	SignatureMethod SignatureMethod

	// PrivateKey signs with RSA-SHA1.
	PrivateKey *rsa.PrivateKey

	// Endpoint holds the provider's three URLs. All are required; https, or any
	// scheme of http on loopback. A query in them is kept.
	Endpoint oauth1.Endpoint

	// RequestTokenParams are sent, signed, in the query of the request for a
	// request token.
	RequestTokenParams url.Values

	// AuthorizeParams are added to the URL the browser is sent to. The protocol's
	// own oauth_token always wins.
	AuthorizeParams url.Values

	// Identify reads the person's ID and handle from the token answer, where
	// the provider puts them there. If nil, only a profile tells who it is. The
	// values are the answer's members without the token and its secret.
	Identify func(answer url.Values) (subject, username string)

	// ProfileURL is called, signed, for the profile. If empty, FetchProfile
	// makes the profile of what Identify found.
	ProfileURL string

	// ParseProfile reads the profile's body. Required with ProfileURL. It need not set
	// Raw, which is the body if that is JSON. Its errors reach logs: they must not
	// quote the body.
	ParseProfile func(body []byte) (provider.Profile, error)

	// Diagnose says what a refusal means. If nil, [provider.Refusal.Diagnosis]
	// does, by status. Only Kind, Code, Reason, Hint, RetryAt and RequestID of the result
	// are used.
	Diagnose func(r provider.Refusal) provider.Error

	// RevokeURL is called by Revoke, with POST and the token to invalidate. If
	// empty, Revoke is not possible.
	RevokeURL string

	// Header is sent with the calls of the Flow itself, such as the User-Agent
	// that some providers ask for. A client of Client sets its own.
	Header http.Header

	// APIHosts are further hosts, with port if any, that a client of Client may
	// call, beside those of the other URLs.
	APIHosts []string

	// HTTPClient sends the requests. If nil, the Flow has one of its own. It is
	// copied; its redirect policy and cookie jar are not used.
	HTTPClient *http.Client

	// Timeout bounds each call to the provider, with its retry if it has one.
	// Zero means [DefaultTimeout].
	Timeout time.Duration
}

// faults collects what is wrong with a Config.
type faults []error

func (f *faults) add(field, reason string) {
	*f = append(*f, &provider.ConfigError{Package: "oauth1flow", Field: field, Reason: reason})
}

// check returns every fault of c.
func (c *Config) check() error {
	var f faults
	if c.Name == "" {
		f.add("Name", "give the provider a short name, such as \"discogs\"")
	}
	checkCredential(&f, "ConsumerKey", c.ConsumerKey)
	switch c.SignatureMethod {
	case "", HMACSHA1, HMACSHA256:
		checkCredential(&f, "ConsumerSecret", c.ConsumerSecret.Reveal())
	case RSASHA1:
		if c.PrivateKey == nil {
			f.add("PrivateKey", "RSA-SHA1 signs with a private key; none is given")
		}
	default:
		f.add("SignatureMethod", "only HMAC-SHA1, HMAC-SHA256 and RSA-SHA1 are supported")
	}
	checkEndpoint(&f, "Endpoint.RequestTokenURL", c.Endpoint.RequestTokenURL, true)
	checkParams(&f, "RequestTokenParams", c.RequestTokenParams)
	checkEndpoint(&f, "Endpoint.AuthorizeURL", c.Endpoint.AuthorizeURL, true)
	checkEndpoint(&f, "Endpoint.AccessTokenURL", c.Endpoint.AccessTokenURL, true)
	checkEndpoint(&f, "ProfileURL", c.ProfileURL, false)
	checkEndpoint(&f, "RevokeURL", c.RevokeURL, false)
	for _, signed := range []struct{ field, url string }{
		{"Endpoint.RequestTokenURL", c.Endpoint.RequestTokenURL},
		{"Endpoint.AccessTokenURL", c.Endpoint.AccessTokenURL},
		{"ProfileURL", c.ProfileURL},
		{"RevokeURL", c.RevokeURL},
	} {
		if u, err := url.Parse(signed.url); err == nil {
			checkParams(&f, signed.field, u.Query())
		}
	}
	if c.ProfileURL != "" && c.ParseProfile == nil {
		f.add("ParseProfile", "ProfileURL needs a parser for what it answers")
	}
	if c.ProfileURL == "" && c.Identify == nil {
		f.add("ProfileURL", "without ProfileURL and Identify nobody can tell who signs up; give one of them")
	}
	for _, host := range c.APIHosts {
		if reason := outbound.CheckHost(host); reason != "" {
			f.add("APIHosts", reason)
		}
	}
	if c.Timeout < 0 {
		f.add("Timeout", "it must not be negative; zero means the default")
	}
	return errors.Join(f...)
}

// checkCredential catches what copying from a console or a file does to keys.
func checkCredential(f *faults, field, value string) {
	switch {
	case value == "":
		f.add(field, "it is required")
	case strings.TrimSpace(value) != value:
		f.add(field, "it starts or ends with a blank or a line break; remove it")
	case strings.ContainsFunc(value, unicode.IsControl):
		f.add(field, "it contains control characters")
	}
}

func checkEndpoint(f *faults, field, text string, required bool) {
	if text == "" {
		if required {
			f.add(field, "it is required")
		}
		return
	}
	if reason := outbound.CheckEndpoint(text); reason != "" {
		f.add(field, reason)
	}
}

// checkParams keeps parameters of the protocol to the one place that RFC 5849
// section 3.5 allows. A request with others is not signed.
func checkParams(f *faults, field string, params url.Values) {
	for name := range params {
		if strings.HasPrefix(name, "oauth_") {
			f.add(field, "it has a parameter whose name begins with oauth_; those are the protocol's, and go into the header")
			return
		}
	}
}

// apiHosts are the hosts that signed requests may go to.
func (c *Config) apiHosts() []string {
	var hosts []string
	for _, text := range []string{c.Endpoint.RequestTokenURL, c.Endpoint.AccessTokenURL, c.ProfileURL, c.RevokeURL} {
		if host := outbound.HostOf(text); host != "" {
			hosts = append(hosts, host)
		}
	}
	for _, host := range c.APIHosts {
		hosts = append(hosts, strings.ToLower(host))
	}
	return hosts
}
