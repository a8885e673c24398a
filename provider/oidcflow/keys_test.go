package oidcflow_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
)

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	op := newForger()
	f := op.flow(t)
	_, err := op.signIn(t, f)
	require.NoError(t, err)
	next, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	op.set(func() {
		delete(op.claims, "nonce")
		op.key, op.kid = next, "second"
		op.keys = []object{publicJWK("second", &next.PublicKey)}
	})
	_, err = op.signIn(t, f)
	require.NoError(t, err)
	assert.Equal(t, 2, op.count("GET /keys"))
	assert.Equal(t, 1, op.count(discovery))
}

func TestKeysThatCannotBeFetched(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		kind    error
		status  int // the keys', not the token answer's
	}{
		{"down", status(http.StatusServiceUnavailable), provider.ErrUnavailable, 503},
		{"gone", status(http.StatusNotFound), provider.ErrRefused, 404},
		{"moved", status(http.StatusMovedPermanently), provider.ErrRefused, 301},
		{"silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, provider.ErrUnavailable, 0},
		{"HTML", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>evil")) }, provider.ErrProtocol, 200},
		{"too many", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"keys":["` + strings.Repeat("evil", 1<<18) + `"]}`))
		}, provider.ErrProtocol, 200},
		{"none", func(w http.ResponseWriter, _ *http.Request) { send(w, object{}) }, provider.ErrIdentity, 200},
		{"no list", func(w http.ResponseWriter, _ *http.Request) { send(w, object{"keys": "evil"}) }, provider.ErrIdentity, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				op := newForger()
				op.broken["/keys"] = test.handler
				f := op.flow(t, func(c *oidcflow.Config) { c.Timeout = 2 * time.Second })
				_, err := op.signIn(t, f)
				e := requireKind(t, err, provider.OpAccessToken, test.kind)
				assert.Equal(t, test.status, e.Status)
				op.set(func() {
					delete(op.broken, "/keys")
					delete(op.claims, "nonce")
				})
				synctest.Wait()
				_, err = op.signIn(t, f)
				require.NoError(t, err, "the failure was kept")
			})
		})
	}
}

// shortCoordinate is a key set's entry as Authlib writes it for one EC key of
// 128: a coordinate that begins with a zero byte has lost it (RFC 7518 section
// 6.2.1.2 wants the full length).
func shortCoordinate(t *testing.T) (object, *ecdsa.PrivateKey) {
	t.Helper()
	for {
		key := newECKey(t)
		point, err := key.PublicKey.Bytes()
		require.NoError(t, err)
		if x, y := point[1:33], point[33:]; x[0] == 0 {
			return object{"kty": "EC", "crv": "P-256", "kid": "short", "x": b64(bytes.TrimLeft(x, "\x00")), "y": b64(y)}, key
		}
	}
}

func TestAKeyThatCannotBeReadIsLeftOut(t *testing.T) {
	t.Parallel()
	short, _ := shortCoordinate(t)
	for name, other := range map[string]any{
		"short coordinate": short, "no members": object{}, "null": nil, "text": "evil", "list": []int{1},
		"unknown curve":     object{"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
		"unknown algorithm": object{"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
		"alg a number":      object{"kty": "RSA", "alg": 5, "n": "AQAB", "e": "AQAB"},
		"ALG a number":      object{"kty": "RSA", "ALG": 5, "n": "AQAB", "e": "AQAB"},
		"kid a number":      object{"kty": "RSA", "kid": 5, "n": "AQAB", "e": "AQAB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			op.broken["/keys"] = func(w http.ResponseWriter, _ *http.Request) {
				send(w, object{"keys": []any{other, op.keys[0], other}})
			}
			_, err := op.signIn(t, op.flow(t))
			require.NoError(t, err)
		})
	}
}

// Whose fault a signature is: the provider's, if the key that it names, or may
// be by, is one that was left out.
func TestAKeyThatWasLeftOutSignsNothing(t *testing.T) {
	t.Parallel()
	short, shortKey := shortCoordinate(t)
	for _, test := range []struct {
		name, kid string
		hint      bool
	}{
		{"named", "short", true},
		{"not named", "", true},
		{"another is named", "first", false},
		{"an unknown one is named", "evil", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			op.keys = append(op.keys, short)
			op.sign = func(c []byte) string { return op.jws("ES256", test.kid, c, es256(shortKey)) }
			_, err := op.signIn(t, op.flow(t))
			e := requireKind(t, err, provider.OpAccessToken, provider.ErrIdentity)
			if !test.hint {
				assert.Empty(t, e.Hint)
				return
			}
			assert.Contains(t, e.Reason, "keys that can be read")
			assert.Contains(t, e.Hint, "RFC 7518")
		})
	}
	t.Run("none was left out", func(t *testing.T) {
		t.Parallel()
		op := newForger()
		op.sign = func(c []byte) string { return op.jws("ES256", "", c, es256(shortKey)) }
		_, err := op.signIn(t, op.flow(t))
		assert.Empty(t, requireKind(t, err, provider.OpAccessToken, provider.ErrIdentity).Hint)
	})
}

func TestTheCallerGoesAwayWhileKeysAreFetched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		op := newForger()
		f := op.flow(t)
		hs, query := op.start(t, f)
		ctx, cancel := context.WithCancel(t.Context())
		op.broken["/keys"] = func(w http.ResponseWriter, _ *http.Request) {
			cancel()
			time.Sleep(time.Second)
			send(w, object{"keys": op.keys})
		}
		_, err := f.HandleCallback(ctx, hs, query)
		require.ErrorIs(t, err, context.Canceled)
		requireKind(t, err, provider.OpAccessToken, provider.ErrUnavailable)
		synctest.Wait()
		time.Sleep(time.Minute)
		// What was under way came to its end, for the next.
		op.set(func() {
			delete(op.broken, "/keys")
			delete(op.claims, "nonce")
		})
		_, err = op.signIn(t, f)
		require.NoError(t, err)
		assert.Equal(t, 1, op.count("GET /keys"))
	})
}
