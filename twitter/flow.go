package twitter

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/dghubble/oauth1"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// Name is what the Flow calls itself in errors.
const Name = "twitter"

// Flow is the handshake with X. It is immutable and safe for concurrent use.
// Make one with [New].
type Flow struct {
	flow *oauth1flow.Flow
	pin  *oauth1flow.Flow // the same, with the page and the errors of StartPIN
	cfg  Config           // with defaults
}

var (
	_ provider.Flow     = (*Flow)(nil)
	_ provider.Clienter = (*Flow)(nil)
	_ provider.Revoker  = (*Flow)(nil)
)

// New returns a Flow, or every fault of cfg as [*provider.ConfigError] values,
// joined. It makes no call: whether X knows the app shows with [Flow.Check] or
// the first sign-up.
func New(cfg Config) (*Flow, error) {
	cfg.BaseURL = strings.TrimRight(cmp.Or(cfg.BaseURL, DefaultBaseURL), "/")
	cfg.AccessType = cmp.Or(cfg.AccessType, ReadOnly)
	cfg.Profile = cmp.Or(cfg.Profile, VerifyCredentials)
	// Both flows are to use the same connections.
	cfg.HTTPClient = outbound.NewClient(cfg.HTTPClient)
	c := oauth1Config(cfg)
	flow, err := oauth1flow.New(c)
	if err := faults(cfg.check(), err, "BaseURL"); err != nil {
		return nil, err
	}
	c.Endpoint.AuthorizeURL = cfg.BaseURL + authorizePage
	c.Diagnose = diagnosePIN
	pin, err := oauth1flow.New(c)
	if err != nil {
		return nil, err
	}
	return &Flow{flow: flow, pin: pin, cfg: cfg}, nil
}

// authorizePage asks for approval each time.
const authorizePage = "/oauth/authorize"

func oauth1Config(cfg Config) oauth1flow.Config {
	page := "/oauth/authenticate"
	if cfg.AlwaysAsk {
		page = authorizePage
	}
	c := oauth1flow.Config{
		Name:           Name,
		ConsumerKey:    cfg.ConsumerKey,
		ConsumerSecret: cfg.ConsumerSecret,
		Endpoint: oauth1.Endpoint{
			RequestTokenURL: cfg.BaseURL + "/oauth/request_token",
			AuthorizeURL:    cfg.BaseURL + page,
			AccessTokenURL:  cfg.BaseURL + "/oauth/access_token",
		},
		AuthorizeParams: url.Values{},
		Identify: func(answer url.Values) (subject, username string) {
			return answer.Get("user_id"), answer.Get("screen_name")
		},
		Diagnose:   diagnose,
		RevokeURL:  cfg.BaseURL + "/1.1/oauth/invalidate_token.json",
		APIHosts:   cfg.APIHosts,
		HTTPClient: cfg.HTTPClient,
		Timeout:    cfg.Timeout,
	}
	if cfg.AccessType != AsConfigured {
		c.RequestTokenParams = url.Values{"x_auth_access_type": {string(cfg.AccessType)}}
	}
	if cfg.ForceLogin {
		c.AuthorizeParams.Set("force_login", "true")
	}
	if cfg.ScreenName != "" {
		c.AuthorizeParams.Set("screen_name", cfg.ScreenName)
	}
	switch cfg.Profile {
	case VerifyCredentials:
		c.ProfileURL = cfg.BaseURL + "/1.1/account/verify_credentials.json" +
			"?include_email=true&skip_status=true&include_entities=false"
		c.ParseProfile = ParseVerifyCredentials
	case UsersMe:
		fields := cfg.UserFields
		if fields == nil {
			fields = defaultUserFields
		}
		c.ProfileURL = cfg.BaseURL + "/2/users/me"
		if len(fields) > 0 {
			c.ProfileURL += "?" + url.Values{"user.fields": {strings.Join(fields, ",")}}.Encode()
		}
		c.ParseProfile = ParseUsersMe
	}
	if cfg.ParseProfile != nil {
		c.ParseProfile = cfg.ParseProfile
	}
	return c
}

// AuthURL implements [provider.Flow] with POST /oauth/request_token.
func (f *Flow) AuthURL(ctx context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	authURL, hs, err := f.flow.AuthURL(ctx, req)
	return authURL, hs, explained(err)
}

// HandleCallback implements [provider.Flow] with POST /oauth/access_token. The
// Token's Subject is X's user_id, its Username the screen_name.
func (f *Flow) HandleCallback(ctx context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	return identified(f.flow.HandleCallback(ctx, hs, query))
}

// FetchProfile implements [provider.Flow] with the configured [ProfileSource].
func (f *Flow) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	p, err := f.flow.FetchProfile(ctx, tok)
	return p, explained(err)
}

// Client implements [provider.Clienter]: the client signs requests to X's API.
// Its errors' Is and AsType work through the *url.Error of net/http.
func (f *Flow) Client(ctx context.Context, tok provider.Token) (*http.Client, error) {
	return f.flow.Client(ctx, tok)
}

// Revoke implements [provider.Revoker] with POST /1.1/oauth/invalidate_token.json.
func (f *Flow) Revoke(ctx context.Context, tok provider.Token) error {
	return f.flow.Revoke(ctx, tok)
}
