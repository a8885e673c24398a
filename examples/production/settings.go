package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/twitter"
)

// settings come from the environment.
type settings struct {
	x           twitter.Config
	baseURL     string
	keys        *seal.Keyring
	database    *pgx.ConnConfig
	redis       *redis.Options
	redisPrefix string
	listenAddr  string
	instance    string
	drainDelay  time.Duration

	clientIPHeader string
}

// readSettings returns everything that is wrong at once. No value is quoted: a
// URL of a database holds its password.
func readSettings(getenv func(string) string) (settings, error) {
	s := settings{
		x: twitter.Config{
			ConsumerKey:    getenv("X_CONSUMER_KEY"),
			ConsumerSecret: provider.NewSecret(getenv("X_CONSUMER_SECRET")),
			BaseURL:        getenv("X_API_URL"),
		},
		redisPrefix: cmp.Or(getenv("REDIS_PREFIX"), "fieldnotes:"),
		listenAddr:  cmp.Or(getenv("LISTEN_ADDR"), "127.0.0.1:8080"),
		instance:    getenv("INSTANCE"),

		clientIPHeader: getenv("CLIENT_IP_HEADER"),
	}
	var errs []error
	check := func(name string, read func(text string) error) {
		text := getenv(name)
		if text == "" {
			errs = append(errs, fmt.Errorf("%s is not set", name))
		} else if err := read(text); err != nil {
			errs = append(errs, fmt.Errorf("%s %w", name, err))
		}
	}
	check("DATABASE_URL", func(text string) (err error) { s.database, err = readDatabaseURL(text); return err })
	check("REDIS_URL", func(text string) (err error) { s.redis, err = readRedisURL(text); return err })
	check("BASE_URL", func(text string) (err error) { s.baseURL, err = readBaseURL(text); return err })
	check("OAUTHREG_KEY", func(text string) (err error) {
		if s.keys, err = seal.Parse(text); err != nil {
			return fmt.Errorf("cannot be used; make one with \"openssl rand -base64 32\": %w", err)
		}
		return nil
	})
	exists := func(string) error { return nil }
	check("X_CONSUMER_KEY", exists)
	check("X_CONSUMER_SECRET", exists)
	if s.x.ConsumerKey != "" && getenv("X_CONSUMER_SECRET") != "" {
		if _, err := twitter.New(s.x); err != nil {
			errs = append(errs, fmt.Errorf("X_CONSUMER_KEY, X_CONSUMER_SECRET or X_API_URL cannot be used: %w", err))
		}
	}
	if _, _, err := net.SplitHostPort(s.listenAddr); err != nil {
		errs = append(errs, errors.New("LISTEN_ADDR must be a host and a port, such as 0.0.0.0:8080"))
	}
	if strings.ContainsFunc(s.instance, func(r rune) bool { return r <= ' ' || r > '~' }) {
		errs = append(errs, errors.New("INSTANCE must be of visible ASCII characters; it is sent in a header"))
	}
	var err error
	if s.drainDelay, err = time.ParseDuration(cmp.Or(getenv("DRAIN_DELAY"), "1s")); err != nil || s.drainDelay < 0 || s.drainDelay > time.Minute {
		errs = append(errs, errors.New("DRAIN_DELAY must be a duration of at most 1m, such as 5s"))
	}
	return s, errors.Join(errs...)
}

// answerTimeout is how long PostgreSQL and Redis may take to accept a
// connection. A person waits for the page meanwhile.
const answerTimeout = 2 * time.Second

func readDatabaseURL(text string) (*pgx.ConnConfig, error) {
	u, urlErr := url.Parse(text)
	cfg, err := pgx.ParseConfig(text)
	if err != nil || urlErr != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("must be the URL of a PostgreSQL database, such as postgres://user:password@host:5432/name?sslmode=verify-full")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = answerTimeout
	}
	return cfg, nil
}

func readRedisURL(text string) (*redis.Options, error) {
	options, err := redis.ParseURL(text)
	if err != nil {
		return nil, errors.New("must be the URL of a Redis server, such as rediss://user:password@host:6379/0")
	}
	options.DialTimeout = cmp.Or(options.DialTimeout, answerTimeout)
	options.ReadTimeout = cmp.Or(options.ReadTimeout, answerTimeout)
	options.WriteTimeout = cmp.Or(options.WriteTimeout, answerTimeout)
	options.PoolTimeout = cmp.Or(options.PoolTimeout, answerTimeout)
	// Once more, for a connection that died in the pool. More only makes people
	// wait longer for the page that says that Redis is away.
	options.MaxRetries = cmp.Or(options.MaxRetries, 1)
	options.DialerRetries = cmp.Or(options.DialerRetries, 1)
	options.ContextTimeoutEnabled = true
	return options, nil
}

func readBaseURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("must be a scheme and a host, such as https://app.example.com")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", errors.New("must begin with https:// unless its host is this machine")
	}
	return u.Scheme + "://" + u.Host, nil
}
