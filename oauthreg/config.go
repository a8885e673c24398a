package oauthreg

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

const (
	// DefaultAttemptTTL is how long a person may take at the provider.
	DefaultAttemptTTL = 15 * time.Minute
	// DefaultPendingTTL is how long a person may take over the form.
	DefaultPendingTTL = time.Hour
)

// Config is the set-up of a [Registrar]. It is copied and checked by [New].
type Config struct {
	_ [0]func() // no unkeyed literals, no comparison

	// BaseURL is where the handlers are mounted, as browsers see it, such as
	// "https://app.example.com/auth". The callback to register at a provider is
	// BaseURL/NAME/callback. https, except on loopback; it also decides whether
	// cookies are Secure. Required.
	BaseURL string

	// Flows are the providers by the name they have in URLs and in the account
	// store: lower-case letters, digits, "-" and "_". A name is forever:
	// identities are stored under it. Required.
	Flows map[string]provider.Flow

	// Labels are what people call the providers, such as "Example Inc.". A provider
	// without one is called what its Flow says ([provider.Labeler]), or by its name.
	Labels map[string]string

	// Sessions keeps handshakes and pending sign-ups for one browser. Required.
	Sessions sessionstore.Store

	// Accounts keeps which user owns which identity. Required.
	Accounts tokenstore.Store

	// SignIn makes a.UserID the user of this browser's session, in the app's own
	// way: renew the session's ID, ask for a second factor. It may set headers;
	// it must not write the body. It is called for people who return, and by
	// [Registrar.Complete]. An error keeps the person out; wrap [ErrBarred] if
	// that is a decision and not a breakdown. Two requests of one browser may
	// call it for the same account at once. Required.
	SignIn func(w http.ResponseWriter, r *http.Request, a tokenstore.Account) error

	// CurrentUser returns the ID of the user who is signed in in the browser of r,
	// or "". It is needed for connecting an identity to an existing user: without
	// it, a start with that intent is refused.
	CurrentUser func(r *http.Request) (userID string, err error)

	// AllowSignUp, if not nil, is asked before somebody unknown may register: at
	// the callback, before the form, and again when the form is posted, by
	// [Registrar.Pending] and [Registrar.Complete]. It may be asked several times
	// for one person. An error keeps them out, and nothing is written; wrap
	// [ErrSignUpClosed] or [ErrBarred] if it is a decision and not a breakdown.
	// People who return are not asked about: that is for SignIn.
	//
	// An app that links in a transaction of its own, and makes users without a
	// form being posted, has to ask by itself before: Complete sees an identity
	// that has an owner.
	AllowSignUp func(ctx context.Context, p *Pending) error

	// AllowConnect, if not nil, is asked before an identity becomes that of a user
	// who exists, a.UserID. An error prevents it; wrap [ErrBarred] if it is a
	// decision.
	AllowConnect func(ctx context.Context, a tokenstore.Account) error

	// UserByEmail, if not nil, returns the user who has an e-mail address, "" if
	// there is none, and whether the app has verified that the address is theirs.
	// The address is in the form of [NormalizeEmail], and ASCII. It is asked when
	// somebody unknown comes with an address that the provider vouches for. Then they
	// are sent to SignInURL to prove that they are that user: see [EmailInUse].
	UserByEmail func(ctx context.Context, email string) (userID string, verified bool, err error)

	// SignInURL is the local path of the app's page for signing in. Required with
	// UserByEmail.
	SignInURL string

	// TrustEmailOf names the providers whose word about an e-mail address is taken
	// for proof: the identity is linked to the user who has the address, and the
	// person signed in, without asking, if the app has verified the address too.
	// Whoever runs such a provider, or gets an address there that was another's,
	// can enter that user's account. None if nil.
	TrustEmailOf []string

	// OtherWayIn tells [Registrar.Disconnect] whether a user can sign in without
	// any identity: with a password, a passkey, or an identity of a provider that
	// another Registrar has. Nobody can if nil: then the last identity of Flows
	// stays. What removes such a way in has to check the same the other way round.
	OtherWayIn func(ctx context.Context, userID string) (bool, error)

	// SignUpURL is the local path of the app's registration form. Required.
	SignUpURL string

	// FailureURL is the local path that people return to when a sign-up does
	// not succeed; [Registrar.Notice] tells it what to say. If empty, it is the
	// provider's own start page.
	FailureURL string

	// ConnectFailureURL is the local path to which users return when connecting another
	// identity did not succeed: the page that has the button for it.
	// [Registrar.Notice] tells it what to say too. If empty, it is FailureURL, and
	// without that "next": where they would be had they succeeded. Whoever is not
	// signed in any more returns to FailureURL.
	ConnectFailureURL string

	// DefaultNext is the local path after signing in, where the start did not
	// name another. "/" if empty.
	DefaultNext string

	// NextOrigins are other origins (scheme, host, port) that a "next" may lead
	// to. None if nil: then it is a local path.
	NextOrigins []string

	// TrustedOrigins are other origins whose pages may start a sign-up and post the
	// registration form, for an app whose front end has a host of its own.
	TrustedOrigins []string

	// Limit, if not nil, is asked before each start, which costs one call of the
	// provider and one record in Sessions: how long does whoever made r have to
	// wait? 0 lets them go on; else the answer is [TooMany], with Retry-After. An
	// error keeps them out too. Who it is, is for the app to tell: r.RemoteAddr is
	// the address of the connection, which behind a proxy is the proxy's, and
	// headers that name another are anybody's to send. Count an IPv6 /64 as one.
	Limit func(r *http.Request, providerName string) (wait time.Duration, err error)

	// Observer, if not nil, is told of every step and of every call of a Flow.
	Observer Observer

	// OnOutcome, if not nil, sees every end of a start or a callback before it is
	// answered. Cookies are set by then. If it returns true it has answered.
	OnOutcome func(w http.ResponseWriter, r *http.Request, res Result) (answered bool)

	// Pages, if not nil, holds the pages to show instead of the default ones: the
	// templates "start", "failure" and "confirm", each executed with a [Page]. They
	// are tried once by [New]. One that fails later is logged, and the default page
	// shown. Their policy (Content-Security-Policy) allows styles, pictures and
	// fonts of the app's own origin, styles and scripts with the nonce, and nothing
	// else. It is not copied; leave it alone afterwards.
	Pages *template.Template

	// Message, if not nil, translates: it returns the text of one of the codes of
	// [Messages] in the language of r, or "" for the English one. label is what people
	// call the provider; "{provider}" in the text becomes it. It is called at once by
	// many requests. Texts are escaped where they are shown.
	Message func(r *http.Request, code, label string) string

	// AttemptTTL is [DefaultAttemptTTL] if zero, PendingTTL [DefaultPendingTTL]. A
	// month is the most.
	AttemptTTL, PendingTTL time.Duration

	// Logger gets one line for each end, without secrets. Nothing is logged if
	// nil.
	Logger *slog.Logger
}

