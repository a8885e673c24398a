package oauth1flow_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
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
				if _, err := http.ReadRequest(bufio.NewReader(far)); err == nil {
					requests.Add(1)
					serve(far)
				}
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
	"a dripping header": func(c net.Conn) {
		for ok := write(c, "HTTP/1.1 200 OK\r\n"); ok; time.Sleep(time.Second) {
			ok = write(c, "X: y\r\n")
		}
	},
}

// piped is a Flow over pipes.
func piped(t *testing.T, timeout time.Duration, serve func(net.Conn)) (*oauth1flow.Flow, *atomic.Int32) {
	t.Helper()
	p := fakeProvider{url: "http://127.0.0.1:1"}
	cfg := p.config()
	cfg.Timeout = timeout
	client, requests := pipes(t, serve)
	cfg.HTTPClient = client
	f, err := oauth1flow.New(cfg)
	require.NoError(t, err)
	return f, requests
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
							timeout = oauth1flow.DefaultTimeout
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

// The caller's own context is the caller's, not a failure of the provider.
func TestCallersContext(t *testing.T) {
	t.Parallel()
	for name, serve := range slow {
		for _, o := range operations {
			t.Run(name+"/"+string(o.op), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					f, requests := piped(t, 10*time.Second, serve)
					start := time.Now()
					ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
					defer cancel()
					err := o.run(ctx, f)
					requireContextError(t, err, context.DeadlineExceeded)
					assert.Equal(t, 3*time.Second, time.Since(start))
					assert.EqualValues(t, 1, requests.Load())

					f, requests = piped(t, 10*time.Second, serve)
					ctx, stop := context.WithCancelCause(t.Context())
					time.AfterFunc(2*time.Second, func() { stop(errors.New("the browser left")) })
					start = time.Now()
					err = o.run(ctx, f)
					requireContextError(t, err, context.Canceled)
					assert.Equal(t, 2*time.Second, time.Since(start))
					assert.EqualValues(t, 1, requests.Load())
				})
			})
		}
	}
}

func requireContextError(t *testing.T, err, want error) {
	t.Helper()
	require.ErrorIs(t, err, want)
	for _, kind := range kinds {
		require.NotErrorIs(t, err, kind)
	}
	assertNoSecrets(t, err)
	assert.Contains(t, err.Error(), "fake: ", "it says who was called")
}

func TestContextThatIsOverAlready(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		requireContextError(t, o.run(ctx, p.flow()), context.Canceled)
		assert.Empty(t, p.made(""))
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
		start := time.Now()
		_, err := f.FetchProfile(ctx, token())
		requireContextError(t, err, context.DeadlineExceeded)
		assert.Equal(t, 50*time.Millisecond, time.Since(start))
		assert.EqualValues(t, 1, requests.Load())
	})
}

// If the Flow's own limit ends the pause, the first answer is what is known.
func TestOwnTimeoutEndsDuringThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, _ := piped(t, 50*time.Millisecond, func(c net.Conn) { write(c, unavailable) })
		_, err := f.FetchProfile(t.Context(), token())
		e := requireError(t, err, provider.ErrUnavailable, provider.OpProfile)
		assert.Equal(t, 503, e.Status)
	})
}

// The second try shares the time limit of the first.
func TestTheRetryDoesNotDoubleTheTimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		f, requests := piped(t, 10*time.Second, func(c net.Conn) {
			if n.Add(1) > 1 {
				untilGone(c)
			}
			time.Sleep(6 * time.Second)
			write(c, unavailable)
		})
		start := time.Now()
		_, err := f.FetchProfile(t.Context(), token())
		requireError(t, err, provider.ErrUnavailable, provider.OpProfile)
		assert.Equal(t, 10*time.Second, time.Since(start))
		assert.EqualValues(t, 2, requests.Load())
	})
}

// What comes over the connection is not what HTTP says. net/http quotes some of
// it in its errors, which the Flow's may not.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, bytes string }{
		{"nothing", ""},
		{"no HTTP", "oauth_token=" + marker + "&oauth_token_secret=" + requestSecret + "\r\n\r\n"},
		{"another version", "HTTP/" + marker + " 200 OK\r\n\r\n"},
		{"a status that is none", "HTTP/1.1 " + marker + " OK\r\n\r\n"},
		{"a status of two digits", "HTTP/1.1 20 " + marker + "\r\n\r\n"},
		{"a header without a colon", "HTTP/1.1 200 OK\r\n" + marker + " " + requestSecret + "\r\n\r\n"},
		{"a header name that is none", "HTTP/1.1 200 OK\r\n" + marker + "(x): 1\r\n\r\n"},
		{"a bad length", "HTTP/1.1 200 OK\r\nContent-Length: " + marker + "\r\n\r\n"},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n" + marker},
		{"a bad transfer encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + marker + "\r\n\r\n"},
		{"a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + marker + "\r\n"},
		{"closed inside the header", "HTTP/1.1 200 OK\r\nContent-"},
		{"closed inside the body", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\noauth_token=" + marker},
		{"closed inside a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"},
	} {
		for _, o := range operations {
			t.Run(row.name+"/"+string(o.op), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					f, requests := piped(t, 10*time.Second, func(c net.Conn) { write(c, row.bytes) })
					err := o.run(t.Context(), f)
					requireError(t, err, provider.ErrUnavailable, o.op)
					want := 1
					if o.op == provider.OpProfile {
						want = 2
					}
					assert.EqualValues(t, want, requests.Load())
				})
			})
		}
	}
}

