package outbound_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

func TestGet(t *testing.T) {
	t.Parallel()
	busy := says(503, marker)
	for _, row := range []struct {
		name    string
		answers []roundTripper
		kind    error
		calls   int
		waits   time.Duration
	}{
		{"at once", []roundTripper{says(200, "ok")}, nil, 1, 0},
		{"the second time", []roundTripper{busy, says(200, "ok")}, nil, 2, 200 * time.Millisecond},
		{"after a broken connection", []roundTripper{fails(io.EOF), says(200, "ok")}, nil, 2, 200 * time.Millisecond},
		{"never", []roundTripper{busy}, provider.ErrUnavailable, 2, 200 * time.Millisecond},
		{"another failure the second time", []roundTripper{busy, says(401, marker)}, provider.ErrTokenInvalid, 2, 200 * time.Millisecond},
		{"limited for a second", []roundTripper{says(429, "", "Retry-After", "1"), says(200, "ok")}, nil, 2, time.Second},
		{"limited for two", []roundTripper{says(429, "", "Retry-After", "2")}, provider.ErrRateLimited, 1, 0},
		{"limited for nobody knows how long", []roundTripper{says(429, "")}, provider.ErrRateLimited, 1, 0},
		{"limited until just now", []roundTripper{says(429, "", "Retry-After", "0"), says(200, "ok")}, nil, 2, 200 * time.Millisecond},
		{"refused", []roundTripper{says(403, "")}, provider.ErrRefused, 1, 0},
		{"unauthorized", []roundTripper{says(401, "")}, provider.ErrTokenInvalid, 1, 0},
		{"too long", []roundTripper{says(200, strings.Repeat("x", outbound.MaxProfile+1))}, provider.ErrProtocol, 1, 0},
		{"too slow", []roundTripper{hangs}, provider.ErrUnavailable, 1, 10 * time.Second},
		{"too slow the second time", []roundTripper{busy, hangs}, provider.ErrUnavailable, 2, 10 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, calls := caller(row.answers...)
				start := time.Now()
				body, err := c.Get(t.Context(), provider.OpProfile, request)
				if row.kind == nil {
					require.NoError(t, err)
					assert.Equal(t, "ok", string(body))
				} else {
					requireError(t, err, row.kind)
					assert.Nil(t, body)
				}
				assert.Equal(t, row.calls, *calls)
				assert.Equal(t, row.waits, time.Since(start))
			})
		})
	}
}

// A request that net/http has sent twice by itself came with a nonce that the
// server had seen. What it says of that is not believed: the next is made anew.
func TestGetAfterARepetitionOfNetHTTP(t *testing.T) {
	t.Parallel()
	const used = http.StatusUnauthorized
	for _, row := range []struct {
		name  string
		again int // what the server answers to the repetition, and afterwards
		kind  error
		seen  []string
	}{
		{"it was the nonce", http.StatusOK, nil, []string{"0", "1", "1", "2"}},
		{"it was the token", used, provider.ErrTokenInvalid, []string{"0", "1", "1", "2"}},
		{"another refusal", http.StatusForbidden, provider.ErrRefused, []string{"0", "1", "1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var seen []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, r.Header.Get("Nonce"))
				switch {
				case len(seen) == 2: // has read the request, and goes
					panic(http.ErrAbortHandler)
				case len(seen) == 3 && row.again == http.StatusOK:
					w.WriteHeader(used)
				case len(seen) > 2:
					w.WriteHeader(row.again)
				}
			}))
			t.Cleanup(server.Close)
			c := &outbound.Caller{Name: "fake", Timeout: 10 * time.Second, HTTP: outbound.NewClient(nil)}
			nonce := 0
			get := func() error {
				_, err := c.Get(t.Context(), provider.OpProfile, func(ctx context.Context) (*http.Request, error) {
					req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
					req.Header.Set("Nonce", strconv.Itoa(nonce))
					nonce++
					return req, err
				})
				return err
			}
			require.NoError(t, get())
			err := get() // on the connection that was kept
			if row.kind == nil {
				require.NoError(t, err)
			} else {
				requireError(t, err, row.kind)
			}
			mu.Lock()
			defer mu.Unlock()
			assert.Equal(t, row.seen, seen)
		})
	}
}

