package oauth2flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/oauthreg/go/provider"
)

// Mapping names the members of a profile's JSON. A path goes into objects by
// "." and into arrays by a number: "data.0.id". "" means that there is no such
// member. Numbers become text with every digit they were sent with.
type Mapping struct {
	// ID is required.
	ID string

	// The other members are as in [provider.Profile].
	Username, Name, GivenName, FamilyName, Email, AvatarURL, Location, Description, URL string

	// EmailVerified names a member that is true (or "true") when the provider
	// vouches for the address.
	EmailVerified string

	// EmailAlwaysVerified tells that the provider gives out verified addresses
	// only.
	EmailAlwaysVerified bool
}

// errNotAnObject hides the decoder's error, which may quote the profile.
var errNotAnObject = errors.New("the profile is not a JSON object")

// Parse reads a profile. It fails with [provider.ErrIdentity] without an ID.
func (m Mapping) Parse(body []byte) (provider.Profile, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var root any
	// The decoder alone would not see what follows the value.
	if !json.Valid(body) || decoder.Decode(&root) != nil {
		return provider.Profile{}, &provider.Error{Op: provider.OpProfile, Kind: provider.ErrProtocol, Err: errNotAnObject}
	}
	p := provider.Profile{
		ID: text(root, m.ID), Username: text(root, m.Username), Name: text(root, m.Name),
		GivenName: text(root, m.GivenName), FamilyName: text(root, m.FamilyName),
		Email: text(root, m.Email), AvatarURL: text(root, m.AvatarURL), Location: text(root, m.Location),
		Description: text(root, m.Description), URL: text(root, m.URL), Raw: body,
	}
	if err := provider.CheckID(p.ID); err != nil {
		return provider.Profile{}, err
	}
	if !strings.HasPrefix(p.AvatarURL, "https://") {
		p.AvatarURL = "" // it would leak the visit, or be no picture
	}
	verified := m.EmailAlwaysVerified || isTrue(lookup(root, m.EmailVerified))
	p.EmailVerified = verified && p.Email != ""
	return p, nil
}

// lookup follows path into value, or returns nil.
func lookup(value any, path string) any {
	if path == "" {
		return nil
	}
	for name := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			i, ok := index(name)
			if !ok || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

func index(name string) (i int, ok bool) {
	if name == "" || len(name) > 3 {
		return 0, false
	}
	for _, r := range name {
		if r < '0' || r > '9' {
			return 0, false
		}
		i = 10*i + int(r-'0')
	}
	return i, true
}

// text returns a string, or an integer with all its digits. Anything else is
// no text: 1e3 or 1.5 is nobody's ID.
func text(root any, path string) string {
	switch v := lookup(root, path).(type) {
	case string:
		return v
	case json.Number:
		if strings.Trim(v.String(), "0123456789") == "" {
			return v.String()
		}
	}
	return ""
}

// isTrue reads true and "true": providers send both.
func isTrue(v any) bool { return v == true || v == "true" }