const maxTTL = 31 * 24 * time.Hour

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// check returns every fault of c, and BaseURL parsed.
func (c *Config) check() (*url.URL, error) {
	var faults []error
	add := func(field, reason string) {
		faults = append(faults, &provider.ConfigError{Package: "oauthreg", Field: field, Reason: reason})
	}
	base, err := url.Parse(c.BaseURL)
	switch {
	case c.BaseURL == "":
		add("BaseURL", "it is required, such as https://app.example.com/auth")
	case err != nil || base.Hostname() == "" || (base.Scheme != "https" && base.Scheme != "http"):
		add("BaseURL", "it must be an absolute https URL, such as https://app.example.com/auth, or http://127.0.0.1:8080/auth for development")
	case strings.ContainsAny(c.BaseURL, "?#") || base.User != nil:
		add("BaseURL", "it must have neither user, query nor fragment")
	case base.Scheme == "http" && !outbound.Loopback(base.Hostname()):
		add("BaseURL", "it must be https; http is for loopback only")
	case !asBrowsersWrite(base):
		add("BaseURL", "its scheme and host must be as browsers write them: in lower case, without the port that the scheme has anyway")
	case !isLocal(strings.TrimRight(base.Path, "/")):
		add("BaseURL", "its path must be a plain one, such as /auth: people are sent to pages below it")
	}
	if len(c.Flows) == 0 {
		add("Flows", "at least one provider is required")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Flows)) {
		if !namePattern.MatchString(name) {
			add("Flows", "the name of a provider has lower-case letters, digits, \"-\" and \"_\", at most 32")
		}
		if isNil(c.Flows[name]) {
			add("Flows", "the provider "+name+" is nil; was the error of its New dropped?")
		}
	}
	if isNil(c.Sessions) {
		add("Sessions", "it is required; sessionstore.NewCookie makes one that needs no server")
	}
	if isNil(c.Accounts) {
		add("Accounts", "it is required; tokenstore.NewSQL makes one")
	}
	if c.SignIn == nil {
		add("SignIn", "it is required: only the app knows how its users' sessions are made")
	}
	if _, ok := SafeNext(c.SignUpURL); !ok {
		add("SignUpURL", "it must be the local path of the registration form, such as /signup")
	}
	if c.UserByEmail != nil && c.SignInURL == "" {
		add("SignInURL", "it is required with UserByEmail: the path of the page for signing in, such as /signin")
	}
	if len(c.TrustEmailOf) > 0 && c.UserByEmail == nil {
		add("TrustEmailOf", "it needs UserByEmail, which tells whose an address is")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		if _, ok := c.Flows[name]; !ok {
			add("Labels", "it names a provider that is not in Flows")
		}
	}
	for _, name := range c.TrustEmailOf {
		if _, ok := c.Flows[name]; !ok {
			add("TrustEmailOf", "it names a provider that is not in Flows")
		}
	}
	for _, local := range []struct{ field, path string }{
		{"FailureURL", c.FailureURL}, {"ConnectFailureURL", c.ConnectFailureURL}, {"DefaultNext", c.DefaultNext}, {"SignInURL", c.SignInURL},
	} {
		if _, ok := SafeNext(local.path); local.path != "" && !ok {
			add(local.field, "it must be a local path, such as /")
		}
	}
	checkPages(add, c.Pages)
	checkOrigins(add, "NextOrigins", c.NextOrigins)
	checkOrigins(add, "TrustedOrigins", c.TrustedOrigins)
	for _, ttl := range []struct {
		field string
		value time.Duration
	}{{"AttemptTTL", c.AttemptTTL}, {"PendingTTL", c.PendingTTL}} {
		if ttl.value < 0 || ttl.value > maxTTL {
			add(ttl.field, "it must not be negative, nor more than 31 days; zero means the default")
		}
	}
	return base, errors.Join(faults...)
}

