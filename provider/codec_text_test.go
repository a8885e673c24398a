package provider_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

// JSON would write another text for it: two people's tokens could become one.
func TestWhatIsNotUTF8IsNotEncoded(t *testing.T) {
	t.Parallel()
	const bad = "a\xff"
	secret := provider.NewSecret(bad)
	for name, token := range map[string]provider.Token{
		"access":       {Access: secret},
		"secret":       {Secret: secret},
		"refresh":      {Refresh: secret},
		"scope":        {Scope: bad},
		"subject":      {Subject: bad},
		"username":     {Username: bad},
		"extra, name":  {Extra: map[string]provider.Secret{bad: {}}},
		"extra, value": {Extra: map[string]provider.Secret{"name": secret}},
	} {
		data, err := provider.EncodeToken(token)
		require.ErrorContains(t, err, "not UTF-8", name)
		assert.Nil(t, data, name)
	}
	for name, hs := range map[string]provider.Handshake{
		"ID": {ID: bad}, "secret": {ID: "id", Secret: secret}, "callback URL": {ID: "id", CallbackURL: bad},
	} {
		data, err := provider.EncodeHandshake(hs)
		require.ErrorContains(t, err, "not UTF-8", name)
		assert.Nil(t, data, name)
	}
}

// A token that never expires has no Expiry after the road either.
func TestExpiryRoundTrip(t *testing.T) {
	t.Parallel()
	for name, expiry := range map[string]time.Time{"never": {}, "then": time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)} {
		data, err := provider.EncodeToken(provider.Token{
			Access: provider.NewSecret("a"), Refresh: provider.NewSecret("r"), Scope: "read write", Expiry: expiry,
		})
		require.NoError(t, err)
		if expiry.IsZero() {
			assert.JSONEq(t, `{"v":1,"a":"a","r":"r","sc":"read write"}`, string(data))
		}
		token, err := provider.DecodeToken(data)
		require.NoError(t, err)
		assert.Equal(t, expiry, token.Expiry, name)
		assert.Equal(t, "r", token.Refresh.Reveal())
		assert.Equal(t, "read write", token.Scope)
	}
}
