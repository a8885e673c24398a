package providers

import (
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"github.com/oauthreg/go/provider/oauth2flow"
)

// Spotify is for people with a Spotify account. Register the app, and each
// callback URL to the letter, at https://developer.spotify.com/dashboard; on a
// developer's machine write 127.0.0.1, since "localhost" is refused. Until
// Spotify has extended an app's quota, only people listed in the dashboard can
// sign up: others are [provider.ErrRefused] with status 403.
//
// The ID is the user ID. The address is what the person typed when registering;
// Spotify says itself that it is unverified, and has deprecated it
// (https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile),
// so EmailVerified is never set and Email may be "".
func Spotify() oauth2flow.Config {
	endpoint := endpoints.Spotify
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return oauth2flow.Config{
		Name:       "spotify",
		Endpoint:   endpoint,
		Scopes:     []string{"user-read-email"},
		ProfileURL: "https://api.spotify.com/v1/me",
		Mapping: oauth2flow.Mapping{
			ID: "id", Name: "display_name", Email: "email", AvatarURL: "images.0.url",
		},
	}
}
