package benchmarks

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// appURL is where every subject's app believes to be.
const (
	appHost     = "app.example"
	appURL      = "https://" + appHost
	startPath   = "/auth/twitter/start"
	callbackURL = appURL + callbackPath
	// The paths of the app, which decide what the browser does next.
	callbackPath = "/auth/twitter/callback"
	formPath     = "/signup"
	donePath     = "/account"
)

// Browser takes one person after the other through the app of a subject. It
// calls the handler without a network, keeps cookies, and allocates little of
// its own: what is measured is the app. It is for one goroutine.
type Browser struct {
	app  http.Handler
	base http.Request // with a context that can end, as a server's has
	req  http.Request
	url  url.URL
	jar  []cookie
	line string // the Cookie header for jar; "" if it is to be made

	header      http.Header
	cookieValue []string
	answer      recorder
	body        bodyReader
	form        []byte

	// Around, if not nil, runs each step, which is one request of the app.
	Around func(step string, run func())
}

type cookie struct{ name, value string }

// NewBrowser returns a browser for an app.
func NewBrowser(ctx context.Context, app http.Handler) *Browser {
	b := &Browser{app: app, header: make(http.Header, 8), cookieValue: make([]string, 1)}
	b.base = *(&http.Request{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: appHost, RemoteAddr: "192.0.2.7:40000", Header: b.header,
	}).WithContext(ctx)
	b.answer.header = make(http.Header, 8)
	return b
}

// Register takes somebody new through the app: start, approval, callback, and
// the form if the app has one. Whoever is known already ends at the callback.
func (b *Browser) Register(approve func(authURL string) (string, error)) error {
	b.jar, b.line = b.jar[:0], ""
	if err := b.do("start", http.MethodPost, startPath, nil); err != nil {
		return err
	}
	callback, err := approve(b.answer.location())
	if err != nil {
		return err
	}
	if err := b.do("callback", http.MethodGet, strings.TrimPrefix(callback, appURL), nil); err != nil {
		return err
	}
	if b.answer.location() == formPath {
		if err := b.do("form", http.MethodGet, formPath, nil); err != nil {
			return err
		}
		// The app's page is the form's fields, encoded: templates are no part of this.
		b.form = append(b.form[:0], b.answer.body...)
		if err := b.do("complete", http.MethodPost, formPath, b.form); err != nil {
			return err
		}
	}
	if got := b.answer.location(); got != donePath {
		return fmt.Errorf("the registration ended at %q, not at %q", got, donePath)
	}
	return nil
}

var (
	sameOrigin = []string{"same-origin"}
	crossSite  = []string{"cross-site"}
	formType   = []string{"application/x-www-form-urlencoded"}
	userAgent  = []string{"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	accept     = []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
)

// do sends one request and takes in the answer's cookies.
func (b *Browser) do(step, method, target string, form []byte) error {
	path, query, _ := strings.Cut(target, "?")
	b.url = url.URL{Path: path, RawQuery: query}
	b.req = b.base
	b.req.Method, b.req.URL, b.req.RequestURI = method, &b.url, target
	clear(b.header)
	b.header["User-Agent"], b.header["Accept"], b.header["Sec-Fetch-Site"] = userAgent, accept, sameOrigin
	if step == "callback" {
		b.header["Sec-Fetch-Site"] = crossSite
	}
	if len(b.jar) > 0 {
		b.cookieValue[0] = b.cookies()
		b.header["Cookie"] = b.cookieValue
	}
	b.req.Body = http.NoBody
	if method == http.MethodPost {
		b.header["Content-Type"] = formType
		b.body.Reset(form)
		b.req.Body, b.req.ContentLength = &b.body, int64(len(form))
	}
	b.answer.reset()
	if b.Around == nil {
		b.serve()
	} else {
		b.Around(step, b.serve)
	}
	if b.answer.status >= http.StatusBadRequest {
		return fmt.Errorf("%s: status %d: %s", step, b.answer.status, b.answer.body)
	}
	for _, line := range b.answer.header["Set-Cookie"] {
		b.keep(line)
	}
	return nil
}

func (b *Browser) serve() { b.app.ServeHTTP(&b.answer, &b.req) }

// cookies is the Cookie header.
func (b *Browser) cookies() string {
	if b.line != "" {
		return b.line
	}
	n := 0
	for _, c := range b.jar {
		n += len(c.name) + len(c.value) + 3
	}
	var s strings.Builder
	s.Grow(n)
	for i, c := range b.jar {
		if i > 0 {
			s.WriteString("; ")
		}
		s.WriteString(c.name)
		s.WriteByte('=')
		s.WriteString(c.value)
	}
	b.line = s.String()
	return b.line
}

// keep does what a Set-Cookie line asks for.
func (b *Browser) keep(line string) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(pair, "=")
	b.line = ""
	gone := strings.Contains(attributes, "Max-Age=0") || strings.Contains(attributes, "Max-Age=-")
	for i := range b.jar {
		if b.jar[i].name != name {
			continue
		}
		if gone {
			b.jar = append(b.jar[:i], b.jar[i+1:]...)
		} else {
			b.jar[i].value = value
		}
		return
	}
	if !gone {
		b.jar = append(b.jar, cookie{name, value})
	}
}

// recorder is the ResponseWriter that a browser reuses.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (w *recorder) reset() {
	clear(w.header)
	w.status, w.body = 0, w.body[:0]
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, p...)
	return len(p), nil
}

func (w *recorder) WriteString(s string) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, s...)
	return len(s), nil
}

func (w *recorder) location() string {
	if values := w.header["Location"]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// bodyReader is a request's body.
type bodyReader struct{ bytes.Reader }

func (*bodyReader) Close() error { return nil }

var _ io.ReadCloser = (*bodyReader)(nil)
