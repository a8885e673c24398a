package oidcflow

import (
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/go-jose/go-jose/v4"
)

// keyDocument is the transport that go-oidc fetches a provider's keys with. It
// leaves out what cannot be read as a key, as RFC 7517 section 5 says; go-oidc
// refuses the whole set for one such key, and with it everybody whose token
// another key has signed.
type keyDocument struct {
	documents

	leftOut atomic.Int32 // how many of the latest answer
}

// RoundTrip implements http.RoundTripper.
func (k *keyDocument) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := k.get(req)
	if err != nil {
		return nil, err
	}
	set, leftOut := readable(body)
	k.leftOut.Store(leftOut)
	return document(req, set), nil
}

// readable returns a key set without the keys that go-jose cannot read, and how
// many those are. What is no key set has none.
func readable(body []byte) (set []byte, leftOut int32) {
	var all struct {
		Keys []json.RawMessage `json:"keys"`
	}
	_ = json.Unmarshal(body, &all)
	kept := make([]json.RawMessage, 0, len(all.Keys))
	for _, raw := range all.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil {
			kept = append(kept, raw)
		}
	}
	set, _ = json.Marshal(map[string]any{"keys": kept}) // it has been JSON before
	return set, int32(len(all.Keys) - len(kept))
}
