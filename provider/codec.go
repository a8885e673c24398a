package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// The wire forms are types of their own, so that a field renamed in Token or
// Handshake cannot change what is already stored.

type tokenWire struct {
	Version  int               `json:"v"`
	Access   string            `json:"a"`
	Secret   string            `json:"s,omitempty"`
	Refresh  string            `json:"r,omitempty"`
	Expiry   int64             `json:"e,omitempty"` // Unix seconds
	Scope    string            `json:"sc,omitempty"`
	Subject  string            `json:"sub,omitempty"`
	Username string            `json:"usr,omitempty"`
	Extra    map[string]string `json:"x,omitempty"`
}

type handshakeWire struct {
	Version int    `json:"v"`
	ID      string `json:"id"`
	Secret  string `json:"s,omitempty"`
	URL     string `json:"u,omitempty"`
}

const wireVersion = 1

var errNotUTF8 = errors.New("provider: a token or handshake with text that is not UTF-8 cannot be stored")

// EncodeToken returns t with its secrets in the clear, for sealing and
// storing. Treat the result as a password. [DecodeToken] reads it. Text that is
// not UTF-8 is an error: JSON would alter it without a word.
func EncodeToken(t Token) ([]byte, error) {
	w := tokenWire{
		Version: wireVersion, Access: t.Access.Reveal(), Secret: t.Secret.Reveal(),
		Refresh: t.Refresh.Reveal(), Scope: t.Scope, Subject: t.Subject, Username: t.Username,
	}
	if !t.Expiry.IsZero() {
		w.Expiry = t.Expiry.Unix()
	}
	if len(t.Extra) > 0 {
		w.Extra = make(map[string]string, len(t.Extra))
		for name, s := range t.Extra {
			w.Extra[name] = s.Reveal()
			if !utf8.ValidString(name) || !utf8.ValidString(w.Extra[name]) {
				return nil, errNotUTF8
			}
		}
	}
	for _, text := range []string{w.Access, w.Secret, w.Refresh, w.Scope, w.Subject, w.Username} {
		if !utf8.ValidString(text) {
			return nil, errNotUTF8
		}
	}
	return json.Marshal(w)
}

// DecodeToken reads what [EncodeToken] wrote.
func DecodeToken(data []byte) (Token, error) {
	var w tokenWire
	if err := decodeWire(data, &w, "token"); err != nil {
		return Token{}, err
	}
	if w.Version != wireVersion {
		return Token{}, fmt.Errorf("provider: stored token has version %d, this library reads %d", w.Version, wireVersion)
	}
	t := Token{
		Access: NewSecret(w.Access), Secret: NewSecret(w.Secret),
		Refresh: NewSecret(w.Refresh), Scope: w.Scope, Subject: w.Subject, Username: w.Username,
	}
	if w.Expiry != 0 {
		t.Expiry = time.Unix(w.Expiry, 0).UTC()
	}
	if len(w.Extra) > 0 {
		t.Extra = make(map[string]Secret, len(w.Extra))
		for name, s := range w.Extra {
			t.Extra[name] = NewSecret(s)
		}
	}
	return t, nil
}

// EncodeHandshake returns hs with its secret in the clear, for sealing and
// keeping until the callback. [DecodeHandshake] reads it.
func EncodeHandshake(hs Handshake) ([]byte, error) {
	if !utf8.ValidString(hs.ID) || !utf8.ValidString(hs.Secret.Reveal()) || !utf8.ValidString(hs.CallbackURL) {
		return nil, errNotUTF8
	}
	return json.Marshal(handshakeWire{Version: wireVersion, ID: hs.ID, Secret: hs.Secret.Reveal(), URL: hs.CallbackURL})
}

// DecodeHandshake reads what [EncodeHandshake] wrote.
func DecodeHandshake(data []byte) (Handshake, error) {
	var w handshakeWire
	if err := decodeWire(data, &w, "handshake"); err != nil {
		return Handshake{}, err
	}
	if w.Version != wireVersion {
		return Handshake{}, fmt.Errorf("provider: stored handshake has version %d, this library reads %d", w.Version, wireVersion)
	}
	return Handshake{ID: w.ID, Secret: NewSecret(w.Secret), CallbackURL: w.URL}, nil
}

// decodeWire hides the decoder's error: it may quote the input, a secret.
func decodeWire(data []byte, into any, what string) error {
	if err := json.Unmarshal(data, into); err != nil {
		return errors.New("provider: stored " + what + " is not in the form this library writes")
	}
	return nil
}
