package oidcflow_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

// refusals are callbacks that no call is worth.
var refusals = []struct {
	name   string
	change func(query url.Values)
	kind   error
}{
	{"no state", func(q url.Values) { q.Del("state") }, provider.ErrMismatch},
	{"another state", func(q url.Values) { q.Set("state", "evil") }, provider.ErrMismatch},
	{"state twice", func(q url.Values) { q.Add("state", "evil") }, provider.ErrMismatch},
	{"no code", func(q url.Values) { q.Del("code") }, provider.ErrMismatch},
	{"code twice", func(q url.Values) { q.Add("code", "evil") }, provider.ErrMismatch},
	{"another issuer", func(q url.Values) { q.Set("iss", "https://evil.example") }, provider.ErrMismatch},
	{"the issuer with a slash", func(q url.Values) { q.Set("iss", issuer+"/") }, provider.ErrMismatch},
	{"issuer twice", func(q url.Values) { q["iss"] = []string{issuer, "https://evil.example"} }, provider.ErrMismatch},
	{"denied", func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }, provider.ErrDenied},
	{"denied by another issuer", func(q url.Values) { q.Set("error", "access_denied"); q.Set("iss", "https://evil.example") }, provider.ErrMismatch},
	{"interaction needed", func(q url.Values) { q.Set("error", "login_required") }, provider.ErrRefused},
	{"out of order", func(q url.Values) { q.Set("error", "server_error") }, provider.ErrUnavailable},
}

func TestCallbacksRefusedWithoutACall(t *testing.T) {
	t.Parallel()
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			f := op.flow(t)
			hs, query := op.start(t, f)
			test.change(query)
			calls := op.count("")
			tok, err := f.HandleCallback(t.Context(), hs, query)
			requireKind(t, err, provider.OpCallback, test.kind)
			assert.True(t, tok.IsZero())
			// A process that has not discovered anything yet says the same.
			_, err = op.flow(t).HandleCallback(t.Context(), hs, query)
			requireKind(t, err, provider.OpCallback, test.kind)
			assert.Equal(t, calls, op.count(""))
		})
	}
}

func TestACallbackMayComeToAnotherProcess(t *testing.T) {
	t.Parallel()
	op := newForger()
	hs, query := op.start(t, op.flow(t))
	tok, err := op.flow(t).HandleCallback(t.Context(), hs, query)
	require.NoError(t, err)
	assert.Equal(t, subject, tok.Subject)
	assert.Equal(t, 2, op.count(discovery))
	assert.Equal(t, 1, op.count("POST /token"))
}

func TestACallbackWhileThereIsNoDiscovery(t *testing.T) {
	t.Parallel()
	op := newForger()
	hs, query := op.start(t, op.flow(t))
	op.broken[wellKnown] = status(http.StatusNotFound)
	_, err := op.flow(t).HandleCallback(t.Context(), hs, query)
	requireKind(t, err, "discovery", provider.ErrRefused)
	assert.Zero(t, op.count("POST /token"), "the code was spent")

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = op.flow(t).HandleCallback(gone, hs, query)
	require.ErrorIs(t, err, context.Canceled)
}

func TestTheIssuerOfACallback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		announced       any
		iss             string
		refused, denied bool
	}{
		{"not announced, not there", nil, "", false, false},
		{"not announced, there", nil, issuer, false, false},
		{"announced as absent, not there", false, "", false, false},
		{"announced, there", true, issuer, false, false},
		{"announced, not there", true, "", true, false},
		{"announced, not there, denied", true, "", true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := newForger()
			if test.announced != nil {
				op.metadata["authorization_response_iss_parameter_supported"] = test.announced
			}
			f := op.flow(t)
			hs, query := op.start(t, f)
			if test.iss != "" {
				query.Set("iss", test.iss)
			}
			if test.denied {
				query.Set("error", "access_denied")
			}
			_, err := f.HandleCallback(t.Context(), hs, query)
			if test.refused {
				requireKind(t, err, provider.OpCallback, provider.ErrMismatch)
				assert.Zero(t, op.count("POST /token"))
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestTheExchange(t *testing.T) {
	t.Parallel()
	op := newForger()
	f := op.flow(t)
	hs, query := op.start(t, f)
	_, err := f.HandleCallback(t.Context(), hs, query)
	require.NoError(t, err)
	for i, request := range op.requests {
		if request == "POST /token" {
			assert.Equal(t, url.Values{
				"grant_type": {"authorization_code"}, "code": {"the-code"}, "redirect_uri": {callback}, "code_verifier": {hs.Secret.Reveal()},
			}, op.forms[i])
		}
	}
}

func TestWhatTheTokenEndpointRefuses(t *testing.T) {
	t.Parallel()
	op := newForger()
	f := op.flow(t)
	hs, query := op.start(t, f)
	op.set(func() {
		op.broken["/token"] = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			send(w, object{"error": "invalid_grant", "error_description": "evil"})
		}
	})
	_, err := f.HandleCallback(t.Context(), hs, query)
	e := requireKind(t, err, provider.OpAccessToken, provider.ErrExpired)
	assert.Equal(t, "invalid_grant", e.Code)
	assert.Equal(t, 1, op.count("POST /token"))
}
