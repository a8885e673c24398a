package oidcflow

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// Flow is the handshake of one OpenID Connect provider. It keeps the provider's
// metadata and keys, and nothing about a person but refreshes that are under
// way. It is safe for concurrent use. Make one with [New].
//
// Every method may have to discover the provider first. Then it fails with
// [OpDiscovery] and [provider.ErrUnavailable] if the provider cannot be reached,
// [provider.ErrRefused] if Issuer or the provider's settings have to be changed,
// and [provider.ErrProtocol] if its metadata are wrong; the next call tries
// again.
type Flow struct {
	cfg       Config
	call      outbound.Caller
	offline   *oauth2flow.Flow // makes the checks that need no provider
	discovery discovery
}

var (
	_ provider.Flow      = (*Flow)(nil)
	_ provider.Clienter  = (*Flow)(nil)
	_ provider.Refresher = (*Flow)(nil)
	_ provider.Revoker   = (*Flow)(nil)
)

// New returns a Flow, or every fault of cfg as [*provider.ConfigError] values,
// joined. It makes no call: an app starts also while its provider is down.
func New(cfg Config) (*Flow, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.Scopes, cfg.APIHosts = slices.Clone(cfg.Scopes), slices.Clone(cfg.APIHosts)
	cfg.AuthorizeParams = maps.Clone(cfg.AuthorizeParams)
	for name, values := range cfg.AuthorizeParams {
		cfg.AuthorizeParams[name] = slices.Clone(values)
	}
	cfg.HTTPClient = outbound.NewClient(cfg.HTTPClient)
	offline := cfg
	offline.HTTPClient = &http.Client{Transport: noTransport{}}
	checks, err := oauth2flow.New(offline.oauth(metadata{AuthURL: nowhere, TokenURL: nowhere, UserInfoURL: nowhere}))
	if err != nil {
		return nil, err
	}
	return &Flow{
		cfg: cfg,
		call: outbound.Caller{
			Name: cmp.Or(cfg.Name, outbound.HostOf(cfg.Issuer)), HTTP: cfg.HTTPClient,
			Timeout: cmp.Or(cfg.Timeout, oauth2flow.DefaultTimeout), Diagnose: diagnose,
		},
		offline: checks,
	}, nil
}

// noTransport makes no calls.
type noTransport struct{}

var errOffline = errors.New("oidcflow: not discovered yet")

// RoundTrip implements http.RoundTripper.
func (noTransport) RoundTrip(*http.Request) (*http.Response, error) { return nil, errOffline }

// AuthURL returns the provider's authorization endpoint with a new state, PKCE
// challenge and nonce (OpenID Connect Core section 3.1.2.1).
func (f *Flow) AuthURL(ctx context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	s, err := f.server(ctx)
	if err != nil {
		return "", provider.Handshake{}, err
	}
	return s.oauth.AuthURL(ctx, req)
}

// HandleCallback checks state and issuer, trades the code, and verifies the
// id_token that comes with the token (OpenID Connect Core section 3.1.3.7). The
// Token's Subject is its sub. Whatever is wrong with the id_token is
// [provider.ErrIdentity].
func (f *Flow) HandleCallback(ctx context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	if f.discovery.known() == nil {
		// Another process sent the browser away, or this one before it was
		// started again. A callback that is refused anyhow is not worth a call.
		if _, err := f.offline.HandleCallback(ctx, hs, query); !errors.Is(err, errOffline) {
			return provider.Token{}, err
		}
	}
	s, err := f.server(ctx)
	if err != nil {
		return provider.Token{}, err
	}
	return s.oauth.HandleCallback(ctx, hs, query)
}

// FetchProfile calls the userinfo endpoint, whose answer must be about
// tok.Subject (OpenID Connect Core section 5.3.2). If the provider has none, the
// profile is made of the id_token that came with tok, and Raw is its claims.
func (f *Flow) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	if tok.IsZero() {
		return provider.Profile{}, f.call.Fail(provider.Error{Op: provider.OpProfile, Kind: provider.ErrTokenInvalid, Reason: "there is no token"})
	}
	if tok.Subject == "" {
		return provider.Profile{}, f.call.Fail(provider.Error{Op: provider.OpProfile, Kind: provider.ErrIdentity, Reason: "the token is not one of this flow: it does not say whose it is"})
	}
	s, err := f.server(ctx)
	if err != nil {
		return provider.Profile{}, err
	}
	if s.hasUserInfo {
		return s.oauth.FetchProfile(ctx, tok)
	}
	return f.profileOfIDToken(tok)
}

// Client implements [provider.Clienter] as [oauth2flow.Flow.Client] does.
func (f *Flow) Client(ctx context.Context, tok provider.Token) (*http.Client, error) {
	if _, err := f.offline.Client(ctx, tok); err != nil {
		return nil, err
	}
	s, err := f.server(ctx)
	if err != nil {
		return nil, err
	}
	return s.oauth.Client(ctx, tok)
}

// Refresh implements [provider.Refresher]. If an id_token comes with the answer,
// it must be about the same person (OpenID Connect Core section 12.2).
func (f *Flow) Refresh(ctx context.Context, tok provider.Token) (provider.Token, error) {
	if tok.Refresh.IsZero() {
		return f.offline.Refresh(ctx, tok)
	}
	s, err := f.server(ctx)
	if err != nil {
		return provider.Token{}, err
	}
	return s.oauth.Refresh(ctx, tok)
}

// RefreshingClient implements [provider.Refresher] as
// [oauth2flow.Flow.RefreshingClient] does.
func (f *Flow) RefreshingClient(ctx context.Context, tok provider.Token, save func(context.Context, provider.Token) error) (*http.Client, error) {
	if _, err := f.offline.RefreshingClient(ctx, tok, save); err != nil {
		return nil, err
	}
	s, err := f.server(ctx)
	if err != nil {
		return nil, err
	}
	return s.oauth.RefreshingClient(ctx, tok, save)
}

// Revoke implements [provider.Revoker] with the revocation endpoint of the
// metadata. If they have none, the error is [errors.ErrUnsupported].
func (f *Flow) Revoke(ctx context.Context, tok provider.Token) error {
	s, err := f.server(ctx)
	if err != nil {
		return err
	}
	return s.oauth.Revoke(ctx, tok)
}
