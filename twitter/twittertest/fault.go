package twittertest

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong at an endpoint. The functions that return
// one are the answers X has been seen to give; their fields can be changed and
// combined before use. The zero Fault is none.
//
// A fault with a Status or a Body is the whole answer: the request is counted
// and otherwise ignored. Any other is done to the answer that the server would
// have given.
type Fault struct {
	// Status and Body are the answer. A Body without a Status is sent with 200.
	Status int
	Body   string

	// ContentType is the answer's media type, real or not. If empty, that of the
	// real answer is kept, and a Body goes as HTML.
	ContentType string

	// Header is added to the answer, in place of what it had of the same names.
	// A name without any value removes what it had.
	Header http.Header

	// Delay is how long the request waits before anything else happens.
	Delay time.Duration

	// Drop closes the connection in place of handling the request. LoseAnswer
	// handles it first: what the request was to use up is used up. (The standard
	// library's client repeats a GET whose kept-alive connection was closed.)
	Drop, LoseAnswer bool

	// Form changes the members of a form-encoded answer with status 200.
	Form func(url.Values)

	// Pad makes the answer that much longer without changing what it means.
	Pad int

	// Gzip compresses the answer, whether the request allowed it or not.
	Gzip bool

	// Truncate, if positive, is after how many bytes of the body the connection
	// closes. Content-Length promises the whole.
	Truncate int

	// ClockSkew is how far the answer's Date header is off.
	ClockSkew time.Duration

	// Times is for how many calls the fault lasts. If zero, until it is
	// switched off.
	Times int
}

// canned reports whether the fault is a whole answer.
func (f Fault) canned() bool { return f.Status != 0 || f.Body != "" }

func (f Fault) answer() answer {
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	return newAnswer(status, typeHTML, []byte(f.Body))
}

// change does the rest of the fault to an answer.
func (f Fault) change(a answer) answer {
	if form, err := url.ParseQuery(string(a.body)); f.Form != nil && err == nil && a.status == http.StatusOK {
		f.Form(form)
		a.body = []byte(form.Encode())
	}
	if f.ContentType != "" {
		a.header.Set("Content-Type", f.ContentType)
	}
	if f.Pad > 0 {
		a.body = padded(a.body, f.Pad)
	}
	if f.ClockSkew != 0 {
		a.header.Set("Date", time.Now().Add(f.ClockSkew).UTC().Format(http.TimeFormat))
	}
	if f.Gzip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(a.body) // a bytes.Buffer does not fail
		_ = z.Close()
		a.body = b.Bytes()
		a.header.Set("Content-Encoding", "gzip")
	}
	for name, vs := range f.Header {
		a.header.Del(name)
		for _, v := range vs {
			a.header.Add(name, v)
		}
	}
	a.truncate = f.Truncate
	return a
}

// padded uses blanks where the body is JSON, XML or HTML, and one more member
// where it is a form.
func padded(body []byte, n int) []byte {
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && bytes.ContainsRune([]byte("{[<"), rune(trimmed[0])) {
		return append(slices.Clip(body), strings.Repeat(" ", n)...)
	}
	const member = "&padding="
	return append(slices.Clip(body), (member + strings.Repeat("x", max(0, n-len(member))))...)
}

// faultBoard holds the faults that are on. The zero faultBoard has none.
type faultBoard struct {
	mu sync.Mutex
	on map[Endpoint]*Fault
}

// take returns the endpoint's fault and counts it down.
func (b *faultBoard) take(ep Endpoint) (Fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, found := b.on[ep]
	if !found {
		return Fault{}, false
	}
	if f.Times == 1 {
		delete(b.on, ep)
	} else if f.Times > 1 {
		f.Times--
	}
	return *f, true
}

// Fault switches a fault on for an endpoint, in place of the one that was on.
// The zero Fault switches it off, and so do [Fault].Times calls of the endpoint.
func (s *Server) Fault(ep Endpoint, f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if reflect.ValueOf(f).IsZero() {
		delete(s.faults.on, ep)
		return
	}
	f.Header = maps.Clone(f.Header)
	if s.faults.on == nil {
		s.faults.on = make(map[Endpoint]*Fault)
	}
	s.faults.on[ep] = &f
}

// NoFault switches an endpoint's fault off.
func (s *Server) NoFault(ep Endpoint) { s.Fault(ep, Fault{}) }
