package twittertest

import (
	"net/http"
	"slices"
	"strings"
)

// verifyBearer finds who a bearer token is for.
func (s *Server) verifyBearer(c *call, l *ledger, token string) (grant, *refusal) {
	dead := func(reason string) *refusal {
		return &refusal{status: http.StatusUnauthorized, code: 89, message: "Invalid or expired token.", reason: reason}
	}
	entry, found := l.Bearers[token]
	var g grant
	if found {
		approved := entry.approval
		g = grant{approval: &approved, readOnly: !strings.Contains(entry.Scope, ".write")}
		g.person, found = s.person(entry.PersonID)
	}
	switch {
	case !found:
		return grant{}, dead("the access token is unknown or revoked")
	case !c.now.Before(entry.Expires):
		return grant{}, dead("the access token is too old")
	case g.person.Suspended:
		return grant{}, suspended()
	}
	return g, nil
}

// verifyV2 checks a request to /2, which takes both kinds of access token.
func (s *Server) verifyV2(c *call, l *ledger) (grant, *refusal) {
	if token, found := bearerToken(c.r.Header.Values("Authorization")); found {
		return s.verifyBearer(c, l, token)
	}
	return s.verifyPerson(c, l)
}

// refuseBearer is for /1.1, which takes signed requests only.
func (s *Server) refuseBearer(c *call, l *ledger) *refusal {
	token, found := bearerToken(c.r.Header.Values("Authorization"))
	if !found {
		return nil
	}
	if _, refused := s.verifyBearer(c, l, token); refused != nil && refused.code != codeSuspended {
		return refused
	}
	return &refusal{
		status: http.StatusForbidden, reason: "the endpoint takes requests signed by OAuth 1.0a only",
		document: &problem{
			Title: "Unsupported Authentication",
			Detail: "Authenticating with OAuth 2.0 User Context is forbidden for this endpoint.  " +
				"Supported authentication types are [OAuth 1.0a User Context].",
			Type: "https://api.twitter.com/2/problems/unsupported-authentication", Status: http.StatusForbidden,
		},
	}
}

// missingScopes returns what a bearer token lacks for users/me with these
// fields. A signed request lacks nothing.
func (g grant) missingScopes(fields []string) []string {
	if g.approval == nil {
		return nil
	}
	needed := []string{scopeUsersRead, scopePostsRead}
	if slices.Contains(fields, "confirmed_email") {
		needed = append(needed, scopeEmail)
	}
	return slices.DeleteFunc(needed, g.approval.has)
}

// scopesProblem is the 403 that names the scopes.
func scopesProblem(scopes []string) answer {
	a := jsonAnswer(http.StatusForbidden, typeProblem, problem{
		Title: http.StatusText(http.StatusForbidden), Detail: "Missing required OAuth2 scopes: " + strings.Join(scopes, " "),
		Type: aboutBlank, Status: http.StatusForbidden,
	})
	a.reason = "the token lacks the scopes " + strings.Join(scopes, " ")
	return a
}
