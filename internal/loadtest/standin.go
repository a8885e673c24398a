package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

const (
	// shift is how many visits one stand-in serves. It remembers nonces for five
	// minutes and tokens for longer, and goes through all of them at each request:
	// over a soak its memory would be taken for the library's, and its time too.
	shift = 1000

	// pageEvery is how seldom people look at the page before they send its form.
	// It shows everybody there is, and takes longer than all the rest.
	pageEvery = 50

	standInConns = 48
)

// standIn is where people approve: a strict stand-in for X, replaced by a fresh
// one at the same address when nobody is on the way.
type standIn struct {
	cfg    twittertest.Config
	visits atomic.Int64

	visitors sync.RWMutex // held by who is on the way, and locked by the change of shifts
	server   *twittertest.Server

	apps   *http.Transport // for the app's calls
	people *http.Transport
}

func newStandIn(people []identity, callbackURL string) (*standIn, error) {
	s := &standIn{
		cfg:    twittertest.Config{CallbackURLs: []string{callbackURL}},
		apps:   newTransport(standInConns, nil),
		people: newTransport(standInConns, nil),
	}
	for _, p := range people {
		s.cfg.People = append(s.cfg.People, twittertest.Person{ID: p.subject, ScreenName: p.handle, Name: p.name, Email: p.email})
	}
	server, err := twittertest.New(s.cfg)
	if err != nil {
		return nil, err
	}
	s.server = server
	s.cfg.Addr = strings.TrimPrefix(server.URL(), "http://")
	return s, nil
}

func (s *standIn) flow() (provider.Flow, error) {
	return twitter.New(twitter.Config{
		BaseURL:        "http://" + s.cfg.Addr,
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		HTTPClient:     &http.Client{Transport: s.apps},
		Timeout:        patience / 2,
	})
}

// enter keeps the stand-in from changing until leave.
func (s *standIn) enter() { s.visitors.RLock() }

func (s *standIn) leave() error {
	s.visitors.RUnlock()
	if s.visits.Add(1)%shift != 0 {
		return nil
	}
	s.visitors.Lock()
	defer s.visitors.Unlock()
	return s.change()
}

// change puts a fresh stand-in in the old one's place.
func (s *standIn) change() error {
	_ = s.server.Close() // always nil
	s.apps.CloseIdleConnections()
	s.people.CloseIdleConnections()
	var err error
	for range 50 {
		var next *twittertest.Server
		if next, err = twittertest.New(s.cfg); err == nil {
			s.server = next
			return nil
		}
		time.Sleep(20 * time.Millisecond) // somebody else has the port for a moment
	}
	return fmt.Errorf("loadtest: the stand-in did not come back: %w", err)
}

func (s *standIn) close() {
	s.visitors.Lock()
	defer s.visitors.Unlock()
	_ = s.server.Close()
	s.apps.CloseIdleConnections()
	s.people.CloseIdleConnections()
}

// look opens the page that the app sent the browser to.
func (s *standIn) look(ctx context.Context, authURL string) error {
	_, err := s.ask(ctx, http.MethodGet, authURL, nil, http.StatusOK)
	return err
}

// approve sends the page's form for a person, and returns the callback.
func (s *standIn) approve(ctx context.Context, authURL string, who identity) (callback string, err error) {
	res, err := s.decide(ctx, authURL, who.subject, "authorize", http.StatusSeeOther)
	return res.location, err
}

var returnLink = regexp.MustCompile(`id="return" href="([^"]*)"`)

// deny presses Cancel, and returns the link back.
func (s *standIn) deny(ctx context.Context, authURL string) (callback string, err error) {
	res, err := s.decide(ctx, authURL, "", "cancel", http.StatusOK)
	if err != nil {
		return "", err
	}
	m := returnLink.FindStringSubmatch(res.body)
	if m == nil {
		return "", errors.New("the stand-in's page has no link back")
	}
	return html.UnescapeString(m[1]), nil
}

func (s *standIn) decide(ctx context.Context, authURL, subject, decision string, status int) (answer, error) {
	u, err := url.Parse(authURL)
	if err != nil || u.Host != s.cfg.Addr || u.Query().Get("oauth_token") == "" {
		return answer{}, errors.New("the app did not send the browser to the stand-in")
	}
	form := url.Values{"oauth_token": {u.Query().Get("oauth_token")}, "person": {subject}, "decision": {decision}}
	return s.ask(ctx, http.MethodPost, "http://"+u.Host+path.Join(path.Dir(u.Path), "authorize"), form, status)
}

func (s *standIn) ask(ctx context.Context, method, target string, form url.Values, status int) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, errors.New("the stand-in's URL cannot be opened")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := s.people.RoundTrip(req)
	if err != nil {
		return answer{}, fmt.Errorf("the stand-in: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("the stand-in's page: %w", err)
	}
	if res.StatusCode != status {
		return answer{}, fmt.Errorf("the stand-in answered %d: %s", res.StatusCode, res.Header.Get("X-Twittertest-Reason"))
	}
	return answer{status: res.StatusCode, location: res.Header.Get("Location"), body: string(body)}, nil
}
