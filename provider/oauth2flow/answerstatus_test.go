package oauth2flow_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// replying is a Flow whose calls are all answered by answer.
func replying(t *testing.T, answer func() (*http.Response, error)) *oauth2flow.Flow {
	s := fakeServer{t: t, url: "https://id.fake.example"}
	return s.flow(func(c *oauth2flow.Config) {
		c.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return answer() })}
	})
}

// The Status of an error is the answer's, whatever became of its body.
func TestStatusOfTheTokenAnswer(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status int
		body   io.Reader
		kind   error
	}{
		"no content":                 {http.StatusNoContent, strings.NewReader(""), provider.ErrProtocol},
		"accepted, without a token":  {http.StatusAccepted, strings.NewReader("{}"), provider.ErrProtocol},
		"half a token":               {http.StatusPartialContent, strings.NewReader(`{"access_token":"t"}`), provider.ErrProtocol},
		"a token that breaks off":    {http.StatusOK, iotest.ErrReader(io.ErrUnexpectedEOF), provider.ErrUnavailable},
		"an endless token":           {http.StatusOK, strings.NewReader(strings.Repeat(" ", 70<<10)), provider.ErrProtocol},
		"a failure that breaks off":  {http.StatusBadGateway, iotest.ErrReader(io.ErrUnexpectedEOF), provider.ErrUnavailable},
		"a failure without any body": {http.StatusServiceUnavailable, nil, provider.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, o := range operations[:2] {
				e := requireError(t, o.run(t.Context(), replying(t, func() (*http.Response, error) {
					res := &http.Response{StatusCode: row.status, Header: http.Header{"Content-Type": {"application/json"}}}
					if row.body != nil {
						res.Body = io.NopCloser(row.body)
					}
					if seeker, ok := row.body.(io.Seeker); ok {
						_, err := seeker.Seek(0, io.SeekStart)
						require.NoError(t, err)
					}
					return res, nil
				})), row.kind, o.op)
				assert.Equal(t, row.status, e.Status)
			}
		})
	}
}

// A RoundTripper that breaks its contract is an error, as with http.Client.
func TestNeitherAnswerNorError(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		err := o.run(t.Context(), replying(t, func() (*http.Response, error) { return nil, nil }))
		e := requireError(t, err, provider.ErrUnavailable, o.op)
		assert.Zero(t, e.Status)
	}
}

// What RFC 6750 says in the header counts where the body says nothing, and not
// at the endpoints for clients.
func TestChallenge(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status int
		word   string
		body   string
		kinds  map[provider.Op]error
		code   string
	}{
		{403, "insufficient_scope", "{}", map[provider.Op]error{provider.OpProfile: provider.ErrRefused}, "insufficient_scope"},
		{403, "insufficient_scope", "<html>", map[provider.Op]error{provider.OpProfile: provider.ErrRefused}, "insufficient_scope"},
		{403, "insufficient_scope", `{"error":"other"}`, map[provider.Op]error{provider.OpProfile: provider.ErrRefused}, "other"},
		{400, "invalid_token", "{}", map[provider.Op]error{provider.OpProfile: provider.ErrTokenInvalid}, "invalid_token"},
		{401, "invalid_token", "{}", map[provider.Op]error{provider.OpRefresh: provider.ErrRefused, provider.OpRevoke: provider.ErrRefused}, ""},
	} {
		for _, o := range operations {
			kind, applies := row.kinds[o.op]
			if !applies {
				continue
			}
			s := newServer(t)
			s.answer(o.path, body(row.status, row.body, "WWW-Authenticate", `Bearer error="`+row.word+`"`))
			e := requireError(t, o.run(t.Context(), s.flow()), kind, o.op)
			assert.Equal(t, row.code, e.Code)
		}
	}
}

// A firewall's page says nothing of the person.
func TestPagesAtTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	for text, kind := range map[string]string{"<!doctype html>": "text/plain", "Access denied": "text/html; charset=utf-8"} {
		for _, status := range []int{http.StatusBadRequest, http.StatusForbidden} {
			s := newServer(t)
			s.answer("/token", body(status, text, "Content-Type", kind))
			e := requireError(t, operations[0].run(t.Context(), s.flow()), provider.ErrUnavailable, provider.OpAccessToken)
			assert.Contains(t, e.Reason, "blocks this server")
		}
	}
}
