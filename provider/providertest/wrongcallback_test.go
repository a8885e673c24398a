package providertest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// before is callback with a change to what it is given. The query may be changed.
func before(change func(hs *provider.Handshake, query url.Values)) func(*bent, *oauth2flow.Config) {
	return func(b *bent, _ *oauth2flow.Config) {
		b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
			own := url.Values{}
			for name, values := range query {
				own[name] = append([]string(nil), values...)
			}
			change(&hs, own)
			return right.HandleCallback(ctx, hs, own)
		}
	}
}

// after is callback with a change to what it returns.
func after(change func(hs provider.Handshake, query url.Values, tok provider.Token, err error) (provider.Token, error)) func(*bent, *oauth2flow.Config) {
	return func(b *bent, _ *oauth2flow.Config) {
		b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
			tok, err := right.HandleCallback(ctx, hs, query)
			return change(hs, query, tok, err)
		}
	}
}

// alike takes the callback's ID for the handshake's if same says so.
func alike(same func(state, id string) bool) func(*bent, *oauth2flow.Config) {
	return before(func(hs *provider.Handshake, query url.Values) {
		if state := query["state"]; len(state) == 1 && state[0] != "" && hs.ID != "" && same(state[0], hs.ID) {
			query.Set("state", hs.ID)
		}
	})
}

// anotherKind turns errors of one kind into those of another.
func anotherKind(from, to error) func(provider.Handshake, url.Values, provider.Token, error) (provider.Token, error) {
	return func(_ provider.Handshake, _ url.Values, tok provider.Token, err error) (provider.Token, error) {
		if errors.Is(err, from) {
			err = &provider.Error{Provider: "fake", Op: provider.OpCallback, Kind: to}
		}
		return tok, err
	}
}

