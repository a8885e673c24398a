package providers

import (
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"github.com/oauthreg/go/provider/oauth2flow"
)

// LinkedIn is for people with a LinkedIn account. Register the app at
// https://www.linkedin.com/developers/apps, add the product "Sign In with
// LinkedIn using OpenID Connect", and register each callback URL to the letter
// (https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2).
//
// The ID is "sub", this app's own for the person. E-mail and "email_verified"
// are optional; without the latter the address counts as unverified.
//
// LinkedIn has PKCE for chosen native apps only
// (https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow-native)
// and answers invalid_client to a web app's code_verifier, so PKCE is left out: a
// code that leaked is protected by the client secret and the state alone.
func LinkedIn() oauth2flow.Config {
	endpoint := endpoints.LinkedIn
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return oauth2flow.Config{
		Name:       "linkedin",
		Endpoint:   endpoint,
		Scopes:     []string{"openid", "profile", "email"},
		ProfileURL: "https://api.linkedin.com/v2/userinfo",
		Mapping: oauth2flow.Mapping{
			ID: "sub", Name: "name", GivenName: "given_name", FamilyName: "family_name",
			Email: "email", EmailVerified: "email_verified", AvatarURL: "picture",
		},
		DangerouslyWithoutPKCE: true,
	}
}
