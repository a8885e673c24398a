package oauth2flow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// DefaultTimeout bounds each call to the provider.
const DefaultTimeout = 10 * time.Second

// Config describes a provider and the app registered there. It is copied and
// checked by [New].
type Config struct {
	_ [0]func() // no unkeyed literals, no comparison

	// Name is what the Flow calls itself in errors, such as "github". Required.
	Name string

	// ClientID is the app's identifier at the provider. Required.
	ClientID string

	// ClientSecret authenticates a confidential client (RFC 6749 section 2.3.1).
	// A public client has none: then PKCE alone protects the code.
	ClientSecret provider.Secret

	// Endpoint holds the provider's URLs; AuthURL and TokenURL are required,
	// https except on loopback. AuthStyle says how the client authenticates:
	// AuthStyleInHeader is HTTP Basic, AuthStyleInParams the body. Zero is Basic
	// with a secret and the body without. It is never tried both ways: that would
	// spend the code.
	Endpoint oauth2.Endpoint

	// Scopes are what to ask for.
	Scopes []string

	// AuthorizeParams are added to the URL the browser is sent to. Parameters of
	// the protocol always win.
	AuthorizeParams url.Values

	// SendNonce adds a nonce (OpenID Connect Core section 3.1.2.1) that [Nonce]
	// computes again from the handshake.
	SendNonce bool

	// DangerouslyWithoutPKCE leaves PKCE out, for providers that refuse it from
	// apps with a secret (LinkedIn). A code that leaked is then protected by the
	// client secret and the state alone; RFC 9700 section 2.1.1 recommends against
	// it, and it is a fault without a secret.
	DangerouslyWithoutPKCE bool

	// Header is sent with the calls of the Flow itself, such as the User-Agent
	// that some providers ask for. A client of Client sets its own.
	Header http.Header

	// Issuer is the provider's issuer identifier. If set, an "iss" in the callback
	// must equal it (RFC 9207).
	Issuer string

	// RequireIssuer refuses callbacks without "iss", for providers whose metadata
	// say authorization_response_iss_parameter_supported.
	RequireIssuer bool

	// Identify reads from the token answer who the person is, for providers that
	// say it there; member returns a member of the answer, or nil, with numbers as
	// [json.Number], since a float64 cannot hold every ID. It is asked again after
	// a refresh, with a zero Handshake: an answer that names nobody is no error
	// then. If nil, only the profile tells. Its errors are of kind [provider.ErrIdentity] unless
	// they say otherwise.
	Identify func(ctx context.Context, hs provider.Handshake, member func(name string) any) (subject, username string, err error)

	// ExtraMembers are the names of members of the token answer to keep in
	// Token.Extra, such as "id_token".
	ExtraMembers []string

	// ProfileURL is called with the token for the profile. If empty, FetchProfile
	// makes the profile of what Identify found.
	ProfileURL string

	// Mapping says which members of the profile are what. Either it or
	// ParseProfile is required with ProfileURL.
	Mapping Mapping

	// ParseProfile reads the profile's body, in place of Mapping. It need not set
	// Raw, which is the body if that is JSON. Its errors reach logs: they must not
	// quote the body.
	ParseProfile func(body []byte) (provider.Profile, error)

	// Complement may add to a parsed profile what other calls tell, such as the
	// verified address among several. get calls a URL of the provider's hosts
	// with the token. An error costs no more than the addition, unless its kind is
	// [provider.ErrIdentity]: a profile without an address is worth more than none.
	// It becomes [provider.Profile.Incomplete], which reaches logs: it must not quote
	// what a call returned.
	Complement func(ctx context.Context, get func(ctx context.Context, url string) ([]byte, error), p *provider.Profile) error

	// Diagnose says what a refusal means. If nil, [Diagnose] does.
	Diagnose func(r provider.Refusal) provider.Error

	// RevokeURL is the revocation endpoint (RFC 7009). If empty, Revoke is not
	// possible.
	RevokeURL string

	// APIHosts are further hosts, with port if any, that clients may call, beside
	// those of the other URLs.
	APIHosts []string

	// HTTPClient sends the requests. If nil, the Flow has one of its own. It is
	// copied; its redirect policy and cookie jar are not used.
	HTTPClient *http.Client

	// Timeout bounds each call to the provider, with its retry if it has one.
	// Zero means [DefaultTimeout].
	Timeout time.Duration
}

