package oidcflow

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// claims are the members of an id_token that say who, by whom and for whom.
// They are read by their exact names: encoding/json would take "SUB" for "sub"
// when it fills a struct, and the last of them wins.
type claims struct {
	issuer, subject, authorizedParty, nonce, username string

	audience []string
	expiry   time.Time
}

var errClaims = errors.New("the claims are not of the form that the protocol says")

func parseClaims(payload []byte) (c claims, err error) {
	var members map[string]any
	if json.Unmarshal(payload, &members) != nil {
		return claims{}, errClaims
	}
	for name, into := range map[string]*string{"iss": &c.issuer, "sub": &c.subject, "azp": &c.authorizedParty, "nonce": &c.nonce} {
		value := members[name] // null is as good as absent
		text, ok := value.(string)
		if value != nil && (!ok || text == "") {
			return claims{}, errClaims
		}
		*into = text
	}
	switch aud := members["aud"].(type) {
	case string:
		c.audience = []string{aud}
	case []any:
		for _, entry := range aud {
			text, ok := entry.(string)
			if !ok {
				return claims{}, errClaims
			}
			if !slices.Contains(c.audience, text) {
				c.audience = append(c.audience, text)
			}
		}
	}
	if seconds, ok := members["exp"].(float64); ok && seconds > 0 && seconds < 1<<40 {
		c.expiry = time.Unix(int64(seconds), 0)
	}
	c.username, _ = members["preferred_username"].(string)
	return c, nil
}

// fault says why c do not tell clientID who somebody is, or "" (OpenID Connect
// Core section 3.1.3.7, steps 2 to 5).
func (c claims) fault(issuer, clientID string) string {
	switch {
	case !equal(c.issuer, issuer):
		return "it is of another issuer"
	case !slices.Contains(c.audience, clientID):
		return "it is for another client"
	case c.authorizedParty == "" && len(c.audience) > 1:
		return "it is for several clients and does not say which one it was issued to (azp)"
	case c.authorizedParty != "" && c.authorizedParty != clientID:
		return "it was issued to another client (azp)"
	case c.subject == "":
		return "it does not say who it is about"
	}
	return ""
}

// equal compares without telling by its time how much is equal.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// payloadOf returns the claims of an id_token without looking at its signature.
func payloadOf(idToken string) ([]byte, error) {
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return nil, errClaims
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, errClaims
	}
	return payload, nil
}

// parseProfile maps the standard claims (OpenID Connect Core section 5.1).
func parseProfile(body []byte) (provider.Profile, error) {
	return oauth2flow.Mapping{
		ID: "sub", Username: "preferred_username", Name: "name", GivenName: "given_name", FamilyName: "family_name",
		Email: "email", EmailVerified: "email_verified", AvatarURL: "picture", URL: "website",
	}.Parse(body)
}

// profileOfIDToken is for providers without a userinfo endpoint. The id_token
// was verified when it came; its keys, and it, may have expired since.
func (f *Flow) profileOfIDToken(tok provider.Token) (provider.Profile, error) {
	stored := tok.Extra[idTokenMember]
	if stored.IsZero() {
		return provider.Profile{}, f.call.Fail(provider.Error{
			Op: provider.OpProfile, Kind: provider.ErrTokenInvalid,
			Reason: "the provider has no userinfo endpoint, and the token was stored without its id_token; the person has to sign in again",
		})
	}
	fail := func(reason string) (provider.Profile, error) {
		return provider.Profile{}, f.call.Fail(provider.Error{Op: provider.OpProfile, Kind: provider.ErrIdentity, Reason: "the id_token is refused: " + reason})
	}
	payload, err := payloadOf(stored.Reveal())
	if err != nil {
		return fail(err.Error())
	}
	c, err := parseClaims(payload)
	if err != nil {
		return fail(err.Error())
	}
	if reason := c.fault(f.cfg.Issuer, f.cfg.ClientID); reason != "" {
		return fail(reason)
	}
	p, err := parseProfile(payload)
	if err == nil {
		err = provider.CheckIdentity(tok, p)
	}
	if err != nil {
		return provider.Profile{}, f.call.Own(provider.OpProfile, 0, provider.ErrIdentity, err)
	}
	return p, nil
}
