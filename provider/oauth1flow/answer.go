package oauth1flow

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// tokenAnswer is the form-encoded answer of a token endpoint.
type tokenAnswer struct {
	token, secret string
	rest          url.Values
}

// parseTokenAnswer reads body, whatever its content type said. reason is ""
// if it can be used.
func parseTokenAnswer(body []byte) (a tokenAnswer, reason string) {
	values, err := url.ParseQuery(strings.TrimSpace(string(body)))
	if err != nil {
		return a, "the answer is not form-encoded"
	}
	for name, v := range values {
		if len(v) > 1 {
			return a, "a member of the answer comes more than once"
		}
		if !utf8.ValidString(name) || !utf8.ValidString(v[0]) {
			return a, "a member of the answer is not UTF-8"
		}
	}
	a.token, a.secret = values.Get("oauth_token"), values.Get("oauth_token_secret")
	values.Del("oauth_token")
	values.Del("oauth_token_secret")
	a.rest = values
	switch {
	case a.token == "":
		return a, "oauth_token is missing from the answer"
	case a.secret == "":
		return a, "oauth_token_secret is missing from the answer"
	}
	return a, ""
}
