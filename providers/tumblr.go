package providers

import (
	"encoding/json"
	"errors"

	"github.com/dghubble/oauth1/tumblr"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// Tumblr is for people with a Tumblr account. Register the app at
// https://www.tumblr.com/oauth/apps.
//
// Tumblr gives people no ID. The user name is none: it can be changed, and then
// belongs to whoever takes it next, with every account that was filed under it.
// The ID here is the UUID of the person's primary blog. It survives a new name;
// Tumblr reserves the right to change it in exceptional cases, with its owner's
// knowledge (https://www.tumblr.com/docs/en/api/v2#blog-unique-identifiers). Such
// a person comes back as somebody new. An answer without it is
// [provider.ErrIdentity].
//
// There is no e-mail address. Tumblr requires a User-Agent: the Header set
// here sends this library's name; set the app's, and keep to one.
func Tumblr() oauth1flow.Config {
	return oauth1flow.Config{
		Name:         "tumblr",
		Endpoint:     tumblr.Endpoint,
		ProfileURL:   "https://api.tumblr.com/v2/user/info",
		ParseProfile: parseTumblr,
		Header:       agentHeader(),
	}
}

func parseTumblr(body []byte) (provider.Profile, error) {
	var v struct {
		Response struct {
			User struct {
				Name  string
				Blogs []struct {
					UUID, Title, URL, Description string
					Primary                       bool
				}
			}
		}
	}
	if json.Unmarshal(body, &v) != nil {
		return provider.Profile{}, errors.New("this is not the JSON of a user")
	}
	p := provider.Profile{Username: v.Response.User.Name}
	for _, blog := range v.Response.User.Blogs {
		// Others may be shared with people who must not sign in here as this one.
		if blog.Primary {
			p.ID, p.Name, p.Description, p.URL = blog.UUID, blog.Title, blog.Description, blog.URL
		}
	}
	return p, provider.CheckID(p.ID)
}
