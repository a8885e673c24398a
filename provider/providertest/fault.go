package providertest

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// marker is in each body that a fault sends, so that a text that quotes a body
// shows.
const marker = "MARKER-of-the-body"

const (
	// patience is how long a call may take when nobody bounds it. It is far more
	// than a person waits, and than any sensible default.
	patience = 5 * time.Minute
	// eternity is when the suite gives a call up.
	eternity = time.Hour
	// appetite is how much of an answer may be read.
	appetite = 8 << 20
)

// fault is a way for a provider to be out of order.
type fault struct {
	name string
	// outage says that this is what ErrUnavailable is for.
	outage bool
	answer func(w *wire, req *http.Request, body []byte) (*http.Response, error)
}

// outages are the faults that answer, or fail, at once.
func outages() []*fault {
	return []*fault{
		{name: "unreachable", outage: true, answer: func(*wire, *http.Request, []byte) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}},
		{name: "status 500", outage: true, answer: func(_ *wire, req *http.Request, body []byte) (*http.Response, error) {
			return answer(req, http.StatusInternalServerError, "text/html", echo(req, body)), nil
		}},
		{name: "status 503 in JSON", outage: true, answer: func(_ *wire, req *http.Request, body []byte) (*http.Response, error) {
			return answer(req, http.StatusServiceUnavailable, "application/json", echoJSON(req, body)), nil
		}},
		{name: "answer lost", outage: true, answer: func(w *wire, req *http.Request, body []byte) (*http.Response, error) {
			res, err := w.forward(req, body)
			if err != nil {
				return nil, err
			}
			_ = res.Body.Close() // nobody gets it
			return nil, io.ErrUnexpectedEOF
		}},
		{name: "answer cut off", answer: func(_ *wire, req *http.Request, _ []byte) (*http.Response, error) {
			res := answer(req, http.StatusOK, "application/json", "")
			res.Body = failingBody{strings.NewReader(`{"` + marker)}
			return res, nil
		}},
		{name: "status 400 in JSON", answer: func(_ *wire, req *http.Request, body []byte) (*http.Response, error) {
			return answer(req, http.StatusBadRequest, "application/json", echoJSON(req, body)), nil
		}},
		{name: "status 200 with a page", answer: func(_ *wire, req *http.Request, body []byte) (*http.Response, error) {
			return answer(req, http.StatusOK, "text/html", echo(req, body)), nil
		}},
		{name: "status 200 with nothing", answer: func(_ *wire, req *http.Request, _ []byte) (*http.Response, error) {
			return answer(req, http.StatusOK, "application/json", ""), nil
		}},
		redirect(http.StatusFound),
	}
}

// redirect sends to a stranger.
func redirect(status int) *fault {
	return &fault{name: "redirect " + http.StatusText(status), answer: func(_ *wire, req *http.Request, body []byte) (*http.Response, error) {
		res := answer(req, status, "text/html", echo(req, body))
		res.Header.Set("Location", "https://"+strangeHost+"/?"+marker)
		return res, nil
	}}
}

// silent never answers.
func silent() *fault {
	return &fault{name: "silent", outage: true, answer: func(w *wire, req *http.Request, _ []byte) (*http.Response, error) {
		select {
		case <-req.Context().Done():
			return nil, req.Context().Err()
		case <-time.After(eternity):
			w.tooMuch("the call waits for an answer for " + eternity.String())
			return nil, io.ErrUnexpectedEOF
		}
	}}
}

// trickling begins an answer at once and never ends it.
func trickling() *fault {
	return &fault{name: "trickling", answer: func(w *wire, req *http.Request, _ []byte) (*http.Response, error) {
		res := answer(req, http.StatusOK, "application/json", "")
		res.Body = &trickle{wire: w, req: req, begin: time.Now()}
		return res, nil
	}}
}

type trickle struct {
	wire  *wire
	req   *http.Request
	begin time.Time
}

func (t *trickle) Read(p []byte) (int, error) {
	select {
	case <-t.req.Context().Done():
		return 0, t.req.Context().Err()
	case <-time.After(time.Second):
	}
	if time.Since(t.begin) > eternity {
		t.wire.tooMuch("the call reads one answer for " + eternity.String())
		return 0, io.ErrUnexpectedEOF
	}
	return copy(p, " "), nil
}

func (t *trickle) Close() error { return nil }

// endless answers with more than anybody should read.
func endless(status int) *fault {
	return &fault{name: "endless", answer: func(w *wire, req *http.Request, _ []byte) (*http.Response, error) {
		res := answer(req, status, "application/json", "")
		res.Body = &flood{wire: w, wave: strings.Repeat(" ", 64<<10)}
		return res, nil
	}}
}

type flood struct {
	wire *wire
	wave string
	sent int
}

func (f *flood) Read(p []byte) (int, error) {
	if f.sent > appetite {
		f.wire.tooMuch("the call reads an answer without an end")
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, f.wave)
	f.sent += n
	return n, nil
}

func (f *flood) Close() error { return nil }

// slow is a provider in good order that takes its time, so that concurrent
// calls overlap.
func slow(pause time.Duration) *fault {
	return &fault{name: "slow", answer: func(w *wire, req *http.Request, body []byte) (*http.Response, error) {
		select {
		case <-req.Context().Done():
			return nil, req.Context().Err()
		case <-time.After(pause):
			return w.forward(req, body)
		}
	}}
}

// echo is a page that quotes all of the request, as some debug pages do.
func echo(req *http.Request, body []byte) string {
	return "<!DOCTYPE html><title>Error</title><p>" + marker + " " + req.URL.String() + " " +
		req.Header.Get("Authorization") + " " + string(body)
}

// echoJSON does the same in the members that providers describe errors in. The
// codes are left to be what codes are: plain words.
func echoJSON(req *http.Request, body []byte) string {
	text := echo(req, body)
	type item struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	data, err := json.Marshal(map[string]any{
		"error": "server_error", "error_description": text, "message": text, "detail": text,
		"errors": []item{{0, text}},
	})
	if err != nil {
		return marker
	}
	return string(data)
}
