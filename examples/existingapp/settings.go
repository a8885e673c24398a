package main

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// settings come from the environment.
type settings struct {
	baseURL      string // "" if not given
	signUpClosed bool
	rounds       rounds // of hashing a password
}

// readSettings returns everything that is wrong at once.
func readSettings(getenv func(string) string) (settings, error) {
	var s settings
	var errs []error
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
	switch getenv("SIGN_UP") {
	case "", "open":
	case "closed":
		s.signUpClosed = true
	default:
		errs = append(errs, errors.New("SIGN_UP must be open or closed"))
	}
	s.rounds = passwordRounds
	if text := getenv("PASSWORD_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1000 {
			errs = append(errs, errors.New("PASSWORD_ROUNDS must be a number of at least 1000; fewer than 600000 are for tests"))
		}
		s.rounds = rounds(n)
	}
	return s, errors.Join(errs...)
}
