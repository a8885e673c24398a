package providertest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/providertest"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

func TestTwitterOverOAuth2(t *testing.T) {
	t.Parallel()
	x := standIn(t)
	providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
		newFlow := func() provider.Flow {
			flow, err := twitter.NewOAuth2(twitter.OAuth2Config{
				ClientID: twittertest.OAuth2ClientID, ClientSecret: provider.NewSecret(twittertest.OAuth2ClientSecret),
				Scopes:  []string{"users.read", "tweet.read", "users.email", "offline.access"},
				BaseURL: x.URL(), HTTPClient: client,
			})
			require.NoError(t, err)
			return flow
		}
		p := around(x, newFlow(), newFlow())
		p.Secrets = []string{twittertest.OAuth2ClientSecret}
		return p
	}})
}
