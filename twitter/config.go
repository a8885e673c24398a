package twitter

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/oauthreg/go/provider"
)

// DefaultBaseURL is where X answers, for browsers and for calls alike. The
// host is part of what is signed, and people's cookies lie there, so one flow
// never mixes it with the older api.twitter.com.
const DefaultBaseURL = "https://api.x.com"

// AccessType narrows what the token may do, below what the app's settings
// allow (X's x_auth_access_type).
type AccessType string

// The access types.
const (
	// ReadOnly, the default, is all that signing up needs.
	ReadOnly AccessType = "read"
	// ReadWrite lets the app post for the person.
	ReadWrite AccessType = "write"
	// AsConfigured asks for whatever the app's settings at X say.
	AsConfigured AccessType = "as configured"
)

// ProfileSource names where FetchProfile asks.
type ProfileSource string

// The sources of a profile.
const (
	// VerifyCredentials, the default, is GET /1.1/account/verify_credentials.json.
	// It has the e-mail address, if the app may ask for it.
	VerifyCredentials ProfileSource = "v1.1"
	// UsersMe is GET /2/users/me, with [Config.UserFields].
	UsersMe ProfileSource = "v2"
	// TokenAnswer makes no call: ID and handle come with the token.
	TokenAnswer ProfileSource = "none"
)

// defaultUserFields are the fields asked of users/me. confirmed_email is not
// among them: where it is not allowed, X refuses the whole request.
var defaultUserFields = []string{"description", "location", "profile_image_url", "url", "verified"}

// Config describes the app registered at X. It is copied and checked by [New].
type Config struct {
	_ [0]func() // no unkeyed literals, no comparison

	// ConsumerKey is the "API Key" of the app's OAuth 1.0a keys. Required.
	ConsumerKey string

	// ConsumerSecret is the "API Key Secret". Required.
	ConsumerSecret provider.Secret

	// BaseURL is the scheme and host of all of X's URLs, [DefaultBaseURL] if
	// empty: https, except on loopback. For tests it is that of
	// twittertest.Server.
	BaseURL string

	// AlwaysAsk sends people to /oauth/authorize, which asks for approval each
	// time. Otherwise /oauth/authenticate lets pass who approved before.
	AlwaysAsk bool

	// ForceLogin makes X ask for the password again (force_login).
	ForceLogin bool

	// ScreenName fills in the login form at X (screen_name).
	ScreenName string

	// AccessType is [ReadOnly] if empty.
	AccessType AccessType

	// Profile is [VerifyCredentials] if empty.
	Profile ProfileSource

	// UserFields are asked of [UsersMe], in X's names. If nil: description,
	// location, profile_image_url, url and verified. Add confirmed_email if the
	// app has the permission; without it X refuses the whole profile.
	UserFields []string

	// ParseProfile reads the profile's JSON. If nil, it is [ParseVerifyCredentials]
	// or [ParseUsersMe], which are a good start for a parser of your own. It need
	// not set Raw.
	ParseProfile func(raw []byte) (provider.Profile, error)

	// APIHosts are further hosts that a client of [Flow.Client] may call, such as
	// "upload.x.com".
	APIHosts []string

	// HTTPClient sends the requests. If nil, the Flow has one of its own. It is
	// copied; its redirect policy and cookie jar are not used.
	HTTPClient *http.Client

	// Timeout bounds each call to X. Zero means 10 seconds.
	Timeout time.Duration
}

var (
	screenNamePattern = regexp.MustCompile(`^[A-Za-z0-9_]{1,50}$`)
	userFieldPattern  = regexp.MustCompile(`^[a-z_]{1,64}$`)
)

// check returns the faults that oauth1flow cannot see.
func (c *Config) check() error {
	var faults []error
	add := func(field, reason string) {
		faults = append(faults, &provider.ConfigError{Package: "twitter", Field: field, Reason: reason})
	}
	if looksLikeClientID(c.ConsumerKey) {
		add("ConsumerKey", clientIDHint)
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(c.BaseURL, "?#") {
		add("BaseURL", "it must be a scheme and a host, such as "+DefaultBaseURL)
	}
	if !slices.Contains([]AccessType{ReadOnly, ReadWrite, AsConfigured}, c.AccessType) {
		add("AccessType", "it must be ReadOnly, ReadWrite or AsConfigured")
	}
	if !slices.Contains([]ProfileSource{VerifyCredentials, UsersMe, TokenAnswer}, c.Profile) {
		add("Profile", "it must be VerifyCredentials, UsersMe or TokenAnswer")
	}
	if c.ScreenName != "" && !screenNamePattern.MatchString(c.ScreenName) {
		add("ScreenName", "it must be a handle without \"@\"")
	}
	for _, field := range c.UserFields {
		if !userFieldPattern.MatchString(field) {
			add("UserFields", "each entry is one of X's field names, such as confirmed_email")
			break
		}
	}
	return errors.Join(faults...)
}

// looksLikeClientID recognises an OAuth 2.0 Client ID: base64 of something that
// ends in ":ci", in every sample X has published.
func looksLikeClientID(key string) bool {
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(key, "="))
	return err == nil && strings.HasSuffix(string(decoded), ":ci")
}
