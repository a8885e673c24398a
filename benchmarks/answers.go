package benchmarks

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// apiURL is where every subject believes X to be. It is the host that is
// compiled into goth; the transports of a [World] take it to the fake.
const (
	apiHost = "api.twitter.com"
	apiURL  = "https://" + apiHost
)

const (
	requestTokenPath = "/oauth/request_token"
	accessTokenPath  = "/oauth/access_token"
	profilePath      = "/1.1/account/verify_credentials.json"
)

// Answers is an X that believes everybody: it looks at the path, and at the
// token in the Authorization header to know whose turn it is. It serves HTTP,
// and is a transport too. Safe for concurrent use.
type Answers struct {
	// People is how many there are: after the last, the first comes again. Zero
	// means that everybody is new.
	People uint64

	next  atomic.Uint64
	calls atomic.Int64
}

// Calls is how often X was called.
func (a *Answers) Calls() int64 { return a.calls.Load() }

// maxAnswer is more than the longest answer.
const maxAnswer = 2 << 10

// answer appends the answer to b.
func (a *Answers) answer(b []byte, path, authorization string) (body []byte, contentType string) {
	a.calls.Add(1)
	switch path {
	case requestTokenPath:
		i := a.next.Add(1) - 1
		if a.People > 0 {
			i %= a.People
		}
		return requestTokenAnswer.fill(b, i), "text/html; charset=utf-8"
	case accessTokenPath:
		if i, ok := tokenOwner(authorization); ok {
			return accessTokenAnswer.fill(b, i), "text/html; charset=utf-8"
		}
	case profilePath:
		if i, ok := tokenOwner(authorization); ok {
			return profileAnswer.fill(b, i), "application/json; charset=utf-8"
		}
	}
	return nil, ""
}

// tokenOwner reads the person's number from the token: both kinds begin with
// the ID.
func tokenOwner(authorization string) (uint64, bool) {
	_, rest, ok := strings.Cut(authorization, `oauth_token="`)
	if !ok || len(rest) < idLength {
		return 0, false
	}
	i, err := strconv.ParseUint(rest[idLength-digits:idLength], 10, 64)
	return i, err == nil
}

// inProcessAnswer is a response and its body in one piece, so that the table
// adds as little as possible to what is measured.
type inProcessAnswer struct {
	response http.Response
	rest     []byte
	buffer   [maxAnswer]byte
}

func (r *inProcessAnswer) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *inProcessAnswer) Close() error { return nil }

var (
	textHeader = http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	jsonHeader = http.Header{"Content-Type": {"application/json; charset=utf-8"}}
)

// RoundTrip implements [http.RoundTripper].
func (a *Answers) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	r := new(inProcessAnswer)
	body, contentType := a.answer(r.buffer[:0], req.URL.Path, req.Header.Get("Authorization"))
	status, text := http.StatusOK, "200 OK"
	if body == nil {
		status, text = http.StatusUnauthorized, "401 Unauthorized"
	}
	header := textHeader
	if contentType == jsonHeader["Content-Type"][0] {
		header = jsonHeader
	}
	r.rest = body
	r.response = http.Response{
		Status: text, StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(body)), Body: r, Request: req,
	}
	return &r.response, nil
}

// ServeHTTP implements [http.Handler].
func (a *Answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var buffer [maxAnswer]byte
	body, contentType := a.answer(buffer[:0], r.URL.Path, r.Header.Get("Authorization"))
	if body == nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(body) // a client that went away is not waiting for it
}
