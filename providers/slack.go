package providers

import (
	"encoding/json"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Slack is for members of Slack workspaces ("Sign in with Slack",
// https://docs.slack.dev/authentication/sign-in-with-slack/). Register the app
// at https://api.slack.com/apps and its https callback URLs under "OAuth &
// Permissions". Leave the app's own PKCE switch off: with it Slack takes the
// app for a public client and refuses the exchange.
//
// The ID is workspace and member, such as "T0R7GR-U0R7JM": user IDs alone are
// not promised to be unique across Slack, both together are
// (https://docs.slack.dev/reference/methods/users.identity). A person who is a
// member of two workspaces is two people. EmailVerified is "email_verified".
func Slack() oauth2flow.Config {
	return oauth2flow.Config{
		Name: "slack",
		Endpoint: oauth2.Endpoint{
			AuthURL:   "https://slack.com/openid/connect/authorize",
			TokenURL:  "https://slack.com/api/openid.connect.token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
		Scopes:       []string{"openid", "profile", "email"},
		ProfileURL:   "https://slack.com/api/openid.connect.userInfo",
		ParseProfile: parseSlack,
		Diagnose:     func(r provider.Refusal) provider.Error { return diagnoseSlack(r.Diagnosis(), r.Body) },
	}
}

// parseSlack is no Mapping because of the names of two members, and because
// Slack refuses with status 200.
func parseSlack(body []byte) (provider.Profile, error) {
	var v struct {
		OK   *bool  `json:"ok"`
		User string `json:"https://slack.com/user_id"`
		Team string `json:"https://slack.com/team_id"`
	}
	if json.Unmarshal(body, &v) == nil && v.OK != nil && !*v.OK {
		e := diagnoseSlack(provider.Error{Kind: provider.ErrProtocol, Op: provider.OpProfile}, body)
		return provider.Profile{}, &e
	}
	for _, id := range []string{v.User, v.Team} {
		if err := provider.CheckID(id); err != nil {
			return provider.Profile{}, err
		}
	}
	p, err := oauth2flow.Mapping{
		ID: "sub", Name: "name", GivenName: "given_name", FamilyName: "family_name",
		Email: "email", EmailVerified: "email_verified", AvatarURL: "picture",
	}.Parse(body)
	p.ID = v.Team + "-" + v.User
	return p, err
}

// diagnoseSlack knows what Slack's own words mean.
func diagnoseSlack(d provider.Error, body []byte) provider.Error {
	var v struct{ Error string }
	_ = json.Unmarshal(body, &v) // d stands, if that is no JSON
	d.Code = provider.CodeWord(v.Error)
	switch d.Code {
	case "invalid_code", "code_already_used", "invalid_grant":
		d.Kind = provider.ErrExpired
	case "invalid_auth", "not_authed", "token_expired", "token_revoked":
		d.Kind = provider.ErrTokenInvalid
	case "account_inactive":
		d.Kind = provider.ErrAccountUnusable
	case "ratelimited":
		d.Kind = provider.ErrRateLimited
	case "internal_error", "fatal_error", "service_unavailable":
		d.Kind = provider.ErrUnavailable
	case "bad_client_secret", "invalid_client_id", "bad_redirect_uri", "missing_scope":
		d.Kind = provider.ErrRefused
	}
	return d
}
