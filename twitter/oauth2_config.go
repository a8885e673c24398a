package twitter

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/oauthreg/go/provider"
)

// DefaultAuthorizeURL is the page where people approve over OAuth 2.0. It is on
// x.com, where their cookies are: from twitter.com they have to log in again,
// and may end up with another account.
const DefaultAuthorizeURL = "https://x.com/i/oauth2/authorize"

const authorizePath = "/i/oauth2/authorize"

// The scope for the e-mail address, and the field it is in.
const (
	emailScope = "users.email"
	emailField = "confirmed_email"
)

// requiredScopes are what X wants to see for users/me: both of them.
var requiredScopes = []string{"users.read", "tweet.read"}

// OAuth2Config describes the app registered at X, for OAuth 2.0. It is copied
// and checked by [NewOAuth2].
type OAuth2Config struct {
	_ [0]func() // no unkeyed literals, no comparison

	// ClientID is the "Client ID" of the app's OAuth 2.0 keys. It is not the API
	// Key. Required.
	ClientID string

	// ClientSecret is the "Client Secret" of a confidential client, which is what
	// X makes of a Web App, Automated App or Bot. It is sent by HTTP Basic, and
	// the client ID not in the body then. A zero ClientSecret is for a public
	// client, a Native App or Single Page App: PKCE alone protects the code then.
	ClientSecret provider.Secret

	// BaseURL is the scheme and host of X's API, [DefaultBaseURL] if empty: https,
	// except on loopback. For tests it is that of twittertest.Server.
	BaseURL string

	// AuthorizeURL is the page that people are sent to. If empty, it is
	// [DefaultAuthorizeURL], or /i/oauth2/authorize at a BaseURL that is not X's.
	AuthorizeURL string

	// Scopes are what to ask the person for, in X's names. If nil: users.read and
	// tweet.read, without which X says nobody's name. Add users.email for the
	// e-mail address, after "Request email from users" was turned on for the app,
	// and offline.access for a refresh token: without it a token ends after two
	// hours. https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
	Scopes []string

	// UserFields are asked of users/me, in X's names. If nil: description,
	// location, profile_image_url, url and verified. confirmed_email is added
	// where users.email is among the Scopes, and must not be there otherwise: X
	// refuses the whole profile.
	UserFields []string

	// ParseProfile reads the profile's JSON. If nil, it is [ParseUsersMe], which is
	// a good start for a parser of your own. It need not set Raw.
	ParseProfile func(raw []byte) (provider.Profile, error)

	// APIHosts are further hosts that a client of [OAuth2Flow.Client] may call,
	// such as "upload.x.com".
	APIHosts []string

	// HTTPClient sends the requests. If nil, the flow has one of its own. It is
	// copied; its redirect policy and cookie jar are not used.
	HTTPClient *http.Client

	// Timeout bounds each call to X. Zero means 10 seconds.
	Timeout time.Duration
}

var scopePattern = regexp.MustCompile(`^[a-z]+(\.[a-z]+){1,3}$`)

// withDefaults returns a copy of c with all that was left out filled in.
func (c OAuth2Config) withDefaults() OAuth2Config {
	c.BaseURL = strings.TrimRight(cmp.Or(c.BaseURL, DefaultBaseURL), "/")
	if c.AuthorizeURL == "" {
		c.AuthorizeURL = DefaultAuthorizeURL
		if c.BaseURL != DefaultBaseURL {
			c.AuthorizeURL = c.BaseURL + authorizePath
		}
	}
	if c.Scopes == nil {
		c.Scopes = requiredScopes
	}
	if c.UserFields == nil {
		c.UserFields = defaultUserFields
	}
	c.Scopes, c.UserFields = slices.Clone(c.Scopes), slices.Clone(c.UserFields)
	if slices.Contains(c.Scopes, emailScope) && !slices.Contains(c.UserFields, emailField) {
		c.UserFields = append(c.UserFields, emailField)
	}
	return c
}

// check returns the faults, of a configuration with defaults, that oauth2flow
// cannot see.
func (c *OAuth2Config) check() error {
	var faults []error
	add := func(field, reason string) {
		faults = append(faults, &provider.ConfigError{Package: "twitter", Field: field, Reason: reason})
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		add("BaseURL", "it must be a scheme and a host, such as "+DefaultBaseURL)
	}
	for _, scope := range c.Scopes {
		if !scopePattern.MatchString(scope) {
			add("Scopes", "each entry is one of X's scopes, such as offline.access")
			break
		}
	}
	for _, scope := range requiredScopes {
		if !slices.Contains(c.Scopes, scope) {
			add("Scopes", scope+" is missing: without it X does not say who the person is")
		}
	}
	for _, field := range c.UserFields {
		if !userFieldPattern.MatchString(field) {
			add("UserFields", "each entry is one of X's field names, such as created_at")
			break
		}
	}
	if slices.Contains(c.UserFields, emailField) && !slices.Contains(c.Scopes, emailScope) {
		add("UserFields", "confirmed_email needs the scope users.email")
	}
	return errors.Join(faults...)
}
