package twittertest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// oauth2Token is POST /2/oauth2/token.
func (s *Server) oauth2Token(c *call) answer {
	if refused := s.verifyClient(c); refused != nil {
		return refused.answer()
	}
	return s.update(c.now, func(l *ledger) answer {
		var granted approval
		var refused *oauth2Refusal
		switch find(c.params.body, "grant_type") {
		case "":
			refused = missing("grant_type")
		case "authorization_code":
			granted, refused = l.tradeCode(c)
		case "refresh_token":
			granted, refused = l.tradeRefresher(c)
		default:
			refused = &oauth2Refusal{
				status: http.StatusBadRequest, word: "unsupported_grant_type",
				description: "The grant type is not supported.", reason: "the grant type is neither authorization_code nor refresh_token",
			}
		}
		if refused != nil {
			return refused.answer()
		}
		if _, found := s.person(granted.PersonID); !found {
			return invalidToken("the person who approved is no longer in Config.People").answer()
		}
		access, refresh := l.issue(granted, c.now)
		return jsonAnswer(http.StatusOK, typeJSON, tokenAnswer{"bearer", int(bearerLifetime / time.Second), access, granted.Scope, refresh})
	})
}

type tokenAnswer struct {
	TokenType string `json:"token_type"`
	ExpiresIn int    `json:"expires_in"`
	Access    string `json:"access_token"`
	Scope     string `json:"scope"`
	Refresh   string `json:"refresh_token,omitempty"`
}

// tradeCode checks a request with a code (RFC 6749 section 4.1.3, RFC 7636
// section 4.5).
func (l *ledger) tradeCode(c *call) (approval, *oauth2Refusal) {
	form := c.params.body
	for _, name := range []string{"code", "redirect_uri", "code_verifier"} {
		if find(form, name) == "" {
			return approval{}, missing(name)
		}
	}
	entry, reason := l.useCode(find(form, "code"), c.now)
	if reason != "" {
		return approval{}, invalidRequest2("Value passed for the authorization code was invalid.", reason)
	}
	if find(form, "redirect_uri") != entry.RedirectURI {
		return approval{}, invalidRequest2("Value passed for the redirect uri did not match the uri of the authorization code.",
			"the redirect URI is not that of the code, byte for byte")
	}
	verifier := find(form, "code_verifier")
	hash := sha256.Sum256([]byte(verifier))
	if !isVerifier(verifier) || !hmac.Equal([]byte(base64.RawURLEncoding.EncodeToString(hash[:])), []byte(entry.Challenge)) {
		return approval{}, invalidRequest2("Value passed for the code verifier did not match the code challenge.",
			"the code verifier is not that of the challenge")
	}
	return entry.approval, nil
}

// isVerifier goes by RFC 7636 section 4.1.
func isVerifier(verifier string) bool {
	return len(verifier) >= 43 && len(verifier) <= 128 && !strings.ContainsFunc(verifier, func(r rune) bool {
		return r > '~' || !unreserved(byte(r))
	})
}

// tradeRefresher checks a request with a refresh token (RFC 6749 section 6).
func (l *ledger) tradeRefresher(c *call) (approval, *oauth2Refusal) {
	token := find(c.params.body, "refresh_token")
	if token == "" {
		return approval{}, missing("refresh_token")
	}
	entry, reason := l.useRefresher(token, c.now)
	if reason != "" {
		return approval{}, invalidToken(reason)
	}
	return entry.approval, nil
}

// invalidToken is X's answer to a refresh token that is no good.
func invalidToken(reason string) *oauth2Refusal {
	return invalidRequest2("Value passed for the token was invalid.", reason)
}

// oauth2Revoke is POST /2/oauth2/revoke. Whoever asks learns nothing of tokens
// (RFC 7009 section 2.2).
func (s *Server) oauth2Revoke(c *call) answer {
	if refused := s.verifyClient(c); refused != nil {
		return refused.answer()
	}
	token := find(c.params.body, "token")
	if token == "" {
		return missing("token").answer()
	}
	if hint, found := lookup(c.params.body, "token_type_hint"); found && hint != "access_token" && hint != "refresh_token" {
		return invalidRequest2("The token type hint is not known.", "token_type_hint is neither access_token nor refresh_token").answer()
	}
	return s.update(c.now, func(l *ledger) answer {
		l.revoke(token)
		return jsonAnswer(http.StatusOK, typeJSON, struct {
			Revoked bool `json:"revoked"`
		}{true})
	})
}
