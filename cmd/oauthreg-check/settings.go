package main

import (
	"cmp"
	"errors"
	"net/url"
	"strings"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// callbackPath is where the programs in examples/ take the callback.
const callbackPath = "/auth/twitter/callback"

// fault is a setting that cannot be used, and what to do about it.
type fault struct{ name, fix string }

// What to do about a setting that is not there.
const (
	keyFix = `set it to the "API Key" (consumer key) from "Keys and tokens" of your app at https://console.x.com`
	// X shows the secret once.
	secretFix  = `set it to the "API Key Secret" beside it; if it is lost, "Regenerate" makes a new pair`
	baseURLFix = `set it to the app's public URL, such as http://127.0.0.1:8080 or https://app.example.com, or give -callback; ` +
		`the callback URL has to be in "User authentication settings" there`
	badURLFix    = `it must be a scheme and a host, such as https://app.example.com; for a callback elsewhere give -callback`
	unsafeURLFix = `it must begin with https:// unless its host is this machine; oauthreg.New takes no other`
)

// readSettings returns all faults at once.
func readSettings(getenv func(string) string, callback string) (settings, []fault) {
	s := settings{
		key: getenv("X_CONSUMER_KEY"), callback: callback,
		apiURL: strings.TrimRight(cmp.Or(getenv("X_API_URL"), twitter.DefaultBaseURL), "/"),
	}
	secret := provider.NewSecret(getenv("X_CONSUMER_SECRET"))
	var faults []fault
	if s.key == "" {
		faults = append(faults, fault{"X_CONSUMER_KEY", keyFix})
	}
	if secret.IsZero() {
		faults = append(faults, fault{"X_CONSUMER_SECRET", secretFix})
	}
	if base := getenv("BASE_URL"); s.callback == "" && base == "" {
		faults = append(faults, fault{"BASE_URL", baseURLFix})
	} else if s.callback == "" && !isOrigin(base) {
		faults = append(faults, fault{"BASE_URL", badURLFix})
	} else if s.callback == "" && !isSafe(base) {
		faults = append(faults, fault{"BASE_URL", unsafeURLFix})
	} else if s.callback == "" {
		s.callback = strings.TrimRight(base, "/") + callbackPath
	}
	flow, err := twitter.New(twitter.Config{ConsumerKey: s.key, ConsumerSecret: secret, BaseURL: s.apiURL})
	s.flow = flow
	return s, append(faults, configFaults(err, faults)...)
}

// configFaults says which variable each fault of a configuration comes from.
// Each is named once: what is missing is known already, and one bad URL is
// several bad endpoints.
func configFaults(err error, known []fault) (faults []fault) {
	named := map[string]bool{}
	for _, f := range known {
		named[f.name] = true
	}
	for _, e := range configErrors(err) {
		name := "X_API_URL"
		switch e.Field {
		case "ConsumerKey":
			name = "X_CONSUMER_KEY"
		case "ConsumerSecret":
			name = "X_CONSUMER_SECRET"
		}
		if !named[name] {
			named[name] = true
			faults = append(faults, fault{name, e.Reason})
		}
	}
	return faults
}

// configErrors are the leaves of a joined error.
func configErrors(err error) (leaves []*provider.ConfigError) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			leaves = append(leaves, configErrors(e)...)
		}
	} else if e, ok := errors.AsType[*provider.ConfigError](err); ok {
		leaves = append(leaves, e)
	}
	return leaves
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		strings.Trim(u.Path, "/") == "" && !strings.ContainsAny(text, "?#")
}

// isSafe reports whether oauthreg.New takes the origin: http is for this machine.
func isSafe(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "https" || outbound.Loopback(u.Hostname()))
}

// isCallback lets pass what X may: apps have schemes of their own. The host of
// "localhost:8080/callback" is none of them.
func isCallback(text string) bool {
	u, err := url.Parse(text)
	return text == "oob" || (err == nil && u.Scheme != "" && u.Opaque == "" && (u.Host != "" || (u.Scheme != "http" && u.Scheme != "https")))
}
