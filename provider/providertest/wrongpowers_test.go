package providertest_test

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// roundTripper is a function as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// sending is Client with a transport around the right one's.
func sending(around func(right http.RoundTripper, cfg *oauth2flow.Config, tok provider.Token, req *http.Request) (*http.Response, error)) func(*bent, *oauth2flow.Config) {
	return func(b *bent, cfg *oauth2flow.Config) {
		b.client = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (*http.Client, error) {
			client, err := right.Client(ctx, tok)
			if err == nil {
				base := client.Transport
				client.Transport = roundTripper(func(req *http.Request) (*http.Response, error) { return around(base, cfg, tok, req) })
			}
			return client, err
		}
	}
}

func wrongPowers() []wrong {
	return []wrong{
		{fault: "client with another token", cases: []string{"client"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.client = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (*http.Client, error) {
				if !tok.IsZero() {
					tok.Access = provider.NewSecret("another")
				}
				return right.Client(ctx, tok)
			}
		}},
		{fault: "client for nobody", cases: []string{"client without a token"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.client = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (*http.Client, error) {
				if tok.IsZero() {
					return &http.Client{}, nil
				}
				return right.Client(ctx, tok)
			}
		}},
		{fault: "client for any host", cases: []string{"client and strangers"}, bend: sending(
			func(_ http.RoundTripper, cfg *oauth2flow.Config, tok provider.Token, req *http.Request) (*http.Response, error) {
				req = req.Clone(req.Context())
				req.Header.Set("Authorization", "Bearer "+tok.Access.Reveal())
				return cfg.HTTPClient.Transport.RoundTrip(req)
			},
		)},
		{fault: "client that trusts this machine", cases: []string{"client and strangers"}, bend: sending(
			func(right http.RoundTripper, _ *oauth2flow.Config, _ provider.Token, req *http.Request) (*http.Response, error) {
				if outbound.Loopback(req.URL.Hostname()) {
					return http.DefaultTransport.RoundTrip(req) // past the suite's client
				}
				return right.RoundTrip(req)
			},
		)},
		{fault: "client that mends the scheme", cases: []string{"client and strangers"}, bend: sending(
			func(right http.RoundTripper, _ *oauth2flow.Config, _ provider.Token, req *http.Request) (*http.Response, error) {
				req = req.Clone(req.Context())
				req.URL.Scheme = "https"
				return right.RoundTrip(req)
			},
		)},
		{fault: "client that follows", cases: []string{"client and redirects"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.client = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (*http.Client, error) {
				client, err := right.Client(ctx, tok)
				if err == nil {
					client.CheckRedirect = nil
				}
				return client, err
			}
		}},
		{fault: "revokes nothing", cases: []string{"revoke"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.revoke = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) error {
				if tok.IsZero() {
					return right.Revoke(ctx, tok)
				}
				return ctx.Err()
			}
		}},
		{fault: "revokes nobody's token", cases: []string{"revoke without a token"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.revoke = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) error {
				if tok.IsZero() {
					tok.Access = provider.NewSecret("none")
				}
				return right.Revoke(ctx, tok)
			}
		}},
		{fault: "forgets who it refreshed", cases: []string{"refresh"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.refresh = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Token, error) {
				fresh, err := right.Refresh(ctx, tok)
				fresh.Subject = ""
				return fresh, err
			}
		}},
		{fault: "finds nothing to refresh", cases: []string{"refresh without a refresh token"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.refresh = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Token, error) {
				if tok.Refresh.IsZero() {
					return tok, ctx.Err()
				}
				return right.Refresh(ctx, tok)
			}
		}},
		{fault: "takes a dead refresh token for an outage", cases: []string{"dead refresh token", "revoke"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.refresh = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Token, error) {
				fresh, err := right.Refresh(ctx, tok)
				if !tok.Refresh.IsZero() && errors.Is(err, provider.ErrTokenInvalid) {
					err = &provider.Error{Provider: "fake", Op: provider.OpRefresh, Kind: provider.ErrUnavailable}
				}
				return fresh, err
			}
		}},
		{fault: "refreshes for each caller", cases: []string{"concurrent refresh"}, bend: func(b *bent, cfg *oauth2flow.Config) {
			b.refresh = func(ctx context.Context, _ *oauth2flow.Flow, tok provider.Token) (provider.Token, error) {
				alone, err := oauth2flow.New(*cfg)
				if err != nil {
					return provider.Token{}, err
				}
				return alone.Refresh(ctx, tok)
			}
		}},
		{fault: "becomes another person", cases: []string{"refresh for another person"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.refresh = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Token, error) {
				tok.Subject = person
				return right.Refresh(ctx, tok)
			}
		}},
		{fault: "never refreshes", cases: []string{"refreshing client", "refreshing client that cannot save"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.renewing = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token, _ saver) (*http.Client, error) {
				return right.Client(ctx, tok)
			}
		}},
		{fault: "saves twice at once", cases: []string{"refreshing client"}, bend: saving(func(ctx context.Context, tok provider.Token, save saver) error {
			errs := make(chan error, 2)
			for range 2 {
				go func() { errs <- save(ctx, tok) }()
			}
			return errors.Join(<-errs, <-errs)
		})},
		{fault: "saves too late", cases: []string{"refreshing client", "refreshing client that cannot save"}, bend: savesTooLate},
		{fault: "goes on without saving", cases: []string{"refreshing client that cannot save"}, bend: saving(func(ctx context.Context, tok provider.Token, save saver) error {
			_ = save(ctx, tok) // the fault
			return nil
		})},
		{fault: "refreshing client for nobody", cases: []string{"refreshing client without a token"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.renewing = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token, save saver) (*http.Client, error) {
				if tok.IsZero() {
					return &http.Client{}, nil
				}
				return right.RefreshingClient(ctx, tok, save)
			}
		}},
	}
}

// saving is RefreshingClient with another way to call save.
func saving(other func(ctx context.Context, tok provider.Token, save saver) error) func(*bent, *oauth2flow.Config) {
	return func(b *bent, _ *oauth2flow.Config) {
		b.renewing = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token, save saver) (*http.Client, error) {
			return right.RefreshingClient(ctx, tok, func(ctx context.Context, tok provider.Token) error { return other(ctx, tok, save) })
		}
	}
}

// savesTooLate saves after the first request.
func savesTooLate(b *bent, _ *oauth2flow.Config) {
	b.renewing = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token, save saver) (*http.Client, error) {
		var fresh provider.Token
		client, err := right.RefreshingClient(ctx, tok, func(_ context.Context, tok provider.Token) error {
			fresh = tok
			return nil
		})
		if err != nil {
			return nil, err
		}
		var once sync.Once
		base := client.Transport
		client.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
			res, err := base.RoundTrip(req)
			once.Do(func() { _ = save(req.Context(), fresh) })
			return res, err
		})
		return client, nil
	}
}
