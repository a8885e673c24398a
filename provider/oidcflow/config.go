package oidcflow

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Config describes a provider and the app registered there. It is copied and
// checked by [New].
type Config struct {
	_ [0]func() // no unkeyed literals, no comparison

	// Issuer is the provider's issuer identifier, to the letter: a slash at its
	// end counts. https, except on loopback. Its metadata are found below it, at
	// /.well-known/openid-configuration. Required.
	Issuer string

	// Name is what the Flow calls itself in errors. If empty, the issuer's host.
	Name string

	// ClientID is the app's identifier at the provider. Required.
	ClientID string

	// ClientSecret authenticates a confidential client. A public client has none.
	ClientSecret provider.Secret

	// AuthStyle says how ClientSecret is sent. If zero, as the metadata say, and
	// as HTTP Basic if they allow that or say nothing. Some providers hold each
	// app to the one method that it is registered with.
	AuthStyle oauth2.AuthStyle

	// Scopes are what to ask for, "openid" among them. If nil: openid, profile,
	// email. Most providers give a refresh token for offline_access only.
	Scopes []string

	// AuthorizeParams are added to the URL the browser is sent to, such as prompt
	// or login_hint. Parameters of the protocol always win.
	AuthorizeParams url.Values

	// KeepIDToken keeps the id_token in Token.Extra["id_token"], for signing out
	// at the provider with it as a hint. Without a userinfo endpoint it is kept
	// in any case. It is the longest part of a token: a sign-up that waits in a
	// cookie may not have the room for it.
	KeepIDToken bool

	// APIHosts are further hosts, with port if any, that clients may call, beside
	// those of the token, userinfo and revocation endpoints.
	APIHosts []string

	// HTTPClient sends the requests. If nil, the Flow has one of its own. It is
	// copied; its redirect policy and cookie jar are not used.
	HTTPClient *http.Client

	// Timeout bounds each call to the provider, with its retry if it has one.
	// Zero means [oauth2flow.DefaultTimeout].
	Timeout time.Duration
}

// check returns every fault of c. What oauth2flow checks in the same words is
// left to it.
func (c *Config) check() error {
	var faults []error
	add := func(field, reason string) {
		faults = append(faults, &provider.ConfigError{Package: "oidcflow", Field: field, Reason: reason})
	}
	issuer, err := url.Parse(c.Issuer)
	if c.Issuer == "" {
		add("Issuer", "it is required, such as https://accounts.example.com")
	} else if reason := outbound.CheckEndpoint(c.Issuer); reason != "" {
		add("Issuer", reason)
	} else if err != nil || issuer.RawQuery != "" || issuer.ForceQuery {
		add("Issuer", "it must have no query (OpenID Connect Discovery section 3)")
	}
	if c.Scopes != nil && !slices.Contains(c.Scopes, "openid") {
		add("Scopes", "openid must be among them: without it the answer does not say who signs up")
	}
	for _, name := range []string{"request", "request_uri"} {
		if c.AuthorizeParams.Has(name) {
			add("AuthorizeParams", name+" would take the place of the state, the nonce and the challenge")
		}
	}
	if mode := c.AuthorizeParams["response_mode"]; len(mode) > 0 && !slices.Equal(mode, []string{"query"}) {
		add("AuthorizeParams", "response_mode must be query: the callback is a GET with parameters")
	}
	_, err = oauth2flow.New(c.oauth(metadata{AuthURL: nowhere, TokenURL: nowhere, UserInfoURL: nowhere}))
	return errors.Join(append(faults, renamed(err)...)...)
}

// nowhere stands for an endpoint that is not known yet (RFC 6761 section 6.4).
const nowhere = "https://undiscovered.invalid"

// renamed returns the faults that oauth2flow found, as this package's.
func renamed(err error) (faults []error) {
	joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err)
	if !ok {
		return nil
	}
	for _, fault := range joined.Unwrap() {
		if e, ok := errors.AsType[*provider.ConfigError](fault); ok && e.Field != "Name" {
			own := *e
			own.Package = "oidcflow"
			fault = &own
			faults = append(faults, fault)
		}
	}
	return faults
}

// oauth is the OAuth 2.0 in c, at the endpoints of m.
func (c *Config) oauth(m metadata) oauth2flow.Config {
	cfg := oauth2flow.Config{
		Name:     cmp.Or(c.Name, outbound.HostOf(c.Issuer)),
		ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		Endpoint:        oauth2.Endpoint{AuthURL: m.AuthURL, TokenURL: m.TokenURL, AuthStyle: c.AuthStyle},
		Scopes:          c.Scopes,
		AuthorizeParams: c.AuthorizeParams,
		SendNonce:       true,
		Issuer:          c.Issuer,
		RequireIssuer:   m.NamesIssuer && c.Issuer != "",
		ProfileURL:      m.UserInfoURL,
		ParseProfile:    parseProfile,
		RevokeURL:       m.RevokeURL,
		APIHosts:        c.APIHosts,
		HTTPClient:      c.HTTPClient,
		Timeout:         c.Timeout,
	}
	if cfg.Scopes == nil {
		cfg.Scopes = []string{"openid", "profile", "email"}
	}
	if c.KeepIDToken || m.UserInfoURL == "" {
		cfg.ExtraMembers = []string{idTokenMember}
	}
	return cfg
}
