package twittertest

import (
	"crypto/hmac"
	"net/http"
	"slices"
)

// outOfBand is the callback of the PIN flow.
const outOfBand = "oob"

// requestToken is POST /oauth/request_token.
func (s *Server) requestToken(c *call) answer {
	return s.update(c.now, func(l *ledger) answer {
		if refused := s.verify(c, l, noToken); refused != nil {
			return refused.answer()
		}
		callback := c.params.get("oauth_callback")
		if callback == "" {
			return refusal{
				status: http.StatusForbidden, code: 38, message: "oauth_callback parameter is missing.",
				reason: "oauth_callback is missing",
			}.answer()
		}
		if !s.callbackAllowed(callback) {
			a := xmlCode(http.StatusForbidden, 415, "Callback URL not approved for this client application. "+
				"Approved callback URLs can be adjusted in your application settings")
			a.reason = "the callback is not one of the app's, byte for byte"
			return a
		}
		access := c.params.get("x_auth_access_type")
		if access != "" && access != "read" && access != "write" {
			return refusal{
				status: http.StatusBadRequest, code: 44, message: "x_auth_access_type parameter is invalid.",
				reason: "x_auth_access_type is neither read nor write",
			}.answer()
		}
		token, entry := l.newRequestToken(callback, access == "read", c.now)
		return formAnswer("oauth_token", token, "oauth_token_secret", entry.Secret, "oauth_callback_confirmed", "true")
	})
}

func (s *Server) callbackAllowed(callback string) bool {
	if callback == outOfBand {
		return true
	}
	if len(s.cfg.CallbackURLs) > 0 {
		return slices.Contains(s.cfg.CallbackURLs, callback)
	}
	return isWebURL(callback) && callbackFault(callback) == ""
}

// accessToken is POST /oauth/access_token.
func (s *Server) accessToken(c *call) answer {
	return s.update(c.now, func(l *ledger) answer {
		var approved *requestToken
		refused := s.verify(c, l, func(l *ledger, token string) (string, *refusal) {
			if token == "" {
				return "", plainRefusal("Reverse auth credentials are invalid", "oauth_token is missing")
			}
			entry, reason := l.requestToken(token, stageApproved, c.now)
			if reason != "" {
				return "", plainRefusal("Invalid request token.", reason)
			}
			approved = entry
			return entry.Secret, nil
		})
		if refused != nil {
			return refused.answer()
		}
		// A wrong verifier does not use up the request token: a person may
		// mistype a PIN.
		if !hmac.Equal([]byte(c.params.get("oauth_verifier")), []byte(approved.Verifier)) {
			return plainRefusal("Error processing your OAuth request: Invalid oauth_verifier parameter",
				"the verifier is missing or another one's").answer()
		}
		person, found := s.person(approved.PersonID)
		if !found {
			return plainRefusal("Invalid request token.", "the person who approved is no longer in Config.People").answer()
		}
		token, entry := l.exchange(approved)
		return formAnswer("oauth_token", token, "oauth_token_secret", entry.Secret,
			"user_id", person.ID, "screen_name", person.ScreenName)
	})
}

// plainRefusal is one of the refusals that X writes as bare text.
func plainRefusal(message, reason string) *refusal {
	return &refusal{status: http.StatusUnauthorized, message: message, reason: reason}
}

// invalidateToken is POST /1.1/oauth/invalidate_token.json. It kills the token
// it is signed with.
func (s *Server) invalidateToken(c *call) answer {
	return s.update(c.now, func(l *ledger) answer {
		_, refused := s.verifyPerson(c, l)
		// A suspended account's token can be given back all the same.
		if refused != nil && refused.code != codeSuspended {
			return refused.answer()
		}
		token := find(c.params.header, "oauth_token")
		delete(l.AccessTokens, token)
		return jsonAnswer(http.StatusOK, typeJSON, struct {
			AccessToken string `json:"access_token"`
		}{token})
	})
}

// codeSuspended is X's code for a call in the name of a suspended account.
const codeSuspended = 64

// grant is who an API call is made for, and with what permission.
type grant struct {
	person   Person
	readOnly bool
	approval *approval // of a bearer token; nil for a signed request
}

// verifyPerson checks a request signed with an access token.
func (s *Server) verifyPerson(c *call, l *ledger) (grant, *refusal) {
	if refused := s.refuseBearer(c, l); refused != nil {
		return grant{}, refused
	}
	var g grant
	refused := s.verify(c, l, func(l *ledger, token string) (string, *refusal) {
		if token == "" {
			return "", badAuthData("oauth_token is missing")
		}
		entry, found := l.AccessTokens[token]
		if found {
			g.person, found = s.person(entry.PersonID)
		}
		if !found {
			return "", &refusal{
				status: http.StatusUnauthorized, code: 89, message: "Invalid or expired token.",
				reason: "the access token is unknown or revoked",
			}
		}
		g.readOnly = entry.ReadOnly
		return entry.Secret, nil
	})
	if refused == nil && g.person.Suspended {
		refused = suspended()
	}
	return g, refused
}

func suspended() *refusal {
	return &refusal{
		status: http.StatusForbidden, code: codeSuspended,
		message: "Your account is suspended and is not permitted to access this feature.",
		reason:  "the account is suspended",
	}
}
