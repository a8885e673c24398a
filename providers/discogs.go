package providers

import (
	"github.com/dghubble/oauth1/discogs"

	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Discogs is for people with an account at discogs.com. Register the app at
// https://www.discogs.com/settings/developers.
//
// The ID is the number, the Username the name, which people can change. The
// identity has nothing else (https://www.discogs.com/developers#page:user-identity);
// there is no e-mail address.
//
// Discogs refuses requests without a User-Agent that names an app. The
// Header set here sends this library's name; set the app's.
func Discogs() oauth1flow.Config {
	return oauth1flow.Config{
		Name:         "discogs",
		Endpoint:     discogs.Endpoint,
		ProfileURL:   "https://api.discogs.com/oauth/identity",
		ParseProfile: oauth2flow.Mapping{ID: "id", Username: "username"}.Parse,
		Header:       agentHeader(),
	}
}
