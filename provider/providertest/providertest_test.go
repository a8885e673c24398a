package providertest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/dghubble/oauth1"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/provider/providertest"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

func TestOAuth2Flow(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*oauth2flow.Config){
		"whole":                     func(*oauth2flow.Config) {},
		"subject from the profile":  func(cfg *oauth2flow.Config) { cfg.Identify = nil },
		"profile from the token":    func(cfg *oauth2flow.Config) { cfg.ProfileURL = "" },
		"no way to revoke":          func(cfg *oauth2flow.Config) { cfg.RevokeURL = "" },
		"with a nonce in the start": func(cfg *oauth2flow.Config) { cfg.SendNonce = true },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
				cfg := oauth2Config(client, host)
				change(&cfg)
				return newFake().around(newOAuth2(t, cfg), newOAuth2(t, cfg))
			}})
		})
	}
}

func TestOAuth2FlowOverTheNetwork(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Config{RealTime: true, New: func(t *testing.T, client *http.Client) providertest.Provider {
		f := newFake()
		server := httptest.NewServer(f)
		t.Cleanup(server.Close)
		cfg := oauth2Config(client, server.URL)
		p := f.around(newOAuth2(t, cfg), newOAuth2(t, cfg))
		p.Handler = nil
		return p
	}})
}

// standIn is X in the process. It is started outside the bubbles of the cases,
// since it listens.
func standIn(t *testing.T) *twittertest.Server {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{callbackURL}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	return x
}

// around is a Provider of the stand-in for X.
func around(x *twittertest.Server, flow, twin provider.Flow) providertest.Provider {
	hanako := twittertest.MadeUpPeople()[1].ID
	return providertest.Provider{
		Flow: flow, Twin: twin, Handler: x.Handler(), CallbackURL: callbackURL,
		Approve: func(ctx context.Context, authURL string) (string, error) { return x.Approve(ctx, authURL, hanako) },
		Deny:    x.Deny,
		Subject: hanako,
		Secrets: []string{twittertest.ConsumerSecret},
	}
}

func TestTwitter(t *testing.T) {
	t.Parallel()
	for _, source := range []twitter.ProfileSource{twitter.VerifyCredentials, twitter.UsersMe, twitter.TokenAnswer} {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			x := standIn(t)
			providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
				newFlow := func() provider.Flow {
					flow, err := twitter.New(twitter.Config{
						ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
						BaseURL: x.URL(), Profile: source, HTTPClient: client,
					})
					require.NoError(t, err)
					return flow
				}
				return around(x, newFlow(), newFlow())
			}})
		})
	}
}

func TestOAuth1Flow(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*oauth1flow.Config){
		"subject from the profile": func(cfg *oauth1flow.Config) { cfg.Identify = nil },
		"profile from the token":   func(cfg *oauth1flow.Config) { cfg.ProfileURL, cfg.ParseProfile = "", nil },
		"no way to revoke":         func(cfg *oauth1flow.Config) { cfg.RevokeURL = "" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := standIn(t)
			providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
				newFlow := func() provider.Flow {
					cfg := oauth1flow.Config{
						Name: "fake", ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
						Endpoint: oauth1.Endpoint{
							RequestTokenURL: x.URL() + "/oauth/request_token",
							AuthorizeURL:    x.URL() + "/oauth/authorize",
							AccessTokenURL:  x.URL() + "/oauth/access_token",
						},
						Identify:     func(answer url.Values) (string, string) { return answer.Get("user_id"), answer.Get("screen_name") },
						ProfileURL:   x.URL() + "/1.1/account/verify_credentials.json?include_email=true",
						ParseProfile: twitter.ParseVerifyCredentials,
						RevokeURL:    x.URL() + "/1.1/oauth/invalidate_token.json",
						HTTPClient:   client,
					}
					change(&cfg)
					flow, err := oauth1flow.New(cfg)
					require.NoError(t, err)
					return flow
				}
				return around(x, newFlow(), newFlow())
			}})
		})
	}
}

// bare has no optional powers.
type bare struct{ provider.Flow }

func TestFlowWithoutPowers(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
		f := newFake()
		p := f.around(bare{newOAuth2(t, oauth2Config(client, host))}, nil)
		p.Deny = nil
		return p
	}})
}
