package provider

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Profile is what a provider says of a person: a normalised view, and the
// answer itself. Everything in it was chosen by a stranger. It is text to be
// escaped, not markup, and no name in it identifies anybody: only ID does.
type Profile struct {
	// ID is the provider's immutable ID of the person. It is never empty, and
	// a string also where the provider uses numbers (they exceed 2^53).
	ID string `json:"id"`

	// Username is the handle, without "@". It can change, and can be taken over
	// by somebody else when it does.
	Username string `json:"username,omitempty"`

	// Name is the display name, in any script.
	Name string `json:"name,omitempty"`

	// GivenName and FamilyName are set only where the provider sends them apart
	// (OpenID Connect: given_name, family_name). X does not.
	GivenName  string `json:"given_name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`

	// Email is "" when the provider gave none: null, empty and absent are alike.
	Email string `json:"email,omitempty"`

	// EmailVerified tells that the provider vouches for Email.
	EmailVerified bool `json:"email_verified,omitempty"`

	// AvatarURL is an https URL of a picture. Do not fetch it from the server
	// without a guard: its owner chose it.
	AvatarURL string `json:"avatar_url,omitempty"`

	// Location, Description and URL are what people write about themselves.
	Location    string `json:"location,omitempty"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`

	// Raw is the provider's answer, byte for byte; of an answer that is not JSON
	// (a JWT), the JSON in it. It is nil when there is none (XML), or when the
	// profile was made from the token answer alone. (encoding/json compacts a
	// RawMessage: keep Raw as bytes where every byte matters.)
	Raw json.RawMessage `json:"raw,omitempty"`

	// Incomplete is why something beside the profile, such as a list of e-mail
	// addresses, could not be fetched; nil if nothing failed. What is there is right.
	Incomplete error `json:"-"`
}

// maxIDLen is generous: X's IDs have 19 digits, OpenID Connect allows 255
// ASCII characters for sub.
const maxIDLen = 255

// CheckID returns an error with kind [ErrIdentity] unless id can name a
// person: not empty or blank, no control characters, at most 255 bytes, and
// not the word that some language prints for "no value". An ID that lets two
// people through as one gives one of them the other's account.
func CheckID(id string) error {
	reason := ""
	switch {
	case strings.TrimSpace(id) == "":
		reason = "it is empty"
	case len(id) > maxIDLen:
		reason = fmt.Sprintf("it is longer than %d bytes", maxIDLen)
	case strings.ContainsRune(id, utf8.RuneError):
		// It is found in what is not UTF-8 too. The replacement character stands
		// for bytes that were lost on the way: two people's IDs may have become one.
		reason = "it is not UTF-8"
	case strings.ContainsFunc(id, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }):
		reason = "it contains blanks or control characters"
	case isNoValue(id):
		reason = "it is a word for no value"
	default:
		return nil
	}
	return &Error{Op: OpProfile, Kind: ErrIdentity, Reason: "the person's ID cannot be used: " + reason}
}

func isNoValue(id string) bool {
	switch strings.ToLower(id) {
	case "null", "(null)", "<nil>", "undefined", "nan", "0":
		return true
	}
	return false
}

// CheckIdentity returns an error with kind [ErrIdentity] unless p has a usable
// ID that agrees with the one the token answer named, if it named one. A
// disagreement means that the profile is not of the person who approved.
func CheckIdentity(tok Token, p Profile) error {
	if err := CheckID(p.ID); err != nil {
		return err
	}
	if tok.Subject != "" && subtle.ConstantTimeCompare([]byte(tok.Subject), []byte(p.ID)) != 1 {
		return &Error{Op: OpProfile, Kind: ErrIdentity, Reason: "the profile is of another person than the token answer"}
	}
	return nil
}
