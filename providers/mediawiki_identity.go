package providers

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// wikiClockSkew is how far the wiki's clock may be off.
const wikiClockSkew = 5 * time.Minute

// wikiIdentity reads the JWT (RFC 7519) of Special:OAuth/identify, signed with
// HS256 and the consumer secret.
type wikiIdentity struct {
	index, key string
	secret     provider.Secret
}

func (w wikiIdentity) parse(body []byte) (provider.Profile, error) {
	claims, err := w.claims(bytes.TrimSpace(body))
	if err != nil {
		return provider.Profile{}, err
	}
	p, err := oauth2flow.Mapping{
		ID: "sub", Username: "username", Name: "realname", Email: "email", EmailVerified: "confirmed_email",
	}.Parse(claims)
	return p, err
}

// claims returns the payload of token, if this wiki says it to this consumer.
func (w wikiIdentity) claims(token []byte) ([]byte, error) {
	parts := strings.Split(string(token), ".")
	if len(parts) != 3 {
		return nil, wikiRefusal(token)
	}
	var header struct{ Alg string }
	if text, err := base64.RawURLEncoding.DecodeString(parts[0]); err != nil || json.Unmarshal(text, &header) != nil || header.Alg != "HS256" {
		return nil, wikiError(provider.ErrProtocol, "the identity is not signed with HS256")
	}
	mac := hmac.New(sha256.New, []byte(w.secret.Reveal()))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || w.secret.IsZero() || !hmac.Equal(signature, mac.Sum(nil)) {
		return nil, wikiError(provider.ErrIdentity, "the identity is not signed with the consumer secret")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	var v struct {
		Iss, Aud string
		Exp      int64
	}
	if err != nil || json.Unmarshal(claims, &v) != nil {
		return nil, wikiError(provider.ErrProtocol, "the identity is not in the form of a JWT")
	}
	switch {
	case v.Aud != w.key:
		return nil, wikiError(provider.ErrIdentity, "the identity is for another consumer")
	case !sameHost(v.Iss, w.index):
		return nil, wikiError(provider.ErrIdentity, "the identity is from another wiki")
	case time.Since(time.Unix(v.Exp, 0)) > wikiClockSkew:
		return nil, wikiError(provider.ErrIdentity, "the identity is too old")
	}
	return claims, nil
}

// wikiRefusal reads the error that comes with status 200 in place of a JWT.
func wikiRefusal(body []byte) error {
	var v struct{ Error string }
	if json.Unmarshal(body, &v) != nil || v.Error == "" {
		return wikiError(provider.ErrProtocol, "the identity is not in the form of a JWT")
	}
	e := provider.Error{Op: provider.OpProfile, Kind: provider.ErrTokenInvalid, Code: provider.CodeWord(v.Error)}
	if strings.HasPrefix(e.Code, "mwoauth-invalid-authorization-blocked") {
		e.Kind = provider.ErrAccountUnusable
	}
	return &e
}

func wikiError(kind error, reason string) error {
	return &provider.Error{Op: provider.OpProfile, Kind: kind, Reason: reason}
}

func sameHost(a, b string) bool {
	first, err1 := url.Parse(a)
	second, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && first.Host != "" && strings.EqualFold(first.Host, second.Host)
}