// check returns every fault of c.
func (c *Config) check() error {
	var faults []error
	whose := "oauth2flow"
	if c.Name != "" {
		whose += " (" + c.Name + ")" // an app has several
	}
	add := func(field, reason string) {
		faults = append(faults, &provider.ConfigError{Package: whose, Field: field, Reason: reason})
	}
	if c.Name == "" {
		add("Name", "give the provider a short name, such as \"github\"")
	}
	if c.ClientID == "" {
		add("ClientID", "it is required")
	}
	for _, e := range []struct{ field, value string }{{"ClientID", c.ClientID}, {"ClientSecret", c.ClientSecret.Reveal()}} {
		if strings.TrimSpace(e.value) != e.value || strings.ContainsFunc(e.value, unicode.IsControl) {
			add(e.field, "it has a blank or a line break at an end, or control characters; remove them")
		}
	}
	for _, e := range []struct {
		field, url string
		required   bool
	}{
		{"Endpoint.AuthURL", c.Endpoint.AuthURL, true},
		{"Endpoint.TokenURL", c.Endpoint.TokenURL, true},
		{"ProfileURL", c.ProfileURL, false},
		{"RevokeURL", c.RevokeURL, false},
	} {
		if e.url == "" && !e.required {
			continue
		}
		if reason := outbound.CheckEndpoint(e.url); reason != "" {
			add(e.field, reason)
		}
	}
	switch c.Endpoint.AuthStyle {
	case oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams:
	default:
		add("Endpoint.AuthStyle", "it is none of x/oauth2's")
	}
	if c.ProfileURL != "" && c.ParseProfile == nil && c.Mapping.ID == "" {
		add("Mapping", "ProfileURL needs a Mapping that names at least the ID, or ParseProfile")
	}
	if c.ProfileURL == "" && c.Identify == nil {
		add("ProfileURL", "without ProfileURL and Identify nobody can tell who signs up; give one of them")
	}
	if c.DangerouslyWithoutPKCE && c.ClientSecret.IsZero() {
		add("DangerouslyWithoutPKCE", "a client without a secret has nothing but PKCE to protect the code")
	}
	if c.RequireIssuer && c.Issuer == "" {
		add("Issuer", "RequireIssuer needs the issuer to compare with")
	}
	for _, host := range c.APIHosts {
		if reason := outbound.CheckHost(host); reason != "" {
			add("APIHosts", reason)
		}
	}
	if c.Timeout < 0 {
		add("Timeout", "it must not be negative; zero means the default")
	}
	return errors.Join(faults...)
}

// authStyle resolves the zero AuthStyle, which x/oauth2 takes as leave to try
// both.
func (c *Config) authStyle() oauth2.AuthStyle {
	switch {
	case c.ClientSecret.IsZero():
		return oauth2.AuthStyleInParams
	case c.Endpoint.AuthStyle == oauth2.AuthStyleAutoDetect:
		return oauth2.AuthStyleInHeader
	}
	return c.Endpoint.AuthStyle
}

// apiHosts are the hosts that the token may be sent to.
func (c *Config) apiHosts() []string {
	var hosts []string
	for _, text := range []string{c.Endpoint.TokenURL, c.ProfileURL, c.RevokeURL} {
		if host := outbound.HostOf(text); host != "" {
			hosts = append(hosts, host)
		}
	}
	for _, host := range c.APIHosts {
		hosts = append(hosts, strings.ToLower(host))
	}
	return hosts
}
