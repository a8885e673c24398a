package oauth2flow_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// A callback that is not this handshake's makes no call, and does not spend
// the attempt.
func TestForeignCallbacks(t *testing.T) {
	t.Parallel()
	set := func(name string, values ...string) func(*provider.Handshake, url.Values) {
		return func(_ *provider.Handshake, q url.Values) { q[name] = values }
	}
	for _, row := range []struct {
		name   string
		change func(*provider.Handshake, url.Values)
	}{
		{"nothing at all", func(_ *provider.Handshake, q url.Values) { clear(q) }},
		{"no state", func(_ *provider.Handshake, q url.Values) { q.Del("state") }},
		{"an empty state", set("state", "")},
		{"another state", set("state", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")},
		{"a longer state", func(hs *provider.Handshake, q url.Values) { q.Set("state", hs.ID+"A") }},
		{"a shorter state", func(hs *provider.Handshake, q url.Values) { q.Set("state", hs.ID[1:]) }},
		{"the state in lower case", func(hs *provider.Handshake, q url.Values) { q.Set("state", strings.ToLower(hs.ID)) }},
		{"the state with a line break", func(hs *provider.Handshake, q url.Values) { q.Set("state", hs.ID+"\n") }},
		{"the verifier for the state", func(hs *provider.Handshake, q url.Values) { q.Set("state", hs.Secret.Reveal()) }},
		{"the state twice", func(hs *provider.Handshake, q url.Values) { q["state"] = []string{hs.ID, hs.ID} }},
		{"the state and another", func(hs *provider.Handshake, q url.Values) { q["state"] = []string{hs.ID, "x"} }},
		{"another and the state", func(hs *provider.Handshake, q url.Values) { q["state"] = []string{"x", hs.ID} }},
		{"the name in upper case", func(hs *provider.Handshake, q url.Values) { q.Del("state"); q.Set("State", hs.ID) }},
		{"a huge state", set("state", strings.Repeat("A", 1<<20))},
		{"an empty handshake", func(hs *provider.Handshake, _ url.Values) { *hs = provider.Handshake{} }},
		{"an empty handshake and an empty state", func(hs *provider.Handshake, q url.Values) { *hs = provider.Handshake{}; q.Set("state", "") }},
		{"an empty handshake and no state", func(hs *provider.Handshake, q url.Values) { *hs = provider.Handshake{}; q.Del("state") }},
		{"a handshake without an ID", func(hs *provider.Handshake, q url.Values) { hs.ID = ""; q.Set("state", "") }},
		{"no code", func(_ *provider.Handshake, q url.Values) { q.Del("code") }},
		{"an empty code", set("code", "")},
		{"the code twice", func(_ *provider.Handshake, q url.Values) { q["code"] = []string{q.Get("code"), q.Get("code")} }},
		{"two codes", func(_ *provider.Handshake, q url.Values) { q.Add("code", "another") }},
		{"error twice", set("error", "access_denied", "access_denied")},
		{"iss twice", set("iss", issuer, issuer)},
		{"denied, with another state", func(_ *provider.Handshake, q url.Values) { q.Set("error", "access_denied"); q.Set("state", "x") }},
		{"denied, without a state", func(_ *provider.Handshake, q url.Values) { q.Set("error", "access_denied"); q.Del("state") }},
		{"an access token in the callback", func(_ *provider.Handshake, q url.Values) { q.Del("code"); q.Set("access_token", "a") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			f := s.flow()
			own, good := s.start(f)
			hs, query := own, without(t, "?"+good.Encode())
			row.change(&hs, query)
			tok, err := f.HandleCallback(t.Context(), hs, query)
			requireError(t, err, provider.ErrMismatch, provider.OpCallback)
			assert.Empty(t, tok)
			assert.Empty(t, s.made(""), "nobody was asked")

			_, err = f.HandleCallback(t.Context(), own, good)
			require.NoError(t, err, "the own attempt is intact")
		})
	}
}

// The reason tells a state that is not there from another one.
func TestForeignCallbackReasons(t *testing.T) {
	t.Parallel()
	const missing, foreign = "state is missing", "state is not the one of this handshake"
	for _, row := range []struct{ id, state, reason string }{
		{"", "", missing}, {"", "x", missing}, {"x", "", missing}, {"x", "y", foreign},
	} {
		hs := handshake()
		hs.ID = row.id
		_, err := newServer(t).flow().HandleCallback(t.Context(), hs, url.Values{"state": {row.state}, "code": {"c"}})
		e := requireError(t, err, provider.ErrMismatch, provider.OpCallback)
		assert.Equal(t, row.reason, e.Reason, "%q and %q", row.id, row.state)
	}
}

// The callback of one attempt does not answer another, of the same browser or
// not: neither with the other's state nor with the other's code under the own
// state.
func TestSwappedAttempts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	f := s.flow()
	hsA, queryA := s.start(f)
	hsB, queryB := s.start(f)
	_, err := f.HandleCallback(t.Context(), hsA, queryB)
	requireError(t, err, provider.ErrMismatch, provider.OpCallback)
	_, err = f.HandleCallback(t.Context(), hsB, queryA)
	requireError(t, err, provider.ErrMismatch, provider.OpCallback)
	assert.Empty(t, s.made(""))

	// Code injection (RFC 9700 section 4.5): PKCE makes the server notice.
	injected := url.Values{"state": {hsA.ID}, "code": queryB["code"]}
	_, err = f.HandleCallback(t.Context(), hsA, injected)
	requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
}

func TestErrorsInTheCallback(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 65)
	for _, row := range []struct {
		word, code string
		kind       error
		hint       string
	}{
		{"access_denied", "access_denied", provider.ErrDenied, ""},
		{"user_cancelled_login", "user_cancelled_login", provider.ErrDenied, ""},
		{"user_cancelled_authorize", "user_cancelled_authorize", provider.ErrDenied, ""},
		{"server_error", "server_error", provider.ErrUnavailable, ""},
		{"temporarily_unavailable", "temporarily_unavailable", provider.ErrUnavailable, ""},
		{"invalid_request", "invalid_request", provider.ErrRefused, ""},
		{"invalid_scope", "invalid_scope", provider.ErrRefused, "Scopes"},
		{"unauthorized_client", "unauthorized_client", provider.ErrRefused, "authorization code grant"},
		{"unsupported_response_type", "unsupported_response_type", provider.ErrRefused, "authorization code grant"},
		{"interaction_required", "interaction_required", provider.ErrRefused, ""},
		{"something-New.42", "something-New.42", provider.ErrRefused, ""},
		{"ACCESS_DENIED", "ACCESS_DENIED", provider.ErrRefused, ""},
		// From here on it is no word, and nothing of it may be seen.
		{"access_denied\n" + marker, "", provider.ErrRefused, ""},
		{"access_denied\r\nlevel=info msg=" + marker, "", provider.ErrRefused, ""},
		{"<script>" + marker + "</script>", "", provider.ErrRefused, ""},
		{marker + " with blanks", "", provider.ErrRefused, ""},
		{"\x1b[31m" + marker, "", provider.ErrRefused, ""},
		{"\u202e" + marker, "", provider.ErrRefused, ""},
		{"\xff" + marker, "", provider.ErrRefused, ""},
		{marker + long, "", provider.ErrRefused, ""},
		{long, "", provider.ErrRefused, ""},
	} {
		t.Run(row.word, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			f := s.flow()
			hs, good := s.start(f)
			for _, query := range []url.Values{
				{"state": {hs.ID}, "error": {row.word}},
				{"state": {hs.ID}, "error": {row.word}, "error_description": {marker}, "error_uri": {"https://" + marker}},
				{"state": {hs.ID}, "error": {row.word}, "code": good["code"]}, // an error is one, also with a code
			} {
				tok, err := f.HandleCallback(t.Context(), hs, query)
				e := requireError(t, err, row.kind, provider.OpCallback)
				assert.Empty(t, tok)
				assert.Equal(t, row.code, e.Code)
				assert.Contains(t, e.Hint, row.hint)
				assert.False(t, strings.ContainsAny(err.Error(), "\r\n\x1b<>\u202e"), "%q", err)
				assert.NotContains(t, err.Error(), long)
			}
			assert.Empty(t, s.made(""))
		})
	}
}

