package oidcflow

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// metadata are what a provider says of itself (OpenID Connect Discovery section
// 3, RFC 8414 section 2, RFC 9207 section 3), as far as it matters here.
type metadata struct {
	AuthURL     string `json:"authorization_endpoint"`
	TokenURL    string `json:"token_endpoint"`
	UserInfoURL string `json:"userinfo_endpoint"`
	RevokeURL   string `json:"revocation_endpoint"`
	KeysURL     string `json:"jwks_uri"`

	// Lists are nil where the metadata do not have them: that means a default,
	// an empty list means none.
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	Challenges  []string `json:"code_challenge_methods_supported"`
	Algorithms  []string `json:"id_token_signing_alg_values_supported"`

	NamesIssuer bool `json:"authorization_response_iss_parameter_supported"`
}

// check returns why m cannot be used, with Kind, Reason and Hint, or nil.
func (m *metadata) check(issuer string) *provider.Error {
	for _, e := range []struct {
		name, url string
		required  bool
	}{
		{"authorization_endpoint", m.AuthURL, true},
		{"token_endpoint", m.TokenURL, true},
		{"jwks_uri", m.KeysURL, true},
		{"userinfo_endpoint", m.UserInfoURL, false},
		{"revocation_endpoint", m.RevokeURL, false},
	} {
		reason := ""
		switch {
		case e.url == "" && !e.required:
		case e.url == "":
			reason = "it is missing"
		case strings.HasPrefix(issuer, "https:") && !strings.HasPrefix(e.url, "https:"):
			// A real provider does not live on this machine.
			reason = "it must be https, as the issuer is"
		default:
			reason = outbound.CheckEndpoint(e.url)
		}
		if reason != "" {
			return &provider.Error{Kind: provider.ErrProtocol, Reason: fmt.Sprintf("the metadata cannot be used: %s: %s", e.name, reason)}
		}
	}
	if m.Challenges != nil && !slices.Contains(m.Challenges, "S256") {
		return &provider.Error{
			Kind:   provider.ErrRefused,
			Reason: "the metadata announce PKCE without S256 (RFC 9700 section 2.1.1)",
			Hint:   "enable the code challenge method S256 at the provider; without it a stolen code can be used",
		}
	}
	if m.Algorithms != nil && len(m.algorithms()) == 0 {
		return &provider.Error{
			Kind:   provider.ErrRefused,
			Reason: "the metadata announce no algorithm for id_tokens that can be verified with a public key",
			Hint:   "let the provider sign with RS256, ES256 or EdDSA; HS256 and none are not accepted",
		}
	}
	return nil
}

// algorithms returns which id_tokens are accepted. RS256 is what every provider
// must have (OpenID Connect Core section 15.1). Algorithms with the client's
// secret for a key, and "none", are not: who may choose between these and a
// signature can forge.
func (m *metadata) algorithms() []string {
	if m.Algorithms == nil {
		return []string{"RS256"}
	}
	asymmetric := []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"}
	return slices.DeleteFunc(slices.Clone(m.Algorithms), func(name string) bool { return !slices.Contains(asymmetric, name) })
}

// authStyle returns how a secret is to be sent. client_secret_basic is the
// default (RFC 8414 section 2).
func (m *metadata) authStyle(chosen oauth2.AuthStyle) (oauth2.AuthStyle, *provider.Error) {
	switch {
	case chosen != oauth2.AuthStyleAutoDetect:
		return chosen, nil
	case m.AuthMethods == nil, slices.Contains(m.AuthMethods, "client_secret_basic"):
		return oauth2.AuthStyleInHeader, nil
	case slices.Contains(m.AuthMethods, "client_secret_post"):
		return oauth2.AuthStyleInParams, nil
	}
	return 0, &provider.Error{
		Kind:   provider.ErrRefused,
		Reason: "the metadata offer neither client_secret_basic nor client_secret_post",
		Hint:   "if the provider accepts one of them all the same, set AuthStyle",
	}
}
