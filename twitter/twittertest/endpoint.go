package twittertest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Endpoint names what a [Server] can be asked.
type Endpoint string

// The endpoints of a [Server]. Authenticate is the page for the person: both
// /oauth/authenticate and /oauth/authorize, opened or sent in. OAuth2Authorize
// is the same page at /i/oauth2/authorize.
const (
	RequestToken      Endpoint = "request_token"
	Authenticate      Endpoint = "authenticate"
	AccessToken       Endpoint = "access_token"
	VerifyCredentials Endpoint = "verify_credentials"
	UsersMe           Endpoint = "users/me"
	InvalidateToken   Endpoint = "invalidate_token"
	OAuth2Authorize   Endpoint = "oauth2/authorize"
	OAuth2Token       Endpoint = "oauth2/token"
	OAuth2Revoke      Endpoint = "oauth2/revoke"
)

const (
	pathAuthenticate = "/oauth/authenticate"
	pathAuthorize    = "/oauth/authorize"
	pathStyle        = "/oauth/standin.css"

	pathOAuth2Authorize = "/i/oauth2/authorize"
	pathOAuth2Style     = "/i/oauth2/standin.css" // beside the page
)

// call is one request while it is handled.
type call struct {
	r      *http.Request
	params params
	now    time.Time
}

// route is what a path does.
type route struct {
	endpoint Endpoint
	methods  []string
	handle   func(*Server, *call) answer
}

// routeOf is a switch and not a ServeMux, because a wrong method must be
// counted like any other call.
func routeOf(path string) (route, bool) {
	post, get := []string{http.MethodPost}, []string{http.MethodGet}
	switch path {
	case "/oauth/request_token":
		return route{RequestToken, post, (*Server).requestToken}, true
	case pathAuthenticate, pathAuthorize:
		return route{Authenticate, []string{http.MethodGet, http.MethodPost}, (*Server).page}, true
	case pathStyle, pathOAuth2Style:
		return route{"", get, (*Server).style}, true
	case "/oauth/access_token":
		return route{AccessToken, post, (*Server).accessToken}, true
	case "/1.1/account/verify_credentials.json":
		return route{VerifyCredentials, get, (*Server).verifyCredentials}, true
	case "/2/users/me":
		return route{UsersMe, get, (*Server).usersMe}, true
	case "/1.1/oauth/invalidate_token.json", "/1.1/oauth/invalidate_token":
		return route{InvalidateToken, post, (*Server).invalidateToken}, true
	case pathOAuth2Authorize:
		return route{OAuth2Authorize, []string{http.MethodGet, http.MethodPost}, (*Server).oauth2Page}, true
	case "/2/oauth2/token":
		return route{OAuth2Token, post, (*Server).oauth2Token}, true
	case "/2/oauth2/revoke":
		return route{OAuth2Revoke, post, (*Server).oauth2Revoke}, true
	}
	return route{}, false
}

// run answers a request without any fault.
func (s *Server) run(rt route, r *http.Request, body []byte) answer {
	if !slices.Contains(rt.methods, r.Method) {
		a := newAnswer(http.StatusMethodNotAllowed, "text/plain; charset=utf-8", []byte("Method Not Allowed"))
		a.header.Set("Allow", strings.Join(rt.methods, ", "))
		a.reason = "the endpoint does not know the method " + r.Method
		return a
	}
	ps, err := readParams(r, body)
	if err != nil {
		return s.malformed(rt, err.Error())
	}
	return rt.handle(s, &call{r: r, params: ps, now: time.Now()})
}

// notFound is X's answer to a path it does not know: JSON, but nothing below /2.
func notFound(path string) answer {
	a := refusal{status: http.StatusNotFound, code: 34, message: "Sorry, that page does not exist."}.answer()
	if strings.HasPrefix(path, "/2/") {
		a.body = nil
		a.header.Del("Content-Type")
	}
	a.reason = "there is no such path"
	return a
}

// malformed answers a request whose parameters cannot be read.
func (s *Server) malformed(rt route, reason string) answer {
	switch rt.endpoint {
	case OAuth2Authorize:
		return s.wrongPage(reason)
	case OAuth2Token, OAuth2Revoke:
		return invalidRequest2("The request cannot be read.", reason).answer()
	}
	return badAuthData(reason).answer()
}
