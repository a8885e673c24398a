package twittertest

import (
	"crypto/hmac"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timestampWindow is how far a client's clock may be off. X does not document
// its own figure.
const timestampWindow = 5 * time.Minute

// tokenFinder looks up the token of a signed request.
type tokenFinder func(l *ledger, token string) (secret string, refused *refusal)

// noToken is the tokenFinder of requests that only the app signs.
func noToken(_ *ledger, token string) (string, *refusal) {
	if token != "" {
		return "", couldNotAuthenticate("oauth_token has no place in this request")
	}
	return "", nil
}

// verify checks all that a signature proves, and uses up the nonce of a request
// that proves it. A request refused earlier leaves no trace, or strangers could
// use up the app's nonces.
func (s *Server) verify(c *call, l *ledger, findToken tokenFinder) *refusal {
	if c.params.headerErr != nil {
		return badAuthData(c.params.headerErr.Error())
	}
	if name, found := c.params.duplicate(); found {
		return couldNotAuthenticate(fmt.Sprintf("the parameter %q is there more than once", name))
	}
	if refused := s.checkProtocol(c); refused != nil {
		return refused
	}
	header := c.params.header
	stamp, refused := checkTimestamp(find(header, "oauth_timestamp"), c.now)
	if refused != nil {
		return refused
	}
	tokenSecret, refused := findToken(l, find(header, "oauth_token"))
	if refused != nil {
		return refused
	}
	want := signature(c.r, c.params.all(), s.cfg.ConsumerSecret, tokenSecret)
	if !hmac.Equal([]byte(want), []byte(find(header, "oauth_signature"))) {
		return couldNotAuthenticate("the signature is not that of this request")
	}
	if !l.useNonce(stamp, find(header, "oauth_nonce")) {
		return couldNotAuthenticate("the nonce was used before")
	}
	return nil
}

// checkProtocol looks at the protocol parameters that need no state.
func (s *Server) checkProtocol(c *call) *refusal {
	for _, q := range append(c.params.query[:len(c.params.query):len(c.params.query)], c.params.body...) {
		if strings.HasPrefix(q.name, "oauth_") && q.name != "oauth_verifier" && q.name != "oauth_callback" {
			return badAuthData(fmt.Sprintf("%q belongs in the Authorization header", q.name))
		}
	}
	header := c.params.header
	for _, name := range []string{"oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_signature_method", "oauth_timestamp"} {
		if find(header, name) == "" {
			return badAuthData(name + " is missing")
		}
	}
	for _, q := range header {
		if !strings.HasPrefix(q.name, "oauth_") {
			return badAuthData(fmt.Sprintf("%q has no place in the Authorization header", q.name))
		}
	}
	if !hmac.Equal([]byte(find(header, "oauth_consumer_key")), []byte(s.cfg.ConsumerKey)) {
		return couldNotAuthenticate("the consumer key is not the app's")
	}
	if find(header, "oauth_signature_method") != "HMAC-SHA1" {
		return couldNotAuthenticate("the signature method is not HMAC-SHA1")
	}
	if version, found := lookup(header, "oauth_version"); found && version != "1.0" {
		return couldNotAuthenticate("oauth_version is not 1.0")
	}
	if strings.ContainsFunc(find(header, "oauth_nonce"), func(r rune) bool { return r < '!' || r > '~' }) {
		return couldNotAuthenticate("the nonce is not printable ASCII")
	}
	return nil
}

func checkTimestamp(text string, now time.Time) (int64, *refusal) {
	stamp, err := strconv.ParseInt(text, 10, 64)
	if err != nil || stamp <= 0 || strconv.FormatInt(stamp, 10) != text {
		return 0, couldNotAuthenticate("the timestamp is not a positive number")
	}
	if off := now.Sub(time.Unix(stamp, 0)); off.Abs() > timestampWindow {
		return 0, &refusal{
			status: 401, code: 135, message: "Timestamp out of bounds.",
			reason: "the timestamp is more than " + timestampWindow.String() + " off",
		}
	}
	return stamp, nil
}
