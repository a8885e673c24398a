package providers

import (
	"encoding/json"
	"net/url"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Discord is for people with a Discord account. Register the app, and each
// callback URL to the letter, at https://discord.com/developers/applications
// under "OAuth2".
//
// The ID is the user's snowflake, the Name the global display name, if there is
// one. EmailVerified is "verified", which speaks of the address
// (https://discord.com/developers/docs/resources/user#user-object).
func Discord() oauth2flow.Config {
	endpoint := endpoints.Discord
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return oauth2flow.Config{
		Name:         "discord",
		Endpoint:     endpoint,
		Scopes:       []string{"identify", "email"},
		ProfileURL:   "https://discord.com/api/v10/users/@me",
		ParseProfile: parseDiscord,
		RevokeURL:    "https://discord.com/api/oauth2/token/revoke",
	}
}

// parseDiscord adds the address of the picture, of which the profile has the
// hash.
func parseDiscord(body []byte) (provider.Profile, error) {
	p, err := oauth2flow.Mapping{
		ID: "id", Username: "username", Name: "global_name", Email: "email", EmailVerified: "verified",
	}.Parse(body)
	var v struct{ Avatar string }
	if err == nil && json.Unmarshal(body, &v) == nil && v.Avatar != "" {
		p.AvatarURL = "https://cdn.discordapp.com/avatars/" + url.PathEscape(p.ID) + "/" + url.PathEscape(v.Avatar) + ".png"
	}
	return p, err
}
