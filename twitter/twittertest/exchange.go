package twittertest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reasonHeader tells a developer what X would not.
const reasonHeader = "X-Twittertest-Reason"

const maxBody = 1 << 20

// errNoAnswer ends a connection instead of answering.
var errNoAnswer = errors.New("twittertest: connection closed without an answer")

// exchange answers one request, faults and all.
func (s *Server) exchange(r *http.Request) (answer, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1)); err != nil {
			return answer{}, fmt.Errorf("%w: %w", errNoAnswer, err)
		}
	}
	rt, found := routeOf(r.URL.Path)
	entry := s.journal.open(rt.endpoint, r, body)
	a, err := s.answer(r, rt, found, body)
	if a.reason != "" {
		a.header.Set(reasonHeader, a.reason)
	}
	s.journal.close(entry, a.status, a.reason)
	s.cfg.Logger.InfoContext(r.Context(), "twittertest: request",
		"endpoint", string(rt.endpoint), "method", r.Method, "status", a.status, "reason", a.reason)
	return a, err
}

func (s *Server) answer(r *http.Request, rt route, found bool, body []byte) (answer, error) {
	if len(body) > maxBody {
		a := newAnswer(http.StatusRequestEntityTooLarge, "text/plain; charset=utf-8", nil)
		a.reason = "the body is larger than 1 MiB"
		return a, nil
	}
	if !found {
		return notFound(r.URL.Path), nil
	}
	fault, _ := s.faults.take(rt.endpoint) // the zero Fault changes nothing
	if err := pause(r.Context(), fault.Delay); err != nil {
		return answer{}, fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	if fault.Drop {
		return answer{}, errNoAnswer
	}
	var a answer
	if fault.canned() {
		a = fault.answer()
	} else {
		a = s.run(rt, r, body)
	}
	if fault.LoseAnswer {
		return answer{}, errNoAnswer
	}
	a = fault.change(a)
	a.header.Set("X-Transaction-Id", strings.ToLower(rand.Text()[:16]))
	if a.header.Get("Cache-Control") == "" {
		a.header.Set("Cache-Control", "no-store")
	}
	return a, nil
}

// pause waits on no channel of the server's own, so that a request made inside
// a synctest bubble waits on the bubble's clock.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serve sends answers over a connection.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	a, err := s.exchange(r)
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's way to close without an answer
	}
	maps.Copy(w.Header(), a.header)
	body := a.body
	if a.truncate > 0 && a.truncate < len(body) {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		body = body[:a.truncate]
	}
	w.WriteHeader(a.status)
	if _, err := w.Write(body); err != nil {
		return // the client went away
	}
	if len(body) < len(a.body) {
		_ = http.NewResponseController(w).Flush() // the rest is not coming either way
		panic(http.ErrAbortHandler)
	}
}

// Client returns a client whose requests reach the server by a function call
// instead of the network. It works after [Server.Close], and inside a synctest
// bubble, on the bubble's clock, though the server was started outside.
//
// It goes to [Server.URL] only: any other host is an error, so that a test
// cannot reach the real one. Each call returns a new client, which is the
// caller's to change.
func (s *Server) Client() *http.Client { return &http.Client{Transport: inProcess{s}} }

type inProcess struct{ s *Server }

var _ http.RoundTripper = inProcess{}

// RoundTrip implements [http.RoundTripper].
func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	if req.URL.Scheme != "http" || req.URL.Host != t.s.host {
		return nil, fmt.Errorf("twittertest: %s://%s is not the server's address, %s", req.URL.Scheme, req.URL.Host, t.s.baseURL)
	}
	// What a server gets is not what a client sends: the host is apart from
	// the URL, and neither may be shared.
	r := req.Clone(req.Context())
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	r.RequestURI = req.URL.RequestURI()
	a, err := t.s.exchange(r)
	if err == nil {
		err = req.Context().Err()
	}
	if err != nil {
		return nil, err
	}
	resp := &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, ContentLength: int64(len(a.body)), Request: req,
	}
	if resp.Header.Get("Date") == "" {
		resp.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	var body io.Reader = bytes.NewReader(a.body)
	if a.truncate > 0 && a.truncate < len(a.body) {
		body = io.MultiReader(bytes.NewReader(a.body[:a.truncate]), brokenOff{})
	}
	// As net/http's Transport does for clients that did not ask for gzip.
	if a.header.Get("Content-Encoding") == "gzip" && req.Header.Get("Accept-Encoding") == "" {
		if body, err = gzip.NewReader(body); err != nil {
			return nil, err
		}
		resp.Header.Del("Content-Encoding")
		resp.ContentLength, resp.Uncompressed = -1, true
	}
	resp.Body = io.NopCloser(body)
	return resp, nil
}

// brokenOff is where a connection was closed before its time.
type brokenOff struct{}

// Read implements [io.Reader].
func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
