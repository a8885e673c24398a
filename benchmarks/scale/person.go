package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// step is one request of a registration.
type step int

const (
	start step = iota
	callback
	form
	complete
	steps
)

// took is how long each step of one registration took.
type took [steps]time.Duration

func (t took) sum() (all time.Duration) {
	for _, d := range t {
		all += d
	}
	return all
}

// asker brings a request to the app, and returns what it answered without the
// body.
type asker func(r *http.Request) (status int, h http.Header, err error)

// person is a browser that does no more than it must, so that little of what is
// measured is its own.
type person struct {
	ask     asker
	origin  string
	cookies map[string]string
}

func newPerson(ask asker, origin string) *person {
	return &person{ask: ask, origin: origin, cookies: map[string]string{}}
}

// register goes the whole way.
func (p *person) register() (t took, err error) {
	back, err := p.start(&t)
	if err != nil {
		return t, err
	}
	return t, p.rest(&t, back)
}

// start returns the callback's query.
func (p *person) start(t *took) (back string, err error) {
	h, err := p.do(t, start, http.MethodPost, "/x/start", http.StatusSeeOther)
	if err != nil {
		return "", err
	}
	return approved(h.Get("Location"))
}

func (p *person) rest(t *took, back string) error {
	h, err := p.do(t, callback, http.MethodGet, "/x/callback?"+back, http.StatusSeeOther)
	if err != nil {
		return err
	}
	if to := h.Get("Location"); to != "/form" {
		return fmt.Errorf("the callback led to %q", to)
	}
	if _, err := p.do(t, form, http.MethodGet, "/form", http.StatusOK); err != nil {
		return err
	}
	_, err = p.do(t, complete, http.MethodPost, "/form", http.StatusOK)
	return err
}

func (p *person) do(t *took, which step, method, target string, want int) (http.Header, error) {
	u, err := url.Parse(p.origin + target)
	if err != nil {
		return nil, err
	}
	r := &http.Request{Method: method, URL: u, Host: u.Host, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	var line strings.Builder
	for name, value := range p.cookies {
		line.WriteString("; " + name + "=" + value)
	}
	if line.Len() > 0 {
		r.Header.Set("Cookie", line.String()[2:])
	}
	began := time.Now()
	status, h, err := p.ask(r)
	t[which] = time.Since(began)
	if err != nil {
		return nil, err
	}
	if status != want {
		return nil, fmt.Errorf("step %d was answered with %d", which, status)
	}
	for _, set := range h["Set-Cookie"] {
		pair, attributes, _ := strings.Cut(set, ";")
		name, value, _ := strings.Cut(pair, "=")
		if strings.Contains(attributes, "Max-Age=0") {
			delete(p.cookies, name)
		} else {
			p.cookies[name] = value
		}
	}
	return h, nil
}

// cookieBytes is what the browser keeps.
func (p *person) cookieBytes() (n int) {
	for name, value := range p.cookies {
		n += len(name) + len(value)
	}
	return n
}

// inProcess asks without a network.
func inProcess(app http.Handler) asker {
	return func(r *http.Request) (int, http.Header, error) {
		w := headerWriter{header: http.Header{}}
		app.ServeHTTP(&w, r)
		return cmp.Or(w.status, http.StatusOK), w.header, nil
	}
}

// headerWriter forgets the body.
type headerWriter struct {
	header http.Header
	status int
}

func (w *headerWriter) Header() http.Header { return w.header }

func (w *headerWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *headerWriter) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(data), nil
}

// overNetwork asks a server.
func overNetwork(t http.RoundTripper) asker {
	return func(r *http.Request) (int, http.Header, error) {
		res, err := t.RoundTrip(r)
		if err != nil {
			return 0, nil, err
		}
		_, err = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		return res.StatusCode, res.Header, err
	}
}
