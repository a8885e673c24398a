package oauth1flow

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// Client returns an HTTP client that signs each request with tok (RFC 5849
// section 3.1), nonce and timestamp new each time. It sends to the provider's
// hosts only (see [Config.APIHosts]), does not follow redirects, and has no
// time limit of its own: bound each request by its context. Form bodies are
// read, at most 1 MiB, because they are part of the signature; other bodies
// stream.
func (f *Flow) Client(_ context.Context, tok provider.Token) (*http.Client, error) {
	if tok.IsZero() {
		return nil, f.call.Fail(provider.Error{Op: provider.OpClient, Kind: provider.ErrTokenInvalid, Reason: "there is no token"})
	}
	c := outbound.NewClient(f.call.HTTP)
	c.Transport = &signingTransport{base: c.Transport, flow: f, token: tok}
	return c, nil
}

// Revoke asks the provider to invalidate tok.
func (f *Flow) Revoke(ctx context.Context, tok provider.Token) error {
	if f.cfg.RevokeURL == "" {
		return f.call.Fail(provider.Error{Op: provider.OpRevoke, Kind: errors.ErrUnsupported, Reason: "no RevokeURL is configured: this library knows no way to revoke a token at this provider"})
	}
	if tok.IsZero() {
		return f.call.Fail(provider.Error{Op: provider.OpRevoke, Kind: provider.ErrTokenInvalid, Reason: "there is no token"})
	}
	_, err := f.call.Once(ctx, provider.OpRevoke, f.request(http.MethodPost, f.cfg.RevokeURL, credentialsOf(tok)), outbound.MaxToken, "")
	return err
}

// signingTransport signs requests of one token.
type signingTransport struct {
	base  http.RoundTripper
	flow  *Flow
	token provider.Token
}

// RoundTrip signs a copy of req, since a RoundTripper may not change it.
func (t *signingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.checkTarget(req); err != nil {
		closeBody(req)
		return nil, err
	}
	if req.Body != nil && req.Body != http.NoBody {
		return t.send(req.Context(), req)
	}
	var sends outbound.Sends
	res, err := t.send(sends.Trace(req.Context()), req)
	if err == nil && res != nil && sends.Doubted(res.StatusCode) {
		_ = res.Body.Close()
		return t.send(req.Context(), req)
	}
	return res, err
}

// send signs req anew.
func (t *signingTransport) send(ctx context.Context, req *http.Request) (*http.Response, error) {
	signed := req.Clone(ctx)
	if signed.Header == nil {
		signed.Header = make(http.Header) // only http.Client makes sure that there is one
	}
	if err := t.flow.signer.Sign(signed, t.token.Access.Reveal(), t.token.Secret.Reveal()); err != nil {
		closeBody(req)
		return nil, t.flow.call.Fail(provider.Error{Op: provider.OpClient, Kind: provider.ErrRefused, Reason: "the request cannot be signed", Err: err})
	}
	return t.base.RoundTrip(signed)
}

// checkTarget keeps the token's name and a signature from other hosts.
func (t *signingTransport) checkTarget(req *http.Request) error {
	secure := req.URL.Scheme == "https" || (req.URL.Scheme == "http" && outbound.Loopback(req.URL.Hostname()))
	sameHost := req.Host == "" || strings.EqualFold(req.Host, req.URL.Host)
	if !secure || !sameHost || !outbound.Allows(t.flow.hosts, req.URL) {
		return t.flow.call.Fail(provider.Error{
			Op: provider.OpClient, Kind: provider.ErrRefused,
			Reason: "this client signs requests to the provider's own hosts only, over https",
			Hint:   "if the host belongs to the provider, add it to APIHosts",
		})
	}
	return nil
}

// closeBody does what a RoundTripper owes its caller also on errors.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
