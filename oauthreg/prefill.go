package oauthreg

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// The fields that a profile can fill, by the names that forms usually give
// them. Email, name, given and family name, picture and website are claims of
// OpenID Connect Core section 5.1 under their form names.
const (
	FieldUsername    = "username"
	FieldEmail       = "email"
	FieldName        = "name"
	FieldFirstName   = "first_name"
	FieldLastName    = "last_name"
	FieldLocation    = "location"
	FieldDescription = "description"
	FieldURL         = "url"
	FieldAvatarURL   = "avatar_url"
)

// Value returns what the provider said for a field, or "". Where it does not send
// the parts of a name apart, as X does not, [FieldFirstName] and [FieldLastName]
// are a guess.
func (p *Pending) Value(field string) string {
	switch field {
	case FieldUsername:
		return p.Profile.Username
	case FieldEmail:
		return p.Profile.Email
	case FieldName:
		return p.Profile.Name
	case FieldFirstName:
		first, _ := p.names()
		return first
	case FieldLastName:
		_, last := p.names()
		return last
	case FieldLocation:
		return p.Profile.Location
	case FieldDescription:
		return p.Profile.Description
	case FieldURL:
		return p.Profile.URL
	case FieldAvatarURL:
		return p.Profile.AvatarURL
	}
	return ""
}

// names are the two parts of the name, as the provider sends them or else cut
// at the first blank. That is a guess, and wrong for many people; the form
// shows it for correction, and nothing of the name is lost.
func (p *Pending) names() (first, last string) {
	if p.Profile.GivenName != "" || p.Profile.FamilyName != "" {
		return p.Profile.GivenName, p.Profile.FamilyName
	}
	i := strings.IndexFunc(p.Profile.Name, unicode.IsSpace)
	if i < 0 {
		return p.Profile.Name, ""
	}
	return p.Profile.Name[:i], strings.TrimSpace(p.Profile.Name[i:])
}

var fields = []string{
	FieldUsername, FieldEmail, FieldName, FieldFirstName, FieldLastName,
	FieldLocation, FieldDescription, FieldURL, FieldAvatarURL,
}

// Prefill fills form with what the provider said, leaving alone what the form
// has already: what the person typed, or what the app knows. It leaves out an
// address that another user has ([Pending.EmailInUse]).
func (p *Pending) Prefill(form url.Values) {
	for _, field := range fields {
		if value := p.Value(field); p.has(field) && strings.TrimSpace(form.Get(field)) == "" {
			form.Set(field, value)
		}
	}
}

// Missing returns those of the required fields that the provider said nothing
// for, or said what another user has ([Pending.EmailInUse]): what the form has to
// ask. None missing means that an app which asks for no more may leave the form
// out and call [Registrar.Complete] at once.
func (p *Pending) Missing(required ...string) []string {
	return slices.DeleteFunc(slices.Clone(required), p.has)
}

// has reports whether what the provider said can be taken for a field.
func (p *Pending) has(field string) bool {
	return p.Value(field) != "" && !(field == FieldEmail && p.EmailInUse)
}

// EmailVerified reports whether email, as the form posted it, is the address
// that the provider vouches for. An address that the person changed is not.
func (p *Pending) EmailVerified(email string) bool {
	posted, ok := NormalizeEmail(strings.TrimSpace(email))
	return ok && p.Profile.EmailVerified && posted == p.Profile.Email
}
