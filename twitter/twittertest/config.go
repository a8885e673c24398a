package twittertest

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthreg/go/provider"
)

// The app credentials a [Server] knows unless [Config] names others.
const (
	ConsumerKey    = "test-consumer-key"
	ConsumerSecret = "test-consumer-secret"

	// OAuth2ClientID and OAuth2ClientSecret are those of OAuth 2.0. The ID has the
	// form of X's.
	OAuth2ClientID     = "bWFkZS11cC10ZXN0LWNsaWVudDE6MTpjaQ"
	OAuth2ClientSecret = "test-client-secret"
)

// Config says which app and which people a [Server] knows. The zero Config is
// complete. [New] copies it.
type Config struct {
	_ [0]func() // no unkeyed literals, no ==

	// ConsumerKey and ConsumerSecret are the app's API key and secret. If empty,
	// the constants [ConsumerKey] and [ConsumerSecret] are used.
	ConsumerKey, ConsumerSecret string

	// ClientID and ClientSecret are the app's for OAuth 2.0. If empty, the
	// constants [OAuth2ClientID] and [OAuth2ClientSecret] are used.
	ClientID, ClientSecret string

	// PublicClient makes the app a native or single-page app over OAuth 2.0: it
	// has no ClientSecret, and names its ClientID in the body.
	PublicClient bool

	// AppName is what the page calls the app; "Test App" if empty.
	AppName string

	// CallbackURLs are the callback URLs registered for the app, at most ten as
	// at X, for OAuth 1.0a and OAuth 2.0 alike. A callback must equal one of them
	// byte for byte. If there are none, any http or https URL is allowed. "oob",
	// the PIN flow of OAuth 1.0a, always is.
	CallbackURLs []string

	// People are the accounts that the page offers, the first one selected. If
	// nil, they are those of [MadeUpPeople].
	People []Person

	// Addr is where New listens, such as "127.0.0.1:8090". If empty, it is
	// "127.0.0.1:0", a free port. Only loopback addresses are accepted, because
	// anybody who reaches the server can be anybody on it.
	Addr string

	// StateFile, if set, is a file that holds the server's state (tokens,
	// approvals, used nonces, the address) and is replaced after each change, so
	// that a program that is killed goes on where it was when it is started
	// again: also on the same port, if Addr leaves the port open and that one is
	// free. The file is readable by its owner only. Its directory must exist,
	// and no two servers may share it.
	StateFile string

	// Logger gets one record for each request: endpoint, status, and the reason
	// of a refusal; never a secret, token or verifier. If nil, nothing is logged.
	Logger *slog.Logger
}

const maxCallbackURLs = 10

// withDefaults returns a copy of cfg with all that was left out filled in.
func (cfg Config) withDefaults() Config {
	if cfg.ConsumerKey == "" {
		cfg.ConsumerKey = ConsumerKey
	}
	if cfg.ConsumerSecret == "" {
		cfg.ConsumerSecret = ConsumerSecret
	}
	if cfg.ClientID == "" {
		cfg.ClientID = OAuth2ClientID
	}
	if cfg.ClientSecret == "" && !cfg.PublicClient {
		cfg.ClientSecret = OAuth2ClientSecret
	}
	if cfg.AppName == "" {
		cfg.AppName = "Test App"
	}
	if cfg.People == nil {
		cfg.People = MadeUpPeople()
	}
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.CallbackURLs = slices.Clone(cfg.CallbackURLs)
	cfg.People = slices.Clone(cfg.People)
	for i := range cfg.People {
		cfg.People[i].Raw = slices.Clone(cfg.People[i].Raw)
		cfg.People[i].RawV2 = slices.Clone(cfg.People[i].RawV2)
	}
	return cfg
}

// check returns all faults of a Config with defaults, joined.
func (cfg Config) check() error {
	var faults []error
	fault := func(field, format string, args ...any) {
		faults = append(faults, configError(field, fmt.Sprintf(format, args...)))
	}

	if cfg.PublicClient && cfg.ClientSecret != "" {
		fault("ClientSecret", "a public client has none")
	}
	if len(cfg.CallbackURLs) > maxCallbackURLs {
		fault("CallbackURLs", "there are %d; X allows %d", len(cfg.CallbackURLs), maxCallbackURLs)
	}
	for _, callback := range cfg.CallbackURLs {
		if reason := callbackFault(callback); reason != "" {
			fault("CallbackURLs", "%q %s", callback, reason)
		}
	}

	if len(cfg.People) == 0 {
		fault("People", "the list is empty; leave it nil for made-up people")
	}
	ids, names := map[string]bool{}, map[string]bool{}
	for i, p := range cfg.People {
		switch {
		case !isAccountID(p.ID):
			fault("People", "person %d: ID must be 1 to 19 digits without a leading zero; use Raw to send another one", i)
		case ids[p.ID]:
			fault("People", "person %d: ID %s is taken", i, p.ID)
		}
		ids[p.ID] = true
		handle := strings.ToLower(p.ScreenName)
		switch {
		case handle == "":
			fault("People", "person %d: ScreenName is empty", i)
		case names[handle]:
			fault("People", "person %d: ScreenName %q is taken", i, p.ScreenName)
		}
		names[handle] = true
		switch p.NoEmail {
		case NoEmailNull, NoEmailEmpty, NoEmailAbsent:
		default:
			fault("People", "person %d: NoEmail %q is not one of the constants", i, p.NoEmail)
		}
	}

	if !isLoopback(cfg.Addr) {
		fault("Addr", "%q is not a loopback address with a port, such as 127.0.0.1:0", cfg.Addr)
	}
	return errors.Join(faults...)
}

func configError(field, reason string) *provider.ConfigError {
	return &provider.ConfigError{Package: "twittertest", Field: field, Reason: reason}
}

// callbackFault says why X would not register callback, or "".
func callbackFault(callback string) string {
	u, err := url.Parse(callback)
	if err != nil || u.Scheme == "" {
		return "is not an absolute URL"
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return "has no host"
		}
	case "javascript", "data", "file", "ftp", "mailto", "telnet", "vbscript", "blob", "about":
		return "has a scheme that X does not allow"
	}
	return ""
}

func isAccountID(id string) bool {
	return len(id) >= 1 && len(id) <= 19 && id[0] != '0' &&
		!strings.ContainsFunc(id, func(r rune) bool { return r < '0' || r > '9' })
}

// isLoopback goes by the text of addr. "localhost" passes here; what it
// resolved to is checked once the listener is there.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
