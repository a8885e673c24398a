package oidcflow_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
)

func TestHowTheSecretIsSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		offers any
		change func(*oidcflow.Config)
		basic  bool
		secret bool
	}{
		{"nothing said", nil, nil, true, true},
		{"both", []string{"client_secret_post", "client_secret_basic"}, nil, true, true},
		{"post", []string{"private_key_jwt", "client_secret_post"}, nil, false, true},
		{"basic", []string{"client_secret_basic"}, nil, true, true},
		{"chosen against the metadata", []string{"client_secret_basic"}, func(c *oidcflow.Config) { c.AuthStyle = oauth2.AuthStyleInParams }, false, true},
		{"chosen where nothing fits", []string{"tls_client_auth"}, func(c *oidcflow.Config) { c.AuthStyle = oauth2.AuthStyleInHeader }, true, true},
		{"public client", []string{"client_secret_basic"}, func(c *oidcflow.Config) { c.ClientSecret = provider.Secret{} }, false, false},
		{"public client where nothing fits", []string{"tls_client_auth"}, func(c *oidcflow.Config) { c.ClientSecret = provider.Secret{} }, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			if test.offers != nil {
				op.metadata["token_endpoint_auth_methods_supported"] = test.offers
			}
			f := op.flow(t)
			if test.change != nil {
				f = op.flow(t, test.change)
			}
			tok, err := op.signIn(t, f)
			require.NoError(t, err)
			require.NoError(t, f.Revoke(t.Context(), tok))
			for i, request := range op.requests {
				if request != "POST /token" && request != "POST /revoke" {
					continue
				}
				user, password, basic := (&http.Request{Header: op.headers[i]}).BasicAuth()
				assert.Equal(t, test.basic, basic)
				if test.basic {
					assert.Equal(t, clientID, user)
					assert.Equal(t, secret, password)
					assert.False(t, op.forms[i].Has("client_secret"))
					continue
				}
				assert.Equal(t, clientID, op.forms[i].Get("client_id"))
				assert.Equal(t, test.secret, op.forms[i].Get("client_secret") == secret)
			}
		})
	}
}