// Whose limit it was decides: the caller's own end is the caller's, at any time.
func TestWhoseTimeItWas(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		answers []roundTripper
		caller  time.Duration // the limit of the caller's context
		own     time.Duration
		waits   time.Duration
		callers bool
		status  int
	}{
		{"the caller's", []roundTripper{hangs}, time.Second, 2 * time.Second, time.Second, true, 0},
		{"the Caller's", []roundTripper{hangs}, 2 * time.Second, time.Second, time.Second, false, 0},
		{"the caller's, in the pause", []roundTripper{says(503, "")}, 100 * time.Millisecond, time.Second, 100 * time.Millisecond, true, 0},
		{"the Caller's, in the pause", []roundTripper{says(503, "")}, time.Second, 100 * time.Millisecond, 100 * time.Millisecond, false, 503},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, calls := caller(row.answers...)
				c.Timeout = row.own
				ctx, cancel := context.WithTimeout(t.Context(), row.caller)
				defer cancel()
				start := time.Now()
				body, err := c.Get(ctx, provider.OpProfile, request)
				assert.Nil(t, body)
				assert.Equal(t, row.waits, time.Since(start))
				assert.Equal(t, 1, *calls)
				if row.callers {
					require.ErrorIs(t, err, context.DeadlineExceeded)
					require.NotErrorIs(t, err, provider.ErrUnavailable)
					assert.Equal(t, "fake: profile: context deadline exceeded", err.Error())
					return
				}
				e := requireError(t, err, provider.ErrUnavailable)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, row.status, e.Status)
			})
		})
	}
}

func TestCancelledCallerIsNotRetried(t *testing.T) {
	t.Parallel()
	c, calls := caller(says(503, ""))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New(marker))
	_, err := c.Get(ctx, provider.OpProfile, request)
	require.ErrorIs(t, err, context.Canceled)
	assert.Zero(t, *calls)
	assert.NotContains(t, err.Error(), marker)
}

// What was left out of the text can still be found.
func TestTransportKeepsTheCause(t *testing.T) {
	t.Parallel()
	c, _ := caller(says(200, ""))
	cause := errors.New(`dial "` + marker + `"`)
	err := c.Transport(t.Context(), provider.OpProfile, 0, &url.Error{Op: "Get", URL: "https://x/" + marker, Err: cause})
	requireError(t, err, provider.ErrUnavailable)
	require.ErrorIs(t, err, cause)
	assert.Equal(t, "fake: profile: "+provider.ErrUnavailable.Error()+": dial", err.Error())
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, row := range []struct {
		name, text string
		status     int
		reader     io.Reader
		want       string
		err        error
	}{
		{"less", "abc", 200, nil, "abc", nil},
		{"the limit", "abcd", 200, nil, "abcd", nil},
		{"more", "abcde", 200, nil, "", nil},
		{"the beginning of an error page", "abcde", 404, nil, "abcd", nil},
		{"broken", "", 200, iotest.ErrReader(broken), "", broken},
		{"a broken error page", "", 404, iotest.ErrReader(broken), "", broken},
		{"byte by byte", "abcd", 200, iotest.OneByteReader(strings.NewReader("abcd")), "abcd", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			res := answer(row.status, row.text)
			body := res.Body.(*countingBody)
			if row.reader != nil {
				body.Reader = row.reader
			}
			got, err := outbound.ReadAll(res, 4)
			assert.EqualValues(t, 1, body.closed.Load())
			if row.want == "" {
				require.Error(t, err)
				if row.err != nil {
					require.ErrorIs(t, err, row.err)
				}
				assert.Nil(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.want, string(got))
		})
	}
}

// An answer without end does not keep the Caller busy.
func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat(marker, 1000))
		for r.Context().Err() == nil {
			n, err := w.Write(chunk)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	c := &outbound.Caller{Name: "fake", HTTP: outbound.NewClient(nil), Timeout: 10 * time.Second}
	_, err := c.Get(t.Context(), provider.OpProfile, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	})
	requireError(t, err, provider.ErrProtocol)
	assert.Contains(t, err.Error(), "too long")
}
