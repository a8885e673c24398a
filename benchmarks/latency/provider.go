package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// providerURL is where this library and dghubble/oauth1 look for X: a name
	// that the certificate of httptest is for. The wire stands behind every name.
	providerURL = "https://example.com"
	appURL      = "http://127.0.0.1:8080"

	consumerKey, consumerSecret = "key", "secret"
)

// farX is an X at the far end of a wire. It believes everybody.
type farX struct {
	server *httptest.Server
	wire   *wire
	before http.RoundTripper

	person atomic.Int64 // who is at the browser
}

// newFarX puts X on the line, and http.DefaultTransport too: all subjects are
// measured with the transport that they come with, and that is how each of them
// gets it.
func newFarX(delay time.Duration, http1 bool) (*farX, error) {
	usual, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("http.DefaultTransport is not net/http's own")
	}
	f := &farX{before: usual}
	f.server = httptest.NewUnstartedServer(http.HandlerFunc(f.serve))
	f.server.EnableHTTP2 = !http1
	f.server.StartTLS()
	var err error
	if f.wire, err = newWire(f.server.Listener.Addr().String(), delay); err != nil {
		f.server.Close()
		return nil, err
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(f.server.Certificate())
	t := usual.Clone()
	t.Proxy = nil
	t.TLSClientConfig = &tls.Config{RootCAs: trusted, ServerName: "example.com"}
	t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", f.wire.address())
	}
	http.DefaultTransport = t
	return f, nil
}

func (f *farX) close() {
	http.DefaultTransport = f.before
	f.wire.close()
	f.server.Close()
}

// next lets a person come who has not signed up yet.
func (f *farX) next() { f.person.Add(1) }

// serve answers with a new request token of the person at the browser, and with
// what belongs to the person of a token: the number before the hyphen.
func (f *farX) serve(w http.ResponseWriter, r *http.Request) {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), `oauth_token="`)
	person, _, known := strings.Cut(token, "-")
	switch {
	case strings.HasSuffix(r.URL.Path, "/oauth/request_token"):
		_, _ = fmt.Fprintf(w, "oauth_token=%d-%s&oauth_token_secret=s&oauth_callback_confirmed=true", f.person.Load(), rand.Text())
	case strings.HasSuffix(r.URL.Path, "/oauth/access_token") && known:
		_, _ = fmt.Fprintf(w, "oauth_token=%s-access&oauth_token_secret=s&user_id=%s&screen_name=person%s", person, person, person)
	case strings.HasSuffix(r.URL.Path, "/verify_credentials.json") && known:
		_, _ = fmt.Fprintf(w, `{"id_str":"%s","screen_name":"person%s","name":"Somebody","email":"p%s@example.com",`+
			`"description":"","location":"","profile_image_url":"","profile_image_url_https":""}`, person, person, person)
	default:
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// approve is what the person does at X, which is not measured.
func approve(authURL, callback string) (string, error) {
	u, err := url.Parse(authURL)
	if err != nil || u.Query().Get("oauth_token") == "" {
		return "", errors.New("the start did not lead to X")
	}
	return callback + "?" + url.Values{"oauth_token": {u.Query().Get("oauth_token")}, "oauth_verifier": {"v"}}.Encode(), nil
}
