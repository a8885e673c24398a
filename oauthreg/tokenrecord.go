package oauthreg

import (
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/oauthreg/go/provider"
)

const (
	// tokenTexts is how many texts a token has at least. What the token answer said
	// further comes behind, as names and values in turn.
	tokenTexts = 7
	// tokenExpiry is which of them is a number, or empty.
	tokenExpiry = 3
)

// appendToken appends tok to a record, at its end.
func appendToken(data []byte, tok *provider.Token) []byte {
	expiry := ""
	if !tok.Expiry.IsZero() {
		expiry = strconv.FormatInt(tok.Expiry.Unix(), 36)
	}
	data = appendTexts(data, tok.Access.Reveal(), tok.Secret.Reveal(), tok.Refresh.Reveal(), expiry, tok.Scope, tok.Subject, tok.Username)
	for name, value := range tok.Extra {
		data = appendTexts(data, name, value.Reveal())
	}
	return data
}

// isToken reports whether appendToken wrote the texts.
func isToken(texts []string) bool {
	if len(texts) < tokenTexts || (len(texts)-tokenTexts)%2 != 0 {
		return false
	}
	if texts[tokenExpiry] == "" {
		return true
	}
	_, err := strconv.ParseInt(texts[tokenExpiry], 36, 64)
	return err == nil
}

// tokenOf reads texts that isToken is true of.
func tokenOf(texts []string) provider.Token {
	tok := provider.Token{
		Access: provider.NewSecret(texts[0]), Secret: provider.NewSecret(texts[1]), Refresh: provider.NewSecret(texts[2]),
		Scope: texts[4], Subject: texts[5], Username: texts[6],
	}
	if texts[tokenExpiry] != "" {
		seconds, _ := strconv.ParseInt(texts[tokenExpiry], 36, 64) // isToken has
		tok.Expiry = time.Unix(seconds, 0).UTC()
	}
	if extra := texts[tokenTexts:]; len(extra) > 0 {
		tok.Extra = make(map[string]provider.Secret, len(extra)/2)
		for i := 0; i < len(extra); i += 2 {
			tok.Extra[extra[i]] = provider.NewSecret(extra[i+1])
		}
	}
	return tok
}

var errTokenText = errors.New("oauthreg: the token holds text that is not UTF-8, which no account store would keep")

// storable returns an error unless account stores will take tok. If they will
// not, it is better known now than when the form has been filled in.
func storable(tok *provider.Token) error {
	for _, text := range [...]string{tok.Access.Reveal(), tok.Secret.Reveal(), tok.Refresh.Reveal(), tok.Scope, tok.Subject, tok.Username} {
		if !utf8.ValidString(text) {
			return errTokenText
		}
	}
	for name, value := range tok.Extra {
		if !utf8.ValidString(name) || !utf8.ValidString(value.Reveal()) {
			return errTokenText
		}
	}
	return nil
}
