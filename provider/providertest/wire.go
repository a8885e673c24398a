package providertest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/oauthreg/go/internal/outbound"
)

// strangeHost is nobody's provider.
const strangeHost = "stranger.example"

// stranger is a server that no Flow has any business with. It is on the network
// for those who go past the wire.
type stranger struct {
	url   string
	calls atomic.Int64
}

func newStranger(t *testing.T) *stranger {
	s := &stranger{}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { s.calls.Add(1) }))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// is reports whether host is the stranger's.
func (s *stranger) is(host string) bool {
	return host == strings.TrimPrefix(s.url, "http://") || host == strangeHost || strings.HasSuffix(host, "."+strangeHost)
}

// wire is the transport between a Flow and its provider.
type wire struct {
	handler  http.Handler
	network  http.RoundTripper
	stranger *stranger

	mu    sync.Mutex
	fault *fault
	calls []*call
	over  string // what was too much, if anything was
}

// call is one request with its answer.
type call struct {
	method string
	url    *url.URL
	header http.Header
	status int
	answer []byte
}

func newWire(t *testing.T, s *stranger) *wire {
	network := &http.Transport{}
	t.Cleanup(network.CloseIdleConnections)
	return &wire{network: network, stranger: s}
}

// breakWith makes every request from now on meet f, or none if f is nil.
func (w *wire) breakWith(f *fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
}

// count returns how many requests were sent so far.
func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.calls)
}

// since returns the requests after the first n.
func (w *wire) since(n int) []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := make([]call, 0, len(w.calls)-n)
	for _, c := range w.calls[n:] {
		calls = append(calls, *c)
	}
	return calls
}

// strange returns how often a stranger was asked, on the wire and past it.
func (w *wire) strange() int {
	n := int(w.stranger.calls.Load())
	for _, c := range w.since(0) {
		if w.stranger.is(c.url.Host) {
			n++
		}
	}
	return n
}

// tooMuch notes that a bound was crossed.
func (w *wire) tooMuch(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = what
}

// crossed returns what was too much, or "".
func (w *wire) crossed() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.over
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		_ = req.Body.Close() // what a RoundTripper owes its caller
		if err != nil {
			return nil, err
		}
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	c := &call{method: req.Method, url: req.URL, header: req.Header.Clone()}
	w.mu.Lock()
	w.calls = append(w.calls, c)
	f := w.fault
	w.mu.Unlock()

	if w.stranger.is(req.URL.Host) {
		return answer(req, http.StatusOK, "text/plain", ""), nil
	}
	if f != nil {
		return f.answer(w, req, body)
	}
	res, err := w.forward(req, body)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(res.Body)
	_ = res.Body.Close() // it has been read
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	c.status, c.answer = res.StatusCode, bytes.Clone(data)
	w.mu.Unlock()
	res.Body = io.NopCloser(bytes.NewReader(data))
	return res, nil
}

// forward asks the provider.
func (w *wire) forward(req *http.Request, body []byte) (res *http.Response, err error) {
	r := req.Clone(req.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	if w.handler == nil {
		if !outbound.Loopback(req.URL.Hostname()) {
			return nil, errors.New("providertest: the suite calls loopback addresses only")
		}
		return w.network.RoundTrip(r)
	}
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	r.RequestURI, r.RemoteAddr = req.URL.RequestURI(), "192.0.2.1:1234"
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	if req.URL.Scheme == "https" {
		r.TLS = &tls.ConnectionState{}
	}
	// As on a server, the URL has the path and the query only.
	r.URL = &url.URL{Path: req.URL.Path, RawPath: req.URL.RawPath, RawQuery: req.URL.RawQuery}
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			res, err = nil, io.ErrUnexpectedEOF
		default:
			panic(v)
		}
	}()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	res = rec.Result()
	res.Request = req
	return res, nil
}

// answer is a whole answer.
func answer(req *http.Request, status int, contentType, body string) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {contentType}}, Request: req,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1,
	}
}

// failingBody ends with an error after its data.
type failingBody struct{ io.Reader }

var errCut = errors.New("the connection was closed")

func (b failingBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = errCut
	}
	return n, err
}

func (b failingBody) Close() error { return nil }
