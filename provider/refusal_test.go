package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/provider"
)

func TestDiagnosisByStatus(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		op     provider.Op
		status int
		want   error
	}{
		{"too many", provider.OpProfile, 429, provider.ErrRateLimited},
		{"payment", provider.OpProfile, 402, provider.ErrNoCredits},
		{"first of its errors", provider.OpProfile, 500, provider.ErrUnavailable},
		{"gateway", provider.OpProfile, 502, provider.ErrUnavailable},
		{"request timeout", provider.OpProfile, 408, provider.ErrUnavailable},
		{"redirect", provider.OpProfile, 302, provider.ErrProtocol},
		{"last that is no error", provider.OpProfile, 399, provider.ErrProtocol},
		{"exchange, bad", provider.OpAccessToken, 400, provider.ErrExpired},
		{"exchange, unauthorized", provider.OpAccessToken, 401, provider.ErrExpired},
		{"exchange, forbidden", provider.OpAccessToken, 403, provider.ErrExpired},
		{"exchange, gone", provider.OpAccessToken, 410, provider.ErrRefused},
		{"request token, unauthorized", provider.OpRequestToken, 401, provider.ErrRefused},
		{"request token, bad", provider.OpRequestToken, 400, provider.ErrRefused},
		{"profile, unauthorized", provider.OpProfile, 401, provider.ErrTokenInvalid},
		{"profile, bad", provider.OpProfile, 400, provider.ErrRefused},
		{"profile, forbidden", provider.OpProfile, 403, provider.ErrRefused},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := provider.Refusal{Op: row.op, Status: row.status}.Diagnosis()
			assert.Equal(t, row.op, d.Op)
			assert.Equal(t, row.status, d.Status)
			assert.Equal(t, row.want, d.Kind)
			assert.True(t, d.RetryAt.IsZero())
			assert.Empty(t, d.Code)
		})
	}
}

func TestDiagnosisRetryAfter(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                              {},
		"0":                             received,
		"90":                            received.Add(90 * time.Second),
		"-1":                            {},
		"1.5":                           {},
		"9999999999":                    {},
		"Sun, 22 Nov 2026 13:00:00 GMT": received.Add(time.Hour),
		"in an hour":                    {},
	} {
		r := provider.Refusal{Status: 429, Header: http.Header{"Retry-After": {text}}, ReceivedAt: received}
		assert.True(t, want.Equal(r.Diagnosis().RetryAt), "%q", text)
	}
}

func TestDiagnosisProblem(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"oauth_problem=token_rejected":     "token_rejected",
		"a=b&oauth_problem=token_expired":  "token_expired",
		"oauth_problem=token_rejected\r\n": "token_rejected",
		"oauth_problem=two+words":          "",
		"oauth_problem=token%zz":           "",
		"oauth_problem=token_rejected&%zz": "", // what is broken anywhere is not understood anywhere
		"<html>oauth_problem</html>":       "",
		"":                                 "",
	} {
		assert.Equal(t, want, provider.Refusal{Status: 401, Body: []byte(body)}.Diagnosis().Code, "%q", body)
	}
}

func TestCodeWord(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"invalid_grant", "token-expired", "1.2", "AZaz09", "215", "", strings.Repeat("x", 64)} {
		assert.Equal(t, word, provider.CodeWord(word))
	}
	for _, code := range []string{
		strings.Repeat("x", 65), "two words", "line\nfeed", "a=b", "<b>", "@", "[", "`", "{", "/", ":", "\u00e9", "a\x00", "a\xff",
	} {
		assert.Empty(t, provider.CodeWord(code), "%q", code)
	}
}

// A bearer token that is refused says why in a header (RFC 6750 section 3).
func TestDiagnosisOfABearerToken(t *testing.T) {
	t.Parallel()
	for challenge, want := range map[string]string{
		`Bearer error="insufficient_scope", scope="users.read"`: "insufficient_scope",
		`bearer realm="x",error=invalid_token`:                  "invalid_token",
		`Bearer realm="x", ERROR="invalid_token"`:               "invalid_token",
		`Bearer error_description="x, error=invalid_token"`:     "",
		`Bearer error_description="a, b",error="invalid_token"`: "invalid_token",
		`Bearer error="two words"`:                              "",
		`Basic error="invalid_token"`:                           "",
		`Bearer`:                                                "",
		``:                                                      "",
	} {
		d := provider.Refusal{Status: 403, Header: http.Header{"Www-Authenticate": {"Basic realm=x", challenge}}}.Diagnosis()
		assert.Equal(t, want, d.Code, "%q", challenge)
		assert.Equal(t, want == "insufficient_scope", d.Hint != "", "%q", challenge)
	}
	d := provider.Refusal{Status: 401, Body: []byte("oauth_problem=nonce_used"), Header: http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}}}.Diagnosis()
	assert.Equal(t, "nonce_used", d.Code, "the body comes first")
}
