package oauth2flow_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// pipes is a real HTTP client whose connections are pipes, so that it runs on
// the clock of a synctest bubble. serve gets each connection after a request
// was read from it; the connection closes when serve returns.
func pipes(t *testing.T, serve func(net.Conn)) (client *http.Client, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	var serving sync.WaitGroup
	transport := &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			serving.Go(func() {
				defer func() { _ = far.Close() }() // a pipe does not fail to
				r := bufio.NewReader(far)
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body) // the client writes it before it reads
				requests.Add(1)
				serve(far)
			})
			return near, nil
		},
	}
	t.Cleanup(serving.Wait) // after the next: the last registered runs first
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}, requests
}

// write ignores errors: the client may have gone, as it should.
func write(conn net.Conn, text string) bool {
	_, err := io.WriteString(conn, text)
	return err == nil
}

const unavailable = "HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// untilGone waits for the client to close the connection.
func untilGone(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// slow is how a provider fails to answer in time.
var slow = map[string]func(net.Conn){
	"no answer":         untilGone,
	"half a header":     func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-"); untilGone(c) },
	"a header, no body": func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"); untilGone(c) },
	"half a body":       func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+marker); untilGone(c) },
	"half a refusal":    func(c net.Conn) { write(c, "HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\n"+marker); untilGone(c) },
	"a dripping body": func(c net.Conn) {
		for ok := write(c, "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"); ok; time.Sleep(time.Second) {
			ok = write(c, "x")
		}
	},
}

// piped is a Flow over pipes.
func piped(t *testing.T, timeout time.Duration, serve func(net.Conn)) (*oauth2flow.Flow, *atomic.Int32) {
	t.Helper()
	client, requests := pipes(t, serve)
	return newFake(t).flow(func(c *oauth2flow.Config) { c.Timeout, c.HTTPClient = timeout, client }), requests
}

// The Flow's own time limit holds for the whole call, whatever the caller's
// context allows, and is the provider's failure.
func TestOwnTimeout(t *testing.T) {
	t.Parallel()
	for name, serve := range slow {
		for _, o := range operations {
			t.Run(name+"/"+string(o.op), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					for _, timeout := range []time.Duration{7 * time.Second, 0} {
						f, requests := piped(t, timeout, serve)
						start := time.Now()
						err := o.run(t.Context(), f)
						if timeout == 0 {
							timeout = oauth2flow.DefaultTimeout
						}
						assert.Equal(t, timeout, time.Since(start))
						requireError(t, err, provider.ErrUnavailable, o.op)
						require.NotErrorIs(t, err, context.DeadlineExceeded, "that would be the caller's")
						assert.Contains(t, err.Error(), timeout.String())
						assert.EqualValues(t, 1, requests.Load(), "there is no time left for another try")
					}
				})
			})
		}
	}
}

// The caller's own context is the caller's, not a failure of the provider. A
// refresh is the exception: it runs to its end, so that the token is not lost.
func TestCallersContext(t *testing.T) {
	t.Parallel()
	for name, serve := range slow {
		for _, o := range operations {
			if o.op == provider.OpRefresh {
				continue
			}
			t.Run(name+"/"+string(o.op), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					f, requests := piped(t, 10*time.Second, serve)
					start := time.Now()
					ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
					defer cancel()
					requireContextError(t, o.run(ctx, f), context.DeadlineExceeded)
					assert.Equal(t, 3*time.Second, time.Since(start))
					assert.EqualValues(t, 1, requests.Load())

					f, requests = piped(t, 10*time.Second, serve)
					ctx, stop := context.WithCancelCause(t.Context())
					time.AfterFunc(2*time.Second, func() { stop(errors.New("the browser left")) })
					start = time.Now()
					requireContextError(t, o.run(ctx, f), context.Canceled)
					assert.Equal(t, 2*time.Second, time.Since(start))
					assert.EqualValues(t, 1, requests.Load())
				})
			})
		}
	}
}

// Whoever goes while an answer arrives hears of their own context, not of what is
// wrong with the answer.
func TestContextEndsWithABadAnswer(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	f := newFake(t).flow(func(c *oauth2flow.Config) {
		c.HTTPClient = &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			leave()
			return &http.Response{
				StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader("{}")), Request: req,
			}, nil
		})}
	})
	_, err := f.HandleCallback(ctx, handshake(), approved())
	requireContextError(t, err, context.Canceled)
}

func TestContextThatIsOverAlready(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, s *fakeServer, o operation) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		requireContextError(t, o.run(ctx, s.flow()), context.Canceled)
		assert.Empty(t, s.made(""))
	})
}

