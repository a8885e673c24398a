package providers

import (
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/dghubble/oauth1"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Flickr is for people with a Flickr account. Register the app at
// https://www.flickr.com/services/apps/create/.
//
// The ID is the NSID, such as "12037949754@N01". The token answer has it, with
// the user name, which people can change, and the full name, which is in
// Token.Extra["fullname"] (https://www.flickr.com/services/api/auth.oauth.html).
// The profile is of flickr.test.login, which says the same. There is no e-mail
// address.
//
// AuthorizeParams asks for perms=read, the least that identifies a person.
func Flickr() oauth1flow.Config {
	return oauth1flow.Config{
		Name: "flickr",
		Endpoint: oauth1.Endpoint{
			RequestTokenURL: "https://www.flickr.com/services/oauth/request_token",
			AuthorizeURL:    "https://www.flickr.com/services/oauth/authorize",
			AccessTokenURL:  "https://www.flickr.com/services/oauth/access_token",
		},
		AuthorizeParams: url.Values{"perms": {"read"}},
		Identify: func(answer url.Values) (subject, username string) {
			return answer.Get("user_nsid"), answer.Get("username")
		},
		ProfileURL:   "https://api.flickr.com/services/rest/?method=flickr.test.login&format=json&nojsoncallback=1",
		ParseProfile: parseFlickr,
	}
}

// parseFlickr is no Mapping because Flickr refuses with status 200.
func parseFlickr(body []byte) (provider.Profile, error) {
	var v struct {
		Stat string
		Code int
	}
	if json.Unmarshal(body, &v) == nil && v.Stat == "fail" {
		e := provider.Error{Op: provider.OpProfile, Kind: provider.ErrProtocol, Code: strconv.Itoa(v.Code)}
		switch v.Code { // https://www.flickr.com/services/api/flickr.test.login.html
		case 98, 99:
			e.Kind = provider.ErrTokenInvalid
		case 96, 97, 100:
			e.Kind = provider.ErrRefused
		case 105:
			e.Kind = provider.ErrUnavailable
		}
		return provider.Profile{}, &e
	}
	return oauth2flow.Mapping{ID: "user.id", Username: "user.username._content"}.Parse(body)
}
