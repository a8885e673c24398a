// Package acme is a provider written as a configuration, for
// docs/writing-a-provider.md: Acme speaks OAuth 2.0.
package acme

import (
	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider/oauth2flow"
)

// Acme is for people with an account at acme.example. Set ClientID and
// ClientSecret, and give it to [oauth2flow.New].
func Acme() oauth2flow.Config {
	return oauth2flow.Config{
		Name: "acme",
		Endpoint: oauth2.Endpoint{
			AuthURL:   "https://acme.example/oauth/authorize",
			TokenURL:  "https://acme.example/oauth/token",
			AuthStyle: oauth2.AuthStyleInHeader, // as Acme's documentation says
		},
		Scopes:     []string{"profile"},
		ProfileURL: "https://api.acme.example/v1/me",
		Mapping: oauth2flow.Mapping{
			ID:        "account.number", // what never changes: not the name, not the address
			Username:  "account.login",
			Name:      "display_name",
			Email:     "email",
			AvatarURL: "picture",
		},
	}
}
