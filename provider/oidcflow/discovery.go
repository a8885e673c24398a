package oidcflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// OpDiscovery is the Op of errors about the provider's metadata and keys.
const OpDiscovery provider.Op = "discovery"

// server is a provider whose metadata are known.
type server struct {
	oauth       *oauth2flow.Flow
	keys        oidc.KeySet
	published   *keyDocument // what keys fetches them with
	algorithms  []string
	hasUserInfo bool
}

// discovery finds the server once. A failure is not kept: the next who asks
// tries again.
type discovery struct {
	mu      sync.Mutex
	found   *server
	running *search
}

// search is one try, which all who ask meanwhile wait for. Its fields are
// written before done is closed.
type search struct {
	done  chan struct{}
	found *server
	err   error
}

// known returns the server if it was found before.
func (d *discovery) known() *server {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.found
}

// server returns the provider's server, and finds it first if need be.
func (f *Flow) server(ctx context.Context) (*server, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d := &f.discovery
	d.mu.Lock()
	if d.found != nil {
		defer d.mu.Unlock()
		return d.found, nil
	}
	s := d.running
	if s == nil {
		s = &search{done: make(chan struct{})}
		d.running = s
		go f.search(s)
	}
	d.mu.Unlock()
	select {
	case <-s.done:
		return s.found, s.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %s: %w", f.call.Name, OpDiscovery, ctx.Err())
	}
}

func (f *Flow) search(s *search) {
	s.found, s.err = f.discover()
	f.discovery.mu.Lock()
	f.discovery.found, f.discovery.running = s.found, nil
	f.discovery.mu.Unlock()
	close(s.done)
}

// discover fetches the metadata and makes a server of them. It takes no
// context: what is kept for everybody must not depend on the end of one
// request, nor on values such as oidc.InsecureIssuerURLContext in its context.
func (f *Flow) discover() (*server, error) {
	ctx := oidc.ClientContext(context.Background(), &http.Client{Transport: documents{f.call}})
	found, err := oidc.NewProvider(ctx, f.cfg.Issuer)
	if err != nil {
		return nil, f.notFound(err)
	}
	fail := func(e *provider.Error) error {
		e.Op = OpDiscovery
		return f.call.Fail(*e)
	}
	var m metadata
	if found.Claims(&m) != nil {
		return nil, fail(&provider.Error{Kind: provider.ErrProtocol, Reason: "the metadata are not of the form that the protocol says"})
	}
	if fault := m.check(f.cfg.Issuer); fault != nil {
		return nil, fail(fault)
	}
	published := &keyDocument{documents: documents{f.call}}
	s := &server{
		published: published, algorithms: m.algorithms(),
		keys:        oidc.NewRemoteKeySet(oidc.ClientContext(ctx, &http.Client{Transport: published}), m.KeysURL),
		hasUserInfo: m.UserInfoURL != "",
	}
	cfg := f.cfg.oauth(m)
	cfg.Identify = func(ctx context.Context, hs provider.Handshake, member func(string) any) (subject, username string, err error) {
		return f.identify(ctx, s, hs, member)
	}
	if !f.cfg.ClientSecret.IsZero() {
		style, fault := m.authStyle(f.cfg.AuthStyle)
		if fault != nil {
			return nil, fail(fault)
		}
		cfg.Endpoint.AuthStyle = style
	}
	if s.oauth, err = oauth2flow.New(cfg); err != nil {
		return nil, fail(&provider.Error{Kind: provider.ErrProtocol, Reason: "the metadata cannot be used", Err: err})
	}
	return s, nil
}

// notFound says why there are no metadata. go-oidc's own texts quote what the
// provider sent.
func (f *Flow) notFound(err error) error {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e
	}
	e := provider.Error{Op: OpDiscovery, Kind: provider.ErrProtocol, Status: http.StatusOK, Reason: "the metadata are not of the form that the protocol says"}
	if _, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		e.Reason = "the metadata are of another issuer"
		e.Hint = "write Issuer exactly as in the provider's metadata; a slash at the end counts"
	}
	return f.call.Fail(e)
}

// documents is the transport that go-oidc fetches metadata and keys with: each
// whole, bounded in time and bytes, without redirects, and tried once more after
// a failure that may pass. Its errors are found through go-oidc's.
type documents struct{ call outbound.Caller }

// RoundTrip implements http.RoundTripper.
func (d documents) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := d.get(req)
	if err != nil {
		return nil, err
	}
	return document(req, body), nil
}

// get returns a panic of the HTTP client as an error: it runs in goroutines of
// this package and of go-oidc, where that would end the process.
func (d documents) get(req *http.Request) (body []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			body, err = nil, d.call.Fail(provider.Error{Op: OpDiscovery, Kind: provider.ErrUnavailable,
				Reason: "the HTTP client panicked", Err: fmt.Errorf("%v\n%s", v, debug.Stack())})
		}
	}()
	body, err = d.call.Get(req.Context(), OpDiscovery, func(ctx context.Context) (*http.Request, error) {
		own := req.Clone(ctx)
		own.Header.Set("Accept", "application/json")
		return own, nil
	})
	if err == nil && !json.Valid(body) {
		err = d.call.Fail(provider.Error{Op: OpDiscovery, Kind: provider.ErrProtocol, Status: http.StatusOK, Reason: "the answer is not JSON"})
	}
	return body, err
}

// document is the answer to req that has body.
func document(req *http.Request, body []byte) *http.Response {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

// diagnose reads a refusal of metadata or keys: nobody signed up for them, so
// what is wrong is the address.
func diagnose(r provider.Refusal) provider.Error {
	d := r.Diagnosis()
	d.Code = ""
	if r.Status < http.StatusInternalServerError && !errors.Is(d.Kind, provider.ErrRateLimited) && !errors.Is(d.Kind, provider.ErrUnavailable) {
		d.Kind = provider.ErrRefused
		d.Reason = "there are no metadata or keys at this address"
		d.Hint = "check Issuer: its metadata are at Issuer/.well-known/openid-configuration, without a redirect"
	}
	return d
}
