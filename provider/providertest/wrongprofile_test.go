package providertest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// profiled is FetchProfile with a change to a profile that was fetched.
func profiled(change func(p *provider.Profile)) func(*bent, *oauth2flow.Config) {
	return func(b *bent, _ *oauth2flow.Config) {
		b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
			p, err := right.FetchProfile(ctx, tok)
			if err == nil {
				change(&p)
			}
			return p, err
		}
	}
}

func wrongProfiles() []wrong {
	return []wrong{
		{fault: "loses digits of the ID", cases: []string{"who it is"}, bend: func(b *bent, cfg *oauth2flow.Config) {
			cfg.Identify = nil
			profiled(func(p *provider.Profile) { p.ID = "9007199254740992" })(b, cfg)
		}},
		{fault: "verifies no address", cases: []string{"normal form"}, bend: profiled(func(p *provider.Profile) { p.Email = "" })},
		{fault: "picture in the clear", cases: []string{"normal form"}, bend: profiled(func(p *provider.Profile) { p.AvatarURL = "http://pictures.example/ada.png" })},
		{fault: "picture that is a script", cases: []string{"normal form"}, bend: profiled(func(p *provider.Profile) { p.AvatarURL = "javascript:alert(1)" })},
		{fault: "handle with an at sign", cases: []string{"normal form"}, bend: profiled(func(p *provider.Profile) { p.Username = "@ada" })},
		{fault: "tidies the JSON up", cases: []string{"raw profile"}, bend: profiled(func(p *provider.Profile) {
			var tidy bytes.Buffer
			if json.Compact(&tidy, p.Raw) == nil {
				p.Raw = tidy.Bytes()
			}
		})},
		{fault: "raw text that is no JSON", cases: []string{"raw profile"}, bend: profiled(func(p *provider.Profile) { p.Raw = json.RawMessage("ada") })},
		{fault: "shares its bytes", cases: []string{"raw profile is the caller's"}, bend: func(b *bent, cfg *oauth2flow.Config) {
			var once sync.Once
			var raw json.RawMessage
			profiled(func(p *provider.Profile) {
				once.Do(func() { raw = p.Raw })
				p.Raw = raw
			})(b, cfg)
		}},
		{fault: "does not look at the subject", cases: []string{"another subject"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				tok.Subject = ""
				return right.FetchProfile(ctx, tok)
			}
		}},
		{fault: "asks without a token", cases: []string{"no token"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				if tok.IsZero() {
					tok.Access = provider.NewSecret("none")
				}
				return right.FetchProfile(ctx, tok)
			}
		}},
		{fault: "takes a dead token for a refusal", cases: []string{"dead token"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				p, err := right.FetchProfile(ctx, tok)
				if !tok.IsZero() && errors.Is(err, provider.ErrTokenInvalid) {
					err = &provider.Error{Provider: "fake", Op: provider.OpProfile, Kind: provider.ErrRefused}
				}
				return p, err
			}
		}},
		{fault: "changes the token's map", cases: []string{"arguments are left alone"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				if tok.Extra != nil {
					tok.Extra["seen"] = provider.NewSecret("y")
				}
				return right.FetchProfile(ctx, tok)
			}
		}},
		{fault: "a profile whatever happens", cases: []string{"provider out of order"}, bend: func(b *bent, _ *oauth2flow.Config) {
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				p, err := right.FetchProfile(ctx, tok)
				if errors.Is(err, provider.ErrUnavailable) {
					return provider.Profile{ID: tok.Subject}, nil
				}
				return p, err
			}
		}},
	}
}
