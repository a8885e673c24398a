package oidcflow_test

import (
	"maps"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(op *forger)
		err    string
	}{
		{"with an id_token", func(*forger) {}, ""},
		{"without", func(op *forger) { op.sign = func([]byte) string { return "" } }, ""},
		{"with another nonce", func(op *forger) { op.claims["nonce"] = "another" }, ""},
		{"keys out of reach", func(op *forger) { op.broken["/keys"] = status(http.StatusServiceUnavailable) }, ""},
		{"another person", func(op *forger) { op.claims["sub"] = "evil" }, "another person"},
		{"another person, keys out of reach", func(op *forger) {
			op.claims["sub"] = "evil"
			op.broken["/keys"] = status(http.StatusServiceUnavailable)
		}, "another person"},
		{"another issuer", func(op *forger) { op.claims["iss"] = "https://evil.example" }, "another issuer"},
		{"another issuer, keys out of reach", func(op *forger) {
			op.claims["iss"] = "https://evil.example"
			op.broken["/keys"] = status(http.StatusServiceUnavailable)
		}, "another issuer"},
		{"another client", func(op *forger) { op.claims["aud"] = "evil" }, "another client"},
		{"another client, keys out of reach", func(op *forger) {
			op.claims["aud"] = "evil"
			op.broken["/keys"] = status(http.StatusServiceUnavailable)
		}, "another client"},
		{"expired", func(op *forger) { op.claims["exp"] = 1 }, "expired"},
		{"expired, keys out of reach", func(op *forger) {
			op.claims["exp"] = 1
			op.broken["/keys"] = status(http.StatusServiceUnavailable)
		}, "expired"},
		{"no JWT, keys out of reach", func(op *forger) {
			op.sign = func([]byte) string { return "evil" }
			op.broken["/keys"] = status(http.StatusServiceUnavailable)
		}, "not signed with an algorithm"},
		{"alg none", func(op *forger) {
			op.sign = func(c []byte) string { return op.jws("none", "", c, func([]byte) []byte { return nil }) }
		}, "not signed with an algorithm"},
		{"another access token", func(op *forger) { op.claims["at_hash"] = atHash("evil") }, "at_hash"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				op := newForger()
				first := op.flow(t)
				tok, err := op.signIn(t, first)
				require.NoError(t, err)
				op.set(func() {
					op.answer = maps.Clone(op.answer)
					op.answer["access_token"], op.answer["refresh_token"] = "fresh-access", "fresh-refresh"
					op.claims["exp"] = time.Now().Add(time.Hour).Unix()
					delete(op.claims, "nonce")
					test.change(op)
				})
				// Another process, which has no keys yet.
				fresh, err := op.flow(t).Refresh(t.Context(), tok)
				if test.err != "" {
					e := requireKind(t, err, provider.OpRefresh, provider.ErrIdentity)
					assert.Contains(t, e.Error(), test.err)
					assert.True(t, fresh.IsZero())
					return
				}
				require.NoError(t, err)
				assert.Equal(t, subject, fresh.Subject)
				assert.Equal(t, "janedoe", fresh.Username)
				assert.Equal(t, "fresh-access", fresh.Access.Reveal())
				assert.Equal(t, "fresh-refresh", fresh.Refresh.Reveal())
			})
		})
	}
}
