package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// xHelp are the settings for X.
const xHelp = `  X_CONSUMER_KEY, X_CONSUMER_SECRET
        the API Key and API Key Secret of the app at X, where the callback URL is
        BASE_URL/auth/twitter/callback; without them a stand-in for X runs on this
        machine
  OAUTHREG_KEY
        seals tokens: 32 bytes in base64, several with commas between, the newest
        first; without it one is made, and kept beside the database
  X_API_URL
        where X is, if not https://api.x.com
`

// xSettings are what the environment says of X, and the key that tokens are
// sealed with.
type xSettings struct {
	x       twitter.Config
	keys    *seal.Keyring // nil if not given
	standIn *twittertest.Server
}

// readXSettings returns everything that is wrong at once.
func readXSettings(getenv func(string) string) (xSettings, error) {
	s := xSettings{x: twitter.Config{
		ConsumerKey:    getenv("X_CONSUMER_KEY"),
		ConsumerSecret: provider.NewSecret(getenv("X_CONSUMER_SECRET")),
		BaseURL:        getenv("X_API_URL"),
	}}
	var errs []error
	hasSecret := getenv("X_CONSUMER_SECRET") != ""
	switch {
	case (s.x.ConsumerKey != "") != hasSecret:
		errs = append(errs, errors.New("X_CONSUMER_KEY and X_CONSUMER_SECRET belong together; set both or neither"))
	case hasSecret:
		if _, err := twitter.New(s.x); err != nil {
			errs = append(errs, fmt.Errorf("X_CONSUMER_KEY, X_CONSUMER_SECRET or X_API_URL cannot be used: %w", err))
		}
	case s.x.BaseURL != "":
		errs = append(errs, errors.New("X_API_URL is set, but X_CONSUMER_KEY and X_CONSUMER_SECRET are not; set all three"))
	}
	if text := getenv("OAUTHREG_KEY"); text != "" {
		var err error
		if s.keys, err = seal.Parse(text); err != nil {
			errs = append(errs, fmt.Errorf("OAUTHREG_KEY cannot be used: %w", err))
		}
	}
	return s, errors.Join(errs...)
}

// complete makes what the environment did not give, beside the database: a key,
// and a stand-in for X.
func (s *xSettings) complete(baseURL, dbPath string, log *slog.Logger) (err error) {
	if s.keys == nil {
		if s.keys, err = keepKey(dbPath + ".key"); err != nil {
			return err
		}
	}
	if s.x.ConsumerKey != "" {
		return nil
	}
	// Its state is a file, so that a restart in the middle of a sign-up loses
	// nothing.
	s.standIn, err = twittertest.New(twittertest.Config{
		AppName:      "Fieldnotes",
		CallbackURLs: []string{baseURL + "/auth/twitter/callback"},
		StateFile:    dbPath + ".stand-in",
	})
	if err != nil {
		return fmt.Errorf("cannot start the stand-in for X: %w", err)
	}
	s.x = twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        s.standIn.URL(),
	}
	log.Info("no X_CONSUMER_KEY: using a stand-in for X, with made-up people", "url", s.standIn.URL())
	return nil
}

func (s *xSettings) close() {
	if s.standIn != nil {
		_ = s.standIn.Close()
	}
}

// keepKey reads the sealing key from path, and makes it the first time: with
// another key after a restart the stored tokens could not be read.
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
