package providers

import (
	"encoding/json"
	"net/http"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Twitch is for people with a Twitch account. Register the app, and each
// callback URL to the letter, at https://dev.twitch.tv/console/apps. It takes
// the client ID, and sets it, because the API wants it in a header of its own
// beside the token; a Client needs to send it, too.
//
// The ID is the number, the Username the login name. Twitch gives out verified
// addresses only (https://dev.twitch.tv/docs/api/reference/#get-users), so
// EmailVerified is set whenever there is an address. Twitch ignores PKCE: an
// authorization code that leaked is protected by the client secret and the
// state alone.
func Twitch(clientID string) oauth2flow.Config {
	endpoint := endpoints.Twitch
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return oauth2flow.Config{
		Name:       "twitch",
		ClientID:   clientID,
		Endpoint:   endpoint,
		Scopes:     []string{"user:read:email"},
		ProfileURL: "https://api.twitch.tv/helix/users",
		Header:     http.Header{"Client-Id": {clientID}},
		Mapping: oauth2flow.Mapping{
			ID: "data.0.id", Username: "data.0.login", Name: "data.0.display_name",
			Email: "data.0.email", EmailAlwaysVerified: true,
			AvatarURL: "data.0.profile_image_url", Description: "data.0.description",
		},
		Diagnose: diagnoseTwitch,
	}
}

// diagnoseTwitch goes by Twitch's words for a dead refresh token and for a wrong
// secret: there is no error code of RFC 6749
// (https://dev.twitch.tv/docs/authentication/refresh-tokens/,
// https://github.com/PhantomBot/PhantomBot/issues/2860).
func diagnoseTwitch(r provider.Refusal) provider.Error {
	d := oauth2flow.Diagnose(r)
	var v struct{ Message string }
	_ = json.Unmarshal(r.Body, &v) // d stands, if that is no JSON
	switch strings.ToLower(v.Message) {
	case "invalid refresh token", "invalid grant":
		if r.Op == provider.OpRefresh {
			d.Kind, d.Hint = provider.ErrTokenInvalid, ""
		}
	case "invalid client secret":
		d.Kind, d.Hint = provider.ErrRefused, secretHint
	}
	return d
}