// The issuer defends against mix-up (RFC 9207, RFC 9700 section 4.4), on
// errors too: whether the person declined is the own provider's to say.
func TestIssuer(t *testing.T) {
	t.Parallel()
	const none = "-"
	for _, row := range []struct {
		name       string
		configured string
		require    bool
		iss        string
		belongs    bool
	}{
		{"none configured, none sent", "", false, none, true},
		{"none configured, one sent", "", false, issuer, true},
		{"equal", issuer, false, issuer, true},
		{"missing", issuer, false, none, true},
		{"foreign", issuer, false, "https://evil.example", false},
		{"empty", issuer, false, "", false},
		{"with a slash", issuer, false, issuer + "/", false},
		{"in upper case", issuer, false, strings.ToUpper(issuer), false},
		{"with a blank", issuer, false, issuer + " ", false},
		{"required and equal", issuer, true, issuer, true},
		{"required and missing", issuer, true, none, false},
		{"required and empty", issuer, true, "", false},
		{"required and foreign", issuer, true, "https://evil.example", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			f := s.flow(func(c *oauth2flow.Config) { c.Issuer, c.RequireIssuer = row.configured, row.require })
			hs, query := s.start(f)
			denied := url.Values{"state": {hs.ID}, "error": {"access_denied"}}
			if row.iss != none {
				query.Set("iss", row.iss)
				denied.Set("iss", row.iss)
			}
			_, err := f.HandleCallback(t.Context(), hs, denied)
			if row.belongs {
				requireError(t, err, provider.ErrDenied, provider.OpCallback)
			} else {
				requireError(t, err, provider.ErrMismatch, provider.OpCallback)
			}
			assert.Empty(t, s.made(""))

			_, err = f.HandleCallback(t.Context(), hs, query)
			if row.belongs {
				require.NoError(t, err)
				assert.Len(t, s.made(""), 1)
			} else {
				e := requireError(t, err, provider.ErrMismatch, provider.OpCallback)
				assert.Contains(t, e.Reason, "RFC 9207")
				assert.Empty(t, s.made(""))
			}
		})
	}
}

// A server that names its issuer in earnest.
func TestIssuerOfTheServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.issuer = issuer
	assert.False(t, s.signIn(s.flow(func(c *oauth2flow.Config) { c.Issuer, c.RequireIssuer = issuer, true })).IsZero())
}
