package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// settings come from the environment.
type settings struct {
	x       twitter.Config
	others  []choice
	baseURL string        // "" if not given
	keys    *seal.Keyring // nil if not given
}

// readSettings returns everything that is wrong at once.
func readSettings(getenv func(string) string) (settings, error) {
	s := settings{x: twitter.Config{
		ConsumerKey:    getenv("X_CONSUMER_KEY"),
		ConsumerSecret: provider.NewSecret(getenv("X_CONSUMER_SECRET")),
		BaseURL:        getenv("X_API_URL"),
	}}
	var errs []error
	s.others, errs = otherProviders(getenv)
	hasKeys, err := allOrNone(getenv, "X_CONSUMER_KEY", "X_CONSUMER_SECRET")
	switch {
	case err != nil:
		errs = append(errs, err)
	case hasKeys:
		if _, err := twitter.New(s.x); err != nil {
			errs = append(errs, fmt.Errorf("X_CONSUMER_KEY, X_CONSUMER_SECRET or X_API_URL cannot be used: %w", err))
		}
	case s.x.BaseURL != "":
		errs = append(errs, errors.New("X_API_URL is set, but X_CONSUMER_KEY and X_CONSUMER_SECRET are not; set all three"))
	}
	if text := getenv("BASE_URL"); text != "" {
		u, err := url.Parse(text)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil ||
			strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			errs = append(errs, errors.New("BASE_URL must be a scheme and a host, such as https://app.example.com"))
		} else if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			errs = append(errs, errors.New("BASE_URL must begin with https:// unless its host is this machine"))
		} else {
			s.baseURL = u.Scheme + "://" + u.Host
		}
	}
	if text := getenv("OAUTHREG_KEY"); text != "" {
		var err error
		if s.keys, err = seal.Parse(text); err != nil {
			errs = append(errs, fmt.Errorf("OAUTHREG_KEY cannot be used: %w", err))
		}
	}
	return s, errors.Join(errs...)
}

// keepKey reads the sealing key from path, and makes it the first time: with
// another key after a restart nobody would be recognised.
func keepKey(path string) (*seal.Keyring, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		_, err = f.WriteString(seal.NewKey() + "\n")
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return nil, fmt.Errorf("cannot write the sealing key: %w", err)
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("cannot make the sealing key; set OAUTHREG_KEY, or choose a -db that can be written: %w", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the sealing key: %w", err)
	}
	keys, err := seal.Parse(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("the sealing key in %s cannot be used: %w", path, err)
	}
	return keys, nil
}

// startStandIn runs a stand-in for X and points s to it. Its state is a file,
// so that a restart in the middle of a sign-up loses nothing.
func startStandIn(s *settings, dbPath string, log *slog.Logger) (*twittertest.Server, error) {
	x, err := twittertest.New(twittertest.Config{
		AppName:      "Fieldnotes",
		CallbackURLs: []string{s.baseURL + "/auth/twitter/callback"},
		StateFile:    dbPath + ".stand-in",
	})
	if err != nil {
		return nil, fmt.Errorf("cannot start the stand-in for X: %w", err)
	}
	s.x = twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        x.URL(),
	}
	log.Info("no X_CONSUMER_KEY: using a stand-in for X, with made-up people", "url", x.URL())
	return x, nil
}