// isNil reports whether v is nil, or a nil pointer in an interface, as a
// constructor returns it beside its error.
func isNil(v any) bool {
	value := reflect.ValueOf(v)
	return !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil()
}

// isLocal reports whether a path leads to no other host.
func isLocal(path string) bool {
	_, ok := SafeNext(path)
	return ok || path == ""
}

func checkOrigins(add func(field, reason string), field string, origins []string) {
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || o != u.Scheme+"://"+u.Host || u.Hostname() == "" ||
			(u.Scheme != "https" && (u.Scheme != "http" || !outbound.Loopback(u.Hostname()))) {
			add(field, "each entry is an https scheme and host, such as https://app.example.com, without a path")
			return
		}
		if !asBrowsersWrite(u) {
			add(field, "each entry must be as browsers write it: in lower case, without the port that the scheme has anyway")
			return
		}
	}
}

// asBrowsersWrite reports whether the origin of u is as it comes in an Origin
// header (RFC 6454 section 6.2): another spelling is never met.
func asBrowsersWrite(u *url.URL) bool {
	port := u.Port()
	return u.Host == strings.ToLower(u.Host) && !strings.HasSuffix(u.Host, ":") &&
		!(u.Scheme == "https" && port == "443") && !(u.Scheme == "http" && port == "80")
}
