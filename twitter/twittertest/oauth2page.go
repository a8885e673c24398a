package twittertest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// The scopes that the server itself has to know.
const (
	scopeUsersRead = "users.read"
	scopePostsRead = "tweet.read"
	scopeEmail     = "users.email"
	scopeOffline   = "offline.access"
)

// knownScopes are X's.
var knownScopes = []string{
	scopePostsRead, "tweet.write", "tweet.moderate.write", scopeEmail, scopeUsersRead, "follows.read", "follows.write",
	scopeOffline, "space.read", "mute.read", "mute.write", "like.read", "like.write", "list.read", "list.write",
	"block.read", "block.write", "bookmark.read", "bookmark.write", "dm.read", "dm.write", "media.write",
}

// maxState is how many characters of state X takes.
const maxState = 500

// authorization is a request of an app's that a person may approve (RFC 6749
// section 4.1.1, RFC 7636 section 4.3).
type authorization struct {
	redirectURI, scope, state, challenge string
}

// authorizationParams are the parameters of an authorization request. The page
// sends them in again with its form, and they are checked again then.
var authorizationParams = []string{
	"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
}

// authorization reads a request, or says why X would show "Something went
// wrong": none of its mistakes is told to the app.
func (s *Server) authorization(ps []param) (req authorization, reason string) {
	if name, found := duplicated(ps); found {
		return req, fmt.Sprintf("the parameter %q is there more than once", name)
	}
	req = authorization{
		redirectURI: find(ps, "redirect_uri"), scope: find(ps, "scope"), state: find(ps, "state"), challenge: find(ps, "code_challenge"),
	}
	switch {
	case find(ps, "response_type") != "code":
		return req, "response_type is not code"
	case find(ps, "client_id") != s.cfg.ClientID:
		return req, "the client ID is not the app's"
	case req.redirectURI == outOfBand || strings.Contains(req.redirectURI, "#") || !s.callbackAllowed(req.redirectURI):
		return req, "the redirect URI is not one of the app's, byte for byte"
	case req.state == "":
		return req, "state is missing"
	case utf8.RuneCountInString(req.state) > maxState:
		return req, "state is longer than 500 characters"
	case find(ps, "code_challenge_method") != "S256":
		return req, "code_challenge_method is not S256"
	case !isChallenge(req.challenge):
		return req, "code_challenge is not the base64url of a SHA-256 hash"
	}
	return req, scopeFault(req.scope)
}

// scopeFault says what is wrong with a scope parameter, or "".
func scopeFault(scope string) string {
	if scope == "" {
		return "scope is missing"
	}
	seen := make(map[string]bool)
	for name := range strings.SplitSeq(scope, " ") {
		switch {
		case name == "":
			return "scopes are separated by one blank"
		case !slices.Contains(knownScopes, name):
			return fmt.Sprintf("%q is no scope of X's", name)
		case seen[name]:
			return fmt.Sprintf("the scope %q is there more than once", name)
		}
		seen[name] = true
	}
	return ""
}

func isChallenge(challenge string) bool {
	hash, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	return err == nil && len(hash) == 32
}

// oauth2Page is what the browser is sent to over OAuth 2.0: GET shows the
// people, POST decides. Nothing is kept before a person has approved.
func (s *Server) oauth2Page(c *call) answer {
	if err := s.origin.Check(c.r); err != nil {
		return s.wrongPage("the form was sent by a page of another site")
	}
	ps := c.params.query
	if c.r.Method == http.MethodPost {
		ps = c.params.body
	}
	req, reason := s.authorization(ps)
	if reason != "" {
		return s.wrongPage(reason)
	}
	data := choicePage{Callback: req.redirectURI, Scopes: strings.Fields(req.scope)}
	for _, name := range authorizationParams {
		data.Hidden = append(data.Hidden, hidden{name, find(ps, name)})
	}
	if c.r.Method == http.MethodGet {
		return s.choicePage(http.StatusOK, data, "")
	}
	switch find(ps, "decision") {
	case "authorize":
		person, found := s.person(find(ps, "person"))
		if !found {
			a := s.choicePage(http.StatusBadRequest, data, "")
			a.reason = noSuchPerson
			return a
		}
		return s.update(c.now, func(l *ledger) answer {
			return s.leave("Authorized", req, "code", l.newCode(person.ID, req, c.now))
		})
	case "cancel":
		return s.leave("Declined", req, "error", "access_denied")
	}
	a := s.choicePage(http.StatusBadRequest, data, "")
	a.reason = "neither approved nor declined"
	return a
}

// leave sends the browser back to the app with one parameter besides state.
func (s *Server) leave(title string, req authorization, name, value string) answer {
	a := s.render(http.StatusSeeOther, "leaving", title)
	a.header.Set("Location", withQuery(req.redirectURI, "state="+url.QueryEscape(req.state)+"&"+name+"="+url.QueryEscape(value)))
	return a
}

// wrongPage is where X leaves the person: there is no way on.
func (s *Server) wrongPage(reason string) answer {
	a := s.render(http.StatusBadRequest, "wrong", nil)
	a.reason = reason
	return a
}
