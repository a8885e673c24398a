package oidcflow

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-jose/go-jose/v4"
)

// keyDocument is the transport that go-oidc fetches a provider's keys with. It
// leaves out what cannot be read as a key, as RFC 7517 section 5 says; go-oidc
// refuses the whole set for one such key, and with it everybody whose token
// another key has signed.
type keyDocument struct {
	documents

	latest atomic.Pointer[keyIDs] // of the latest answer; nil before the first
}

// ids are those of the keys in the latest answer.
func (k *keyDocument) ids() (ids keyIDs) {
	if latest := k.latest.Load(); latest != nil {
		ids = *latest
	}
	return ids
}

// keyIDs are the IDs of the keys in an answer. Each has a place, if "".
type keyIDs struct{ readable, leftOut []string }

// RoundTrip implements http.RoundTripper.
func (k *keyDocument) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := k.get(req)
	if err != nil {
		return nil, err
	}
	set, ids := readable(body)
	k.latest.Store(&ids)
	return document(req, set), nil
}

// readable returns a key set without the keys that go-jose cannot read. What is
// no key set has none.
func readable(body []byte) (set []byte, ids keyIDs) {
	var all struct {
		Keys []json.RawMessage `json:"keys"`
	}
	_ = json.Unmarshal(body, &all)
	kept := make([]json.RawMessage, 0, len(all.Keys))
	for _, raw := range all.Keys {
		var key jose.JSONWebKey
		var probe struct { // go-oidc's own look at a key, for which "ALG" is "alg"
			Alg string `json:"alg"`
		}
		if json.Unmarshal(raw, &probe) != nil || key.UnmarshalJSON(raw) != nil {
			ids.leftOut = append(ids.leftOut, keyID(raw))
			continue
		}
		kept = append(kept, raw)
		ids.readable = append(ids.readable, key.KeyID)
	}
	set, _ = json.Marshal(map[string]any{"keys": kept}) // it has been JSON before
	return set, ids
}

// hides reports whether the key that signed a token may be one that was left
// out.
func (ids keyIDs) hides(idToken string) bool {
	if kid := keyIDOf(idToken); kid != "" {
		return slices.Contains(ids.leftOut, kid)
	}
	return len(ids.leftOut) > 0
}

// keyID is the "kid" of a key, or of a token's header, or "". It is read by its
// exact name, as go-jose reads it.
func keyID(object []byte) string {
	var members map[string]any
	_ = json.Unmarshal(object, &members)
	kid, _ := members["kid"].(string)
	return kid
}

// keyIDOf is the ID of the key that a token says it is signed with, or "".
func keyIDOf(idToken string) string {
	header, _, _ := strings.Cut(idToken, ".")
	decoded, _ := base64.RawURLEncoding.DecodeString(header)
	return keyID(decoded)
}
