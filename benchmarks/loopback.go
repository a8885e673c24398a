package benchmarks

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/oauthreg/go/twitter/twittertest"
)

// detour takes requests for X to a server on this machine, over plain HTTP. The
// Host header, which is signed, stays X's.
type detour struct {
	to   *url.URL
	base *http.Transport
}

func newDetour(to string) (*detour, error) {
	u, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	return &detour{u, &http.Transport{MaxIdleConnsPerHost: 64}}, nil
}

// RoundTrip implements [http.RoundTripper].
func (d *detour) RoundTrip(req *http.Request) (*http.Response, error) {
	away := *req
	u := *req.URL
	u.Scheme, u.Host = d.to.Scheme, d.to.Host
	away.URL, away.Host = &u, apiHost
	return d.base.RoundTrip(&away)
}

// Loopback is a World behind TCP, with connections kept alive: the answers of
// [InProcess].
func Loopback(people uint64) (*World, error) {
	answers := &Answers{People: people}
	w, err := serve(answers)
	if err != nil {
		return nil, err
	}
	w.Approve, w.Calls = approve, answers.Calls
	return w, nil
}

func serve(h http.Handler) (*World, error) {
	server := httptest.NewServer(h)
	transport, err := newDetour(server.URL)
	if err != nil {
		server.Close()
		return nil, err
	}
	return &World{Transport: transport, Close: func() {
		transport.base.CloseIdleConnections()
		server.Close()
	}}, nil
}

// Strict is a World that refuses what X refuses: signatures, nonces, request
// tokens and verifiers are checked, by code that shares nothing with the
// library's. whose is the ID of the person who approves next, one of the first
// people of [InProcess].
type Strict struct {
	World

	X     *twittertest.Server
	Whose string
}

// strictPeople is how many a Strict knows.
const strictPeople = 64

// NewStrict starts one.
func NewStrict(ctx context.Context) (*Strict, error) {
	people := make([]twittertest.Person, strictPeople)
	for i := range people {
		p := person(uint64(i))
		people[i] = twittertest.Person{ID: p.ID, ScreenName: p.Handle, Name: "Reader", Email: p.Email, Location: "Porto", Description: "Reads."}
	}
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{callbackURL}, People: people})
	if err != nil {
		return nil, err
	}
	handler := &getCalls{next: x.Handler(), secrets: make(map[string]string)}
	w, err := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What was signed is https; the detour took the TLS away.
		r.TLS = &tls.ConnectionState{}
		handler.ServeHTTP(w, r)
	}))
	if err != nil {
		_ = x.Close() // always nil
		return nil, err
	}
	s := &Strict{World: *w, X: x, Whose: person(0).ID}
	s.Approve = func(authURL string) (string, error) {
		return x.Approve(ctx, x.URL()+strings.TrimPrefix(authURL, apiURL), s.Whose)
	}
	s.Calls = func() int64 {
		return int64(x.Calls(twittertest.RequestToken) + x.Calls(twittertest.AccessToken) + x.Calls(twittertest.VerifyCredentials))
	}
	s.Close = func() {
		w.Close()
		_ = x.Close() // always nil
	}
	return s, nil
}
