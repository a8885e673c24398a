package providers

import (
	"encoding/json"
	"strconv"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Facebook is for people with a Facebook account. Register the app at
// https://developers.facebook.com/apps and its callback URLs under "Facebook
// Login", "Valid OAuth Redirect URIs"; strict mode compares them to the letter.
//
// The ID is this app's own for the person: another app sees another one
// (https://developers.facebook.com/docs/graph-api/reference/user). The address
// is absent for people who registered by telephone, did not grant it, or whose
// address is not valid; the documentation never says that it is verified, so
// EmailVerified is not set. AvatarURL works for some days.
func Facebook() oauth2flow.Config {
	endpoint := endpoints.Facebook
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return oauth2flow.Config{
		Name:       "facebook",
		Endpoint:   endpoint,
		Scopes:     []string{"public_profile", "email"},
		ProfileURL: "https://graph.facebook.com/v22.0/me?fields=id,name,first_name,last_name,email,picture.type(large)",
		Mapping: oauth2flow.Mapping{
			ID: "id", Name: "name", GivenName: "first_name", FamilyName: "last_name",
			Email: "email", AvatarURL: "picture.data.url",
		},
		Diagnose: diagnoseFacebook,
	}
}

// diagnoseFacebook reads the Graph API's numbers: a dead token has the status
// of any bad request (https://developers.facebook.com/docs/graph-api/guides/error-handling).
func diagnoseFacebook(r provider.Refusal) provider.Error {
	d := r.Diagnosis()
	var v struct {
		Error struct {
			Code    int
			Message string
		}
	}
	if json.Unmarshal(r.Body, &v) != nil || v.Error.Code == 0 {
		return d
	}
	d.Code = strconv.Itoa(v.Error.Code)
	switch v.Error.Code {
	case 1, 2:
		d.Kind = provider.ErrUnavailable
	case 4, 17:
		d.Kind = provider.ErrRateLimited
	case 102, 190:
		d.Kind = provider.ErrTokenInvalid
	}
	// The number is that of an unknown error (https://github.com/facebookarchive/php-graph-sdk/issues/538).
	if v.Error.Message == "Error validating client secret." {
		d.Kind, d.Hint = provider.ErrRefused, secretHint
	}
	return d
}