// While FetchProfile pauses before its second try, the caller's context still
// counts.
func TestContextEndsDuringThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, requests := piped(t, 10*time.Second, func(c net.Conn) { write(c, unavailable) })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := f.FetchProfile(ctx, bearer())
		requireContextError(t, err, context.DeadlineExceeded)
		assert.EqualValues(t, 1, requests.Load())

		f, _ = piped(t, 50*time.Millisecond, func(c net.Conn) { write(c, unavailable) })
		_, err = f.FetchProfile(t.Context(), bearer())
		e := requireError(t, err, provider.ErrUnavailable, provider.OpProfile)
		assert.Equal(t, 503, e.Status, "if the Flow's own limit ends the pause, the first answer is what is known")
	})
}

// What comes over the connection is not what HTTP says. net/http quotes some of
// it in its errors, which the Flow's may not.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, bytes string }{
		{"nothing", ""},
		{"no HTTP", `{"access_token":"` + marker + `"}` + "\r\n\r\n"},
		{"another version", "HTTP/" + marker + " 200 OK\r\n\r\n"},
		{"a status that is none", "HTTP/1.1 " + marker + " OK\r\n\r\n"},
		{"a header without a colon", "HTTP/1.1 200 OK\r\n" + marker + " " + secretMark + "\r\n\r\n"},
		{"a bad length", "HTTP/1.1 200 OK\r\nContent-Length: " + marker + "\r\n\r\n"},
		{"a bad transfer encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + marker + "\r\n\r\n"},
		{"a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + marker + "\r\n"},
		{"closed inside the header", "HTTP/1.1 200 OK\r\nContent-"},
		{"closed inside the body", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + `{"access_token":"` + marker + `","id":1}`},
		{"closed inside a refusal", "HTTP/1.1 400 No\r\nContent-Length: 1000\r\n\r\n" + `{"error":"invalid_grant"}`},
	} {
		for _, o := range operations {
			t.Run(row.name+"/"+string(o.op), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					f, requests := piped(t, 10*time.Second, func(c net.Conn) { write(c, row.bytes) })
					requireError(t, o.run(t.Context(), f), provider.ErrUnavailable, o.op)
					assert.EqualValues(t, o.tries, requests.Load())
				})
			})
		}
	}
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		t.Run(string(o.op), func(t *testing.T) {
			t.Parallel()
			gone := httptest.NewServer(http.NotFoundHandler())
			s := fakeServer{t: t, url: gone.URL}
			gone.Close()
			err := o.run(t.Context(), s.flow())
			e := requireError(t, err, provider.ErrUnavailable, o.op)
			assert.Zero(t, e.Status)
			_, ok := errors.AsType[*net.OpError](err)
			assert.True(t, ok, "the cause is there for those who look")
			assert.Contains(t, err.Error(), "connection refused")
			assert.NotContains(t, err.Error(), o.path, "the URL may carry parameters")
		})
	}
}

// A certificate that nobody vouches for ends the call before anything is sent.
func TestTLSIsVerified(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		t.Run(string(o.op), func(t *testing.T) {
			t.Parallel()
			var hits atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
			server.Config.ErrorLog = discardLog()
			server.StartTLS()
			defer server.Close()
			s := fakeServer{t: t, url: server.URL}
			err := o.run(t.Context(), s.flow())
			requireError(t, err, provider.ErrUnavailable, o.op)
			assert.Contains(t, err.Error(), "certificate", "the developer is told why")
			assert.Zero(t, hits.Load())
		})
	}
}

// Cookies that a provider sets for one person are not sent for another, nor are
// those of the caller's own client.
func TestNoCookies(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, s *fakeServer, o operation) {
		s.answer(o.path, body(http.StatusOK, o.good, "Set-Cookie", "sid=1; Path=/"))
		f := s.flow(func(c *oauth2flow.Config) { c.HTTPClient = &http.Client{Jar: eager{}} })
		require.NoError(t, o.run(t.Context(), f))
		if o.op == provider.OpRefresh {
			s.answer("/token", body(http.StatusOK, o.good)) // its result is shared for a while
			_, err := f.Refresh(t.Context(), s.token())
			require.NoError(t, err)
		} else {
			require.NoError(t, o.run(t.Context(), f))
		}
		assert.Len(t, s.made(""), 2)
		for _, c := range s.made("") {
			assert.Empty(t, c.header["Cookie"])
			assert.NotContains(t, strings.Join(c.header["Authorization"], ""), ",")
		}
	})
}
