package providertest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// edited is start with a change to what the right one returns.
func edited(b *bent, edit func(u *url.URL, query url.Values, hs *provider.Handshake)) {
	b.start = func(ctx context.Context, right *oauth2flow.Flow, req provider.AuthRequest) (string, provider.Handshake, error) {
		authURL, hs, err := right.AuthURL(ctx, req)
		if err != nil {
			return "", hs, err
		}
		u, err := url.Parse(authURL)
		if err != nil {
			return "", hs, err
		}
		query := u.Query()
		edit(u, query, &hs)
		u.RawQuery = query.Encode()
		return u.String(), hs, nil
	}
}

// callbackTo has the provider asked for another callback URL.
func callbackTo(other string) func(*bent, *oauth2flow.Config) {
	return func(b *bent, _ *oauth2flow.Config) {
		b.start = func(ctx context.Context, right *oauth2flow.Flow, req provider.AuthRequest) (string, provider.Handshake, error) {
			req.CallbackURL = other
			return right.AuthURL(ctx, req)
		}
	}
}

func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

func wrongStarts() []wrong {
	return []wrong{
		{fault: "plain http", cases: []string{"authorize URL"}, bend: func(b *bent, _ *oauth2flow.Config) {
			edited(b, func(u *url.URL, _ url.Values, _ *provider.Handshake) { u.Scheme = "http" })
		}},
		{fault: "relative URL", cases: []string{"authorize URL"}, bend: func(b *bent, _ *oauth2flow.Config) {
			edited(b, func(u *url.URL, _ url.Values, _ *provider.Handshake) { u.Scheme, u.Host = "", "" })
		}},
		{fault: "URL with a fragment", cases: []string{"authorize URL"}, bend: func(b *bent, _ *oauth2flow.Config) {
			edited(b, func(u *url.URL, _ url.Values, _ *provider.Handshake) { u.Fragment = "top" })
		}},
		{fault: "short IDs", cases: []string{"unguessable ID"}, bend: func(b *bent, _ *oauth2flow.Config) {
			edited(b, func(_ *url.URL, query url.Values, hs *provider.Handshake) {
				hs.ID = hs.ID[:10]
				query.Set("state", hs.ID)
			})
		}},
		{fault: "counted IDs", cases: []string{"unguessable ID"}, bend: func(b *bent, _ *oauth2flow.Config) {
			var n atomic.Int64
			edited(b, func(_ *url.URL, query url.Values, hs *provider.Handshake) {
				hs.ID = fmt.Sprintf("attempt-%032d-of-the-day", n.Add(1))
				query.Set("state", hs.ID)
			})
		}},
		{fault: "a callback URL of its own", cases: []string{"callback URL"}, bend: callbackTo("https://app.example/callback?from=fake")},
		{fault: "no parameters in the callback URL", cases: []string{"callback URL"}, bend: callbackTo("https://app.example/auth/fake/callback")},
		{fault: "ID that stays at home", cases: []string{"ID comes back"}, bend: func(b *bent, _ *oauth2flow.Config) {
			edited(b, func(_ *url.URL, _ url.Values, hs *provider.Handshake) { hs.ID = hashed(hs.ID) })
			b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
				if state := query.Get("state"); hs.ID == hashed(state) {
					hs.ID = state
				}
				return right.HandleCallback(ctx, hs, query)
			}
		}},
		{fault: "verifier in the URL", cases: []string{"no secret in URLs"}, bend: func(b *bent, _ *oauth2flow.Config) {
			edited(b, func(_ *url.URL, query url.Values, hs *provider.Handshake) { query.Set("hint", hs.Secret.Reveal()) })
		}},
		{fault: "client secret in the URL", cases: []string{"no secret in URLs"}, bend: func(b *bent, _ *oauth2flow.Config) {
			edited(b, func(_ *url.URL, query url.Values, _ *provider.Handshake) { query.Set("client_secret", clientSecret) })
		}},
		{fault: "handshake that cannot be stored", cases: []string{"stored handshake"}, bend: func(b *bent, _ *oauth2flow.Config) {
			edited(b, func(_ *url.URL, _ url.Values, hs *provider.Handshake) {
				hs.Secret = provider.NewSecret(hs.Secret.Reveal() + "\xff")
			})
			b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
				hs.Secret = provider.NewSecret(strings.TrimSuffix(hs.Secret.Reveal(), "\xff"))
				return right.HandleCallback(ctx, hs, query)
			}
		}},
		{fault: "verifiers in memory", cases: []string{"another process"}, bend: func(b *bent, _ *oauth2flow.Config) {
			var verifiers sync.Map
			edited(b, func(_ *url.URL, _ url.Values, hs *provider.Handshake) {
				verifiers.Store(hs.ID, hs.Secret)
				hs.Secret = provider.Secret{}
			})
			b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
				if secret, ok := verifiers.Load(hs.ID); ok {
					hs.Secret = secret.(provider.Secret)
				}
				return right.HandleCallback(ctx, hs, query)
			}
		}},
	}
}
