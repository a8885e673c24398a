package oidcflow_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oidcflow"
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
		{"with null for a nonce", func(op *forger) { op.claims["nonce"] = nil }, ""},
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

func TestRefreshOutlivesKeysThatCannotBeHad(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"503": status(http.StatusServiceUnavailable), "429": status(http.StatusTooManyRequests),
		"403": status(http.StatusForbidden), "404": status(http.StatusNotFound), "302": status(http.StatusFound),
		"silent": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"HTML":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>evil")) },
		"too many": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"keys":["` + strings.Repeat("evil", 1<<18) + `"]}`))
		},
		"no list":    func(w http.ResponseWriter, _ *http.Request) { send(w, object{"keys": "evil"}) },
		"none":       func(w http.ResponseWriter, _ *http.Request) { send(w, object{"keys": []any{}}) },
		"unreadable": func(w http.ResponseWriter, _ *http.Request) { send(w, object{"keys": []any{object{}}}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				op := newForger()
				tok, err := op.signIn(t, op.flow(t))
				require.NoError(t, err)
				op.set(func() {
					op.answer = maps.Clone(op.answer)
					op.answer["refresh_token"] = "fresh-refresh"
					op.broken["/keys"] = handler
				})
				f := op.flow(t, func(c *oidcflow.Config) { c.Timeout = 5 * time.Second })
				fresh, err := f.Refresh(t.Context(), tok) // another process, which has no keys yet
				require.NoError(t, err)
				assert.Equal(t, "fresh-refresh", fresh.Refresh.Reveal())
				synctest.Wait()
			})
		})
	}
}

// What keys did come have the last word: a signature that they do not make is
// no token of the provider's.
func TestRefreshBelievesTheKeysThatCame(t *testing.T) {
	t.Parallel()
	other := newECKey(t)
	forged := func(alg, kid string, sign signer) func(*forger) {
		return func(op *forger) {
			op.sign = func(c []byte) string { return op.jws(alg, kid, c, sign) }
		}
	}
	unsigned := func([]byte) []byte { return make([]byte, 256) }
	tests := []struct {
		name    string
		change  func(op *forger)
		down    bool // the keys, since they came
		refused bool
	}{
		{"a key that came", func(*forger) {}, true, false},
		{"not by the key that it names", forged("RS256", "first", unsigned), false, true},
		{"not by the key that it names, none come any more", forged("RS256", "first", unsigned), true, true},
		{"by a key that is not among them", forged("ES256", "second", es256(other)), false, true},
		{"by a key that cannot be asked for", forged("ES256", "second", es256(other)), true, false},
		{"names no key", forged("ES256", "", es256(other)), false, true},
		{"names no key, and none come any more", forged("ES256", "", es256(other)), true, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				op := newForger()
				f := op.flow(t)
				tok, err := op.signIn(t, f)
				require.NoError(t, err)
				op.set(func() {
					test.change(op)
					if test.down {
						op.broken["/keys"] = status(http.StatusNotFound)
					}
				})
				_, err = f.Refresh(t.Context(), tok)
				if !test.refused {
					require.NoError(t, err)
					return
				}
				require.Error(t, err)
				assert.NotErrorIs(t, err, provider.ErrTokenInvalid)
			})
		})
	}
}
