package outbound_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// marker is in all that may not be in an error's text.
const marker = "MARKER-of-the-body"

// roundTripper is a function as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// countingBody counts how often it is closed.
type countingBody struct {
	io.Reader

	closed atomic.Int32
}

func (b *countingBody) Close() error { b.closed.Add(1); return nil }

// answer is a response with that body.
func answer(status int, text string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: &countingBody{Reader: strings.NewReader(text)}}
}

// caller is answered by the functions in turn, then by the last one again.
func caller(answers ...roundTripper) (c *outbound.Caller, calls *int) {
	calls = new(int)
	return &outbound.Caller{
		Name: "fake", Timeout: 10 * time.Second,
		HTTP: outbound.NewClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			if err := req.Context().Err(); err != nil {
				return nil, err
			}
			h := answers[min(*calls, len(answers)-1)]
			*calls++
			return h(req)
		})}),
	}, calls
}

func says(status int, text string, header ...string) roundTripper {
	return func(*http.Request) (*http.Response, error) {
		res := answer(status, text)
		for i := 0; i < len(header); i += 2 {
			res.Header.Set(header[i], header[i+1])
		}
		return res, nil
	}
}

func fails(err error) roundTripper {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// hangs until the request's context ends.
func hangs(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func request(ctx context.Context) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodGet, "https://api.fake.example/"+marker+"?token="+marker, nil)
}

func requireError(t *testing.T, err, kind error) *provider.Error {
	t.Helper()
	require.ErrorIs(t, err, kind)
	e, ok := errors.AsType[*provider.Error](err)
	require.True(t, ok, "%T", err)
	assert.Equal(t, kind, e.Kind)
	assert.Equal(t, "fake", e.Provider)
	assert.Equal(t, provider.OpProfile, e.Op)
	assert.NotContains(t, err.Error(), marker)
	return e
}

func TestOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		answer roundTripper
		want   string
		kind   error
		status int
	}{
		{"a body", says(200, "body"), "body", nil, 0},
		{"an empty body", says(200, ""), "", nil, 0},
		{"as much as is allowed", says(200, strings.Repeat("x", 20)), strings.Repeat("x", 20), nil, 0},
		{"more", says(200, strings.Repeat("x", 21)), "", provider.ErrProtocol, 200},
		{"another success", says(204, ""), "", provider.ErrProtocol, 204},
		{"a redirect", says(302, "", "Location", "https://evil.example/"+marker), "", provider.ErrProtocol, 302},
		{"a refusal", says(403, marker), "", provider.ErrRefused, 403},
		{"a long refusal", says(403, strings.Repeat(marker, 100)), "", provider.ErrRefused, 403},
		{"no answer", fails(errors.New("gone")), "", provider.ErrUnavailable, 0},
		{"an answer that quotes", fails(errors.New(`malformed HTTP response "` + marker + `"`)), "", provider.ErrUnavailable, 0},
		{"a header that is quoted", fails(errors.New("malformed MIME header line: " + marker)), "", provider.ErrUnavailable, 0},
		{"half a body", func(*http.Request) (*http.Response, error) {
			res := answer(200, "")
			res.Body = io.NopCloser(io.MultiReader(strings.NewReader(marker), iotest.ErrReader(io.ErrUnexpectedEOF)))
			return res, nil
		}, "", provider.ErrUnavailable, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, calls := caller(row.answer)
			got, err := c.Once(t.Context(), provider.OpProfile, request, 20, "")
			assert.Equal(t, 1, *calls)
			if row.kind != nil {
				e := requireError(t, err, row.kind)
				assert.Equal(t, row.status, e.Status)
				assert.Nil(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.want, string(got))
		})
	}
}

func TestOnceClosesTheBody(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 500} {
		res := answer(status, strings.Repeat("x", 100))
		c, _ := caller(func(*http.Request) (*http.Response, error) { return res, nil })
		_, err := c.Once(t.Context(), provider.OpProfile, request, 20, "")
		require.Error(t, err)
		assert.EqualValues(t, 1, res.Body.(*countingBody).closed.Load())
	}
}

func TestOnceWithoutARequest(t *testing.T) {
	t.Parallel()
	cause := errors.New("no key")
	c, calls := caller(says(200, ""))
	for _, err := range []error{cause, &url.Error{Op: "parse", URL: marker, Err: cause}} {
		_, got := c.Once(t.Context(), provider.OpProfile, func(context.Context) (*http.Request, error) { return nil, err }, 20, "")
		requireError(t, got, provider.ErrRefused)
		require.ErrorIs(t, got, cause)
	}
	assert.Zero(t, *calls)
}

// Diagnose is told all, and its word counts; without one, the status does.
func TestRefused(t *testing.T) {
	t.Parallel()
	c, _ := caller(says(418, marker, "X-Id", "1"))
	c.Diagnose = func(r provider.Refusal) provider.Error {
		assert.Equal(t, provider.OpProfile, r.Op)
		assert.Equal(t, 418, r.Status)
		assert.Equal(t, marker, string(r.Body))
		assert.Equal(t, "https://app.example/cb", r.CallbackURL)
		assert.WithinDuration(t, time.Now(), r.ReceivedAt, time.Minute)
		return provider.Error{Kind: provider.ErrNoCredits, Code: "c", Reason: "r", Hint: "h", RequestID: r.Header.Get("X-Id"), Status: 1, Provider: "x"}
	}
	_, err := c.Once(t.Context(), provider.OpProfile, request, 100, "https://app.example/cb")
	e := requireError(t, err, provider.ErrNoCredits)
	assert.Equal(t, provider.Error{
		Provider: "fake", Op: provider.OpProfile, Kind: provider.ErrNoCredits, Status: 418, Code: "c", Reason: "r", Hint: "h", RequestID: "1",
	}, *e)

	c.Diagnose = func(provider.Refusal) provider.Error { return provider.Error{Hint: "h"} }
	_, err = c.Once(t.Context(), provider.OpProfile, request, 100, "")
	assert.Equal(t, "h", requireError(t, err, provider.ErrRefused).Hint)
}

func TestOwn(t *testing.T) {
	t.Parallel()
	c, _ := caller(says(200, ""))
	cause := errors.New("odd")
	for _, row := range []struct {
		name string
		err  error
		want provider.Error
	}{
		{"any error", cause, provider.Error{Kind: provider.ErrIdentity, Err: cause}},
		{"one of ours", &provider.Error{Kind: provider.ErrProtocol, Reason: "r", Op: "x", Provider: "y", Status: 1}, provider.Error{Kind: provider.ErrProtocol, Reason: "r"}},
		{"one of ours inside", errors.Join(&provider.Error{Kind: provider.ErrProtocol, Hint: "h"}), provider.Error{Kind: provider.ErrProtocol, Hint: "h"}},
		{"one without a kind", &provider.Error{Reason: "r"}, provider.Error{Kind: provider.ErrIdentity, Reason: "r"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.want.Provider, row.want.Op, row.want.Status = "fake", provider.OpProfile, 200
			e := requireError(t, c.Own(provider.OpProfile, 200, provider.ErrIdentity, row.err), row.want.Kind)
			assert.Equal(t, row.want, *e)
		})
	}
}
