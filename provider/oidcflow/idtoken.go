package oidcflow

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// idTokenMember is the name of the id_token in a token answer.
const idTokenMember = "id_token"

// identify returns who a token answer is about. hs is zero for the answer to a
// refresh, which need not say so and has no nonce.
func (f *Flow) identify(ctx context.Context, s *server, hs provider.Handshake, member func(string) any) (subject, username string, err error) {
	raw, _ := member(idTokenMember).(string)
	access, _ := member("access_token").(string)
	first := hs.ID != ""
	switch {
	case raw == "" && first:
		return "", "", &provider.Error{
			Kind: provider.ErrIdentity, Reason: "the answer has no id_token",
			Hint: "the provider must be one of OpenID Connect, and the app allowed the scope openid",
		}
	case raw == "":
		return "", "", nil
	}
	keys := &observedKeys{KeySet: s.keys}
	c, err := f.verify(ctx, s, keys, raw, access)
	if !first && keys.missing(ctx, s.published, raw) {
		// The refresh token is used up: giving up here would sign the person out.
		// That the answer is the issuer's, TLS has proven (OpenID Connect Core
		// section 3.1.3.7 step 6), and who the person is was proven before.
		c, err = f.unsigned(raw)
	}
	if err != nil {
		return "", "", err
	}
	if first && !equal(c.nonce, oauth2flow.Nonce(hs)) {
		return "", "", refused("its nonce is not the one of this handshake")
	}
	return c.subject, c.username, nil
}

func refused(reason string) *provider.Error {
	return &provider.Error{Kind: provider.ErrIdentity, Reason: "the id_token is refused: " + reason}
}

// verify lets go-oidc judge an id_token, and then looks at what it leaves to its
// callers. go-oidc's errors quote the token, so that they are not passed on.
func (f *Flow) verify(ctx context.Context, s *server, keys *observedKeys, raw, access string) (claims, error) {
	verifier := oidc.NewVerifier(f.cfg.Issuer, keys, &oidc.Config{ClientID: f.cfg.ClientID, SupportedSigningAlgs: s.algorithms})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return claims{}, f.why(ctx, s, keys, raw)
	}
	var payload json.RawMessage
	if token.Claims(&payload) != nil {
		return claims{}, refused(errClaims.Error())
	}
	c, err := parseClaims(payload)
	if err != nil {
		return claims{}, refused(err.Error())
	}
	// go-oidc takes Google's issuer with and without its scheme.
	if reason := c.fault(token.Issuer, f.cfg.ClientID); reason != "" {
		return claims{}, refused(reason)
	}
	if !equal(c.subject, token.Subject) {
		return claims{}, refused("it names two subjects")
	}
	if token.AccessTokenHash != "" && token.VerifyAccessToken(access) != nil {
		return claims{}, refused("it was issued with another access token (at_hash)")
	}
	return c, nil
}

// observedKeys remembers what its KeySet said: go-oidc's verifier passes the
// text on and drops the error.
type observedKeys struct {
	oidc.KeySet

	asked bool
	err   error
}

// VerifySignature implements oidc.KeySet.
func (k *observedKeys) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, jwt)
	k.asked, k.err = true, err
	return payload, err
}

// missing reports whether a signature was not judged for want of keys: they
// could not be fetched, or there are none. A key that the token names, and that
// was fetched before, has judged it.
func (k *observedKeys) missing(ctx context.Context, published *keyDocument, raw string) bool {
	fetched := published.ids().readable
	switch {
	case k.err == nil:
		return false
	case len(fetched) == 0:
		return true
	}
	_, failed := errors.AsType[*provider.Error](k.err)
	kid := keyIDOf(raw)
	return (failed || ctx.Err() != nil) && (kid == "" || !slices.Contains(fetched, kid))
}

// why says in own words what go-oidc found.
func (f *Flow) why(ctx context.Context, s *server, keys *observedKeys, raw string) error {
	if unreachable, ok := errors.AsType[*provider.Error](keys.err); ok {
		e := *unreachable
		e.Reason = "the provider's keys cannot be fetched"
		e.Hint = ""
		return &e
	}
	switch {
	case keys.err != nil && ctx.Err() != nil:
		return &provider.Error{Kind: provider.ErrUnavailable, Reason: "the provider's keys did not come in time", Err: ctx.Err()}
	case !keys.asked:
		return refused("it is not signed with an algorithm that the provider announces and that uses a public key")
	case keys.err != nil && s.published.ids().hides(raw):
		e := refused("its signature is by none of the provider's keys that can be read")
		e.Hint = "the provider publishes a key of a kind that is not supported, or one that breaks RFC 7518, " +
			"such as an EC key with a coordinate that lacks its leading zeros; it has to sign with another"
		return e
	case keys.err != nil:
		return refused("its signature is by none of the provider's keys")
	}
	if _, err := f.unsigned(raw); err != nil {
		return err
	}
	return refused("it is not valid yet, or its claims are not of the form that the protocol says")
}

// unsigned reads an id_token and checks all but its signature and nonce.
func (f *Flow) unsigned(raw string) (claims, error) {
	payload, err := payloadOf(raw)
	if err != nil {
		return claims{}, refused(err.Error())
	}
	c, err := parseClaims(payload)
	if err != nil {
		return claims{}, refused(err.Error())
	}
	if reason := c.fault(f.cfg.Issuer, f.cfg.ClientID); reason != "" {
		return claims{}, refused(reason)
	}
	if !time.Now().Before(c.expiry) {
		return claims{}, refused("it has expired, or this machine's clock is wrong")
	}
	return c, nil
}
