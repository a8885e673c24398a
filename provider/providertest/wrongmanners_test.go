package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// get asks for the profile without any care, but for the time.
func get(ctx context.Context, client *http.Client, tok provider.Token) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, host+"/me", nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+tok.Access.Reveal())
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(res.Body)
	return string(body), errors.Join(err, res.Body.Close())
}

// carefree has FetchProfile ask once more, with client.
func carefree(client func(cfg *oauth2flow.Config) *http.Client) func(*bent, *oauth2flow.Config) {
	return func(b *bent, cfg *oauth2flow.Config) {
		b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
			if !tok.IsZero() {
				_, _ = get(ctx, client(cfg), tok) // whatever it says
			}
			return right.FetchProfile(ctx, tok)
		}
	}
}

// mismatch is callback with another error for ErrMismatch.
func mismatch(other func(query url.Values) error) func(*bent, *oauth2flow.Config) {
	return after(func(_ provider.Handshake, query url.Values, tok provider.Token, err error) (provider.Token, error) {
		if errors.Is(err, provider.ErrMismatch) {
			err = other(query)
		}
		return tok, err
	})
}

// quoting makes of an outage one that says what net/http says of a call with
// query.
func quoting(err error, op provider.Op, query url.Values) error {
	if errors.Is(err, provider.ErrUnavailable) {
		said := &url.Error{Op: "Get", URL: host + "/me?" + query.Encode(), Err: io.ErrUnexpectedEOF}
		return &provider.Error{Provider: "fake", Op: op, Kind: provider.ErrUnavailable, Reason: said.Error()}
	}
	return err
}

