package twitter

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// OAuth2Flow is the handshake with X over OAuth 2.0: authorization code with
// PKCE. It is safe for concurrent use. Make one with [NewOAuth2].
//
// X's token answer does not name the person, so that unlike with [Flow] nobody
// can sign up while users/me cannot be read: see the package documentation.
type OAuth2Flow struct {
	flow *oauth2flow.Flow

	// withoutEmail asks users/me for all but the e-mail address. It is nil if flow
	// does not ask for it either.
	withoutEmail *oauth2flow.Flow
}

var (
	_ provider.Flow      = (*OAuth2Flow)(nil)
	_ provider.Clienter  = (*OAuth2Flow)(nil)
	_ provider.Refresher = (*OAuth2Flow)(nil)
	_ provider.Revoker   = (*OAuth2Flow)(nil)
)

// NewOAuth2 returns an OAuth2Flow, or every fault of cfg as
// [*provider.ConfigError] values, joined. It makes no call. A client ID,
// callback URL or scope that X does not know shows on X's own page, which says
// "Something went wrong" and does not send people back.
func NewOAuth2(cfg OAuth2Config) (*OAuth2Flow, error) {
	page := "AuthorizeURL"
	if cfg.AuthorizeURL == "" {
		page = "BaseURL" // which it is made of
	}
	cfg = cfg.withDefaults()
	// Both flows are to use the same connections.
	cfg.HTTPClient = outbound.NewClient(cfg.HTTPClient)
	flow, err := oauth2flow.New(cfg.flowConfig())
	if err := faults(cfg.check(), err, page); err != nil {
		return nil, err
	}
	f := &OAuth2Flow{flow: flow}
	if i := slices.Index(cfg.UserFields, emailField); i >= 0 {
		cfg.UserFields = slices.Delete(slices.Clone(cfg.UserFields), i, i+1)
		if f.withoutEmail, err = oauth2flow.New(cfg.flowConfig()); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (c *OAuth2Config) flowConfig() oauth2flow.Config {
	entries := oauth2Table(c.clientHint())
	o := oauth2flow.Config{
		Name:         Name,
		ClientID:     c.ClientID,
		ClientSecret: c.ClientSecret,
		Endpoint:     oauth2.Endpoint{AuthURL: c.AuthorizeURL, TokenURL: c.BaseURL + "/2/oauth2/token"},
		Scopes:       c.Scopes,
		ProfileURL:   c.BaseURL + "/2/users/me",
		ParseProfile: c.ParseProfile,
		Diagnose:     diagnoseOAuth2(entries),
		RevokeURL:    c.BaseURL + "/2/oauth2/revoke",
		APIHosts:     c.APIHosts,
		HTTPClient:   c.HTTPClient,
		Timeout:      c.Timeout,
	}
	if len(c.UserFields) > 0 {
		o.ProfileURL += "?" + url.Values{"user.fields": {strings.Join(c.UserFields, ",")}}.Encode()
	}
	if o.ParseProfile == nil {
		o.ParseProfile = func(body []byte) (provider.Profile, error) { return parseUsersMe(body, entries) }
	}
	return o
}

// AuthURL implements [provider.Flow]. It makes no call.
func (f *OAuth2Flow) AuthURL(ctx context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	return f.flow.AuthURL(ctx, req)
}

// HandleCallback implements [provider.Flow] with POST /2/oauth2/token. X's codes
// live 30 seconds. The Token's Subject is empty.
func (f *OAuth2Flow) HandleCallback(ctx context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	return f.flow.HandleCallback(ctx, hs, query)
}

// FetchProfile implements [provider.Flow] with GET /2/users/me. The e-mail
// address is asked for only if the token's scope has users.email: where it has
// not, X would refuse all the rest as well.
func (f *OAuth2Flow) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	// A token answer that names no scope grants what was asked for (RFC 6749
	// section 5.1).
	granted := strings.Fields(tok.Scope)
	if f.withoutEmail != nil && len(granted) > 0 && !slices.Contains(granted, emailScope) {
		return f.withoutEmail.FetchProfile(ctx, tok)
	}
	return f.flow.FetchProfile(ctx, tok)
}

// Client implements [provider.Clienter]: the client sends tok as a bearer token,
// to X's v2 API. Most of v1.1 refuses it.
func (f *OAuth2Flow) Client(ctx context.Context, tok provider.Token) (*http.Client, error) {
	return f.flow.Client(ctx, tok)
}

// Refresh implements [provider.Refresher]. X gives out refresh tokens for the
// scope offline.access; each is good once.
func (f *OAuth2Flow) Refresh(ctx context.Context, tok provider.Token) (provider.Token, error) {
	return f.flow.Refresh(ctx, tok)
}

// RefreshingClient implements [provider.Refresher]. The new token must be saved
// before anything else happens to it: the old one is used up.
func (f *OAuth2Flow) RefreshingClient(ctx context.Context, tok provider.Token, save func(context.Context, provider.Token) error) (*http.Client, error) {
	return f.flow.RefreshingClient(ctx, tok, save)
}

// Revoke implements [provider.Revoker] with POST /2/oauth2/revoke: for the
// refresh token if there is one, else for the access token.
func (f *OAuth2Flow) Revoke(ctx context.Context, tok provider.Token) error {
	return f.flow.Revoke(ctx, tok)
}
