package twitter

import "github.com/oauthreg/go/provider"

var (
	_ provider.Labeler = (*Flow)(nil)
	_ provider.Labeler = (*OAuth2Flow)(nil)
)

// label is what X asks to be called: https://about.x.com/en/who-we-are/brand-toolkit
const label = "X"

// Label implements [provider.Labeler].
func (f *Flow) Label() string { return label }

// Label implements [provider.Labeler].
func (f *OAuth2Flow) Label() string { return label }
