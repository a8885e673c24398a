package benchmarks

import (
	"fmt"
	"net/http"
	"strings"
)

// World is an X that a subject calls, and where a person approves.
type World struct {
	// Transport takes calls to https://api.twitter.com to the fake.
	Transport http.RoundTripper
	// Approve returns the callback URL that X sends the browser to.
	Approve func(authURL string) (callback string, err error)
	// Calls is how often X was called by the app.
	Calls func() int64
	// Close ends it.
	Close func()
}

// Client is a new client that calls X.
func (w *World) Client() *http.Client { return &http.Client{Transport: w.Transport} }

// Enter makes this world the one that goth sees. Its addresses are compiled in,
// and it calls through [http.DefaultTransport] whatever it is told: so that is
// what is exchanged, for the whole process. One world is in use at a time.
func (w *World) Enter() { http.DefaultTransport = w.Transport }

// InProcess is a World without a network: a table of answers, called by the
// client directly. people is for [Answers].
func InProcess(people uint64) *World {
	answers := &Answers{People: people}
	return &World{Transport: answers, Approve: approve, Calls: answers.Calls, Close: func() {}}
}

// approve is a person who approves at an X that believes everybody.
func approve(authURL string) (string, error) {
	_, token, ok := strings.Cut(authURL, "oauth_token=")
	if !ok {
		return "", fmt.Errorf("the start did not lead to X but to %q", authURL)
	}
	if end := strings.IndexByte(token, '&'); end >= 0 {
		token = token[:end]
	}
	return callbackURL + "?oauth_token=" + token + "&oauth_verifier=uw7NjWHT6OJ1MpJOXsHfNxoAhPKpgI8BlYDhxEjIBY", nil
}