// The Flow's own client bounds the header too: net/http's default is 10 MiB.
func TestHeaderLimitOfTheOwnClient(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
		p.answer(o.path, func(w http.ResponseWriter, r *http.Request) {
			for i := range 10 {
				w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat(marker, 1000))
			}
			body(http.StatusOK, good(o))(w, r)
		})
		requireError(t, o.run(t.Context(), p.flow()), provider.ErrUnavailable, o.op)
	})
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		t.Run(string(o.op), func(t *testing.T) {
			t.Parallel()
			// A port that was free a moment ago may be another test's by now.
			refuse := func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
			}
			p := fakeProvider{t: t, url: "http://127.0.0.1:1"}
			err := o.run(t.Context(), p.flow(func(c *oauth1flow.Config) {
				c.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: refuse}}
			}))
			e := requireError(t, err, provider.ErrUnavailable, o.op)
			assert.Zero(t, e.Status)
			require.ErrorIs(t, err, syscall.ECONNREFUSED, "the cause is there for those who look")
			assert.Contains(t, err.Error(), "connection refused")
			assert.NotContains(t, err.Error(), o.path, "the URL may carry parameters")
		})
	}
}

func TestConnectionResetInsideTheBody(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
		p.answer(o.path, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if !assert.NoError(t, err) {
				return
			}
			write(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"+good(o))
			_ = conn.(*net.TCPConn).SetLinger(0) // a reset in place of an end
			_ = conn.Close()
		})
		requireError(t, o.run(t.Context(), p.flow()), provider.ErrUnavailable, o.op)
	})
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
			p := fakeProvider{t: t, url: server.URL}
			err := o.run(t.Context(), p.flow())
			requireError(t, err, provider.ErrUnavailable, o.op)
			assert.Contains(t, err.Error(), "certificate", "the developer is told why")
			assert.Zero(t, hits.Load())
		})
	}
}

// A transport of the caller's may say anything in its errors, and older
// releases of Go repeat a header line without quotation marks. The cause is
// there for those who look.
func TestErrorsOfTheCallersTransport(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`malformed HTTP response "` + marker + `"`, "malformed MIME header line: " + marker} {
		t.Run(text[:14], func(t *testing.T) {
			t.Parallel()
			eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
				cause := errors.New(text)
				f := p.flow(func(c *oauth1flow.Config) {
					c.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, cause })}
				})
				err := o.run(t.Context(), f)
				requireError(t, err, provider.ErrUnavailable, o.op)
				require.ErrorIs(t, err, cause)
				assert.Contains(t, err.Error(), "malformed")
			})
		})
	}
}

// Whatever becomes of an answer, its body is closed, or the connection leaks.
func TestAnswersAreClosed(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		for name, answer := range map[string]struct {
			status int
			body   io.Reader
		}{
			"good":     {http.StatusOK, strings.NewReader(good(o))},
			"unusable": {http.StatusOK, strings.NewReader(marker)},
			"too long": {http.StatusOK, zeros{}},
			"refused":  {http.StatusForbidden, strings.NewReader(marker)},
			"moved":    {http.StatusFound, strings.NewReader(marker)},
			"broken":   {http.StatusOK, iotest.ErrReader(io.ErrUnexpectedEOF)},
		} {
			t.Run(string(o.op)+"/"+name, func(t *testing.T) {
				t.Parallel()
				var bodies []*countingBody
				p := fakeProvider{t: t, url: "https://api.fake.example"}
				f := p.flow(func(c *oauth1flow.Config) {
					c.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
						b := &countingBody{Reader: answer.body}
						bodies = append(bodies, b)
						return &http.Response{StatusCode: answer.status, Header: http.Header{}, Body: b}, nil
					})}
				})
				if err := o.run(t.Context(), f); err != nil {
					assertNoSecrets(t, err)
				}
				require.NotEmpty(t, bodies)
				for _, b := range bodies {
					assert.Positive(t, b.closed.Load())
				}
			})
		}
	}
}
