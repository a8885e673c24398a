package sessionstore

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// ConfigError is one fault in a configuration of this package. The
// constructors check a configuration whole and return all faults at once,
// joined by [errors.Join]: errors.AsType finds the first, Unwrap() []error all.
type ConfigError struct {
	// Field is the field's name, such as "BaseURL".
	Field string

	// Reason says what is wrong and what to write instead. It quotes neither
	// keys nor URLs, which may carry a password.
	Reason string
}

// Error returns "sessionstore: Field: reason".
func (e *ConfigError) Error() string { return "sessionstore: " + e.Field + ": " + e.Reason }

const (
	defaultName = "oauthreg"

	// maxName leaves most of a cookie's 4 KiB to the value.
	maxName = 64
)

// checkBaseURL reports whether cookies for the app can be Secure.
func checkBaseURL(text string, dangerouslyAllowHTTP bool) (secure bool, err error) {
	fault := func(reason string) (bool, error) {
		return false, &ConfigError{Field: "BaseURL", Reason: reason}
	}
	if text == "" {
		return fault(`it is required: the app's public URL, such as "https://app.example.com"`)
	}
	// The error of url.Parse quotes its input.
	u, err := url.Parse(text)
	if err != nil {
		return fault("it is not a URL")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return fault("it must begin with https:// (or http:// on a loopback host)")
	case u.Hostname() == "":
		return fault("it has no host")
	case u.User != nil:
		return fault("it must not carry a user name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fault("it must not have a query or a fragment")
	case u.Scheme == "https":
		return true, nil
	case isLoopback(u.Hostname()) || dangerouslyAllowHTTP:
		return false, nil
	}
	return fault("http is for loopback hosts only, since anyone on the way can read and set the cookies; " +
		"use https, or set DangerouslyAllowHTTP where package oauthreg is not used, which wants https too")
}

// isLoopback knows the names of RFC 6761 section 6.3 and the addresses.
func isLoopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// checkName returns the name to use for name.
func checkName(name string) (string, error) {
	fault := func(reason string) (string, error) {
		return "", &ConfigError{Field: "Name", Reason: reason}
	}
	switch {
	case name == "":
		return defaultName, nil
	case len(name) > maxName:
		return fault(fmt.Sprintf("it has %d bytes, more than %d", len(name), maxName))
	case strings.HasPrefix(name, "__"):
		// Browsers give "__Host-" and its kin a meaning, in any case of letters
		// (RFC 6265bis section 4.1.3), and may come to know more of them.
		return fault("it must not begin with two underscores; the __Host- prefix is added where it can be")
	case (&http.Cookie{Name: name, Value: "x"}).Valid() != nil:
		return fault("it must be a cookie name: letters, digits and hyphens do")
	}
	return name, nil
}

// checkBound returns the bound to use for value: zero stands for standard.
func checkBound(field string, value, standard, least int) (int, error) {
	switch {
	case value == 0:
		return standard, nil
	case value < least:
		return 0, &ConfigError{Field: field, Reason: fmt.Sprintf(
			"it is %d; use at least %d, or 0 for the default of %d", value, least, standard)}
	}
	return value, nil
}

// attributesOf checks what the stores' configurations have in common.
func attributesOf(baseURL, name string, dangerouslyAllowHTTP bool) (attributes, error) {
	secure, urlErr := checkBaseURL(baseURL, dangerouslyAllowHTTP)
	name, nameErr := checkName(name)
	if secure {
		name = "__Host-" + name
	}
	return attributes{name: name, secure: secure}, errors.Join(urlErr, nameErr)
}
