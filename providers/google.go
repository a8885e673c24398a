package providers

import (
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"github.com/oauthreg/go/provider/oauth2flow"
)

// Google is for people with a Google account. Register the app, and each
// callback URL to the letter, at https://console.cloud.google.com/apis/credentials
// as a client of type "Web application".
//
// The ID is "sub", which Google never reuses. EmailVerified is "email_verified".
// For addresses of gmail.com, and with a hosted domain ("hd" in Profile.Raw),
// Google runs the mailbox; for any other it has only checked the address once,
// and the owner may have changed since
// (https://developers.google.com/identity/gsi/web/guides/verify-google-id-token).
//
// For a refresh token, set AuthorizeParams to access_type=offline. To sign in
// by an id_token instead, use module provider/oidcflow.
func Google() oauth2flow.Config {
	endpoint := endpoints.Google
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return oauth2flow.Config{
		Name:       "google",
		Endpoint:   endpoint,
		Scopes:     []string{"openid", "email", "profile"},
		Issuer:     "https://accounts.google.com",
		ProfileURL: "https://openidconnect.googleapis.com/v1/userinfo",
		Mapping: oauth2flow.Mapping{
			ID: "sub", Name: "name", GivenName: "given_name", FamilyName: "family_name",
			Email: "email", EmailVerified: "email_verified", AvatarURL: "picture",
		},
		RevokeURL: "https://oauth2.googleapis.com/revoke",
	}
}
