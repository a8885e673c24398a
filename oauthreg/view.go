package oauthreg

// PendingView is a [Pending] as an app's JSON endpoint may hand it to its own
// page, so that a form can be filled there: what a person may see of their own
// sign-up, and no secret. It is encoded as docs/pending.schema.json has it. The
// raw profile, the token and the ID at the provider are not part of it.
type PendingView struct {
	// ID goes into the header [PendingHeader], or the form field [PendingField], of
	// the request that completes the sign-up.
	ID string `json:"pending"`

	// Provider is the name in [Config.Flows].
	Provider string `json:"provider"`

	// Values are what the provider said, by the names of the fields such as
	// [FieldUsername]. What it did not say is not there.
	Values map[string]string `json:"values"`

	// Missing are the required fields that the form has to ask: see [Pending.Missing].
	Missing []string `json:"missing"`

	// EmailVerified tells that the provider vouches for the address in Values. Of
	// what is posted, [Pending.EmailVerified] tells it.
	EmailVerified bool `json:"email_verified"`

	// EmailInUse and Partial are those of [Pending].
	EmailInUse bool `json:"email_in_use"`
	Partial    bool `json:"partial"`
}

// View returns what an app's page may see of p. required are the fields that the
// app's form asks for ([Pending.Missing]). Send it with "Cache-Control: no-store".
func (p *Pending) View(required ...string) PendingView {
	v := PendingView{
		ID: p.ID, Provider: p.Provider, Values: map[string]string{}, Missing: append([]string{}, p.Missing(required...)...),
		EmailVerified: p.Profile.EmailVerified, EmailInUse: p.EmailInUse, Partial: p.Partial,
	}
	for _, field := range fields {
		if value := p.Value(field); value != "" {
			v.Values[field] = value
		}
	}
	return v
}
