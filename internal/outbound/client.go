package outbound

import (
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// idleConns is how many connections to one provider are kept for the next call.
const idleConns = 64

// NewClient copies c, so that neither its redirects nor its cookies nor a later
// change by its owner matter to what is sent with credentials. A nil c, or one
// without a transport, gets a transport of its own.
func NewClient(c *http.Client) *http.Client {
	own := &http.Client{}
	if c != nil {
		*own = *c
	}
	if own.Transport == nil {
		own.Transport = http.DefaultTransport
		if t, ok := http.DefaultTransport.(*http.Transport); ok {
			t = t.Clone()
			t.MaxResponseHeaderBytes = 64 << 10
			// Over HTTP/1.1 net/http keeps two connections to a host, and twenty people
			// at once would wait for eighteen to be set up each time.
			t.MaxIdleConnsPerHost = idleConns
			own.Transport = t
		}
	}
	own.Jar = nil
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return own
}

// Loopback reports whether host is this machine, without a look-up.
func Loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// CheckEndpoint returns what is wrong with the URL of an endpoint, or "".
func CheckEndpoint(text string) (reason string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return "it must be an absolute https URL"
	case u.User != nil || u.Fragment != "":
		return "it must have neither user nor fragment"
	case !ascii(u.Host):
		return hostText
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return "it must be https: requests carry secrets (RFC 5849 section 2.3, RFC 6749 section 3.2); http is for loopback only"
	}
	return ""
}

// CheckHost returns what keeps host from being a host with an optional port, and
// no more, or "".
func CheckHost(host string) (reason string) {
	u, err := url.Parse("https://" + host)
	switch {
	case !ascii(host):
		return hostText
	case err != nil || u.Host != host || u.Hostname() == "":
		return "each entry is a host, with a port if it has one, and nothing else"
	}
	return ""
}

// hostText is for a name that net/http sends as another than it is written: as
// another it is signed, and compared with those that a token may go to.
const hostText = `the host has other letters than a to z: write it as it goes over the wire, with "xn--"`

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// Allows reports whether u is at one of hosts, in lower case: with the port of its
// scheme or without, that is the same.
func Allows(hosts []string, u *url.URL) bool {
	port := ":443"
	if u.Scheme == "http" {
		port = ":80"
	}
	host := strings.TrimSuffix(strings.ToLower(u.Host), port)
	return slices.Contains(hosts, host) || slices.Contains(hosts, host+port)
}

// HostOf returns the host of a URL, in lower case, or "".
func HostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// CloneValues copies v and the lists in it.
func CloneValues(v url.Values) url.Values {
	c := maps.Clone(v)
	for name, values := range c {
		c[name] = slices.Clone(values)
	}
	return c
}
