package oidcflow

import (
	"bytes"
	"encoding/json"
	"io"
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
	res, err := k.documents.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body) // whole already, and bounded
	if err != nil {
		return nil, err
	}
	body, leftOut := readable(body)
	k.leftOut.Store(leftOut)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}

// readable returns a key set without the keys that go-jose cannot read, and how
// many those are. What is no set at all stays as it is, for go-oidc to refuse.
func readable(document []byte) (set []byte, leftOut int32) {
	var all struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(document, &all) != nil {
		return document, 0
	}
	kept := make([]json.RawMessage, 0, len(all.Keys))
	for _, raw := range all.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil {
			kept = append(kept, raw)
		}
	}
	set, err := json.Marshal(map[string]any{"keys": kept})
	if err != nil {
		return document, 0
	}
	return set, int32(len(all.Keys) - len(kept))
}
