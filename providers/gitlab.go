package providers

import (
	"cmp"
	"strings"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider/oauth2flow"
)

// GitLab is for people with an account at a GitLab instance. instance is its
// URL; "" is https://gitlab.com. Register the app, and each callback URL to the
// letter, under "Applications" in the preferences of a user or the settings of
// a group, with the scopes openid, profile and email.
//
// The ID is the user's number at this instance: another instance gives the same
// numbers to other people, so offer it under another name of yours. E-mail and
// EmailVerified are the primary address and "email_verified"
// (https://docs.gitlab.com/integration/openid_connect_provider/). Whoever runs
// an instance decides what it verifies; trust the addresses of one as far as
// its administrators.
func GitLab(instance string) oauth2flow.Config {
	base := strings.TrimRight(cmp.Or(instance, "https://gitlab.com"), "/")
	return oauth2flow.Config{
		Name: "gitlab",
		Endpoint: oauth2.Endpoint{
			AuthURL:   base + "/oauth/authorize",
			TokenURL:  base + "/oauth/token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
		Scopes:     []string{"openid", "profile", "email"},
		ProfileURL: base + "/oauth/userinfo",
		Mapping: oauth2flow.Mapping{
			ID: "sub", Username: "nickname", Name: "name", Email: "email", EmailVerified: "email_verified",
			AvatarURL: "picture", URL: "website",
		},
		RevokeURL: base + "/oauth/revoke",
	}
}
