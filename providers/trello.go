package providers

import (
	"net/url"

	"github.com/dghubble/oauth1"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Trello is for people with a Trello account, over its OAuth 1.0a. Create a
// Power-Up at https://trello.com/power-ups/admin, take key and secret from its
// page "API Key", and allow the origin of the callback URL there.
//
// AuthorizeParams has scope=read and expiration=30days; the latter can be 1hour,
// 1day or never, too. Set "name" to what the page at Trello shall call the app
// (https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/).
// There is no smaller scope: read opens the person's boards. The address comes
// only with scope=read,account, which also lets the app change the member's
// data. Trello does not say that it is verified ("confirmed" is about the
// account), so EmailVerified is never set.
//
// The ID is the member's, which stays when the user name changes.
func Trello() oauth1flow.Config {
	return oauth1flow.Config{
		Name: "trello",
		Endpoint: oauth1.Endpoint{
			RequestTokenURL: "https://trello.com/1/OAuthGetRequestToken",
			AuthorizeURL:    "https://trello.com/1/OAuthAuthorizeToken",
			AccessTokenURL:  "https://trello.com/1/OAuthGetAccessToken",
		},
		AuthorizeParams: url.Values{"scope": {"read"}, "expiration": {"30days"}},
		ProfileURL:      "https://api.trello.com/1/members/me?fields=id,username,fullName,email,bio,avatarUrl",
		ParseProfile:    parseTrello,
	}
}

// parseTrello completes the address of the picture, which Trello sends without
// a size.
func parseTrello(body []byte) (provider.Profile, error) {
	p, err := oauth2flow.Mapping{
		ID: "id", Username: "username", Name: "fullName", Email: "email",
		AvatarURL: "avatarUrl", Description: "bio",
	}.Parse(body)
	if p.AvatarURL != "" {
		p.AvatarURL += "/170.png"
	}
	return p, err
}
