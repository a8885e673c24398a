package providers

import (
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"github.com/oauthreg/go/provider/oauth2flow"
)

// Microsoft is for people with an account of an organisation (Entra ID) or a
// personal one. tenant says of whom: "organizations", "consumers", the ID or
// domain of one organisation, or "common" or "" for all. Register the app at
// https://entra.microsoft.com under "App registrations" for the same accounts,
// and each callback URL to the letter, on the platform "Web".
//
// The ID is "sub", which is this app's own for the person, does not change and
// is not given to anybody else
// (https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference).
//
// The address is whatever an administrator of any organisation wrote there,
// also a stranger's: whoever took it for an identity or for verified has handed
// out accounts ("nOAuth",
// https://learn.microsoft.com/en-us/entra/identity-platform/claims-validation).
// So EmailVerified is never set, and "email_verified" not even read. The picture
// needs a token, and is left out.
func Microsoft(tenant string) oauth2flow.Config {
	endpoint := endpoints.AzureAD(tenant)
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return oauth2flow.Config{
		Name:       "microsoft",
		Endpoint:   endpoint,
		Scopes:     []string{"openid", "profile", "email"},
		ProfileURL: "https://graph.microsoft.com/oidc/userinfo",
		Mapping: oauth2flow.Mapping{
			ID: "sub", Name: "name", GivenName: "given_name", FamilyName: "family_name", Email: "email",
		},
	}
}
