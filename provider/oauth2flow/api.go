package oauth2flow

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// get calls one URL with tok.
func (f *Flow) get(ctx context.Context, tok provider.Token, target string) ([]byte, error) {
	return f.call.Get(ctx, provider.OpProfile, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/json")
		maps.Copy(req.Header, f.cfg.Header)
		if err := f.checkTarget(req); err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+tok.Access.Reveal())
		return req, nil
	})
}

// complement adds to p what further calls tell.
func (f *Flow) complement(ctx context.Context, tok provider.Token, p *provider.Profile) error {
	if f.cfg.Complement == nil {
		return nil
	}
	more := *p
	err := f.cfg.Complement(ctx, func(ctx context.Context, target string) ([]byte, error) { return f.get(ctx, tok, target) }, &more)
	switch {
	case errors.Is(err, provider.ErrIdentity):
		return f.call.Own(provider.OpProfile, http.StatusOK, provider.ErrIdentity, err)
	case ctx.Err() != nil:
		return f.call.Transport(ctx, provider.OpProfile, 0, ctx.Err())
	case err == nil:
		*p = more
	default:
		p.Incomplete = err
		if _, ok := errors.AsType[*provider.Error](err); !ok {
			p.Incomplete = f.call.Own(provider.OpProfile, 0, provider.ErrProtocol, err)
		}
	}
	return nil
}

// Client returns an HTTP client that sends tok as a bearer token (RFC 6750
// section 2.1), to the provider's hosts only (see [Config.APIHosts]). It follows
// no redirects and has no time limit of its own: bound each request by its
// context. It does not refresh: see [Flow.RefreshingClient].
func (f *Flow) Client(_ context.Context, tok provider.Token) (*http.Client, error) {
	if tok.IsZero() {
		return nil, f.noToken(provider.OpClient)
	}
	return f.client(func(context.Context) (provider.Token, error) { return tok, nil }), nil
}

// client authorizes each request with what token returns.
func (f *Flow) client(token func(context.Context) (provider.Token, error)) *http.Client {
	c := outbound.NewClient(f.call.HTTP)
	c.Transport = &bearerTransport{base: c.Transport, flow: f, token: token}
	return c
}

type bearerTransport struct {
	base  http.RoundTripper
	flow  *Flow
	token func(context.Context) (provider.Token, error)
}

// RoundTrip authorizes a copy of req, since a RoundTripper may not change it.
func (t *bearerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	err := t.flow.checkTarget(req)
	var tok provider.Token
	if err == nil {
		tok, err = t.token(req.Context())
	}
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // what a RoundTripper owes its caller also on errors
		}
		return nil, err
	}
	authorized := req.Clone(req.Context())
	if authorized.Header == nil {
		authorized.Header = make(http.Header) // only http.Client makes sure that there is one
	}
	authorized.Header.Set("Authorization", "Bearer "+tok.Access.Reveal())
	return t.base.RoundTrip(authorized)
}

// checkTarget keeps the token from other hosts: whoever has it, can use it.
func (f *Flow) checkTarget(req *http.Request) error {
	secure := req.URL.Scheme == "https" || (req.URL.Scheme == "http" && outbound.Loopback(req.URL.Hostname()))
	sameHost := req.Host == "" || strings.EqualFold(req.Host, req.URL.Host)
	if !secure || !sameHost || !outbound.Allows(f.hosts, req.URL) {
		return f.call.Fail(provider.Error{
			Op: provider.OpClient, Kind: provider.ErrRefused,
			Reason: "the token is sent to the provider's own hosts only, over https",
			Hint:   "if the host belongs to the provider, add it to APIHosts",
		})
	}
	return nil
}

// Revoke invalidates the refresh token of tok, with what was issued by it, or
// the access token if there is no refresh token (RFC 7009 section 2.1).
func (f *Flow) Revoke(ctx context.Context, tok provider.Token) error {
	if f.cfg.RevokeURL == "" {
		return f.call.Fail(provider.Error{Op: provider.OpRevoke, Kind: errors.ErrUnsupported, Reason: "no RevokeURL is configured: this library knows no way to revoke a token at this provider"})
	}
	form := url.Values{"token": {tok.Access.Reveal()}, "token_type_hint": {"access_token"}}
	if !tok.Refresh.IsZero() {
		form = url.Values{"token": {tok.Refresh.Reveal()}, "token_type_hint": {"refresh_token"}}
	} else if tok.IsZero() {
		return f.noToken(provider.OpRevoke)
	}
	_, err := f.call.Once(ctx, provider.OpRevoke, func(ctx context.Context) (*http.Request, error) {
		return f.clientRequest(ctx, f.cfg.RevokeURL, form)
	}, outbound.MaxToken, "")
	if err == nil || errors.Is(err, provider.ErrTokenInvalid) {
		f.refreshes.forget(tok)
	}
	return err
}
