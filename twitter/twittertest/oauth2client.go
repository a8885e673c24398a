package twittertest

import (
	"crypto/hmac"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// oauth2Refusal is why a token endpoint refuses a request, in the form of RFC
// 6749 section 5.2.
type oauth2Refusal struct {
	status      int
	word        string
	description string // X's words
	reason      string // this server's words
}

func (f oauth2Refusal) answer() answer {
	a := jsonAnswer(f.status, typeJSON, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{f.word, f.description})
	a.reason = f.reason
	return a
}

// invalidRequest2 is X's word for nearly everything.
func invalidRequest2(description, reason string) *oauth2Refusal {
	return &oauth2Refusal{http.StatusBadRequest, "invalid_request", description, reason}
}

// badClient is X's answer to a client that does not prove to be the app.
func badClient(reason string) *oauth2Refusal {
	return &oauth2Refusal{http.StatusUnauthorized, "unauthorized_client", "Missing valid authorization header", reason}
}

// verifyClient checks what every request to a token endpoint has to have: its
// parameters in a form body, each once, and one way of client authentication
// (RFC 6749 sections 2.3 and 3.2).
func (s *Server) verifyClient(c *call) *oauth2Refusal {
	if len(c.params.query) > 0 {
		return invalidRequest2("The parameters belong in the body.", "there are parameters in the query")
	}
	if name, found := duplicated(c.params.body); found {
		return invalidRequest2("A parameter is there more than once.", fmt.Sprintf("the parameter %q is there more than once", name))
	}
	if s.cfg.PublicClient {
		return s.verifyPublicClient(c)
	}
	return s.verifyConfidentialClient(c)
}

func (s *Server) verifyPublicClient(c *call) *oauth2Refusal {
	id, _ := lookup(c.params.body, "client_id")
	_, secret := lookup(c.params.body, "client_secret")
	switch {
	case len(c.r.Header.Values("Authorization")) > 0:
		return badClient("a public client sends no Authorization header")
	case secret:
		return badClient("a public client has no secret")
	case id == "":
		return missing("client_id")
	case !hmac.Equal([]byte(id), []byte(s.cfg.ClientID)):
		return badClient("the client ID is not the app's")
	}
	return nil
}

func (s *Server) verifyConfidentialClient(c *call) *oauth2Refusal {
	id, secret, reason := basicAuthorization(c.r.Header.Values("Authorization"))
	_, idInBody := lookup(c.params.body, "client_id")
	_, secretInBody := lookup(c.params.body, "client_secret")
	switch {
	case reason != "":
		return badClient(reason)
	case !hmac.Equal([]byte(id), []byte(s.cfg.ClientID)):
		return badClient("the client ID is not the app's")
	case !hmac.Equal([]byte(secret), []byte(s.cfg.ClientSecret)):
		return badClient("the client secret is not the app's")
	case idInBody || secretInBody:
		return invalidRequest2("The client is to authenticate in one way.", "the client authenticates in the body besides the header")
	}
	return nil
}

// basicAuthorization decodes HTTP Basic, whose two parts are form-encoded (RFC
// 6749 section 2.3.1).
func basicAuthorization(values []string) (id, secret, reason string) {
	if len(values) > 1 {
		return "", "", "there is more than one Authorization header"
	}
	r := http.Request{Header: http.Header{"Authorization": values}}
	rawID, rawSecret, ok := r.BasicAuth()
	if !ok {
		return "", "", "there is no Authorization header of the Basic scheme"
	}
	id, idErr := url.QueryUnescape(rawID)
	secret, secretErr := url.QueryUnescape(rawSecret)
	if idErr != nil || secretErr != nil {
		return "", "", "the client's ID or secret is not form-encoded"
	}
	return id, secret, ""
}

// bearerToken returns the token of an Authorization header of the Bearer scheme
// (RFC 6750 section 2.1), the one place where it may be.
func bearerToken(values []string) (token string, found bool) {
	if len(values) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	return token, strings.EqualFold(scheme, "Bearer")
}

// missing is X's answer to a request without a parameter that it needs.
func missing(name string) *oauth2Refusal {
	return invalidRequest2("Missing required parameter ["+name+"].", name+" is missing")
}

// duplicated returns a name that is there twice.
func duplicated(ps []param) (name string, found bool) { return params{body: ps}.duplicate() }