func wrongCallbacks() []wrong {
	return []wrong{
		{fault: "names somebody else", cases: []string{"token", "parallel sign-ups"}, bend: func(b *bent, cfg *oauth2flow.Config) {
			cfg.Identify = nil
			after(func(_ provider.Handshake, _ url.Values, tok provider.Token, err error) (provider.Token, error) {
				if err == nil {
					tok.Subject = "intruder"
				}
				return tok, err
			})(b, cfg)
			b.profile = func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error) {
				if tok.Subject == "intruder" {
					tok.Subject = ""
				}
				return right.FetchProfile(ctx, tok)
			}
		}},
		{fault: "token nobody can read", cases: []string{"token"}, more: true, bend: after(
			func(_ provider.Handshake, _ url.Values, tok provider.Token, err error) (provider.Token, error) {
				tok.Access = provider.Secret{}
				return tok, err
			},
		)},
		{fault: "goes past the client it was given", cases: []string{"token"}, more: true, bend: func(b *bent, cfg *oauth2flow.Config) {
			cfg.HTTPClient = &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				if err := req.Context().Err(); err != nil {
					return nil, err
				}
				r := req.Clone(req.Context())
				r.Host, r.RequestURI = req.URL.Host, req.URL.RequestURI()
				if r.Body == nil {
					r.Body = http.NoBody
				}
				rec := httptest.NewRecorder()
				b.serve(rec, r)
				return rec.Result(), nil
			})}
		}},
		{fault: "the same token again", cases: []string{"callback used twice"}, bend: func(b *bent, cfg *oauth2flow.Config) {
			var tokens sync.Map
			after(func(_ provider.Handshake, query url.Values, tok provider.Token, err error) (provider.Token, error) {
				if err == nil {
					tokens.Store(query.Get("code"), tok)
				} else if known, ok := tokens.Load(query.Get("code")); ok && errors.Is(err, provider.ErrExpired) {
					return known.(provider.Token), nil
				}
				return tok, err
			})(b, cfg)
		}},
		{fault: "a used callback is a mismatch", cases: []string{"callback used twice"}, bend: after(anotherKind(provider.ErrExpired, provider.ErrMismatch))},
		{fault: "token that cannot be stored", cases: []string{"stored token"}, bend: after(
			func(_ provider.Handshake, _ url.Values, tok provider.Token, err error) (provider.Token, error) {
				if err == nil {
					tok.Username = "\xff"
				}
				return tok, err
			},
		)},
		{fault: "changes the query", cases: []string{"arguments are left alone"}, bend: after(
			func(_ provider.Handshake, query url.Values, tok provider.Token, err error) (provider.Token, error) {
				if err == nil {
					query.Del("code")
				}
				return tok, err
			},
		)},
		{
			fault: "does not compare IDs", bend: alike(func(string, string) bool { return true }),
			cases: []string{"foreign ID", "swapped handshakes", "denied elsewhere", "mismatch spends nothing"},
		},
		{fault: "compares the beginning of IDs", cases: []string{"foreign ID"}, bend: alike(func(state, id string) bool {
			return strings.HasPrefix(state, id[:min(8, len(id))])
		})},
		{fault: "ignores the case of IDs", cases: []string{"foreign ID"}, bend: alike(strings.EqualFold)},
		{fault: "trims IDs", cases: []string{"foreign ID"}, bend: alike(func(state, id string) bool { return strings.TrimSpace(state) == id })},
		{fault: "ends IDs at NUL", cases: []string{"foreign ID"}, bend: alike(func(state, id string) bool { return strings.TrimRight(state, "\x00") == id })},
		{
			fault: "takes any ID it gave out", cases: []string{"foreign ID", "swapped handshakes", "denied elsewhere"},
			bend: func(b *bent, cfg *oauth2flow.Config) {
				var given sync.Map
				edited(b, func(_ *url.URL, _ url.Values, hs *provider.Handshake) { given.Store(hs.ID, true) })
				alike(func(state, _ string) bool { _, ok := given.Load(state); return ok })(b, cfg)
			},
		},
		{
			fault: "asks the provider about foreign callbacks", bend: asksOnMismatch,
			cases: []string{"foreign ID", "incomplete query", "repeated parameters", "empty handshake", "swapped handshakes", "denied elsewhere"},
		},
		{
			fault: "does without an ID", cases: []string{"incomplete query", "mismatch spends nothing", "denied elsewhere"},
			bend: before(func(hs *provider.Handshake, query url.Values) {
				if len(query) > 0 && !query.Has("state") && hs.ID != "" {
					query.Set("state", hs.ID)
				}
			}),
		},
		{fault: "tries without a code", cases: []string{"incomplete query"}, bend: before(func(_ *provider.Handshake, query url.Values) {
			if !query.Has("code") && !query.Has("error") {
				query.Set("code", "none")
			}
		})},
		{fault: "takes the first of several", cases: []string{"repeated parameters"}, bend: before(func(_ *provider.Handshake, query url.Values) {
			for name, values := range query {
				query[name] = values[:1]
			}
		})},
		{fault: "takes the last of several", cases: []string{"repeated parameters"}, bend: before(func(_ *provider.Handshake, query url.Values) {
			for name, values := range query {
				query[name] = values[len(values)-1:]
			}
		})},
		{fault: "has any callback begin a handshake", cases: []string{"empty handshake"}, bend: before(func(hs *provider.Handshake, query url.Values) {
			if hs.ID == "" {
				hs.ID = query.Get("state")
			}
		})},
		{
			fault: "finds empty equal to empty", cases: []string{"empty handshake", "denied elsewhere"},
			bend: before(func(hs *provider.Handshake, query url.Values) {
				if hs.ID == "" && query.Get("state") == "" {
					hs.ID = "none"
					query.Set("state", "none")
				}
			}),
		},
		{fault: "spends the attempt on a mismatch", cases: []string{"mismatch spends nothing"}, bend: func(b *bent, cfg *oauth2flow.Config) {
			var spent sync.Map
			after(func(hs provider.Handshake, _ url.Values, tok provider.Token, err error) (provider.Token, error) {
				if errors.Is(err, provider.ErrMismatch) {
					spent.Store(hs.ID, true)
				}
				if _, ok := spent.Load(hs.ID); ok {
					return anotherKind(nil, provider.ErrMismatch)(hs, nil, provider.Token{}, nil)
				}
				return tok, err
			})(b, cfg)
		}},
		{fault: "takes a denial for a refusal", cases: []string{"denied"}, bend: after(anotherKind(provider.ErrDenied, provider.ErrRefused))},
		{fault: "takes a denial for a mismatch", cases: []string{"denied"}, bend: after(anotherKind(provider.ErrDenied, provider.ErrMismatch))},
		{fault: "believes every denial", cases: []string{"denied elsewhere"}, bend: func(b *bent, cfg *oauth2flow.Config) {
			after(func(_ provider.Handshake, query url.Values, tok provider.Token, err error) (provider.Token, error) {
				if query.Get("error") == "access_denied" {
					err = &provider.Error{Provider: "fake", Op: provider.OpCallback, Kind: provider.ErrDenied}
				}
				return tok, err
			})(b, cfg)
		}},
	}
}

// asksOnMismatch makes a call before it says what it knew.
func asksOnMismatch(b *bent, cfg *oauth2flow.Config) {
	client := cfg.HTTPClient
	b.callback = func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error) {
		tok, err := right.HandleCallback(ctx, hs, query)
		if errors.Is(err, provider.ErrMismatch) {
			_, _ = get(ctx, client, provider.Token{}) // only that it was asked matters
		}
		return tok, err
	}
}
