package providers_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/provider/providertest"
)

// Each provider, with the configuration that apps get and the real URLs, fulfils
// the contract of a Flow.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, row := range rows2 {
		t.Run(row.function, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
				return conforming2(t, row, client)
			}})
		})
	}
	for _, row := range rows1 {
		t.Run(row.function, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
				return conforming1(t, row, client)
			}})
		})
	}
}

func conforming2(t *testing.T, row row2, client *http.Client) providertest.Provider {
	t.Helper()
	cfg := row.config()
	cfg.ClientID, cfg.ClientSecret, cfg.HTTPClient = clientID, provider.NewSecret(clientSecret), client
	flow, err := oauth2flow.New(cfg)
	require.NoError(t, err)
	twin, err := oauth2flow.New(cfg)
	require.NoError(t, err)
	stand := newHonest2(t, row)
	return providertest.Provider{
		Flow: flow, Twin: twin, Handler: stand, CallbackURL: callbackURL, Approve: stand.approve, Deny: stand.deny,
		Subject: row.want.ID, Secrets: []string{clientSecret},
	}
}

func conforming1(t *testing.T, row row1, client *http.Client) providertest.Provider {
	t.Helper()
	cfg := row.config()
	cfg.ConsumerKey, cfg.ConsumerSecret, cfg.HTTPClient = consumerKey, provider.NewSecret(consumerSecret), client
	flow, err := oauth1flow.New(cfg)
	require.NoError(t, err)
	twin, err := oauth1flow.New(cfg)
	require.NoError(t, err)
	stand := newHonest1(t, row)
	p := providertest.Provider{
		Flow: flow, Twin: twin, Handler: stand, CallbackURL: callbackURL, Approve: stand.approve,
		Subject: row.want.ID, Secrets: []string{consumerSecret},
	}
	if stand.denies {
		p.Deny = stand.deny
	}
	if row.sign {
		p.Flow, p.Twin = claimsAside{flow}, claimsAside{twin}
	}
	return p
}

// claimsAside leaves out the Raw of a profile that came signed: it is the JSON
// in the answer, and the suite wants the answer itself.
type claimsAside struct{ *oauth1flow.Flow }

func (f claimsAside) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	p, err := f.Flow.FetchProfile(ctx, tok)
	p.Raw = nil
	return p, err
}

// refusal is how a provider says no.
type refusal struct {
	status int
	body   string
}

func (r refusal) answer(w http.ResponseWriter) { reply(w, r.status, r.body) }

func reply(w http.ResponseWriter, status int, body string) {
	kind := "application/json; charset=utf-8"
	if body == "" || body[0] != '{' && body[0] != '[' {
		kind = "application/x-www-form-urlencoded; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the client may have gone
}
