package providers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// GitHub is for people with an account at github.com. Register an OAuth app at
// https://github.com/settings/applications/new; the callback URL may be the
// registered one or one below its path
// (https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps).
//
// The ID is the number, which stays when the login changes; a login that was
// given up is free for anybody. The e-mail address is the primary one of
// https://api.github.com/user/emails, with GitHub's word on whether it is
// verified. The address in the profile is the one shown to the public: it is
// taken, as unverified, only when the list cannot be read, as with a GitHub App
// that lacks the permission "Email addresses".
//
// GitHub answers API calls only with a User-Agent, and asks for the app's name
// there: set it in Header.
func GitHub() oauth2flow.Config {
	endpoint := endpoints.GitHub
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return oauth2flow.Config{
		Name:       "github",
		Endpoint:   endpoint,
		Scopes:     []string{"user:email"}, // the public profile needs no scope
		ProfileURL: "https://api.github.com/user",
		Header: http.Header{
			"Accept":               {"application/vnd.github+json"},
			"User-Agent":           agentHeader()["User-Agent"],
			"X-Github-Api-Version": {"2022-11-28"},
		},
		Mapping: oauth2flow.Mapping{
			ID: "id", Username: "login", Name: "name", Email: "email", AvatarURL: "avatar_url",
			Location: "location", Description: "bio", URL: "blog",
		},
		Complement: githubEmail,
		Diagnose:   diagnoseGitHub,
	}
}

// diagnoseGitHub knows a rate limit, which comes with 403 as well as with 429
// (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
func diagnoseGitHub(r provider.Refusal) provider.Error {
	d := oauth2flow.Diagnose(r)
	spent := r.Header.Get("X-Ratelimit-Remaining") == "0"
	switch {
	case r.Status != http.StatusForbidden && r.Status != http.StatusTooManyRequests:
		return d
	case !spent && r.Header.Get("Retry-After") == "":
		return d
	}
	d.Kind = provider.ErrRateLimited
	if seconds, err := strconv.ParseUint(r.Header.Get("X-Ratelimit-Reset"), 10, 40); err == nil && spent && d.RetryAt.IsZero() {
		d.RetryAt = time.Unix(int64(seconds), 0)
	}
	return d
}

// githubEmail finds the primary address.
func githubEmail(ctx context.Context, get func(context.Context, string) ([]byte, error), p *provider.Profile) error {
	body, err := get(ctx, "https://api.github.com/user/emails?per_page=100")
	if e, ok := errors.AsType[*provider.Error](err); ok && !errors.Is(err, provider.ErrRateLimited) &&
		(e.Status == http.StatusForbidden || e.Status == http.StatusNotFound) {
		e.Hint = `ask for the scope "user:email"; a GitHub App needs the account permission "Email addresses" instead`
	}
	if err != nil {
		return err
	}
	var addresses []struct {
		Email             string
		Primary, Verified bool
	}
	if err := json.Unmarshal(body, &addresses); err != nil {
		return err
	}
	for _, a := range addresses {
		if a.Primary {
			p.Email, p.EmailVerified = a.Email, a.Verified && a.Email != ""
		}
	}
	return nil
}