func wrongManners() []wrong {
	return []wrong{
		{fault: "takes the end of a context for an outage", cases: []string{"cancelled"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
				if ctx.Err() != nil {
					return provider.Token{}, &provider.Error{Provider: "fake", Op: provider.OpAccessToken, Kind: provider.ErrUnavailable}
				}
				return right.HandleCallback(ctx, hs, query)
			}
		}},
		{fault: "starts for nobody", cases: []string{"cancelled"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.start = func(ctx context.Context, right *oauth2flow.Flow, req provider.AuthRequest) (string, provider.Handshake, error) {
				return right.AuthURL(context.WithoutCancel(ctx), req)
			}
		}},
		{fault: "asks when nobody waits any more", cases: []string{"cancelled"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				p, err := right.FetchProfile(ctx, tok)
				if ctx.Err() != nil {
					_, _ = right.FetchProfile(context.WithoutCancel(ctx), tok) // only that it asks matters
				}
				return p, err
			}
		}, more: true},
		{fault: "revokes after the end", cases: []string{"cancelled"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.revoke = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) error {
				return right.Revoke(context.WithoutCancel(ctx), tok)
			}
		}},
		{fault: "waits for longer than its caller", cases: []string{"cancelled while waiting"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				if ctx.Err() == nil {
					ctx = context.WithoutCancel(ctx)
				}
				return right.FetchProfile(ctx, tok)
			}
		}},
		{fault: "takes an outage for a mismatch", cases: []string{"provider out of order"}, bend: after(anotherKind(provider.ErrUnavailable, provider.ErrMismatch))},
		{fault: "takes an outage for a refusal", cases: []string{"provider out of order"}, bend: after(anotherKind(provider.ErrUnavailable, provider.ErrRefused))},
		{fault: "tries the exchange again", cases: []string{"exchange is not repeated"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
				tok, err := right.HandleCallback(ctx, hs, query)
				if errors.Is(err, provider.ErrUnavailable) {
					tok, err = right.HandleCallback(ctx, hs, query)
				}
				if errors.Is(err, provider.ErrExpired) && ctx.Err() == nil {
					err = &provider.Error{Provider: "fake", Op: provider.OpAccessToken, Kind: provider.ErrUnavailable}
				}
				return tok, err
			}
		}},
		{fault: "waits for ever", cases: []string{"bounded in time"}, bend: func(_ *bent, cfg *oauth2flow.Config) { cfg.Timeout = 24 * time.Hour }},
		{fault: "reads whatever comes", cases: []string{"bounded in bytes"}, bend: carefree(func(cfg *oauth2flow.Config) *http.Client {
			client := *cfg.HTTPClient
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			return &client
		})},
		{fault: "goes where it is sent", cases: []string{"redirects are not followed"}, bend: func(b *bent, cfg *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				p, err := right.FetchProfile(ctx, tok)
				if errors.Is(err, provider.ErrProtocol) {
					req, reqErr := http.NewRequestWithContext(ctx, http.MethodHead, host+"/me", nil)
					if reqErr != nil {
						return p, reqErr
					}
					if res, doErr := cfg.HTTPClient.Do(req); doErr == nil {
						_ = res.Body.Close() // only that it went matters
					}
				}
				return p, err
			}
		}},
		{fault: "errors without a type", cases: []string{"typed errors"}, bend: mismatch(func(url.Values) error {
			return fmt.Errorf("fake: %w", provider.ErrMismatch)
		})},
		{fault: "errors of a kind of its own", cases: []string{"typed errors"}, bend: mismatch(func(url.Values) error {
			kind := fmt.Errorf("no match: %w", provider.ErrMismatch)
			return &provider.Error{Provider: "fake", Op: provider.OpCallback, Kind: kind}
		})},
		{fault: "errors of nobody", cases: []string{"typed errors"}, bend: mismatch(func(url.Values) error {
			return &provider.Error{Kind: provider.ErrMismatch}
		})},
		{fault: "says which code did not fit", cases: []string{"errors hold no secret"}, bend: mismatch(func(query url.Values) error {
			return &provider.Error{Provider: "fake", Op: provider.OpCallback, Kind: provider.ErrMismatch, Reason: "the code was " + query.Get("code")}
		})},
		{fault: "quotes the callback", cases: []string{"errors hold no secret"}, bend: mismatch(func(query url.Values) error {
			return &provider.Error{Provider: "fake", Op: provider.OpCallback, Kind: provider.ErrMismatch, Err: errors.New(query.Encode())}
		})},
		{fault: "quotes the provider", cases: []string{"errors hold no secret"}, bend: func(b *bent, cfg *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				p, err := right.FetchProfile(ctx, tok)
				if errors.Is(err, provider.ErrUnavailable) {
					body, _ := get(ctx, cfg.HTTPClient, tok)
					err = &provider.Error{Provider: "fake", Op: provider.OpProfile, Kind: provider.ErrUnavailable, Reason: body}
				}
				return p, err
			}
		}},
		// The texts of net/http quote the URL of a call that failed.
		{fault: "quotes the URL of the exchange", cases: []string{"errors hold no secret"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
				tok, err := right.HandleCallback(ctx, hs, query)
				return tok, quoting(err, provider.OpAccessToken, url.Values{"code": query["code"]})
			}
		}},
		{fault: "quotes the URL of the profile", cases: []string{"errors hold no secret"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				p, err := right.FetchProfile(ctx, tok)
				return p, quoting(err, provider.OpProfile, url.Values{"access_token": {tok.Access.Reveal()}})
			}
		}},
		{fault: "shows the client secret", cases: []string{"nothing prints a secret"}, bend: func(b *bent, _ *oauth2flow.Config) { b.Shown = clientSecret }},
		{fault: "remembers the last person", cases: []string{"nothing prints a secret"}, bend: func(b *bent, _ *oauth2flow.Config) {
			var mu sync.Mutex
			edited(b, func(_ *url.URL, _ url.Values, hs *provider.Handshake) {
				mu.Lock()
				defer mu.Unlock()
				b.Shown = hs.Secret.Reveal()
			})
		}},
		{fault: "serves one at a time", cases: []string{"parallel sign-ups"}, bend: func(b *bent, _ *oauth2flow.Config) {
			var inside atomic.Int64
			b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
				defer inside.Add(-1)
				if inside.Add(1) > 1 {
					return provider.Token{}, &provider.Error{Provider: "fake", Op: provider.OpAccessToken, Kind: provider.ErrUnavailable}
				}
				return right.HandleCallback(ctx, hs, query)
			}
		}},
	}
}
