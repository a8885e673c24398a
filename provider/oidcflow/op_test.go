package oidcflow_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
)

const (
	issuer   = "https://op.example"
	clientID = "the-client"
	secret   = "the-client-s-secret"
	callback = "https://app.example/auth/op/callback"
	subject  = "248289761001"
)

// object is a JSON object.
type object = map[string]any

// forger is an OpenID Connect provider that lies as it is told. It is reached
// without a network, under any name, through its RoundTrip.
type forger struct {
	key *rsa.PrivateKey
	kid string

	mu       sync.Mutex
	metadata object
	keys     []object
	answer   object                     // the token answer, before the id_token is added
	claims   object                     // of the id_token
	sign     func(claims []byte) string // makes the id_token; "" leaves it out
	userinfo any                        // a string is sent as it is
	broken   map[string]http.HandlerFunc
	requests []string // method and path
	forms    []url.Values
	headers  []http.Header
}

// One key is enough for all tests: making one takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newForger() *forger {
	op := &forger{
		key: rsaKey(), kid: "first", broken: map[string]http.HandlerFunc{},
		metadata: object{
			"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
			"userinfo_endpoint": issuer + "/userinfo", "revocation_endpoint": issuer + "/revoke", "jwks_uri": issuer + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"},
			"code_challenge_methods_supported":      []string{"plain", "S256"},
		},
		answer: object{"access_token": "the-access-token", "token_type": "Bearer", "refresh_token": "the-refresh-token", "expires_in": 3600, "scope": "openid profile"},
		claims: object{
			"iss": issuer, "sub": subject, "aud": clientID, "preferred_username": "janedoe",
			"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		},
		userinfo: object{"sub": subject, "name": "Jane Doe", "email": "jane@example.com", "email_verified": true},
	}
	op.sign = func(claims []byte) string { return op.jws("RS256", op.kid, claims, rs256(op.key)) }
	op.keys = []object{publicJWK("first", &op.key.PublicKey)}
	return op
}

// set changes something while requests may be under way.
func (op *forger) set(change func()) {
	op.mu.Lock()
	defer op.mu.Unlock()
	change()
}

// count returns how many requests there were for path, or in all for "".
func (op *forger) count(path string) (n int) {
	op.mu.Lock()
	defer op.mu.Unlock()
	for _, r := range op.requests {
		if path == "" || r == path {
			n++
		}
	}
	return n
}

// RoundTrip answers like a server, and like a network when the context ends.
func (op *forger) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	rec := httptest.NewRecorder()
	op.ServeHTTP(rec, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

func (op *forger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	form := url.Values{}
	if r.Body != nil {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		form, _ = url.ParseQuery(body.String())
	}
	op.mu.Lock()
	op.requests = append(op.requests, r.Method+" "+r.URL.Path)
	op.forms, op.headers = append(op.forms, form), append(op.headers, r.Header)
	broken := op.broken[r.URL.Path]
	op.mu.Unlock()
	if broken != nil {
		broken(w, r)
		return
	}
	op.mu.Lock()
	defer op.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		send(w, op.metadata)
	case "/keys":
		send(w, object{"keys": op.keys})
	case "/token":
		answer := maps.Clone(op.answer)
		claims, err := json.Marshal(op.claims)
		if err != nil {
			panic(err)
		}
		if token := op.sign(claims); token != "" {
			answer["id_token"] = token
		}
		send(w, answer)
	case "/userinfo":
		if text, ok := op.userinfo.(string); ok {
			_, _ = w.Write([]byte(text))
			return
		}
		send(w, op.userinfo)
	case "/revoke":
	default:
		http.NotFound(w, r)
	}
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

// signer returns a signature of input.
type signer func(input []byte) []byte

// jws puts a token together, whatever it is worth.
func (op *forger) jws(alg, kid string, claims []byte, sign signer) string {
	header := object{"alg": alg, "typ": "JWT"}
	if kid != "" {
		header["kid"] = kid
	}
	return compact(header, claims, sign)
}

func compact(header object, claims []byte, sign signer) string {
	h, err := json.Marshal(header)
	if err != nil {
		panic(err)
	}
	input := b64(h) + "." + b64(claims)
	return input + "." + b64(sign([]byte(input)))
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func rs256(key *rsa.PrivateKey) signer {
	return func(input []byte) []byte {
		sum := sha256.Sum256(input)
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return signature
	}
}

func es256(key *ecdsa.PrivateKey) signer {
	return func(input []byte) []byte {
		sum := sha256.Sum256(input)
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
}

func newECKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func publicJWK(kid string, key any) object {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return object{"kty": "RSA", "kid": kid, "use": "sig", "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil {
			panic(err)
		}
		return object{"kty": "EC", "kid": kid, "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
	}
	panic(fmt.Sprintf("no JWK for %T", key))
}

// config is for the client that op knows.
func (op *forger) config() oidcflow.Config {
	return oidcflow.Config{
		Issuer: issuer, Name: "op", ClientID: clientID, ClientSecret: provider.NewSecret(secret),
		HTTPClient: &http.Client{Transport: op},
	}
}

// flow returns a Flow for op; each change may set what the test is about.
func (op *forger) flow(t testing.TB, changes ...func(*oidcflow.Config)) *oidcflow.Flow {
	t.Helper()
	cfg := op.config()
	for _, change := range changes {
		change(&cfg)
	}
	f, err := oidcflow.New(cfg)
	require.NoError(t, err)
	return f
}

// start begins an attempt; the id_token to come has its nonce.
func (op *forger) start(t testing.TB, f *oidcflow.Flow) (provider.Handshake, url.Values) {
	t.Helper()
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callback})
	require.NoError(t, err)
	u, err := url.Parse(authURL)
	require.NoError(t, err)
	op.set(func() {
		if _, forged := op.claims["nonce"]; !forged {
			op.claims["nonce"] = u.Query().Get("nonce")
		}
	})
	return hs, url.Values{"state": {u.Query().Get("state")}, "code": {"the-code"}}
}

// signIn does all of an attempt.
func (op *forger) signIn(t testing.TB, f *oidcflow.Flow) (provider.Token, error) {
	t.Helper()
	hs, query := op.start(t, f)
	return f.HandleCallback(t.Context(), hs, query)
}
