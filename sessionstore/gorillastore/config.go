package gorillastore

import (
	"errors"
	"strings"

	"github.com/gorilla/sessions"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

// Config configures a [Store].
type Config struct {
	_ [0]func()

	// Store is the app's. Required. Its own options decide about the cookies of
	// the app's sessions, not about those made here.
	Store sessions.Store

	// Keys seal the values. Required. A sessions.CookieStore without a block key
	// signs and does not encrypt, so the browser could read a token's secret;
	// and what a store keeps on the server is in its backups. To rotate, put a
	// new key in front and keep the old one for as long as the longest ttl.
	Keys *seal.Keyring

	// BaseURL is the app's public URL, as the browser sees it, such as
	// "https://app.example.com". Required. With https the cookies are Secure and
	// their names begin with "__Host-". Plain http is accepted for loopback
	// hosts: localhost, names under it, 127.0.0.0/8 and ::1.
	BaseURL string

	// Name begins the names of the sessions, and so of their cookies, after the
	// prefix; "oauthreg" if empty. Two of these on one host need two names.
	Name string

	// MaxBytes bounds what all cookies made here take up in one browser, counted
	// as names and values; 6 KiB if zero, at least 4 KiB. Proxies refuse a longer
	// line; see sessionstore.CookieConfig.
	MaxBytes int

	// DangerouslyAllowHTTP accepts a plain http BaseURL on any host. Whoever is
	// on the network path can then copy the cookies, and plant their own.
	DangerouslyAllowHTTP bool
}

const (
	defaultName     = "oauthreg"
	defaultMaxBytes = 6 << 10
)

// check returns cfg with its defaults.
func (cfg Config) check() (Config, error) {
	var storeErr error
	if cfg.Store == nil {
		storeErr = &sessionstore.ConfigError{Field: "Store", Reason: "it is required: the app's sessions.Store"}
	}
	// The rest is what a store of sealed cookies has, and has to be as good.
	_, err := sessionstore.NewCookie(sessionstore.CookieConfig{
		Keys: cfg.Keys, BaseURL: cfg.BaseURL, Name: cfg.Name, MaxBytes: cfg.MaxBytes,
		DangerouslyAllowHTTP: cfg.DangerouslyAllowHTTP,
	})
	if err := errors.Join(storeErr, err); err != nil {
		return Config{}, err
	}
	if cfg.Name == "" {
		cfg.Name = defaultName
	}
	if cfg.secure() {
		cfg.Name = "__Host-" + cfg.Name
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	return cfg, nil
}

// secure reports whether the cookies are. Schemes have no case.
func (cfg Config) secure() bool {
	scheme, _, _ := strings.Cut(cfg.BaseURL, ":")
	return strings.EqualFold(scheme, "https")
}
