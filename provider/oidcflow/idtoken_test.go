package oidcflow_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	op := newForger()
	f := op.flow(t)
	tok, err := op.signIn(t, f)
	require.NoError(t, err)
	assert.Equal(t, subject, tok.Subject)
	assert.Equal(t, "janedoe", tok.Username)
	assert.Equal(t, "the-access-token", tok.Access.Reveal())
	assert.Equal(t, "the-refresh-token", tok.Refresh.Reveal())
	assert.Equal(t, "openid profile", tok.Scope)
	assert.Empty(t, tok.Extra)
}

func hs256(key []byte) signer {
	return func(input []byte) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(input)
		return mac.Sum(nil)
	}
}

func atHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return b64(sum[:16])
}

// TestForgedIDTokens: every row is a token answer that must sign nobody in.
func TestForgedIDTokens(t *testing.T) {
	t.Parallel()
	claim := func(name string, value any) func(*testing.T, *forger) {
		return func(_ *testing.T, op *forger) { op.claims[name] = value }
	}
	without := func(name string) func(*testing.T, *forger) {
		return func(_ *testing.T, op *forger) {
			sign := op.sign
			op.sign = func(claims []byte) string { return sign(edit(claims, func(m object) { delete(m, name) })) }
		}
	}
	signed := func(sign func(op *forger, claims []byte) string) func(*testing.T, *forger) {
		return func(_ *testing.T, op *forger) {
			op.sign = func(claims []byte) string { return sign(op, claims) }
		}
	}
	raw := func(old, replacement string) func(*testing.T, *forger) {
		return func(t *testing.T, op *forger) {
			sign := op.sign
			op.sign = func(claims []byte) string {
				assert.Contains(t, string(claims), old)
				return sign([]byte(strings.Replace(string(claims), old, replacement, 1)))
			}
		}
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	publicPEM := func(op *forger) []byte {
		der, err := x509.MarshalPKIXPublicKey(&op.key.PublicKey)
		require.NoError(t, err)
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	past, future := time.Now().Add(-time.Minute).Unix(), time.Now().Add(time.Hour).Unix()
	tests := []struct {
		name   string
		change func(*testing.T, *forger)
		words  string
	}{
		{"none at all", signed(func(*forger, []byte) string { return "" }), "no id_token"},
		{"no JWT", signed(func(*forger, []byte) string { return "evil" }), "not signed with an algorithm"},
		{"encrypted", signed(func(*forger, []byte) string { return "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d" }), "not signed with an algorithm"},

		{"alg none, no signature", signed(func(op *forger, c []byte) string { return op.jws("none", "", c, func([]byte) []byte { return nil }) }), "not signed with an algorithm"},
		{"alg none, a signature", signed(func(op *forger, c []byte) string { return op.jws("none", "first", c, rs256(op.key)) }), "not signed with an algorithm"},
		{"alg None", signed(func(op *forger, c []byte) string { return op.jws("None", "", c, func([]byte) []byte { return nil }) }), "not signed with an algorithm"},
		{"alg HS256 with the client's secret", signed(func(op *forger, c []byte) string { return op.jws("HS256", "", c, hs256([]byte(secret))) }), "not signed with an algorithm"},
		{"alg HS256 with the public key", signed(func(op *forger, c []byte) string { return op.jws("HS256", "first", c, hs256(publicPEM(op))) }), "not signed with an algorithm"},
		{"alg HS256 with a published key", func(_ *testing.T, op *forger) {
			op.keys = append(op.keys, object{"kty": "oct", "kid": "shared", "k": b64([]byte(secret))})
			op.sign = func(c []byte) string { return op.jws("HS256", "shared", c, hs256([]byte(secret))) }
		}, "not signed with an algorithm"},
		{"an algorithm that is not announced", signed(func(op *forger, c []byte) string { return op.jws("RS384", "first", c, rs256(op.key)) }), "not signed with an algorithm"},
		{"RS256 by default where nothing is announced", func(t *testing.T, op *forger) {
			delete(op.metadata, "id_token_signing_alg_values_supported")
			key := newECKey(t)
			op.keys = []object{publicJWK("ec", &key.PublicKey)}
			op.sign = func(c []byte) string { return op.jws("ES256", "ec", c, es256(key)) }
		}, "not signed with an algorithm"},
		{"a critical extension", signed(func(op *forger, c []byte) string {
			return compact(object{"alg": "RS256", "kid": "first", "crit": []string{"evil"}, "evil": 1}, c, rs256(op.key))
		}), "by none of the provider's keys"},

		{"a stranger's key", signed(func(op *forger, c []byte) string { return op.jws("RS256", "first", c, rs256(stranger)) }), "by none of the provider's keys"},
		{"a stranger's key with no name", signed(func(op *forger, c []byte) string { return op.jws("RS256", "", c, rs256(stranger)) }), "by none of the provider's keys"},
		{"a stranger's key with a new name", signed(func(op *forger, c []byte) string { return op.jws("RS256", "evil", c, rs256(stranger)) }), "by none of the provider's keys"},
		{"a stranger's key in the header", signed(func(_ *forger, c []byte) string {
			return compact(object{"alg": "RS256", "kid": "first", "jwk": publicJWK("first", &stranger.PublicKey)}, c, rs256(stranger))
		}), "by none of the provider's keys"},
		{"claims changed after signing", signed(func(op *forger, c []byte) string {
			parts := strings.Split(op.jws("RS256", "first", c, rs256(op.key)), ".")
			parts[1] = b64(edit(c, func(m object) { m["sub"] = "evil" }))
			return strings.Join(parts, ".")
		}), "by none of the provider's keys"},
		{"no signature", signed(func(op *forger, c []byte) string {
			return op.jws("RS256", "first", c, func([]byte) []byte { return nil })
		}), "by none of the provider's keys"},
		{"signed for another algorithm", signed(func(op *forger, c []byte) string { return op.jws("ES256", "first", c, rs256(op.key)) }), "by none of the provider's keys"},

		{"another issuer", claim("iss", "https://evil.example"), "another issuer"},
		{"the issuer with a slash", claim("iss", issuer+"/"), "another issuer"},
		{"no issuer", without("iss"), "another issuer"},
		{"two issuers", claim("iss", []string{issuer, "https://evil.example"}), "claims are not of the form"},
		{"the issuer twice in other letters", raw(`"iss":"`+issuer+`"`, `"iss":"https://evil.example","ISS":"`+issuer+`"`), "another issuer"},
		{"another client", claim("aud", "evil"), "another client"},
		{"other clients", claim("aud", []string{"evil", "worse"}), "another client"},
		{"no client", without("aud"), "another client"},
		{"nobody for client", claim("aud", []string{}), "another client"},
		{"a client that only begins like it", claim("aud", clientID+"-2"), "another client"},
		{"audience of numbers", claim("aud", []any{clientID, 1}), "claims are not of the form"},
		{"the client in other letters", raw(`"aud":"`+clientID+`"`, `"aud":"evil","AUD":"`+clientID+`"`), "another client"},
		{"several clients, none named", claim("aud", []string{clientID, "evil"}), "azp"},
		{"several clients, another named", func(_ *testing.T, op *forger) {
			op.claims["aud"], op.claims["azp"] = []string{clientID, "evil"}, "evil"
		}, "azp"},
		{"issued to another client", claim("azp", "evil"), "azp"},
		{"issued to nobody", claim("azp", ""), "claims are not of the form"},
		{"issued to a number", claim("azp", 1), "claims are not of the form"},
		{"expired", claim("exp", past), "expired"},
		{"no expiry", without("exp"), "expired"},
		{"expiry in words", claim("exp", "evil"), "expired"},
		{"not valid yet", claim("nbf", future), "not valid yet"},
		{"no nonce", without("nonce"), "nonce"},
		{"another nonce", claim("nonce", "evil"), "nonce"},
		{"an empty nonce", claim("nonce", ""), "claims are not of the form"},
		{"a nonce that is none", claim("nonce", []string{"evil"}), "not of the form"},
		{"nobody", without("sub"), "does not say who"},
		{"an empty name", claim("sub", ""), "claims are not of the form"},
		{"a number for a name", claim("sub", 248289761001), "not of the form"},
		{"a name that is none", claim("sub", "null"), "ID cannot be used"},
		{"a name with a line break", claim("sub", "evil\nworse"), "ID cannot be used"},
		{"a name that is too long", claim("sub", strings.Repeat("evil", 64)), "ID cannot be used"},
		{"two names", raw(`"sub":"`+subject+`"`, `"sub":"`+subject+`","SUB":"evil"`), "two subjects"},
		{"another access token", claim("at_hash", atHash("evil")), "at_hash"},
		{"a hash that is none", claim("at_hash", "evil"), "at_hash"},
		{"no object", signed(func(op *forger, _ []byte) string { return op.jws("RS256", "first", []byte(`"evil"`), rs256(op.key)) }), "not of the form"},
		{"no JSON", signed(func(op *forger, _ []byte) string { return op.jws("RS256", "first", []byte(`evil`), rs256(op.key)) }), "not of the form"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			test.change(t, op)
			tok, err := op.signIn(t, op.flow(t))
			assert.True(t, tok.IsZero())
			require.Error(t, err)
			e := requireKind(t, err, provider.OpAccessToken, provider.ErrIdentity)
			assert.Contains(t, e.Error(), test.words)
			assert.Equal(t, 1, op.count("POST /token"))
		})
	}
}

// edit changes claims that are encoded already.
func edit(claims []byte, change func(object)) []byte {
	m := object{}
	if err := json.Unmarshal(claims, &m); err != nil {
		panic(err)
	}
	change(m)
	data, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return data
}

func TestGoodIDTokens(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*testing.T, *forger)
	}{
		{"a list of one client", func(_ *testing.T, op *forger) { op.claims["aud"] = []string{clientID} }},
		{"several clients, this one named", func(_ *testing.T, op *forger) {
			op.claims["aud"], op.claims["azp"] = []string{"another", clientID}, clientID
		}},
		{"this client twice", func(_ *testing.T, op *forger) { op.claims["aud"] = []string{clientID, clientID} }},
		{"null for the client named", func(_ *testing.T, op *forger) { op.claims["azp"] = nil }},
		{"this client named", func(_ *testing.T, op *forger) { op.claims["azp"] = clientID }},
		{"hash of the access token", func(_ *testing.T, op *forger) { op.claims["at_hash"] = atHash("the-access-token") }},
		{"a clock a little ahead", func(_ *testing.T, op *forger) { op.claims["nbf"] = time.Now().Add(time.Minute).Unix() }},
		{"expiry with a fraction", func(_ *testing.T, op *forger) { op.claims["exp"] = float64(time.Now().Add(time.Hour).Unix()) + 0.5 }},
		{"no key's name", func(_ *testing.T, op *forger) {
			op.sign = func(c []byte) string { return op.jws("RS256", "", c, rs256(op.key)) }
		}},
		{"keys that nobody knows beside it", func(_ *testing.T, op *forger) {
			op.keys = append([]object{{"kty": "OKP", "crv": "Ed448", "kid": "odd", "x": "AA"}, {"kty": "new"}}, op.keys...)
		}},
		{"ES256", func(t *testing.T, op *forger) {
			key := newECKey(t)
			op.keys = append(op.keys, publicJWK("ec", &key.PublicKey))
			op.sign = func(c []byte) string { return op.jws("ES256", "ec", c, es256(key)) }
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			test.change(t, op)
			tok, err := op.signIn(t, op.flow(t))
			require.NoError(t, err)
			assert.Equal(t, subject, tok.Subject)
		})
	}
}

// TestTheNonceBelongsToOneHandshake: a token answer that somebody else obtained
// does not serve for this attempt, nor does another attempt's.
func TestTheNonceBelongsToOneHandshake(t *testing.T) {
	t.Parallel()
	op := newForger()
	f := op.flow(t)
	_, _ = op.start(t, f) // its nonce stays in the claims
	hs, query := op.start(t, f)
	_, err := f.HandleCallback(t.Context(), hs, query)
	requireKind(t, err, provider.OpAccessToken, provider.ErrIdentity)
}
